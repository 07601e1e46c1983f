#include "server/keeper.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "server/batch.h"
#include "store/store.h"

#define LOOK_EVERY_MS  500
#define LOOK_US        1000000 /* what the database has to answer */
#define SWEEP_EVERY_US 60000000
#define SWEEP_US       30000000

struct keeper {
	struct store *store;
	pthread_t thread;
	atomic_bool lost;
	int64_t lost_us, sweep_us; /* the thread's own, by CLOCK_MONOTONIC */
	pthread_mutex_t mutex;     /* guards what follows */
	pthread_cond_t wake;
	bool closing;
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

/* False: it is over. */
static bool wait(struct keeper *k)
{
	struct timespec until;
	int waited = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* every Linux has it */
	until.tv_nsec += LOOK_EVERY_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	(void)pthread_mutex_lock(&k->mutex); /* a plain mutex of our own cannot fail */
	while (!k->closing && waited == 0)
		waited = pthread_cond_clockwait(&k->wake, &k->mutex, CLOCK_MONOTONIC, &until);
	bool more = !k->closing;
	(void)pthread_mutex_unlock(&k->mutex); /* as above */
	return more;
}

static void *run(void *k_)
{
	struct keeper *k = k_;

	do {
		look(k);
		sweep(k);
		log_flush();
	} while (wait(k));
	return NULL;
}

/* Signals are for the thread that called us: this one starts with all of them held back. */
static enum rc start(struct keeper *k)
{
	sigset_t all, before;

	(void)sigfillset(&all); /* fails only on a bad pointer */
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return RC_IO;
	int e = pthread_create(&k->thread, NULL, run, k);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* what was possible a moment ago */
	return e == 0 ? RC_OK : RC_NOMEM;
}

enum rc keeper_open(struct database *db, struct keeper **ret_keeper)
{
	struct keeper *k = calloc(1, sizeof(*k));

	if (!k)
		return RC_NOMEM;
	/* These fail only for attributes that we do not give. */
	(void)pthread_mutex_init(&k->mutex, NULL);
	(void)pthread_cond_init(&k->wake, NULL);
	k->sweep_us = clock_mono_us() + SWEEP_EVERY_US;
	enum rc rc = store_open(db, STORE_WRITER, &k->store);
	if (rc == RC_OK)
		rc = start(k);
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
	(void)pthread_mutex_lock(&k->mutex); /* as in wait */
	k->closing = true;
	(void)pthread_cond_signal(&k->wake);   /* never fails on a good one */
	(void)pthread_mutex_unlock(&k->mutex); /* as in wait */
	(void)pthread_join(k->thread, NULL);   /* it is there and nobody else joins it */
	(void)pthread_cond_destroy(&k->wake);  /* nobody waits any more */
	(void)pthread_mutex_destroy(&k->mutex);
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
