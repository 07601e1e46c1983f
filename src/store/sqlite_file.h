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

/* Makes an empty file, readable by its owner only, for a database to grow in; "<path>.new". What an
 * earlier attempt has left is removed. RC_EXISTS: there is something at `path`. */
MUST_CHECK enum rc sqlite_file_begin(const char *path, char ret_new[PATH_MAX], struct text *reterr);

/* Gives the new file its name, which nobody else has got meanwhile, for good. When it fails,
 * nothing of ours is at `path`. */
MUST_CHECK enum rc sqlite_file_finish(const char *path, const char *new_path, struct text *reterr);

/* Removes the new file and what SQLite keeps beside it. */
void sqlite_file_drop(const char *new_path);

#endif
