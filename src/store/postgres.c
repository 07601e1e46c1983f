/*
 * The engine for many servers: PostgreSQL.
 *
 * There may be as many writers as one likes; each has a transaction of its own. A connection that
 * is lost is made anew when the next transaction begins, or the next statement outside of one.
 */
#include "store/postgres.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct postgres *of(struct engine *e)
{
	return (struct postgres *)e;
}

static const char *error(const struct engine *e)
{
	return ((const struct postgres *)e)->error;
}

/* ---- opening ----------------------------------------------------------------------- */

static enum rc check_url(const char *url, struct text *reterr)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(url, &why);

	if (options) {
		PQconninfoFree(options);
		return RC_OK;
	}
	/* libpq's words repeat the URL, which may have a password. */
	text_add_c(reterr, "database.url: is not well formed; it should look like "
			   "postgresql://USER@HOST:PORT/DATABASE");
	PQfreemem(why);
	return RC_INVALID;
}

static void close_engine(struct engine *e_)
{
	struct postgres *e = of(e_);

	postgres_close_replica(e);
	PQfinish(e->conn); /* takes NULL; what is open is taken back by the server */
	free(e->bulk.p);
	free(e->url);
	free(e);
}

enum rc postgres_create(const char *url, enum engine_mode mode, struct postgres **ret,
			struct text *reterr)
{
	enum rc rc = check_url(url, reterr);

	if (rc != RC_OK)
		return rc;
	struct postgres *e = calloc(1, sizeof(*e));
	if (e)
		e->url = strdup(url);
	if (!e || !e->url) {
		free(e);
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	e->base.ops = &engine_postgres;
	e->mode = mode;
	*ret = e;
	return RC_OK;
}

enum rc postgres_find_schema(struct postgres *e, int64_t *ret_schema)
{
	int64_t there = 0;
	enum rc rc = postgres_read_int(e,
				       "SELECT count(*) FROM pg_catalog.pg_class WHERE oid = "
				       "to_regclass('schema_migration')",
				       &there);

	if (rc == RC_OK && !there)
		return RC_NOTFOUND;
	if (rc == RC_OK)
		rc = postgres_read_int(e, "SELECT coalesce(max(number), 0) FROM schema_migration",
				       ret_schema);
	return rc;
}

/* What to do about what a server says; one that speaks another language gets no hint. */
static const struct {
	const char *said, *hint;
} hints[] = {
	{"password authentication failed",
	 "; the password comes from PGPASSFILE, from passfile= in the URL, or from ~/.pgpass, which "
	 "nobody else may read (0600)"},
	{"no password supplied",
	 "; the password comes from PGPASSFILE, from passfile= in the URL, or from ~/.pgpass, which "
	 "nobody else may read (0600)"},
	{"too many clients",
	 "; the readers and writers of all servers must fit into its max_connections"},
	{"too many connections",
	 "; the readers and writers of all servers must fit into the limit of role and database"},
	{"remaining connection slots",
	 "; the readers and writers of all servers must fit into its max_connections"},
	{"permission denied", "; docs/operating.md has the rights that a role needs"},
};

void postgres_say_failure(struct postgres *e, enum rc rc, struct text *reterr)
{
	postgres_show(e->url, reterr);
	if (rc == RC_NOTFOUND) {
		text_add_c(reterr, ": has no tables of ours yet; pdmd db migrate makes them");
		return;
	}
	text_printf(reterr, ": cannot be used: %s", e->error);
	for (size_t i = 0; i < ARRAY_LEN(hints); i++)
		if (strstr(e->error, hints[i].said)) {
			text_add_c(reterr, hints[i].hint);
			return;
		}
}

static enum rc read_schema(struct postgres *e, int64_t *ret_schema, struct text *reterr)
{
	enum rc rc = postgres_ready(e);

	if (rc == RC_OK)
		rc = postgres_find_schema(e, ret_schema);
	if (rc != RC_OK)
		postgres_say_failure(e, rc, reterr);
	return rc;
}

/* A number of our own among the advisory locks, which go with the transaction. */
static enum rc lock_schema(struct engine *e_, int64_t *ret_schema)
{
	struct postgres *e = of(e_);
	int64_t ignored;
	enum rc rc = postgres_read_int(
		e, "SELECT count(*) FROM (SELECT pg_advisory_xact_lock(7364134)) AS taken",
		&ignored);

