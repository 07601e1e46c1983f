/*
 * Permits that were leased, key by key, in sets of four like those of rate.h. Who finds none asks
 * the database for some, on the thread that has the call: where rates are leased, that is one of
 * those that may wait. Others who want some of the same key wait for him. When the database says
 * no, it is not asked again for as long as it takes to earn what was asked for; when it cannot be
 * reached, each server uses its share of the rate for a second.
 */
#include "access/rate_lease.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "access/internal.h"
#include "base/clock.h"
#include "base/turn.h"
#include "store/store.h"

#define SETS       1024
#define WAYS       4
#define WAIT_US    INT64_C(500000) /* for the database, and for whoever asks it */
#define NS_PER_US  INT64_C(1000)
#define NS_PER_S   INT64_C(1000000000)
#define PAUSE_NS   INT64_C(1000000) /* at least, after a no */
#define LOCAL_NS   NS_PER_S
#define ROUNDS_MAX 8 /* so often permits may be gone before we come to them */

struct lease {
	int64_t company_id; /* 0: free */
	int64_t key_number;
	struct rate_permits permits;
	int64_t refused_ns; /* not asked for before then */
	int64_t local_ns;   /* until then the share is used */
	uint64_t used;
	bool asking; /* somebody has gone to the database for it */
};

struct rate_leases {
	pthread_mutex_t lock; /* of what follows; never held while the database is asked */
	pthread_cond_t asked;
	uint64_t uses;
	struct lease sets[SETS][WAYS];

	struct turn connection; /* of the session */
	struct store *store;
	int64_t servers;
};

struct rate_leases *rate_leases_create(struct store *store, int64_t servers)
{
	struct rate_leases *l = calloc(1, sizeof(*l));
	pthread_condattr_t monotonic;

	if (!l)
		return NULL;
	l->store = store;
	l->servers = servers < 1 ? 1 : servers;
	/* None of these can fail on Linux with what they are given. */
	(void)pthread_mutex_init(&l->lock, NULL);
	turn_init(&l->connection);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&l->asked, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return l;
}

struct rate_leases *rate_leases_destroy(struct rate_leases *l)
{
	if (!l)
		return NULL;
	(void)pthread_cond_destroy(&l->asked); /* nobody has any of them any more */
	turn_fini(&l->connection);
	(void)pthread_mutex_destroy(&l->lock);
	free(l);
	return NULL;
}

static struct timespec in_a_while(void)
{
	int64_t us = clock_mono_us() + WAIT_US;

	return (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * NS_PER_US};
}

/* ---- the table, under its lock ---------------------------------------------------------- */

/* The key's; else the one that was used longest ago, given to it. NULL: all of the set are being
 * asked for. */
static struct lease *find(struct rate_leases *l, int64_t company_id, int64_t key_number)
{
	uint64_t hash =
		((uint64_t)company_id << 16 ^ (uint64_t)key_number) * UINT64_C(0x9e3779b97f4a7c15);
	struct lease *set = l->sets[hash >> 32 & (SETS - 1)], *oldest = NULL;

	for (size_t i = 0; i < WAYS; i++) {
		struct lease *lease = &set[i];
		if (lease->company_id == company_id && lease->key_number == key_number) {
			lease->used = ++l->uses;
			return lease;
		}
		if (!lease->asking && (!oldest || lease->used < oldest->used))
			oldest = lease;
	}
	if (oldest)
		*oldest = (struct lease){
			.company_id = company_id, .key_number = key_number, .used = ++l->uses};
	return oldest;
}

/* Is `until` still to come? Not where a clock was set back. */
static bool ahead(int64_t until_ns, int64_t now_ns)
{
	return until_ns > now_ns && until_ns - now_ns <= 2 * NS_PER_S;
}

/* ---- the database ------------------------------------------------------------------------- */

