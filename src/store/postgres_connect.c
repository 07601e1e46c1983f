/*
 * Finding the server that takes writes, or a standby.
 *
 * Every host of the URL is tried at the same time, each by itself, and the first that is what we
 * want is kept: libpq would try them one after the other, so that one that is switched off cost a
 * whole timeout each time. Servers since version 14 say with the greeting whether they are in
 * recovery, so it costs no question.
 */
#include "store/postgres.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ATTEMPT_US   2000000 /* for one host to greet us */
#define PAUSE_US_MIN 50000
#define PAUSE_US_MAX 1000000
#define WORDS_MAX    48

struct words {
	const char *keys[WORDS_MAX + 1];
	const char *values[WORDS_MAX + 1];
	unsigned n;
};

static void put(struct words *w, const char *key, const char *value)
{
	if (w->n == WORDS_MAX)
		return; /* libpq knows fewer */
	w->keys[w->n] = key;
	w->values[w->n++] = value;
}

/* What we ask for beside what the URL says; what it says itself goes first. */
static const char *const defaults[][2] = {
	{"application_name", "pdmd"}, {"gssencmode", "disable"}, {"keepalives_idle", "5"},
	{"keepalives_interval", "2"}, {"keepalives_count", "3"}, {"tcp_user_timeout", "3000"},
};

static const char settings[] =
	" -c default_transaction_isolation=read\\ committed "
	"-c idle_in_transaction_session_timeout=10000 -c lock_timeout=5000 "
	"-c statement_timeout=30000 "
	"-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c client_min_messages=warning";

/* libpq would write what a server remarks to the standard error. */
static void be_quiet(void *nobody, const char *remark)
{
	(void)nobody;
	(void)remark;
}

static PGconn *begin_one(const PQconninfoOption *options, unsigned i)
{
	static const char *const own[] = {
		"host",    "hostaddr",        "port",           "target_session_attrs",
		"options", "client_encoding", "connect_timeout"};
	char host[POSTGRES_HOST_BYTES], hostaddr[64], port[POSTGRES_PORT_BYTES], all[1024];
	struct words w = {.n = 0};
	const char *more = postgres_value_of(options, "options");

	for (const PQconninfoOption *o = options; o->keyword; o++) {
		bool ours = !o->val;
		for (size_t k = 0; k < ARRAY_LEN(own) && !ours; k++)
			ours = strcmp(o->keyword, own[k]) == 0;
		if (!ours)
			put(&w, o->keyword, o->val);
	}
	for (size_t k = 0; k < ARRAY_LEN(defaults); k++)
		if (!postgres_value_of(options, defaults[k][0]))
			put(&w, defaults[k][0], defaults[k][1]);
	postgres_pick(postgres_value_of(options, "host"), i, host, sizeof(host));
	postgres_pick(postgres_value_of(options, "hostaddr"), i, hostaddr, sizeof(hostaddr));
	postgres_pick(postgres_value_of(options, "port"), i, port, sizeof(port));
	put(&w, "host", host);
	put(&w, "hostaddr", hostaddr);
	put(&w, "port", port);
	put(&w, "client_encoding", "UTF8");
	(void)snprintf(all, sizeof(all), "%s%s", more ? more : "", settings);
	put(&w, "options", all);
	PGconn *conn = PQconnectStartParams(w.keys, w.values, 0);
	(void)PQsetNoticeProcessor(conn, be_quiet, NULL); /* gives the one before */
	return conn;
}

void postgres_begin_tries(struct postgres_tries *tries, const PQconninfoOption *options,
			  int64_t until_us)
{
	*tries = (struct postgres_tries){.n = postgres_hosts(options), .until_us = until_us};
	for (unsigned i = 0; i < tries->n; i++)
		tries->each[i] =
			(struct postgres_try){begin_one(options, i), PGRES_POLLING_WRITING, false};
}

static void begin_all(struct postgres *e, int64_t until_us)
{
	PQconninfoOption *options = PQconninfoParse(e->url, NULL);

	e->tries = (struct postgres_tries){.n = 0};
	if (!options)
		return; /* out of memory: open has parsed it */
	postgres_begin_tries(&e->tries, options, until_us);
	PQconninfoFree(options);
}

static void end_all(struct postgres *e)
{
	for (unsigned i = 0; i < e->tries.n; i++)
		PQfinish(e->tries.each[i].conn); /* takes NULL */
	e->tries.n = 0;
}

static void note_failure(struct postgres *e, const char *why)
{
	size_t n = strcspn(why, "\n");

	(void)snprintf(e->error, sizeof(e->error), "%.*s", (int)n, why); /* may be cut */
}

bool postgres_is_standby(const PGconn *conn)
{
	const char *standby = PQparameterStatus(conn, "in_hot_standby");

	return standby && strcmp(standby, "off") != 0;
}

enum rc postgres_enter_pipeline(struct postgres *e)
{
	if (PQsetnonblocking(e->conn, 1) == 0 && PQenterPipelineMode(e->conn) == 1)
		return RC_OK;
	return postgres_lost(e, "going over to the pipeline");
}

