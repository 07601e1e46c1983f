#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"

struct arena;
struct command;
struct database_facts;
struct setting_flag;
struct settings;

/*
 * The parts put together: a server on a data directory, or a single command run in this
 * process when no server does.
 */
#define PDMD_VERSION "0.1.0"

struct server_options {
	const char *dir;
	const struct settings *settings;
	/* What the settings were made from, besides the environment; read again on SIGHUP. */
	const char *config; /* NULL: pdmd.conf in the directory, whenever there is one */
	const struct setting_flag *flags;
	size_t n_flags;
	/* Called once the server answers; behind `url`, that of the first listener with the base
	 * path, comes "/GetCustomer". May be NULL. */
	void (*ready)(void *owner, const char *url);
	void *owner;
};

/* Holds SIGTERM, SIGINT and SIGHUP back from this thread and those that it begins, until server_run
 * answers and can act on them. What is to become a server calls this first of all: one that comes
 * before would end the process. server_run does it too. */
void server_hold_signals(void);

/* Locks the directory, opens everything, serves until SIGTERM, SIGINT or server_stop, and puts
 * everything away. RC_BUSY: another server (or command) has the directory; the sentence in reterr
 * names its pid. Other failures as database_open, access_open, http_open. RC_IO also when a commit
 * failed. */
MUST_CHECK enum rc server_run(const struct server_options *options, struct text *reterr);

/* From any thread, or from `ready`. Does nothing where no server runs. */
void server_stop(void);

/* `pdmd check`: everything that server_run would load, loaded; nothing bound, nothing written. */
MUST_CHECK enum rc server_check(const char *dir, const struct settings *settings,
				struct text *reterr);

struct server_migrated {
	int64_t from, to; /* schema; 0: there were no tables */
};

/* `pdmd db migrate`, on the directory's own database or on that of a `url`. Does nothing where
 * there is nothing to do. */
MUST_CHECK enum rc server_migrate(const char *dir, const char *url,
				  struct server_migrated *ret_migrated, struct text *reterr);

/* What is left of `pdmd setup` once the directory has its secret and the data has a `url`: tables
 * in a database that has none, as server_migrate, *ret_made then; what is there is only looked at,
 * as at a start. RC_NOTFOUND: there are none, and we may not make them. A sentence in reterr. */
MUST_CHECK enum rc server_found(const char *dir, const char *url, bool *ret_made,
				struct text *reterr);

/* Whose secret.key the database's keys were hashed under. */
enum server_secret {
	SERVER_SECRET_UNKNOWN, /* it cannot be told, or is not kept: in a file */
	SERVER_SECRET_NONE,    /* nobody's so far */
	SERVER_SECRET_SAME,    /* this directory's */
	SERVER_SECRET_ANOTHER,
};

/* `pdmd db status`: database_look of the directory's own database or of that of a `url`, while
 * servers run or not. */
MUST_CHECK enum rc server_look(const char *dir, const char *url, struct arena *a,
			       struct database_facts *ret_facts, enum server_secret *ret_secret,
			       struct text *reterr);

/* ---- commands without a server ----------------------------------------------------- */

struct direct;

/* Holds the directory's lock until it is closed; `url` is the database's, or empty. RC_BUSY: a
 * server (or another command) has it. */
MUST_CHECK enum rc direct_open(const char *dir, const char *url, struct direct **ret_direct,
			       struct text *reterr);
/* The same on a copy of the database, which is gone when it is closed; a server that has the
 * directory is not disturbed. RC_BUSY: somebody else has such a copy. RC_INVALID: with a `url`; a
 * database that servers share is not copied for that. */
MUST_CHECK enum rc direct_open_scratch(const char *dir, const char *url, struct direct **ret_direct,
				       struct text *reterr);
/* Runs a command of the admin door through the gate, to the end: committed before it comes
 * back. The answer is what the socket would give, good until the next call. */
void direct_call(struct direct *d, const struct command *command, struct str body,
		 struct str *ret_answer);
struct store *direct_store(struct direct *d); /* the writer's session; for the demo's data */
struct access *direct_access(struct direct *d);
struct direct *direct_close(struct direct *d);

#endif