	if (rc == RC_OK)
		rc = postgres_find_schema(e, ret_schema);
	if (rc != RC_NOTFOUND)
		return rc;
	*ret_schema = 0;
	return RC_OK;
}

static enum rc open_engine(const char *url, enum engine_mode mode, struct engine **ret_engine,
			   int64_t *ret_schema, struct text *reterr)
{
	struct postgres *e;
	enum rc rc = postgres_create(url, mode, &e, reterr);

	if (rc != RC_OK)
		return rc;
	rc = read_schema(e, ret_schema, reterr);
	if (rc != RC_OK) {
		close_engine(&e->base);
		return rc;
	}
	*ret_engine = &e->base;
	return RC_OK;
}

/* The schema comes in one transaction, so there is all of it or nothing. */
static enum rc create(const char *url, const struct engine_filling *filling, struct text *reterr)
{
	CLEANUP(text_fini) struct text ignored;
	struct postgres *e;
	int64_t schema;
	enum rc rc = postgres_create(url, ENGINE_WRITER, &e, reterr);

	text_init(&ignored, 1024);
	if (rc != RC_OK)
		return rc;
	rc = read_schema(e, &schema, &ignored);
	if (rc == RC_NOTFOUND)
		rc = filling->fill(&e->base, filling->owner, reterr);
	else if (rc != RC_OK)
		text_add_str(reterr, text_str(&ignored));
	else {
		postgres_show(e->url, reterr);
		text_add_c(reterr, ": has our tables already");
		rc = RC_EXISTS;
	}
	close_engine(&e->base);
	return rc;
}

static enum rc run(struct engine *e, const char *script)
{
	struct postgres *p = of(e);
	/* What changes a schema may take its time. */
	enum rc rc = postgres_run(p, "SET LOCAL statement_timeout = 0");

	/* The extended protocol takes one statement at a time. */
	while (rc == RC_OK && *(script += strspn(script, " \t\n")) != '\0') {
		const char *end = strstr(script, ";\n");
		size_t n = end ? (size_t)(end - script) : strlen(script);
		char *one = strndup(script, n);
		if (!one)
			return RC_NOMEM;
		rc = postgres_run(p, one);
		free(one);
		script += end ? n + 1 : n;
	}
	return rc;
}

static enum rc set_schema(struct engine *e, int64_t number)
{
	(void)e;
	(void)number; /* the row in schema_migration says it */
	return RC_OK;
}

static void set_deadline(struct engine *e, int64_t mono_us)
{
	of(e)->deadline_us = of(e)->whole_us = mono_us;
}

/* ---- transactions ------------------------------------------------------------------ */

/* The server is told with the first statement. */
static enum rc begin(struct engine *e_)
{
	struct postgres *e = of(e_);

	assert(!e->open);
	if (e->mode != ENGINE_WRITER)
		return RC_OK; /* each statement sees what is committed before it */
	e->open = true;
	e->begun = e->lost = e->part = e->only_here = false;
	return RC_OK;
}

/* Reads what is owed to us of statements that are taken back anyway. */
static void drain(struct postgres *e)
{
	if (e->conn && e->n_posted && postgres_finish(e) != RC_OK)
		e->n_posted = 0;
}

static void rollback(struct engine *e_)
{
	struct postgres *e = of(e_);

	drain(e);
	if (e->conn && e->begun && PQtransactionStatus(e->conn) != PQTRANS_IDLE) {
		e->open = false; /* so that nothing is begun */
		if (postgres_run(e, "ROLLBACK") != RC_OK)
			postgres_drop(e);
	}
	e->open = e->begun = e->lost = e->part = false;
}

/*
 * With the commit goes the question where the log is behind it, when somebody wants to know. What
 * comes of the question is no word about the commit: where it is not answered, and the commit was,
 * whoever must know looks again as if the outcome were unknown.
 */
static enum rc end(struct postgres *e)
{
	struct postgres_statement commit = {.engine = e}, where = {.engine = e};
	enum rc rc = postgres_send_text(e, "COMMIT");

	e->committed = 0;
	if (rc == RC_OK)
		postgres_keep_last(e, &commit);
	if (rc == RC_OK && e->notes_commits) {
		rc = postgres_send_text(e, "SELECT (pg_current_wal_insert_lsn() - "
					   "'0/0'::pg_lsn)::int8");
		if (rc == RC_OK)
			postgres_keep_last(e, &where);
	}
	if (rc == RC_OK)
		rc = postgres_finish(e);
	bool answered = commit.result;
	bool committed = answered && strcmp(PQcmdStatus(commit.result), "COMMIT") == 0;
	if (rc == RC_OK && where.result) {
		where.row = 0;
		rc = postgres_column_int(&where.base, 0, &e->committed);
	}
	postgres_reset(&commit.base);
	postgres_reset(&where.base);
	if (rc != RC_OK)
		return answered ? RC_LOST : rc;
	if (committed)
		return RC_OK;
	(void)snprintf(e->error, sizeof(e->error), "the server has taken it back"); /* fits */
	return RC_INVALID;
}

static enum rc commit(struct engine *e_)
{
	struct postgres *e = of(e_);
	enum rc rc = RC_OK;
	char why[sizeof(e->error)];

