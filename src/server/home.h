#ifndef SERVER_HOME_H
#define SERVER_HOME_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"
#include "server/dir.h"

struct access;
struct access_options;
struct database;

/*
 * A data directory that this process has for itself: what a server, and a command that
 * runs without one, begin with alike.
 */
struct home {
	struct dir_lock lock;
	struct database *db;
	struct access *access;
};

#define HOME_DATABASE "pdmd.db"
#define HOME_SOCKET   "admin.sock"

/* Locks the directory, brings its database up to date, opens it and reads the secret. With a `url`
 * that is not empty the database is there, must be up to date, and must belong to the secret. A
 * sentence in reterr on failure: as dir_lock (RC_BUSY is from there alone), database_open,
 * access_open and installation_check. */
MUST_CHECK enum rc home_open(const char *dir, const char *url, const struct access_options *options,
			     struct home *ret_home, struct text *reterr);
/* The same on a copy of its database, which scratch_make has made at `path`; whoever has the
 * directory is not disturbed. The lock is handed over. */
MUST_CHECK enum rc home_open_scratch(const char *dir, const char *path, struct dir_lock lock,
				     const struct access_options *options, struct home *ret_home,
				     struct text *reterr);
void home_close(struct home *home);

/* The host's name, for the audit; empty where it has none that can be written. */
#define HOME_HOST_BYTES 65
void home_host(char ret_name[HOME_HOST_BYTES]);

/* "sqlite:`dir`/pdmd.db". */
void home_url(const char *dir, struct text *t);

#endif
