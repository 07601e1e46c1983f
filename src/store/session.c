/*
 * Sessions: snapshots of readers, the writer's transactions.
 *
 * When a snapshot is renewed. A commit first happens in the engine, then moves the database's
 * epoch, and only then is store_commit done and can be answered. store_read looks at the epoch
 * first and takes the snapshot after that. So when the epoch stands where it stood, no commit has
 * finished since; and a snapshot may show more than its epoch says, never less.
 */
#include "store/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/ahead.h"
#include "store/gather.h"
#include "store/query.h"

#define TIDY_TRIES    20
#define TIDY_PAUSE_US 500
#define WIPE_TRIES    4000 /* two seconds: what an erasure waits for readers that do not let go */

enum rc store_open(struct database *db, enum store_mode mode, struct store **ret_store)
{
	bool writer = mode == STORE_WRITER;
	struct text text;
	int64_t schema;

	if (writer && !db->ops->shared && atomic_exchange(&db->has_writer, true))
		return RC_BUSY;
	struct store *s = calloc(1, sizeof(*s));
	enum rc rc = s ? RC_OK : RC_NOMEM;
	if (s) {
		/* There is nobody to give the sentence to; database_open has tried the same. */
		text_init(&text, 1024);
		rc = db->ops->open(db->where, writer ? ENGINE_WRITER : ENGINE_READER, &s->engine,
				   &schema, &text);
		text_fini(&text);
	}
	if (rc == RC_OK && db->replicas.used) {
		rc = db->ops->use_replicas(s->engine);
		if (rc != RC_OK)
			db->ops->close(s->engine);
	}
	if (rc != RC_OK) {
		free(s);
		if (writer)
			atomic_store(&db->has_writer, false);
		return rc;
	}
	s->db = db;
	s->mode = mode;
	s->tidy_at = SESSION_LOG_BYTES_MAX;
	owed_init(&s->owed);
	/* Whoever had it before may have been killed before he was done. */
	s->wipe = writer && !db->ops->shared;
	if (writer)
		store_wipe(s);
	atomic_fetch_add(&db->sessions, 1);
	*ret_store = s;
	return RC_OK;
}

struct store *store_close(struct store *s)
{
	if (!s)
		return NULL;
	const struct engine_ops *ops = s->engine->ops;

	if (s->mode == STORE_WRITER && !s->open)
		store_wipe(s);
	for (size_t i = 0; i < STATEMENTS; i++)
		ops->finalize(s->prepared[i]);
	ahead_fini(s);
	gather_fini(s);
	ops->close(s->engine);
	if (s->mode == STORE_WRITER)
		atomic_store(&s->db->has_writer, false);
	atomic_fetch_sub(&s->db->sessions, 1);
	owed_fini(&s->owed);
	free(s);
	return NULL;
}

const char *store_error(const struct store *s)
{
	return s->error;
}

enum rc session_failed(struct store *s, enum rc rc)
{
	const struct engine_ops *ops = s->engine->ops;

	(void)snprintf(s->error, sizeof(s->error), "%s", ops->error(s->engine)); /* may be cut */
	if (rc == RC_BUSY || rc == RC_LOST)
		s->passing = rc;
	else if (rc == RC_EXISTS)
		(void)session_beaten(s, rc); /* gives it back */
	if (!s->open || ops->in_transaction(s->engine))
		return rc;
	if (s->mode == STORE_READER)
		s->open = false; /* the next store_read takes a new snapshot */
	else if (s->lost == RC_OK)
		s->lost = rc;
	return rc;
}

enum rc session_beaten(struct store *s, enum rc rc)
{
	if (s->db->ops->shared)
		s->passing = RC_BUSY;
	return rc;
}

/* ---- readers ----------------------------------------------------------------------- */