	if (!e->open)
		return RC_OK;
	if (e->begun || e->lost) {
		e->only_here = false;
		rc = postgres_ready(e);
		if (rc == RC_OK)
			rc = end(e);
	}
	if (rc == RC_OK && e->only_here) {
		(void)snprintf(e->error, sizeof(e->error), /* fits */
			       "committed here, but no standby has it");
		rc = RC_LOST;
	}
	memcpy(why, e->error, sizeof(why));
	rollback(e_);
	memcpy(e->error, why, sizeof(why));
	return rc;
}

/* Behind a failure the server only takes the whole back, or the part. */
static bool in_transaction(const struct engine *e_)
{
	const struct postgres *e = (const struct postgres *)e_;

	if (!e->open || e->lost)
		return false;
	if (!e->begun)
		return true;
	if (!e->conn)
		return false;
	PGTransactionStatusType status = PQtransactionStatus(e->conn);
	return status != PQTRANS_IDLE && (status != PQTRANS_INERROR || e->part);
}

static enum rc savepoint(struct engine *e_)
{
	struct postgres *e = of(e_);
	enum rc rc = postgres_ready(e);

	if (rc == RC_OK)
		rc = postgres_send_text(e, "SAVEPOINT part"); /* what it comes to is seen later */
	e->part = rc == RC_OK;
	return rc;
}

static enum rc savepoint_keep(struct engine *e_)
{
	struct postgres *e = of(e_);
	enum rc rc = postgres_run(e, "RELEASE SAVEPOINT part");

	e->part = false;
	return rc;
}

static enum rc savepoint_undo(struct engine *e_)
{
	struct postgres *e = of(e_);

	drain(e);
	enum rc rc = postgres_run(e, "ROLLBACK TO SAVEPOINT part");
	e->part = false;
	return rc;
}

/* There is no log of ours; docs/operating.md says what PostgreSQL keeps of the erased. */
static int64_t log_bytes(const struct engine *e)
{
	(void)e;
	return 0;
}

/* What an erasing transaction has taken out stays in its pages as dead rows until a vacuum. Indexes
 * are cleaned as well, which PostgreSQL leaves for later where few rows are dead. Who does not own
 * the tables is only warned by VACUUM, so it is asked before. */
static enum rc vacuum(struct postgres *e)
{
	int64_t owned = 0;
	enum rc rc =
		postgres_read_int(e,
				  "SELECT count(*) FROM pg_catalog.pg_class WHERE relname IN "
				  "('customer', 'customer_term', 'idempotency') AND "
				  "pg_table_is_visible(oid) AND pg_has_role(relowner, 'USAGE')",
				  &owned);

	if (rc == RC_OK && owned == 3)
		return postgres_run(e, "VACUUM (INDEX_CLEANUP ON, TRUNCATE OFF) "
				       "customer, customer_term, idempotency");
	if (rc == RC_OK) {
		(void)snprintf(e->error, sizeof(e->error), /* fits */
			       "the role does not own the tables, so it may not VACUUM them");
		rc = RC_DENIED;
	}
	return rc;
}

static enum rc empty_log(struct engine *e, bool wipe)
{
	return wipe ? vacuum(of(e)) : RC_OK;
}

const struct engine_ops engine_postgres = {
	.scheme = "postgresql",
	.shared = true,
	.open = open_engine,
	.close = close_engine,
	.create = create,
	.show = postgres_show,
	.look = postgres_look,
	.peer = postgres_peer,
	.lock_schema = lock_schema,
	.run = run,
	.set_schema = set_schema,
	.set_deadline = set_deadline,
	.error = error,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.in_transaction = in_transaction,
	.savepoint = savepoint,
	.savepoint_keep = savepoint_keep,
	.savepoint_undo = savepoint_undo,
	.log_bytes = log_bytes,
	.empty_log = empty_log,
	.prepare = postgres_prepare,
	.finalize = postgres_finalize,
	.bind_int = postgres_bind_int,
	.bind_text = postgres_bind_text,
	.bind_blob = postgres_bind_blob,
	.bind_null = postgres_bind_null,
	.step = postgres_step,
	.post = postgres_post,
	.send = postgres_send_reading,
	.collect = postgres_collect,
	.use_replicas = postgres_use_replicas,
	.allow_replica = postgres_allow_replica,
	.committed = postgres_committed,
	.position = postgres_position,
	.changes = postgres_changes,
	.reset = postgres_reset,
	.bulk_begin = postgres_bulk_begin,
	.bulk_row = postgres_bulk_row,
	.bulk_end = postgres_bulk_end,
	.column_int = postgres_column_int,
	.column_text = postgres_column_text,
	.column_blob = postgres_column_blob,
};
