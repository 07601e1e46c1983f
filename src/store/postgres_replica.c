/*
 * Standbys that answer readers.
 *
 * A reader that uses them holds a second connection, to a host of the URL that is in recovery, in a
 * `struct postgres` of its own. A statement goes there in one pipeline with the question whether
 * the standby has what is needed: replay only goes forward, so where the answer is yes, the
 * statement behind it, which has a newer snapshot, sees it. In all other cases (it is too old,
 * slow, gone, or in a conflict with the replay) the primary is asked the same; nothing of that is a
 * failure.
 */
#include "store/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ANSWER_US   250000 /* what a standby has, where the primary can be asked as well */
#define PRIMARY_US  100000 /* what the primary has, where it was not reached lately */
#define REST_MS_MIN 5
#define REST_MS_MAX 500

/* NULL: it has never been a standby, or has been given nothing since it was started. */
static const char guard_text[] =
	"SELECT coalesce(pg_last_wal_replay_lsn() - '0/0'::pg_lsn >= $1::int8 AND ($2::int4 = 0 OR "
	"pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn()), false)::int4";

/* ---- beginning and end ---------------------------------------------------------------- */

void postgres_close_replica(struct postgres *e)
{
	struct postgres *r = e->replica;

	if (!r)
		return;
	postgres_drop(r);
	if (r->guard)
		postgres_finalize(&r->guard->base);
	free(r->url);
	free(r);
	e->replica = NULL;
}

enum rc postgres_use_replicas(struct engine *e_)
{
	struct postgres *e = (struct postgres *)e_;
	struct engine_statement *guard = NULL;

	if (e->mode == ENGINE_WRITER) {
		e->notes_commits = true;
		return RC_OK;
	}
	struct postgres *r = e->replica = calloc(1, sizeof(*r));
	if (r)
		r->url = strdup(e->url);
	if (!r || !r->url)
		return RC_NOMEM; /* close frees what there is */
	r->base.ops = e->base.ops;
	r->mode = e->mode;
	r->standby = true;
	enum rc rc = postgres_prepare(&r->base, guard_text, &guard);
	if (rc != RC_OK)
		return rc;
	r->guard = (struct postgres_statement *)guard;
	/* The other statements on this connection are named by `e`. */
	(void)snprintf(r->guard->name, sizeof(r->guard->name), "guard"); /* fits */
	return RC_OK;
}

int64_t postgres_committed(const struct engine *e)
{
	return ((const struct postgres *)e)->committed;
}

enum rc postgres_position(struct engine *e, int64_t *ret)
{
	return postgres_read_int((struct postgres *)e,
				 "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::int8", ret);
}

/* The primary does not get all of the time: if it is lost right now, that is soon known, and the
 * same is tried again with a standby. */
static void share_time(struct postgres *e, bool away)
{
	int64_t now = clock_mono_us(), part = (e->whole_us - now) / 2;

	if (!e->whole_us || part <= 0)
		return;
	e->deadline_us = now + (away && part > PRIMARY_US ? PRIMARY_US : part);
}

void postgres_allow_replica(struct engine *e_, const struct engine_need *need)
{
	struct postgres *e = (struct postgres *)e_;

	if (!e->replica)
		return;
	if (e->replica->asked)
		postgres_drop(e->replica); /* nobody has collected it */
	e->replica->asked = false;
	e->may_lag = need;
	if (need)
		e->need = *need;
	share_time(e, need && need->received);
}

/* ---- asking --------------------------------------------------------------------------- */

/* Servers tell when they are promoted. */
static void look_for_promotion(struct postgres *r)
{
	if (r->conn && !postgres_is_standby(r->conn))
		postgres_drop(r);
}

/* For what is left of the call. One that is too old is asked less and less, for each time costs a
 * message; but not where nobody else is there. */
static void give_up(struct postgres *e, enum rc rc)
{
	struct postgres *r = e->replica;

	e->may_lag = false;
	if (rc != RC_OK)
		return;
	r->rest_ms = r->rest_ms ? r->rest_ms * 2 : REST_MS_MIN;
	if (r->rest_ms > REST_MS_MAX)
		r->rest_ms = REST_MS_MAX;
	r->rest_until_us = clock_mono_us() + (int64_t)r->rest_ms * 1000;
}

/* Sends the question that goes before the statements. */
static bool begin(struct postgres *e)
{
	struct postgres *r = e->replica;
	int64_t now;

	if (!e->may_lag)
		return false;
	now = clock_mono_us();
	look_for_promotion(r);
	e->may_lag = (e->need.received || now >= r->rest_until_us) && postgres_seek(r) == RC_OK;
	if (!e->may_lag)
		return false;
	r->deadline_us = e->whole_us;
	if (!e->need.received && (!e->whole_us || e->whole_us > now + ANSWER_US))
		r->deadline_us = now + ANSWER_US;
	enum rc rc = postgres_renew_plans(r);
	if (rc == RC_OK)
		rc = postgres_bind_int(&r->guard->base, 1, e->need.position);
	if (rc == RC_OK)
		rc = postgres_bind_int(&r->guard->base, 2, e->need.received);
	if (rc == RC_OK)
		rc = postgres_send_keeping(r, r->guard);
	if (rc != RC_OK)
		give_up(e, rc);
	return rc == RC_OK;
}

/* Behind postgres_finish: was it new enough? */
static bool is_good(struct postgres *e)
{
	struct engine_statement *guard = &e->replica->guard->base;
	int64_t good = 0;
	bool row;
	enum rc rc = postgres_step(guard, &row);

	if (rc == RC_OK)
		rc = row ? postgres_column_int(guard, 0, &good) : RC_CORRUPT;
	postgres_reset(guard);
	if (rc == RC_OK && good)
		e->replica->rest_ms = 0;
	return rc == RC_OK && good;
}

bool postgres_ask_replica(struct postgres_statement *st)
{
	struct postgres *e = st->engine, *r = e->replica;

	if (!begin(e))
		return false;
	enum rc rc = postgres_send_keeping(r, st);
	if (rc == RC_OK)
		rc = postgres_finish(r);
	if (rc == RC_OK && is_good(e))
		return true;
	postgres_reset(&st->base); /* what it says is too old */
	give_up(e, rc);
	return false;
}

bool postgres_send_to_replica(struct postgres_statement *st, enum rc *ret_rc)
{
	struct postgres *e = st->engine, *r = e->replica;

	if (!r || (!r->asked && !begin(e)))
		return false;
	enum rc rc = postgres_send_keeping(r, st);
	r->asked = rc == RC_OK;
	if (rc != RC_OK)
		give_up(e, rc);
	*ret_rc = rc;
	return true;
}

bool postgres_collect_replica(struct postgres *e, enum rc *ret_rc)
{
	struct postgres *r = e->replica;

	if (!r || !r->asked)
		return false;
	enum rc rc = postgres_finish(r);
	r->asked = false;
	*ret_rc = rc;
	if (rc == RC_OK && is_good(e))
		return true;
	give_up(e, rc);
	if (rc == RC_OK)
		*ret_rc = RC_BUSY;
	return true;
}
