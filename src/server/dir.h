#ifndef SERVER_DIR_H
#define SERVER_DIR_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * The data directory (mode 0700):
 *
 *   pdmd.db      the database (with -wal and -shm beside it while in use)
 *   secret.key   what keys and tokens are hashed under (0600); none where systemd hands it over
 *   pdmd.lock    held by the one process that may write; has its pid
 *   admin.sock   while a server runs (0600)
 *   demo         only where `pdmd demo` made the directory; DIR_UNFINISHED until all is in it
 *   pdmd.conf    settings, where somebody has put some
 *   pdmd.db…     with DIR_KEPT behind it: what was there before a restore
 */
#define DIR_UNFINISHED "demo-unfinished"
#define DIR_KEPT       ".before-"

/* /var/lib/pdmd for root, else ~/.local/share/pdmd; `suffix` is put behind it ("-demo" or ""). */
void dir_default(const char *suffix, struct text *t);

/* `dir`/`name`. */
void dir_path(const char *dir, const char *name, struct text *t);

/* Appends `dir`/pdmd.conf, where there is one. */
bool dir_config(const char *dir, struct text *t);

/* Is it a data directory of ours, as far as one sees from outside? RC_NOTFOUND: there is none, or
 * an empty one. RC_FOREIGN: something else is there. RC_DENIED, RC_IO. A sentence in reterr, with
 * what to do next. */
MUST_CHECK enum rc dir_check(const char *dir, struct text *reterr);

/* The same where the data is in a database that servers share: what must be there is the secret, if
 * it is not handed over. */
MUST_CHECK enum rc dir_check_shared(const char *dir, struct text *reterr);

struct dir_lock {
	int fd; /* -1: not held */
};

/* What dir_check gives. RC_BUSY: held by *ret_pid. RC_DENIED, RC_IO. A sentence in reterr, with
 * what to do next. The lock goes with the process, however it ends. */
MUST_CHECK enum rc dir_lock(const char *dir, struct dir_lock *ret_lock, pid_t *ret_pid,
			    struct text *reterr);
/* The same where the database may not be there yet. */
MUST_CHECK enum rc dir_lock_begun(const char *dir, struct dir_lock *ret_lock, pid_t *ret_pid,
				  struct text *reterr);
void dir_unlock(struct dir_lock *lock);

/*
 * Makes directory, secret and an empty database, going on from where one that was interrupted has
 * stopped; a whole secret is kept. RC_EXISTS: there is something else there already, which is left
 * as it is. RC_BUSY: somebody is at it. A sentence in reterr on failure.
 */
MUST_CHECK enum rc dir_setup(const char *dir, struct text *reterr);
/* The same without a database, where that is one that servers share. A directory that has been set
 * up is fine: then *ret_kept. */
MUST_CHECK enum rc dir_setup_shared(const char *dir, bool *ret_kept, struct text *reterr);
/* As dir_setup; before anything else in it there is DIR_UNFINISHED. */
MUST_CHECK enum rc dir_setup_demo(const char *dir, struct text *reterr);
/* Both: a demo without a database in the directory. */
MUST_CHECK enum rc dir_setup_demo_shared(const char *dir, struct text *reterr);

bool dir_is_demo(const char *dir);

/* May others come in, or read the database? Then a sentence says so, with what to do. */
bool dir_is_open(const char *dir, struct text *t);

#endif