enum rc store_read(struct store *s)
{
	/* The writer has no need of it: it sees its own work, and nobody else's can be newer. Where
	 * others write as well, each statement sees what was committed before it. */
	if (s->db->ops->shared)
		s->passing = RC_OK;
	replica_avoid(s);
	if (s->mode == STORE_WRITER || s->db->ops->shared)
		return RC_OK;
	uint64_t epoch = atomic_load(&s->db->epoch);
	if (s->open && s->epoch == epoch)
		return RC_OK;
	store_rest(s);
	enum rc rc = s->engine->ops->begin(s->engine);
	if (rc != RC_OK)
		return session_failed(s, rc);
	s->open = true;
	s->epoch = epoch;
	return RC_OK;
}

void store_rest(struct store *s)
{
	if (s->mode == STORE_WRITER || !s->open)
		return;
	s->engine->ops->rollback(s->engine);
	s->open = false;
}

/* ---- the writer -------------------------------------------------------------------- */

/* Readers that are busy hold on to the log; moving the epoch makes each of them let go at its next
 * store_read. RC_BUSY: one has kept its snapshot for longer. */
static enum rc empty_log(struct store *s, int tries)
{
	const struct engine_ops *ops = s->engine->ops;
	enum rc rc = ops->empty_log(s->engine, s->wipe);

	for (int i = 0; i < tries && rc == RC_BUSY; i++) {
		atomic_fetch_add(&s->db->epoch, 1);
		clock_sleep_us(TIDY_PAUSE_US);
		rc = ops->empty_log(s->engine, s->wipe);
	}
	if (rc == RC_OK)
		s->wipe = false;
	return rc;
}

/*
 * Empties the log when it is long, or has what was erased. A reader that does not let go within a
 * short time is not waited for: the log grows, and is tried again when it has grown as much again.
 */
static enum rc tidy(struct store *s)
{
	int64_t bytes = s->engine->ops->log_bytes(s->engine);
	bool grown = bytes >= s->tidy_at;

	if (!grown && !s->wipe)
		return RC_OK;
	enum rc rc = empty_log(s, grown ? TIDY_TRIES : 0);
	if (rc != RC_BUSY)
		s->tidy_at = SESSION_LOG_BYTES_MAX;
	else if (grown)
		s->tidy_at = bytes + SESSION_LOG_BYTES_MAX;
	return rc == RC_BUSY ? RC_OK : rc;
}

bool store_untidy(const struct store *s)
{
	const struct engine_ops *ops = s->engine->ops;

	return ops->move_log && ops->log_unmoved(s->engine) >= SESSION_LOG_BYTES_IDLE;
}

void store_tidy(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	assert(!s->open);
	/* What stays in the log is good there; a disk that fails tells the next transaction. */
	if (store_untidy(s))
		(void)s->engine->ops->move_log(s->engine);
}

void store_wipe(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	assert(!s->open);
	/* What stays is told by store_unwiped; a disk that fails, by the next transaction. */
	if (s->wipe)
		(void)empty_log(s, 0);
}

bool store_kept_dead(const struct store *s)
{
	return s->kept;
}

int64_t store_unwiped(const struct store *s)
{
	int64_t bytes = s->engine->ops->log_bytes(s->engine);

	if (!s->wipe)
		return 0;
	return bytes > 0 ? bytes : 1;
}

enum rc store_begin(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	assert(!s->open);
	enum rc rc = tidy(s);

	if (rc == RC_OK)
		rc = s->engine->ops->begin(s->engine);
	if (rc != RC_OK)
		return session_failed(s, rc);
	s->open = true;
	s->part = false;
	s->erases = s->kept = false;
	s->lost = s->passing = RC_OK;
	s->n_ops = s->n_fetched = 0;
	s->counts = s->hopes = false;
	s->changes = 0;
	ahead_forget(s);
	if (s->db->ops->shared)
		counter_lost(s); /* others have counted since */
	return RC_OK;
}

void store_hope(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	assert(s->open);
	s->hopes = s->db->ops->shared;
	s->n_ops = 0;
}

/* The commit stands, whatever comes of this. Where the database is shared there is one attempt, and
 * what it leaves is for PostgreSQL's own vacuum. */
