/*
 * Permits for calls, where several servers share a rate: one row for each key, moved by one
 * conditional statement. That it may be lost when PostgreSQL fails costs a burst at most, so its
 * commit waits for no disk.
 */
#include <assert.h>

#include "store/query.h"

/* A time that is further ahead than its limit allows by more than this comes from a clock that was
 * set back; as in access/rate.c. */
#define STEP_NS INT64_C(10000000000)

static enum rc commit_lightly(struct store *s)
{
	struct query q;

	query_begin(&q, s, STATEMENT_COMMIT_LIGHTLY);
	return query_write(&q, NULL);
}

static enum rc lease(struct store *s, const struct rate_wish *wish, int64_t *ret_end_ns)
{
	struct query q;

	query_begin(&q, s, STATEMENT_RATE_LEASE);
	query_int(&q, wish->company_id);
	query_int(&q, wish->key_number);
	query_int(&q, wish->now_ns);
	query_int(&q, wish->cost_ns);
	query_int(&q, wish->ahead_ns_max);
	query_int(&q, wish->ahead_ns_max + STEP_NS);
	bool granted = query_row(&q);
	if (granted)
		*ret_end_ns = query_take_int(&q, 0, INT64_MAX);
	enum rc rc = query_end(&q);
	return rc == RC_OK && !granted ? RC_NOTFOUND : rc;
}

enum rc store_rate_lease(struct store *s, const struct rate_wish *wish, int64_t *ret_end_ns)
{
	int64_t end_ns = 0;

	assert(s->db->ops->shared);
	enum rc rc = store_begin(s);
	if (rc != RC_OK)
		return rc;
	rc = commit_lightly(s);
	if (rc == RC_OK)
		rc = lease(s, wish, &end_ns);
	if (rc == RC_OK)
		rc = store_commit(s);
	else
		store_rollback(s);
	if (rc == RC_OK)
		*ret_end_ns = end_ns;
	return rc;
}