static enum rc ask(struct rate_leases *l, const struct rate_wish *wish, int64_t *ret_end_ns)
{
	if (!turn_take(&l->connection, clock_mono_us() + WAIT_US))
		return RC_BUSY;
	store_deadline(l->store, clock_mono_us() + WAIT_US);
	enum rc rc = store_rate_lease(l->store, wish, ret_end_ns);
	turn_give(&l->connection);
	return rc;
}

/* Some permits, or where there are not so many just now, one. */
static enum rc ask_for_some(struct rate_leases *l, const struct lease *key, struct rate_limit limit,
			    int64_t now_ns, struct rate_permits *ret_permits)
{
	int64_t n = rate_lease_size(limit, l->servers), end_ns;
	struct rate_wish wish = {.company_id = key->company_id,
				 .key_number = key->key_number,
				 .now_ns = now_ns,
				 .cost_ns = n * limit.interval_ns,
				 .ahead_ns_max = limit.burst * limit.interval_ns};
	enum rc rc = ask(l, &wish, &end_ns);

	if (rc == RC_NOTFOUND && n > 1) {
		wish.cost_ns = limit.interval_ns;
		rc = ask(l, &wish, &end_ns);
	}
	if (rc == RC_OK)
		*ret_permits = (struct rate_permits){end_ns - wish.cost_ns, end_ns};
	return rc;
}

/* ---- taking ------------------------------------------------------------------------------- */

/* With the lock, which is let go meanwhile; `key` stays where it is. */
static enum rate_outcome fetch(struct rate_leases *l, struct lease *key, struct rate_limit limit,
			       int64_t now_ns)
{
	const struct lease who = *key;
	struct rate_permits permits;

	key->asking = true;
	(void)pthread_mutex_unlock(&l->lock); /* these two: an error would be our own mistake */
	enum rc rc = ask_for_some(l, &who, limit, now_ns, &permits);
	(void)pthread_mutex_lock(&l->lock);
	key->asking = false;
	(void)pthread_cond_broadcast(&l->asked); /* never fails */
	if (rc == RC_NOTFOUND) {
		int64_t pause = rate_lease_size(limit, l->servers) * limit.interval_ns;
		pause = pause > NS_PER_S ? NS_PER_S : pause < PAUSE_NS ? PAUSE_NS : pause;
		key->refused_ns = now_ns + pause;
		return RATE_REFUSED;
	}
	if (rc != RC_OK) {
		key->local_ns = now_ns + LOCAL_NS;
		return RATE_UNKNOWN;
	}
	/* The first is ours, however long the answer took. */
	permits.next_ns += limit.interval_ns;
	key->permits = permits;
	return RATE_ALLOWED;
}

static enum rate_outcome take(struct rate_leases *l, int64_t company_id, int64_t key_number,
			      struct rate_limit limit, int64_t now_ns)
{
	const struct timespec until = in_a_while();

	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct lease *key = find(l, company_id, key_number);
		if (!key || ahead(key->local_ns, now_ns))
			return RATE_UNKNOWN;
		if (rate_permits_take(&key->permits, limit, now_ns))
			return RATE_ALLOWED;
		if (ahead(key->refused_ns, now_ns))
			return RATE_REFUSED;
		if (!key->asking)
			return fetch(l, key, limit, now_ns);
		if (pthread_cond_timedwait(&l->asked, &l->lock, &until) != 0)
			return RATE_UNKNOWN;
	}
	return RATE_UNKNOWN;
}

enum rate_outcome rate_leases_take(struct rate_leases *l, int64_t company_id, int64_t key_number,
				   struct rate_limit limit, int64_t now_us)
{
	(void)pthread_mutex_lock(&l->lock); /* these two: an error would be our own mistake */
	enum rate_outcome outcome = take(l, company_id, key_number, limit, now_us * NS_PER_US);
	(void)pthread_mutex_unlock(&l->lock);
	return outcome;
}

int64_t rate_leases_servers(const struct rate_leases *l)
{
	return l->servers;
}
