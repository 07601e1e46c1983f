#include "server/keeper.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/batch.h"
#include "server/ticker.h"
#include "store/store.h"

#define LOOK_EVERY_US  500000
#define LOOK_US        1000000 /* what the database has to answer */
#define SWEEP_EVERY_US 60000000
#define SWEEP_US       30000000

struct keeper {
	struct store *store;
	struct ticker *ticker;
	atomic_bool lost;
	int64_t lost_us, sweep_us; /* the thread's own, by CLOCK_MONOTONIC */
};

static void look(struct keeper *k)
{
	int64_t now = clock_mono_us();
	bool was_lost = atomic_load(&k->lost);

	store_deadline(k->store, now + LOOK_US);
	enum rc rc = store_ping(k->store);
	if (rc != RC_OK && !was_lost) {
		k->lost_us = now;
		log_event(LOG_ERROR, "database_lost", LOG_S(LOG_RC, str_c(rc_name(rc))),
			  LOG_S(LOG_CAUSE, str_c(store_error(k->store))));
	} else if (rc == RC_OK && was_lost) {
		log_event(LOG_INFO, "database_back", LOG_I(LOG_DURATION_US, now - k->lost_us));
	}
	atomic_store(&k->lost, rc != RC_OK);
}

/* When the time has come; one that fails is tried again the next time. */
static void sweep(struct keeper *k)
{
	int64_t now = clock_mono_us();
	bool unknown;

	if (atomic_load(&k->lost) || now < k->sweep_us)
		return;
	k->sweep_us = now + SWEEP_EVERY_US;
	store_deadline(k->store, now + SWEEP_US);
	if (batch_sweep(k->store, &unknown) != RC_OK)
		return; /* it has logged why */
}

static void keep(void *k)
{
	look(k);
	sweep(k);
}

enum rc keeper_open(struct database *db, struct keeper **ret_keeper)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return RC_NOMEM;
	k->sweep_us = clock_mono_us() + SWEEP_EVERY_US;
	enum rc rc = store_open(db, STORE_WRITER, &k->store);
	if (rc == RC_OK)
		rc = ticker_open(keep, k, LOOK_EVERY_US, &k->ticker);
	if (rc != RC_OK) {
		k->store = store_close(k->store);
		free(k);
		return rc;
	}
	*ret_keeper = k;
	return RC_OK;
}

struct keeper *keeper_close(struct keeper *k)
{
	if (!k)
		return NULL;
	k->ticker = ticker_close(k->ticker);
	k->store = store_close(k->store);
	free(k);
	return NULL;
}

bool keeper_database_ready(const struct keeper *k, struct text *ret_why)
{
	if (!atomic_load(&k->lost))
		return true;
	if (ret_why)
		text_add_c(ret_why, "the database cannot be reached");
	return false;
}