bool postgres_advance(struct postgres_try *a)
{
	a->wants =
		PQstatus(a->conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PQconnectPoll(a->conn);
	return a->wants != PGRES_POLLING_READING && a->wants != PGRES_POLLING_WRITING;
}

/* One step for one host. True: this is the one. */
static bool advance(struct postgres *e, struct postgres_try *a)
{
	if (!postgres_advance(a))
		return false;
	if (a->wants == PGRES_POLLING_OK) {
		if (e->standby == postgres_is_standby(a->conn))
			return true;
		note_failure(e, e->standby ? "no server of the URL is a standby"
					   : "no server of the URL takes writes");
	} else {
		note_failure(e, PQerrorMessage(a->conn));
		e->tries.denied = e->tries.denied || PQconnectionNeedsPassword(a->conn) ||
				  PQconnectionUsedPassword(a->conn);
	}
	PQfinish(a->conn);
	a->conn = NULL;
	return false;
}

bool postgres_wait_tries(struct postgres_tries *tries, bool waits, bool *ret_any)
{
	struct pollfd fds[POSTGRES_HOSTS_MAX];
	unsigned n_open = 0;
	int64_t left_us = tries->until_us - clock_mono_us();

	*ret_any = false;
	for (unsigned i = 0; i < tries->n; i++) {
		struct postgres_try *a = &tries->each[i];
		bool open = a->conn && PQsocket(a->conn) >= 0;
		fds[i].fd = open ? PQsocket(a->conn) : -1;
		fds[i].events = a->wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		fds[i].revents = 0;
		n_open += a->conn != NULL;
	}
	if (n_open == 0 || left_us <= 0)
		return false;
	if (poll(fds, tries->n, waits ? (int)(left_us / 1000) + 1 : 0) < 0)
		return true; /* a signal, or no memory just now: once more */
	for (unsigned i = 0; i < tries->n; i++) {
		struct postgres_try *a = &tries->each[i];
		a->ready = a->conn && (fds[i].revents != 0 || fds[i].fd < 0);
		*ret_any = *ret_any || a->ready;
	}
	return true;
}

static void advance_all(struct postgres *e)
{
	for (unsigned i = 0; i < e->tries.n && !e->conn; i++) {
		struct postgres_try *a = &e->tries.each[i];
		if (!a->conn || !a->ready || !advance(e, a))
			continue;
		e->conn = a->conn;
		a->conn = NULL;
	}
}

static enum rc attempt_once(struct postgres *e, int64_t until_us)
{
	bool any;

	begin_all(e, until_us);
	note_failure(e, "no server of the URL answers");
	while (!e->conn && postgres_wait_tries(&e->tries, true, &any))
		advance_all(e);
	end_all(e);
	if (e->conn)
		return RC_OK;
	return e->tries.denied ? RC_DENIED : RC_LOST;
}

/* Something that a commit says although it has succeeded: that the standby has not got it. */
static void on_notice(void *e_, const PGresult *result)
{
	struct postgres *e = e_;
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (state && (strcmp(state, "01000") == 0 || strcmp(state, "57P01") == 0))
		e->only_here = true;
}

static enum rc set_up(struct postgres *e)
{
	(void)PQsetNoticeReceiver(e->conn, on_notice, e); /* gives the one before */
	e->generation++;
	e->only_here = false;
	e->n_posted = e->n_sent = e->n_preparing = 0;
	e->backoff = (struct backoff){0};
	return postgres_enter_pipeline(e);
}

enum rc postgres_connect(struct postgres *e)
{
	for (;;) {
		int64_t now = clock_mono_us(), until = now + ATTEMPT_US;
		if (e->deadline_us && e->deadline_us < until)
			until = e->deadline_us;
		enum rc rc = attempt_once(e, until);
		if (rc == RC_OK)
			return set_up(e);
		if (!e->deadline_us)
			return rc;
		int64_t us = backoff_next(&e->backoff, PAUSE_US_MIN, PAUSE_US_MAX);
		if (clock_mono_us() + us >= e->deadline_us)
			return rc;
		clock_sleep_us(us);
	}
}

enum rc postgres_seek(struct postgres *e)
{
	int64_t now = clock_mono_us();
	bool more, any = true;

	if (e->conn)
		return RC_OK;
	if (e->tries.n == 0) {
		if (now < e->again_us)
			return RC_LOST;
		begin_all(e, now + ATTEMPT_US);
	}
	do {
		more = postgres_wait_tries(&e->tries, false, &any);
		if (more)
			advance_all(e);
	} while (more && any && !e->conn);
	if (more && !e->conn)
		return RC_LOST;
	end_all(e);
	if (e->conn)
		return set_up(e);
	e->again_us = now + backoff_next(&e->backoff, PAUSE_US_MIN, PAUSE_US_MAX);
	return RC_LOST;
}

void postgres_drop(struct postgres *e)
{
	end_all(e);
	PQfinish(e->conn); /* takes NULL */
	e->conn = NULL;
	e->n_posted = e->n_sent = e->n_preparing = 0;
	if (e->open && e->begun)
		e->lost = true;
}
