/*
 * Finding the server that takes writes.
 *
 * Every host of the URL is tried at the same time, each by itself, and the first that is not in
 * recovery is kept: libpq would try them one after the other, so that one that is switched off cost
 * a whole timeout each time. Servers since version 14 say with the greeting whether they are in
 * recovery, so it costs no question.
 */
#include "store/postgres.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/random.h"

#define ATTEMPT_US   2000000 /* for one host to greet us */
#define PAUSE_MS_MIN 50
#define PAUSE_MS_MAX 1000
#define WORDS_MAX    48

/* One host that is being tried. */
struct attempt {
	PGconn *conn; /* NULL: it has come to nothing */
	PostgresPollingStatusType wants;
	bool ready; /* for it */
};

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
	" -c idle_in_transaction_session_timeout=10000 -c lock_timeout=5000 "
	"-c statement_timeout=30000 "
	"-c plan_cache_mode=force_generic_plan -c client_min_messages=warning";

PGconn *postgres_begin(const PQconninfoOption *options, unsigned i)
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
	return PQconnectStartParams(w.keys, w.values, 0);
}

static unsigned begin_all(const struct postgres *e, struct attempt attempts[POSTGRES_HOSTS_MAX])
{
	PQconninfoOption *options = PQconninfoParse(e->url, NULL);
	unsigned n;

	if (!options)
		return 0; /* out of memory: open has parsed it */
	n = postgres_hosts(options);
	for (unsigned i = 0; i < n; i++)
		attempts[i] =
			(struct attempt){postgres_begin(options, i), PGRES_POLLING_WRITING, false};
	PQconninfoFree(options);
	return n;
}

static void note_failure(struct postgres *e, const char *why)
{
	size_t n = strcspn(why, "\n");

	(void)snprintf(e->error, sizeof(e->error), "%.*s", (int)n, why); /* may be cut */
}

/* One step for one host. True: this is the one. */
static bool advance(struct postgres *e, struct attempt *a, bool *denied)
{
	const char *standby;

	a->wants =
		PQstatus(a->conn) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PQconnectPoll(a->conn);
	if (a->wants == PGRES_POLLING_READING || a->wants == PGRES_POLLING_WRITING)
		return false;
	if (a->wants == PGRES_POLLING_OK) {
		standby = PQparameterStatus(a->conn, "in_hot_standby");
		if (!standby || strcmp(standby, "off") == 0)
			return true;
		note_failure(e, "no server of the URL takes writes");
	} else {
		note_failure(e, PQerrorMessage(a->conn));
		*denied = *denied || PQconnectionNeedsPassword(a->conn) ||
			  PQconnectionUsedPassword(a->conn);
	}
	PQfinish(a->conn);
	a->conn = NULL;
	return false;
}

static bool wait_any(struct attempt *attempts, unsigned n, int64_t until_us)
{
	struct pollfd fds[POSTGRES_HOSTS_MAX];
	unsigned n_open = 0;
	int64_t left_us = until_us - clock_mono_us();

	for (unsigned i = 0; i < n; i++) {
		bool open = attempts[i].conn && PQsocket(attempts[i].conn) >= 0;
		fds[i].fd = open ? PQsocket(attempts[i].conn) : -1;
		fds[i].events = attempts[i].wants == PGRES_POLLING_READING ? POLLIN : POLLOUT;
		fds[i].revents = 0;
		n_open += attempts[i].conn != NULL;
	}
	if (n_open == 0 || left_us <= 0)
		return false;
	if (poll(fds, n, (int)(left_us / 1000) + 1) < 0)
		return true; /* a signal, or no memory just now: once more */
	for (unsigned i = 0; i < n; i++)
		attempts[i].ready = fds[i].revents != 0 || fds[i].fd < 0;
	return true;
}

static enum rc attempt_once(struct postgres *e, int64_t until_us)
{
	struct attempt attempts[POSTGRES_HOSTS_MAX];
	unsigned n = begin_all(e, attempts);
	bool denied = false;

	note_failure(e, "no server of the URL answers");
	while (!e->conn && wait_any(attempts, n, until_us)) {
		for (unsigned i = 0; i < n && !e->conn; i++) {
			struct attempt *a = &attempts[i];
			if (!a->conn || !a->ready || !advance(e, a, &denied))
				continue;
			e->conn = a->conn;
			a->conn = NULL;
		}
	}
	for (unsigned i = 0; i < n; i++)
		PQfinish(attempts[i].conn); /* takes NULL */
	if (e->conn)
		return RC_OK;
	return denied ? RC_DENIED : RC_LOST;
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
	e->pause_ms = 0;
	if (PQsetnonblocking(e->conn, 1) == 0 && PQenterPipelineMode(e->conn) == 1)
		return RC_OK;
	return postgres_lost(e, "setting up the connection");
}

static void sleep_ms(unsigned ms)
{
	const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};

	(void)nanosleep(&pause, NULL); /* cut short does no harm */
}

/* Full jitter, so that the sessions of many servers do not come back all at once. */
static unsigned next_pause(struct postgres *e)
{
	uint32_t random;

	e->pause_ms = e->pause_ms ? e->pause_ms * 2 : PAUSE_MS_MIN;
	if (e->pause_ms > PAUSE_MS_MAX)
		e->pause_ms = PAUSE_MS_MAX;
	random_bytes(&random, sizeof(random));
	return 1 + random % e->pause_ms;
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
		unsigned ms = next_pause(e);
		if (clock_mono_us() + (int64_t)ms * 1000 >= e->deadline_us)
			return rc;
		sleep_ms(ms);
	}
}

void postgres_drop(struct postgres *e)
{
	PQfinish(e->conn); /* takes NULL */
	e->conn = NULL;
	e->n_posted = e->n_sent = e->n_preparing = 0;
	if (e->open && e->begun)
		e->lost = true;
}
