/*
 * Sending and waiting. All that is sent between two syncs is one piece: behind the first failure
 * the server skips the rest of it.
 */
#include "store/postgres.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define PLANS_US    5000000 /* a plan is kept for so long at most */
#define NO_LIMIT_MS 60000   /* between two looks at a server that takes its time */

/* ---- failures ------------------------------------------------------------------------- */

static const struct {
	const char *state; /* the beginning of an SQLSTATE */
	enum rc rc;
	bool drop; /* the connection is of no use any more */
} classes[] = {
	{"23505", RC_EXISTS, false},  {"23503", RC_NOTFOUND, false}, {"23", RC_INVALID, false},
	{"22", RC_INVALID, false},    {"40001", RC_BUSY, false},     {"40P01", RC_BUSY, false},
	{"55P03", RC_BUSY, false},    {"57014", RC_BUSY, false},     {"25006", RC_LOST, true},
	{"26000", RC_LOST, true},     {"0A000", RC_LOST, true},      {"08", RC_LOST, true},
	{"57P", RC_LOST, true},       {"53300", RC_LOST, true},      {"53100", RC_FULL, false},
	{"53200", RC_NOMEM, false},   {"53", RC_LOST, true},         {"42501", RC_DENIED, false},
	{"28", RC_DENIED, true},      {"XX001", RC_CORRUPT, false},  {"XX002", RC_CORRUPT, false},
	{"25P02", RC_INVALID, false}, {"25", RC_LOST, true},
};

static const char *field(const PGresult *result, int code)
{
	const char *value = PQresultErrorField(result, code);

	return value ? value : "";
}

/* Words about data (classes 22 and 23) can repeat a value, and what they say is a patient's. */
static void keep_words(struct postgres *e, const PGresult *result, const char *state)
{
	bool about_data = strncmp(state, "22", 2) == 0 || strncmp(state, "23", 2) == 0;

	if (about_data)
		(void)snprintf(e->error, sizeof(e->error), "constraint \"%s\" of \"%s\" (%s)",
			       field(result, PG_DIAG_CONSTRAINT_NAME),
			       field(result, PG_DIAG_TABLE_NAME), state);
	else
		(void)snprintf(e->error, sizeof(e->error), "%s (%s)",
			       field(result, PG_DIAG_MESSAGE_PRIMARY), state); /* may be cut */
}

enum rc postgres_fail(struct postgres *e, const PGresult *result)
{
	const char *state = field(result, PG_DIAG_SQLSTATE);

	keep_words(e, result, state);
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		if (strncmp(state, classes[i].state, strlen(classes[i].state)) != 0)
			continue;
		if (classes[i].drop)
			postgres_drop(e);
		return classes[i].rc;
	}
	return RC_IO;
}

enum rc postgres_lost(struct postgres *e, const char *what)
{
	const char *why = e->conn ? PQerrorMessage(e->conn) : "";
	size_t n = strcspn(why, "\n");

	(void)snprintf(e->error, sizeof(e->error), "%s: %.*s", what, (int)n, why); /* may be cut */
	postgres_drop(e);
	return RC_LOST;
}

/* ---- sending -------------------------------------------------------------------------- */

enum rc postgres_send_text(struct postgres *e, const char *text)
{
	if (PQsendQueryParams(e->conn, text, 0, NULL, NULL, NULL, NULL, 1) != 1)
		return postgres_lost(e, "sending");
	e->n_posted++;
	return RC_OK;
}

static enum rc send_prepare(struct postgres *e, struct postgres_statement *st)
{
	if (st->generations[e->standby] == e->generation)
		return RC_OK;
	if (PQsendPrepare(e->conn, st->name, st->text, 0, NULL) != 1)
		return postgres_lost(e, "sending");
	st->generations[e->standby] = e->generation;
	assert(e->n_preparing < ARRAY_LEN(e->preparing));
	e->preparing[e->n_preparing].st = st;
	e->preparing[e->n_preparing++].at = e->n_posted++;
	return RC_OK;
}

enum rc postgres_send(struct postgres *e, struct postgres_statement *st)
{
	const char *values[ENGINE_PARAMS_MAX];
	int lengths[ENGINE_PARAMS_MAX], formats[ENGINE_PARAMS_MAX];
	unsigned n = st->base.n_params;
	enum rc rc = send_prepare(e, st);

	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < n; i++) {
		const struct postgres_param *p = &st->params[i + 1];
		values[i] = p->is_null ? NULL : p->p ? p->p : p->digits;
		lengths[i] = p->n;
		formats[i] = p->is_binary;
	}
	if (PQsendQueryPrepared(e->conn, st->name, (int)n, values, lengths, formats, 1) != 1)
		return postgres_lost(e, "sending");
	e->n_posted++;
	return RC_OK;
}

enum rc postgres_send_keeping(struct postgres *e, struct postgres_statement *st)
{
	enum rc rc = postgres_send(e, st);

