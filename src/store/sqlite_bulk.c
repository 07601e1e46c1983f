/*
 * Many rows for the engine in sqlite.c: one prepared INSERT.
 */
#include "store/sqlite.h"

#define TEXT_BYTES_MAX 4096

static void add_text(struct text *t, const char *table, const char *columns, unsigned n)
{
	text_printf(t, "INSERT INTO %s (%s) VALUES (", table, columns);
	for (unsigned i = 1; i <= n; i++)
		text_printf(t, "%s$%u", i > 1 ? ", " : "", i);
	text_add_char(t, ')');
}

enum rc sqlite_bulk_begin(struct engine *e_, const char *table, const char *columns, unsigned n)
{
	struct sqlite *e = (struct sqlite *)e_;
	CLEANUP(text_fini) struct text text;

	text_init(&text, TEXT_BYTES_MAX);
	add_text(&text, table, columns, n);
	if (text.failed)
		return sqlite_fail(e, SQLITE_NOMEM);
	return sqlite_prepare(e_, text_c(&text), &e->bulk);
}

static enum rc bind(struct engine_statement *st, unsigned n, const struct engine_value *value)
{
	if (value->is_null)
		return sqlite_bind_null(st, n);
	switch (value->kind) {
	case ENGINE_SMALLINT:
	case ENGINE_BIGINT:
		return sqlite_bind_int(st, n, value->number);
	case ENGINE_TEXT:
		return sqlite_bind_text(st, n, value->bytes);
	case ENGINE_BYTES:
		break;
	}
	return sqlite_bind_blob(st, n, value->bytes);
}

enum rc sqlite_bulk_row(struct engine *e, const struct engine_value *values)
{
	struct engine_statement *st = ((struct sqlite *)e)->bulk;
	enum rc rc = RC_OK;
	bool row;

	for (unsigned i = 0; i < st->n_params && rc == RC_OK; i++)
		rc = bind(st, i + 1, &values[i]);
	if (rc == RC_OK)
		rc = sqlite_step(st, &row);
	sqlite_reset(st);
	return rc;
}

enum rc sqlite_bulk_end(struct engine *e_)
{
	struct sqlite *e = (struct sqlite *)e_;

	sqlite_finalize(e->bulk);
	e->bulk = NULL;
	return RC_OK;
}
