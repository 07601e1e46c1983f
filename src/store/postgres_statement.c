/*
 * Statements. Each is prepared once for a connection, together with its first use. Numbers go as
 * text, so that the server chooses their type where they are used; results come in binary.
 */
#include "store/postgres.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of PostgreSQL's catalog. */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25 };

static struct postgres_statement *of(struct engine_statement *st)
{
	return (struct postgres_statement *)st;
}

/* The highest number behind a dollar sign. */
static unsigned count_params(const char *text)
{
	unsigned n = 0;

	while ((text = strchr(text, '$'))) {
		unsigned k = (unsigned)strtoul(++text, NULL, 10);
		n = k > n ? k : n;
	}
	return n;
}

enum rc postgres_prepare(struct engine *e_, const char *text, struct engine_statement **ret)
{
	struct postgres *e = (struct postgres *)e_;
	struct postgres_statement *st = calloc(1, sizeof(*st));

	if (st)
		st->text = strdup(text);
	if (!st || !st->text) {
		free(st);
		return RC_NOMEM;
	}
	st->engine = e;
	st->base.n_params = count_params(text);
	assert(st->base.n_params <= ENGINE_PARAMS_MAX);
	(void)snprintf(st->name, sizeof(st->name), "s%u", ++e->n_names); /* fits */
	*ret = &st->base;
	return RC_OK;
}

/* The server forgets it with the connection. */
void postgres_finalize(struct engine_statement *st_)
{
	struct postgres_statement *st = of(st_);

	if (!st)
		return;
	PQclear(st->result); /* takes NULL */
	free(st->text);
	free(st);
}

/* ---- binding ----------------------------------------------------------------------- */

enum rc postgres_bind_int(struct engine_statement *st, unsigned n, int64_t value)
{
	struct postgres_param *p = &of(st)->params[n];

	p->is_null = p->is_binary = false;
	p->p = NULL;
	p->n = snprintf(p->digits, sizeof(p->digits), "%" PRId64, value);
	return RC_OK;
}

/* libpq takes a text that is not binary up to its NUL; bytes have a length. */
enum rc postgres_bind_text(struct engine_statement *st, unsigned n, struct str value)
{
	return postgres_bind_blob(st, n, value);
}

enum rc postgres_bind_blob(struct engine_statement *st, unsigned n, struct str bytes)
{
	of(st)->params[n] = (struct postgres_param){
		.is_binary = true, .p = bytes.n ? bytes.p : "", .n = (int)bytes.n};
	return RC_OK;
}

enum rc postgres_bind_null(struct engine_statement *st, unsigned n)
{
	of(st)->params[n] = (struct postgres_param){.is_null = true};
	return RC_OK;
}

/* ---- running ----------------------------------------------------------------------- */

static enum rc run(struct postgres_statement *st)
{
	struct postgres *e = st->engine;

	if (postgres_ask_replica(st))
		return RC_OK;
	enum rc rc = postgres_ready(e);
	if (rc == RC_OK)
		rc = postgres_send_keeping(e, st);
	return rc == RC_OK ? postgres_finish(e) : rc;
}

void postgres_keep(struct postgres_statement *st, PGresult *result)
{
	PQclear(st->result); /* takes NULL */
	st->result = result;
	st->row = -1;
	st->n_rows = PQntuples(result);
	st->changes = strtoll(PQcmdTuples(result), NULL, 10);
}

enum rc postgres_step(struct engine_statement *st_, bool *ret_row)
{
	struct postgres_statement *st = of(st_);
	enum rc rc = st->result ? RC_OK : run(st);

	if (rc == RC_OK)
		*ret_row = ++st->row < st->n_rows;
	return rc;
}

enum rc postgres_post(struct engine_statement *st_)
{
	struct postgres_statement *st = of(st_);
	struct postgres *e = st->engine;
	enum rc rc = postgres_ready(e);

	if (rc == RC_OK && e->n_posted >= POSTGRES_POSTED_MAX)
		rc = postgres_finish(e);
	return rc == RC_OK ? postgres_send(e, st) : rc;
}

enum rc postgres_send_reading(struct engine_statement *st_)
{
	struct postgres_statement *st = of(st_);
	struct postgres *e = st->engine;
	enum rc rc;

	if (postgres_send_to_replica(st, &rc))
		return rc;
	rc = postgres_ready(e);
	return rc == RC_OK ? postgres_send_keeping(e, st) : rc;
}

enum rc postgres_collect(struct engine *e_)
{
	struct postgres *e = (struct postgres *)e_;
	enum rc rc;

	if (postgres_collect_replica(e, &rc))
		return rc;
	return e->conn ? postgres_finish(e) : RC_LOST;
}

int64_t postgres_changes(struct engine_statement *st)
{
	return of(st)->changes;
}

void postgres_reset(struct engine_statement *st_)
{
	struct postgres_statement *st = of(st_);

	PQclear(st->result); /* takes NULL */
	st->result = NULL;
}

enum rc postgres_read_int(struct postgres *e, const char *text, int64_t *ret)
{
	struct engine_statement *st;
	bool row = false;
	enum rc rc = postgres_prepare(&e->base, text, &st);

	if (rc != RC_OK)
		return rc;
	rc = postgres_step(st, &row);
	if (rc == RC_OK)
		rc = row ? postgres_column_int(st, 0, ret) : RC_CORRUPT;
	postgres_finalize(st);
	return rc;
}

/* ---- columns ----------------------------------------------------------------------- */

static const unsigned char *cell(const struct postgres_statement *st, unsigned i, size_t *ret_n)
{
	*ret_n = (size_t)PQgetlength(st->result, st->row, (int)i);
	return (const unsigned char *)PQgetvalue(st->result, st->row, (int)i);
}

enum rc postgres_column_int(struct engine_statement *st_, unsigned i, int64_t *ret)
{
	const struct postgres_statement *st = of(st_);
	Oid type = PQftype(st->result, (int)i);
	size_t n;
	const unsigned char *p = cell(st, i, &n);

	if ((type != OID_INT8 && type != OID_INT4 && type != OID_INT2) || n == 0)
		return RC_CORRUPT;
	uint64_t value = p[0] & 0x80 ? UINT64_MAX : 0;
	for (size_t k = 0; k < n; k++)
		value = value << 8 | p[k];
	*ret = (int64_t)value;
	return RC_OK;
}

enum rc postgres_column_text(struct engine_statement *st_, unsigned i, struct str *ret)
{
	const struct postgres_statement *st = of(st_);
	size_t n;
	const unsigned char *p = cell(st, i, &n);

	if (PQftype(st->result, (int)i) != OID_TEXT)
		return RC_CORRUPT;
	*ret = (struct str){n ? (const char *)p : NULL, n};
	return RC_OK;
}

enum rc postgres_column_blob(struct engine_statement *st_, unsigned i, struct str *ret)
{
	const struct postgres_statement *st = of(st_);
	size_t n;
	const unsigned char *p = cell(st, i, &n);

	if (PQftype(st->result, (int)i) != OID_BYTEA || PQgetisnull(st->result, st->row, (int)i))
		return RC_CORRUPT;
	*ret = (struct str){(const char *)p, n};
	return RC_OK;
}
