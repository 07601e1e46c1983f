#ifndef STORE_POSTGRES_H
#define STORE_POSTGRES_H

#include <libpq-fe.h>

#include "base/backoff.h"
#include "store/engine.h"

/*
 * Private to the files postgres*.c, the only ones that know libpq.
 *
 * A connection is always in libpq's pipeline mode, and never blocks: what is sent is ended with a
 * sync, and its results are waited for until the engine's deadline. A connection that is lost, or
 * whose deadline has passed, is closed: nothing is ever cancelled, since a commit that is cancelled
 * while it waits for the standby has happened and looks as if it had not.
 */
#define POSTGRES_HOSTS_MAX  8
#define POSTGRES_HOST_BYTES 256
#define POSTGRES_PORT_BYTES 16
#define POSTGRES_NAME_BYTES 16
#define POSTGRES_POSTED_MAX 64 /* so many results are owed to us at most before we read them */

struct postgres_statement;

/* Hosts of the URL that are being tried, all at once. */
struct postgres_tries {
	unsigned n; /* 0: none are */
	int64_t until_us;
	bool denied; /* one of them has refused us */
	struct postgres_try {
		PGconn *conn; /* NULL: it has come to nothing */
		PostgresPollingStatusType wants;
		bool ready; /* for it */
	} each[POSTGRES_HOSTS_MAX];
};

struct postgres {
	struct engine base;
	enum engine_mode mode;
	char *url;
	bool standby; /* it is one that we want; otherwise the host that takes writes */
	PGconn *conn; /* NULL: there is none */
	struct postgres_tries tries;
	uint64_t generation;    /* of the connection; statements are prepared once for each */
	int64_t deadline_us;    /* by CLOCK_MONOTONIC; 0: none */
	int64_t planned_us;     /* when the connection last forgot its plans */
	struct backoff backoff; /* of attempts to connect */
	bool open;              /* a transaction is, or is to be */
	bool begun;             /* and the server has been told */
	bool part;              /* in a savepoint */
	bool lost;              /* the connection broke while one was open */
	bool only_here;         /* a commit has not reached the standby that it should have */
	unsigned n_posted;      /* statements of the pipeline whose results nobody has read */
	unsigned n_names;
	unsigned n_sent; /* statements of the pipeline that keep their results, and where in it */
	struct {
		struct postgres_statement *st;
		unsigned at;
	} sent[POSTGRES_POSTED_MAX];
	unsigned n_preparing; /* statements that the pipeline prepares, and where in it */
	struct {
		struct postgres_statement *st;
		unsigned at;
	} preparing[POSTGRES_POSTED_MAX + 2];
	struct {
		char *p; /* rows on their way; NULL: no room was taken yet */
		size_t n;
		unsigned n_columns;
	} bulk;
	char error[256];

	bool notes_commits; /* a writer: each commit asks where it is in the log */
	int64_t committed;  /* there; 0: not known */

	/* For postgres_replica.c. A reader's: */
	struct postgres *replica; /* NULL: it has none */
	int64_t whole_us; /* the deadline that it was given; deadline_us is the primary's part */
	bool may_lag;     /* statements may go to the replica that has what is needed: */
	struct engine_need need;
	/* The replica's: */
	struct postgres_statement *guard; /* asks whether it has */
	bool asked;                       /* there is something in its pipeline */
	int64_t again_us;                 /* none is looked for before this */
	unsigned rest_ms;
	int64_t rest_until_us; /* it was found too old, and is not asked before this */
};

struct postgres_param {
	bool is_null, is_binary;
	const char *p; /* NULL: the number in `digits` */
	int n;
	char digits[24];
};

struct postgres_statement {
	struct engine_statement base;
	struct postgres *engine;
	char *text;
	char name[POSTGRES_NAME_BYTES];
	uint64_t generations[2]; /* of the connections that know it: the primary's, the standby's */
	PGresult *result;
	int row, n_rows; /* the row that is looked at, -1 before the first */
	int64_t changes;
	struct postgres_param params[ENGINE_PARAMS_MAX + 1];
};

/* ---- opening (postgres.c) ------------------------------------------------------------- */

/* Connects to nothing yet; engine_postgres.close takes it back. */
MUST_CHECK enum rc postgres_create(const char *url, enum engine_mode mode, struct postgres **ret,
				   struct text *reterr);
/* The newest migration that the database has. RC_NOTFOUND: there are no tables. */
MUST_CHECK enum rc postgres_find_schema(struct postgres *e, int64_t *ret_schema);
/* A sentence about a database that cannot be used, with the server's words. */
void postgres_say_failure(struct postgres *e, enum rc rc, struct text *reterr);

/* ---- what it tells of itself (postgres_facts.c) --------------------------------------- */

enum rc postgres_look(const char *url, struct arena *a, struct database_facts *facts,
		      struct text *reterr);
enum rc postgres_peer(struct engine *e, struct database_peer *ret_peer);

/* ---- connecting (postgres_connect.c) -------------------------------------------------- */

/* Connects to the host of the URL that takes writes, all of them tried at once, or fails until the
 * deadline (without one: after one attempt). RC_LOST: none was found; RC_DENIED: one refused us. */
MUST_CHECK enum rc postgres_connect(struct postgres *e);
/* In parts, for whoever wants something else of the hosts: begins with all of them; waits until one
 * is `ready` for postgres_advance (*ret_any; false: there is none any more, or no time), if
 * `waits`; one step for it, true when it has come to its end, be it good or bad (`wants`).
 * Connections are the caller's to finish. */
void postgres_begin_tries(struct postgres_tries *tries, const PQconninfoOption *options,
			  int64_t until_us);
