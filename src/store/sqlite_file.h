#ifndef STORE_SQLITE_FILE_H
#define STORE_SQLITE_FILE_H

#include <limits.h>
#include <stdbool.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * What can be said about a database file before SQLite looks at it, in better words than it
 * would find, and how a new one comes to its place. On failure a sentence is appended to reterr.
 */

/* The path as SQLite must be given it: never a URI, never ":memory:". */
MUST_CHECK enum rc sqlite_file_path(const char *path, char ret_path[PATH_MAX], struct text *reterr);

/* RC_NOTFOUND: no file. RC_FOREIGN: not a file, or an empty one. RC_DENIED: the file or its
 * directory (where SQLite keeps the log) may not be written. */
MUST_CHECK enum rc sqlite_file_look(const char *path, struct text *reterr);

/* What SQLite opens without a trace, for a path of sqlite_file_path. False: there is something
 * beside the file, which belongs to it; so it is in use, or was when its process was killed. */
#define SQLITE_URI_BYTES (3 * PATH_MAX)
bool sqlite_file_uri(const char *path, char ret_uri[SQLITE_URI_BYTES]);

/* A database that is being made, beside its place: "<path>.new". `fd` keeps others from making the
 * same one; it is closed last, for that takes SQLite's own locks on the file away. */
struct sqlite_new {
	char path[PATH_MAX];
	int fd;
};

/* RC_EXISTS: there is something at `path`. */
MUST_CHECK enum rc sqlite_file_absent(const char *path, struct text *reterr);

/* Makes an empty file, readable by its owner only, for a database to grow in. What an earlier
 * attempt has left is removed. RC_BUSY: somebody is at it. */
MUST_CHECK enum rc sqlite_file_begin(const char *path, struct sqlite_new *ret_new,
				     struct text *reterr);

/* Root may make or restore what another user's server is to serve: it becomes the directory's
 * owner's. */
MUST_CHECK enum rc sqlite_file_give(const char *path, const struct sqlite_new *new,
				    struct text *reterr);

/* Puts the new file on the disk and gives it its name, which nobody else has got meanwhile, for
 * good. On failure nothing of ours has that name, and it is still to be dropped. */
MUST_CHECK enum rc sqlite_file_finish(const char *path, struct sqlite_new *new,
				      struct text *reterr);

/* The same over whatever is at `path`, at once. */
MUST_CHECK enum rc sqlite_file_replace(const char *path, struct sqlite_new *new,
				       struct text *reterr);

/* Removes the new file and what SQLite keeps beside it. */
void sqlite_file_drop(struct sqlite_new *new);

/* Of a path that has a slash: sqlite_file_path sees to that. */
void sqlite_file_directory(const char *path, char ret_directory[PATH_MAX]);

bool sqlite_file_is_same(const char *path, const char *other);
/* Is `other` a name of the database itself, or one that it may want for a file of its own? */
bool sqlite_file_is_own(const char *path, const char *other);

/* Is a file of SQLite's beside it, that would be read with it? "-shm" does not count. */
bool sqlite_file_has_log(const char *path);

/* Puts the names in the directory of `path` on the disk. */
MUST_CHECK enum rc sqlite_file_sync(const char *path, struct text *reterr);

/* Appends "`path`: `what`: " and why; gives errno's class. */
MUST_CHECK enum rc sqlite_file_fail(struct text *reterr, const char *path, const char *what);

#endif
