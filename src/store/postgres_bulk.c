/*
 * Many rows for the engine in postgres.c: COPY in its binary form, which libpq does outside of a
 * pipeline, and with calls that block.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/postgres.h"

#define BUFFER_BYTES   (256 * 1024)
#define TEXT_BYTES_MAX 4096

/* The signature, no flags, nothing more in the header. */
static const char header[] = "PGCOPY\n\377\r\n\0"
			     "\0\0\0\0"
			     "\0\0\0\0";
/* Instead of a number of columns: this was the last row. */
static const char trailer[] = "\377\377";

static struct postgres *of(struct engine *e)
{
	return (struct postgres *)e;
}

/* ---- begin and end --------------------------------------------------------------------- */

static enum rc leave_pipeline(struct postgres *e)
{
	enum rc rc = postgres_ready(e);

	if (rc == RC_OK && e->n_posted)
		rc = postgres_finish(e);
	if (rc != RC_OK)
		return rc;
	if (PQexitPipelineMode(e->conn) == 1 && PQsetnonblocking(e->conn, 0) == 0)
		return RC_OK;
	return postgres_lost(e, "leaving the pipeline");
}

static enum rc start(struct postgres *e, const char *text)
{
	PGresult *result = PQexec(e->conn, text);
	enum rc rc = PQresultStatus(result) == PGRES_COPY_IN ? RC_OK : postgres_fail(e, result);

	PQclear(result); /* takes NULL */
	return rc;
}

/* Whatever goes wrong on the way leaves the connection in a state that nothing else knows; it is of
 * no use any more, and the server takes back what it has got. */
static enum rc give_up(struct postgres *e, enum rc rc)
{
	char why[sizeof(e->error)];

	memcpy(why, e->error, sizeof(why));
	postgres_drop(e);
	memcpy(e->error, why, sizeof(why));
	return rc;
}

enum rc postgres_bulk_begin(struct engine *e_, const char *table, const char *columns, unsigned n)
{
	struct postgres *e = of(e_);
	CLEANUP(text_fini) struct text text;

	assert(e->open);
	text_init(&text, TEXT_BYTES_MAX);
	text_printf(&text, "COPY %s (%s) FROM STDIN (FORMAT binary)", table, columns);
	if (!e->bulk.p)
		e->bulk.p = malloc(BUFFER_BYTES);
	if (!e->bulk.p || text.failed)
		return RC_NOMEM;
	enum rc rc = leave_pipeline(e);
	if (rc != RC_OK)
		return rc;
	rc = start(e, text_c(&text));
	if (rc != RC_OK)
		return give_up(e, rc);
	e->bulk.n_columns = n;
	e->bulk.n = sizeof(header) - 1;
	memcpy(e->bulk.p, header, e->bulk.n);
	return RC_OK;
}

/* What became of it. */
static enum rc read_result(struct postgres *e)
{
	enum rc rc = RC_OK;
	PGresult *result;

	while (e->conn && (result = PQgetResult(e->conn))) {
		if (PQresultStatus(result) != PGRES_COMMAND_OK && rc == RC_OK)
			rc = postgres_fail(e, result);
		PQclear(result);
	}
	return rc;
}

/* ---- rows ------------------------------------------------------------------------------ */

static enum rc flush(struct postgres *e)
{
	size_t n = e->bulk.n;

	e->bulk.n = 0;
	if (n == 0 || PQputCopyData(e->conn, e->bulk.p, (int)n) == 1)
		return RC_OK;
	return postgres_lost(e, "sending rows");
}

static enum rc put(struct postgres *e, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n > 0) {
		size_t part = BUFFER_BYTES - e->bulk.n;
		part = part < n ? part : n;
		memcpy(e->bulk.p + e->bulk.n, p, part);
		e->bulk.n += part;
		p += part;
		n -= part;
		enum rc rc = e->bulk.n == BUFFER_BYTES ? flush(e) : RC_OK;
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* The last `n` bytes of a number, the highest first. */
static void big_endian(int64_t number, unsigned n, char *to)
{
	for (unsigned i = 0; i < n; i++)
		to[i] = (char)((uint64_t)number >> (8 * (n - 1 - i)));
}

static enum rc put_number(struct postgres *e, int64_t number, unsigned n)
{
	char bytes[4 + 8];

	big_endian(n, 4, bytes);
	big_endian(number, n, bytes + 4);
	return put(e, bytes, 4 + n);
}

static enum rc put_value(struct postgres *e, const struct engine_value *value)
{
	char length[4];

	if (!value->is_null && value->kind == ENGINE_SMALLINT)
		return put_number(e, value->number, 2);
	if (!value->is_null && value->kind == ENGINE_BIGINT)
		return put_number(e, value->number, 8);
	big_endian(value->is_null ? -1 : (int64_t)value->bytes.n, 4, length);
	enum rc rc = put(e, length, sizeof(length));
	return rc == RC_OK && !value->is_null ? put(e, value->bytes.p, value->bytes.n) : rc;
}

enum rc postgres_bulk_row(struct engine *e_, const struct engine_value *values)
{
	struct postgres *e = of(e_);
	char n_columns[2];

	big_endian(e->bulk.n_columns, 2, n_columns);
	enum rc rc = put(e, n_columns, sizeof(n_columns));
	for (unsigned i = 0; i < e->bulk.n_columns && rc == RC_OK; i++)
		rc = put_value(e, &values[i]);
	return rc;
}

enum rc postgres_bulk_end(struct engine *e_)
{
	struct postgres *e = of(e_);
	enum rc rc = put(e, trailer, sizeof(trailer) - 1);

	if (rc == RC_OK)
		rc = flush(e);
	if (rc == RC_OK && PQputCopyEnd(e->conn, NULL) != 1)
		rc = postgres_lost(e, "sending rows");
	if (rc == RC_OK)
		rc = read_result(e);
	if (rc == RC_OK)
		rc = postgres_enter_pipeline(e);
	return rc == RC_OK ? RC_OK : give_up(e, rc);
}