static void wipe_erased(struct store *s)
{
	if (!s->db->ops->shared) {
		s->wipe = true;
		(void)empty_log(s, WIPE_TRIES); /* as in store_wipe */
		return;
	}
	s->kept = s->engine->ops->empty_log(s->engine, true) != RC_OK;
	if (s->kept)
		(void)snprintf(s->error, sizeof(s->error), "%s", /* may be cut */
			       s->engine->ops->error(s->engine));
}

enum rc store_commit(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	assert(s->open);
	assert(!s->part);
	enum rc rc = s->lost;

	if (rc == RC_OK)
		rc = gather_send(s);
	if (rc == RC_OK)
		rc = owed_save(s);
	if (rc == RC_OK)
		rc = counter_save(s);
	if (rc != RC_OK) {
		store_rollback(s);
		return rc;
	}
	rc = s->engine->ops->commit(s->engine);
	s->open = false;
	if (rc != RC_OK) {
		owed_lost(s);
		counter_lost(s);
		return session_failed(s, rc);
	}
	replica_committed(s);
	atomic_fetch_add(&s->db->epoch, 1); /* before anybody can see the commit counted */
	atomic_fetch_add(&s->db->commits, 1);
	if (s->erases)
		wipe_erased(s);
	return RC_OK;
}

void store_rollback(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	s->engine->ops->rollback(s->engine);
	gather_lost(s);
	owed_lost(s);
	counter_lost(s);
	s->open = false;
	s->part = false;
	s->lost = RC_OK;
}

enum rc store_savepoint(struct store *s)
{
	assert(s->mode == STORE_WRITER);
	assert(s->open);
	assert(!s->part);
	enum rc rc = s->lost;

	if (rc == RC_OK)
		rc = gather_send(s);
	if (rc == RC_OK)
		rc = owed_savepoint(s);
	if (rc == RC_OK)
		rc = counter_save(s);
	if (rc != RC_OK)
		return rc;
	rc = s->engine->ops->savepoint(s->engine);
	if (rc != RC_OK)
		return session_failed(s, rc);
	s->part = true;
	return RC_OK;
}

/* A part whose end has failed spoils the whole: nobody knows whether it is in or out. */
static enum rc end_part(struct store *s, enum rc (*end)(struct engine *e))
{
	assert(s->mode == STORE_WRITER);
	assert(s->open);
	assert(s->part);
	enum rc rc = s->lost;

	s->part = false;
	if (rc == RC_OK)
		rc = gather_send(s);
	if (rc != RC_OK)
		return s->lost = rc;
	rc = end(s->engine);
	if (rc == RC_OK)
		return RC_OK;
	s->lost = rc;
	return session_failed(s, rc);
}

enum rc store_savepoint_keep(struct store *s)
{
	return end_part(s, s->engine->ops->savepoint_keep);
}

enum rc store_savepoint_undo(struct store *s)
{
	gather_lost(s);
	owed_undone(s);
	counter_lost(s);
	return end_part(s, s->engine->ops->savepoint_undo);
}

/* ---- databases that can be lost for a moment ---------------------------------------- */

void store_deadline(struct store *s, int64_t mono_us)
{
	s->deadline_us = mono_us;
	if (s->engine->ops->set_deadline)
		s->engine->ops->set_deadline(s->engine, mono_us);
}

enum rc store_ping(struct store *s)
{
	struct query q;

	query_begin(&q, s, STATEMENT_PING);
	(void)query_row(&q); /* a failure sticks */
	return query_end(&q);
}

enum rc session_database(struct store *s, int64_t *ret_id)
{
	int64_t id = atomic_load(&s->db->id);
	struct query q;

	if (id == 0) {
		query_begin(&q, s, STATEMENT_DATABASE_ID);
		if (query_row(&q))
			id = query_take_int(&q, INT64_MIN, INT64_MAX);
		enum rc rc = query_end(&q);
		if (rc != RC_OK)
			return rc;
		atomic_store(&s->db->id, id);
	}
	*ret_id = id;
	return RC_OK;
}

enum rc store_passing(const struct store *s)
{
	return s->passing;
}

int64_t store_fail_at(struct store *s, int64_t n)
{
	return engine_fail_at(s->engine, n);
}
