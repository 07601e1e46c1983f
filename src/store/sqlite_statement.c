/*
 * Statements of the engine in sqlite.c: SQLite's prepared statements behind engine.h.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "store/sqlite.h"

struct sqlite_statement {
	struct engine_statement base;
	struct sqlite *engine;
	sqlite3_stmt *st;
	/* SQLite numbers $n by first appearance in the text; here is its number for our n. */
	int index[ENGINE_PARAMS_MAX + 1];
};

static inline struct sqlite_statement *of_statement(struct engine_statement *st)
{
	return (struct sqlite_statement *)st;
}

void sqlite_finalize(struct engine_statement *st_)
{
	struct sqlite_statement *st = of_statement(st_);

	if (!st)
		return;
	(void)sqlite3_finalize(st->st); /* repeats old failures */
	free(st);
}

/* The text is our own: $1 to $n, each of them there. */
static void map_params(struct sqlite_statement *st)
{
	int n = sqlite3_bind_parameter_count(st->st);

	assert(n <= ENGINE_PARAMS_MAX);
	for (int i = 1; i <= n; i++) {
		char name[8];
		(void)snprintf(name, sizeof(name), "$%d", i); /* fits */
		st->index[i] = sqlite3_bind_parameter_index(st->st, name);
		assert(st->index[i] > 0);
	}
	st->base.n_params = (unsigned)n;
}

enum rc sqlite_prepare(struct engine *e_, const char *text, struct engine_statement **ret)
{
	struct sqlite *e = (struct sqlite *)e_;
	struct sqlite_statement *st = calloc(1, sizeof(*st));

	if (!st)
		return sqlite_fail(e, SQLITE_NOMEM);
	st->engine = e;
	int code = sqlite3_prepare_v3(e->db, text, -1, SQLITE_PREPARE_PERSISTENT, &st->st, NULL);
	if (code != SQLITE_OK) {
		enum rc rc = sqlite_fail(e, code);
		sqlite_finalize(&st->base);
		return rc;
	}
	map_params(st);
	*ret = &st->base;
	return RC_OK;
}

enum rc sqlite_bind_int(struct engine_statement *st_, unsigned n, int64_t value)
{
	struct sqlite_statement *st = of_statement(st_);

	return sqlite_check(st->engine, sqlite3_bind_int64(st->st, st->index[n], value));
}

enum rc sqlite_bind_text(struct engine_statement *st_, unsigned n, struct str value)
{
	struct sqlite_statement *st = of_statement(st_);

	/* A null pointer would mean NULL, not the empty text. */
	return sqlite_check(st->engine,
			    sqlite3_bind_text64(st->st, st->index[n], value.n ? value.p : "",
						value.n, SQLITE_STATIC, SQLITE_UTF8));
}

enum rc sqlite_bind_blob(struct engine_statement *st_, unsigned n, struct str bytes)
{
	struct sqlite_statement *st = of_statement(st_);

	return sqlite_check(st->engine, sqlite3_bind_blob64(st->st, st->index[n], bytes.p, bytes.n,
							    SQLITE_STATIC));
}

enum rc sqlite_bind_null(struct engine_statement *st_, unsigned n)
{
	struct sqlite_statement *st = of_statement(st_);

	return sqlite_check(st->engine, sqlite3_bind_null(st->st, st->index[n]));
}

enum rc sqlite_step(struct engine_statement *st_, bool *ret_row)
{
	struct sqlite_statement *st = of_statement(st_);
	int code = sqlite3_step(st->st);

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return sqlite_fail(st->engine, code);
	*ret_row = code == SQLITE_ROW;
	return RC_OK;
}

int64_t sqlite_changes(struct engine_statement *st)
{
	return sqlite3_changes64(of_statement(st)->engine->db);
}

void sqlite_reset(struct engine_statement *st)
{
	(void)sqlite3_reset(of_statement(st)->st); /* repeats the step's failure */
}

/*
 * SQLite's column functions would look the column up anew, and ask for the connection's lock, for
 * its type, its text and its length each; there are twenty columns in a customer. Taking the value
 * once is allowed in the threading mode that sqlite_configure chooses.
 */
enum rc sqlite_column_int(struct engine_statement *st, unsigned i, int64_t *ret)
{
	sqlite3_value *value = sqlite3_column_value(of_statement(st)->st, (int)i);

	if (sqlite3_value_type(value) != SQLITE_INTEGER)
		return RC_CORRUPT;
	*ret = sqlite3_value_int64(value);
	return RC_OK;
}

enum rc sqlite_column_text(struct engine_statement *st, unsigned i, struct str *ret)
{
	sqlite3_value *value = sqlite3_column_value(of_statement(st)->st, (int)i);
	int type = sqlite3_value_type(value);

	if (type == SQLITE_NULL) {
		*ret = (struct str){NULL, 0};
		return RC_OK;
	}
	if (type != SQLITE_TEXT)
		return RC_CORRUPT;
	const char *p = (const char *)sqlite3_value_text(value);
	if (!p)
		return sqlite_fail(of_statement(st)->engine, SQLITE_NOMEM);
	*ret = (struct str){p, (size_t)sqlite3_value_bytes(value)};
	return RC_OK;
}

enum rc sqlite_column_blob(struct engine_statement *st, unsigned i, struct str *ret)
{
	sqlite3_value *value = sqlite3_column_value(of_statement(st)->st, (int)i);

	if (sqlite3_value_type(value) != SQLITE_BLOB)
		return RC_CORRUPT;
	*ret = (struct str){sqlite3_value_blob(value), (size_t)sqlite3_value_bytes(value)};
	return RC_OK;
}