	if (rc == RC_OK)
		postgres_keep_last(e, st);
	return rc;
}

void postgres_keep_last(struct postgres *e, struct postgres_statement *st)
{
	assert(e->n_sent < ARRAY_LEN(e->sent));
	e->sent[e->n_sent].st = st;
	e->sent[e->n_sent++].at = e->n_posted - 1;
}

/* A statement is planned at its first use, and that may be when the table is empty: then any index
 * that begins with the company seems as good as the right one, and stays until the table is
 * analyzed. */
enum rc postgres_renew_plans(struct postgres *e)
{
	int64_t now = clock_mono_us();

	if (now - e->planned_us < PLANS_US || (e->open && e->begun))
		return RC_OK;
	e->planned_us = now;
	return postgres_send_text(e, "DISCARD PLANS");
}

enum rc postgres_ready(struct postgres *e)
{
	enum rc rc = RC_OK;

	if (e->lost) {
		(void)snprintf(e->error, sizeof(e->error), /* fits */
			       "the connection was lost in the middle of a transaction");
		return RC_LOST;
	}
	if (!e->conn)
		rc = postgres_connect(e);
	if (rc == RC_OK)
		rc = postgres_renew_plans(e);
	if (rc != RC_OK || !e->open || e->begun)
		return rc;
	e->begun = true;
	return postgres_send_text(e, "BEGIN");
}

/* ---- waiting -------------------------------------------------------------------------- */

static int wait_ms(const struct postgres *e)
{
	int64_t left = e->deadline_us - clock_mono_us();

	if (!e->deadline_us)
		return NO_LIMIT_MS;
	return left <= 0 ? 0 : (int)(left / 1000) + 1;
}

static enum rc wait(struct postgres *e)
{
	while (PQisBusy(e->conn)) {
		int flushed = PQflush(e->conn), ms = wait_ms(e);
		struct pollfd fd = {.fd = PQsocket(e->conn), .events = POLLIN};
		if (flushed < 0)
			return postgres_lost(e, "sending");
		if (flushed > 0)
			fd.events |= POLLOUT;
		int n = poll(&fd, 1, ms);
		if (n < 0 && errno != EINTR)
			return postgres_lost(e, "waiting");
		if (n == 0 && e->deadline_us && wait_ms(e) == 0)
			return postgres_lost(e, "no answer in time");
		if (n > 0 && PQconsumeInput(e->conn) != 1)
			return postgres_lost(e, "the connection was lost");
	}
	return RC_OK;
}

/* The next result; the NULL that ends each statement's is passed over. */
static enum rc next_result(struct postgres *e, PGresult **ret)
{
	for (int nulls = 0; nulls < 3; nulls++) {
		enum rc rc = wait(e);
		if (rc != RC_OK)
			return rc;
		*ret = PQgetResult(e->conn);
		if (*ret)
			return RC_OK;
	}
	return postgres_lost(e, "an answer is missing");
}

/* Statements behind the failure of the `failed`-th have not been prepared. */
static void forget_prepared(struct postgres *e, unsigned failed)
{
	for (unsigned i = 0; i < e->n_preparing; i++)
		if (e->preparing[i].at >= failed)
			e->preparing[i].st->generations[e->standby] = 0;
	e->n_preparing = 0;
}

static bool give_to_sender(struct postgres *e, unsigned at, PGresult *result)
{
	for (unsigned i = 0; i < e->n_sent; i++) {
		if (e->sent[i].at != at)
			continue;
		postgres_keep(e->sent[i].st, result);
		return true;
	}
	return false;
}

static enum rc read_all(struct postgres *e, unsigned n)
{
	enum rc rc = RC_OK;
	PGresult *result;

	for (unsigned i = 0; i <= n; i++) {
		enum rc read = next_result(e, &result);
		if (read != RC_OK)
			return read;
		ExecStatusType status = PQresultStatus(result);
		bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK ||
			    status == PGRES_PIPELINE_SYNC;
		if (!good && rc == RC_OK) {
			forget_prepared(e, i);
			rc = postgres_fail(e, result);
		}
		if (!(rc == RC_OK && give_to_sender(e, i, result)))
			PQclear(result);
		if (!e->conn)
			return rc;
	}
	return rc;
}

enum rc postgres_finish(struct postgres *e)
{
	unsigned n = e->n_posted;

	if (PQpipelineSync(e->conn) != 1)
		return postgres_lost(e, "sending");
	e->n_posted = 0;
	enum rc rc = read_all(e, n);
	e->n_preparing = e->n_sent = 0;
	return rc;
}

enum rc postgres_run(struct postgres *e, const char *text)
{
	enum rc rc = postgres_ready(e);

	if (rc == RC_OK)
		rc = postgres_send_text(e, text);
	return rc == RC_OK ? postgres_finish(e) : rc;
}
