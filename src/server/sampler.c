#include "server/sampler.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "server/ticker.h"
#include "store/store.h"

#define EVERY_US_MIN 20000
#define EVERY_US_MAX 200000
#define SAMPLE_US    400000 /* what the primary has to answer; it is away when several are missing */

struct sampler {
	struct store *store;
	struct store *reader; /* tries what those who read for customers do */
	atomic_bool reads;
	struct ticker *ticker;
};

static void sample(struct sampler *s)
{
	store_deadline(s->store, clock_mono_us() + SAMPLE_US);
	if (store_sample(s->store) != RC_OK)
		return; /* who reads sees that none has come; the keeper logs why */
}

static void try_reading(struct sampler *s)
{
	store_deadline(s->reader, clock_mono_us() + SAMPLE_US);
	enum rc rc = store_read_near(s->reader, 0);
	if (rc == RC_OK)
		rc = store_ping(s->reader);
	atomic_store(&s->reads, rc == RC_OK);
}

static void look(void *s)
{
	sample(s);
	try_reading(s);
}

static int64_t between(int64_t us)
{
	if (us < EVERY_US_MIN)
		return EVERY_US_MIN;
	return us < EVERY_US_MAX ? us : EVERY_US_MAX;
}

enum rc sampler_open(struct database *db, int64_t staleness_us, struct sampler **ret_sampler)
{
	struct sampler *s = calloc(1, sizeof(*s));

	if (!s)
		return RC_NOMEM;
	enum rc rc = store_open(db, STORE_WRITER, &s->store); /* never led to a replica itself */
	if (rc == RC_OK)
		rc = store_open(db, STORE_READER, &s->reader);
	if (rc == RC_OK)
		rc = ticker_open(look, s, between(staleness_us / 4), &s->ticker);
	if (rc != RC_OK) {
		s = sampler_close(s);
		return rc;
	}
	*ret_sampler = s;
	return RC_OK;
}

struct sampler *sampler_close(struct sampler *s)
{
	if (!s)
		return NULL;
	s->ticker = ticker_close(s->ticker);
	s->store = store_close(s->store);
	s->reader = store_close(s->reader);
	free(s);
	return NULL;
}

bool sampler_reads(const struct sampler *s)
{
	return s && atomic_load(&s->reads);
}