bool postgres_wait_tries(struct postgres_tries *tries, bool waits, bool *ret_any);
bool postgres_advance(struct postgres_try *a);
/* Goes on looking for what `e` wants, without waiting for anything. RC_OK: it is connected.
 * RC_LOST: not yet; it is to be called again, now and then. */
MUST_CHECK enum rc postgres_seek(struct postgres *e);
/* Of a server that has greeted us: is it in recovery? */
bool postgres_is_standby(const PGconn *conn);
/* As connections are but for the time of a bulk. */
MUST_CHECK enum rc postgres_enter_pipeline(struct postgres *e);
/* The connection is gone, whatever was under way. */
void postgres_drop(struct postgres *e);

/* ---- what the URL says (postgres_url.c) ------------------------------------------------ */

/* "postgresql://USER@HOST:PORT,HOST/DATABASE", and no password. */
void postgres_show(const char *url, struct text *t);
/* "HOST:PORT" of the i-th. */
void postgres_show_host(const PQconninfoOption *options, unsigned i, struct text *t);

/* How many hosts there are to be tried, at most POSTGRES_HOSTS_MAX, and the i-th of a list with
 * commas, or its only one; empty where the list is shorter. */
unsigned postgres_hosts(const PQconninfoOption *options);
void postgres_pick(const char *list, unsigned i, char *to, size_t room);
const char *postgres_value_of(const PQconninfoOption *options, const char *key); /* or NULL */

/* ---- the wire (postgres_wire.c) ------------------------------------------------------- */

/* Keeps the server's words, as far as no value is in them, and gives the class of the failure. */
MUST_CHECK enum rc postgres_fail(struct postgres *e, const PGresult *result);
/* The same for what libpq says of the connection, which is dropped. */
MUST_CHECK enum rc postgres_lost(struct postgres *e, const char *what);

/* Sees to it that there is a connection, and that the open transaction has been begun on it. */
MUST_CHECK enum rc postgres_ready(struct postgres *e);
/* In front of what is sent outside of a transaction, now and then: plans are made anew. A part of
 * postgres_ready. */
MUST_CHECK enum rc postgres_renew_plans(struct postgres *e);
/* One more statement in the pipeline. */
MUST_CHECK enum rc postgres_send(struct postgres *e, struct postgres_statement *st);
MUST_CHECK enum rc postgres_send_text(struct postgres *e, const char *text);
/* The result of what was sent last is to be the statement's, when it is good. */
void postgres_keep_last(struct postgres *e, struct postgres_statement *st);
MUST_CHECK enum rc postgres_send_keeping(struct postgres *e, struct postgres_statement *st);
/* Ends the pipeline, and reads the results of all that was sent; statements that keep theirs get
 * them. The first failure is given; what was kept before it is to be reset. */
MUST_CHECK enum rc postgres_finish(struct postgres *e);
/* Gives the statement its result, from its first row on; takes it over. */
void postgres_keep(struct postgres_statement *st, PGresult *result);
/* A statement without parameters or results, alone. */
MUST_CHECK enum rc postgres_run(struct postgres *e, const char *text);

/* ---- many rows (postgres_bulk.c) ------------------------------------------------------ */

enum rc postgres_bulk_begin(struct engine *e, const char *table, const char *columns, unsigned n);
enum rc postgres_bulk_row(struct engine *e, const struct engine_value *values);
enum rc postgres_bulk_end(struct engine *e);

/* ---- replicas (postgres_replica.c) ---------------------------------------------------- */

enum rc postgres_use_replicas(struct engine *e);
void postgres_allow_replica(struct engine *e, const struct engine_need *need);
int64_t postgres_committed(const struct engine *e);
enum rc postgres_position(struct engine *e, int64_t *ret);
void postgres_close_replica(struct postgres *e);

/* True: a replica has answered, and the statement has its rows. False: the primary is to. */
bool postgres_ask_replica(struct postgres_statement *st);
/* The same for several: true when it was sent, or when it is for the replica and cannot be (then
 * *ret_rc is not RC_OK, and all of them are to be sent again). */
bool postgres_send_to_replica(struct postgres_statement *st, enum rc *ret_rc);
/* True: they were collected from the replica; *ret_rc is as with collect. */
bool postgres_collect_replica(struct postgres *e, enum rc *ret_rc);

/* ---- statements (postgres_statement.c) ------------------------------------------------ */

enum rc postgres_prepare(struct engine *e, const char *text, struct engine_statement **ret);
void postgres_finalize(struct engine_statement *st);
enum rc postgres_bind_int(struct engine_statement *st, unsigned n, int64_t value);
enum rc postgres_bind_text(struct engine_statement *st, unsigned n, struct str value);
enum rc postgres_bind_blob(struct engine_statement *st, unsigned n, struct str bytes);
enum rc postgres_bind_null(struct engine_statement *st, unsigned n);
enum rc postgres_step(struct engine_statement *st, bool *ret_row);
enum rc postgres_post(struct engine_statement *st);
enum rc postgres_send_reading(struct engine_statement *st);
enum rc postgres_collect(struct engine *e);
int64_t postgres_changes(struct engine_statement *st);
void postgres_reset(struct engine_statement *st);
enum rc postgres_column_int(struct engine_statement *st, unsigned i, int64_t *ret);
enum rc postgres_column_text(struct engine_statement *st, unsigned i, struct str *ret);
/* One number that a query gives. */
MUST_CHECK enum rc postgres_read_int(struct postgres *e, const char *text, int64_t *ret);
enum rc postgres_column_blob(struct engine_statement *st, unsigned i, struct str *ret);

#endif
