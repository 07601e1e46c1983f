#ifndef STORE_SQLITE_H
#define STORE_SQLITE_H

#include <sqlite3.h>

#include "store/engine.h"

/*
 * Private to the files sqlite*.c, the only ones that know SQLite.
 */
#define SQLITE_PAGE_BYTES 4096
#define SQLITE_PAGES_MAX  "33554431" /* 128 GiB; sqlite_vfs.c needs it */
#define SQLITE_VFS_NAME   "pdmd"

/* Once in a process, before SQLite's first use. Without memory for it no file will open. */
void sqlite_configure(void);

enum sqlite_control {
	SQLITE_CONTROL_BEGIN,
	SQLITE_CONTROL_COMMIT,
	SQLITE_CONTROL_ROLLBACK,
	SQLITE_CONTROL_SAVEPOINT,
	SQLITE_CONTROL_RELEASE,
	SQLITE_CONTROL_UNDO,
	SQLITE_CONTROLS,
};

struct sqlite {
	struct engine base;
	sqlite3 *db;
	enum engine_mode mode;
	sqlite3_stmt *control[SQLITE_CONTROLS];
	int log_pages; /* in the write-ahead log after the last commit */
	int log_moved; /* so many of them were there when they were last moved */
	struct engine_statement *bulk;
	char error[256];
};

/* Keeps SQLite's words, which name columns and never values, and gives the class of the failure. */
MUST_CHECK enum rc sqlite_fail(struct sqlite *e, int code);

static inline enum rc sqlite_check(struct sqlite *e, int code)
{
	return code == SQLITE_OK ? RC_OK : sqlite_fail(e, code);
}

/* The steps of opening; a sentence in reterr, or else in the engine's `error`. identify:
 * RC_FOREIGN: the file is not ours. */
MUST_CHECK enum rc sqlite_connect(const char *path, enum engine_mode mode,
				  struct sqlite **ret_engine, struct text *reterr);
MUST_CHECK enum rc sqlite_identify(struct sqlite *e, int64_t *ret_schema);
MUST_CHECK enum rc sqlite_set_up(struct sqlite *e);
/* "wal" is the write-ahead log. Where a file system cannot do what a mode needs, SQLite stays with
 * what it had and says so only in the answer: RC_IO. RC_BUSY: others have the database open. */
MUST_CHECK enum rc sqlite_journal(struct sqlite *e, const char *mode);

/* The functions of engine_ops that have to do with copies. check: is the database that SQLite finds
 * at `path` whole, and all right with `copy`? `name` is what people call it. */
MUST_CHECK enum rc sqlite_backup(const char *where, const char *to, struct engine_copy *copy,
				 struct text *reterr);
MUST_CHECK enum rc sqlite_restore(const char *where, const char *from, const char *kept,
				  struct engine_copy *copy, struct text *reterr);
MUST_CHECK enum rc sqlite_check_copy(const char *path, const char *name, struct engine_copy *copy,
				     struct text *reterr);
/* Tells whoever watches. */
void sqlite_tell(const struct engine_copy *copy, enum copy_part part, int64_t bytes,
		 int64_t bytes_all);

/* The functions of engine_ops that have to do with statements. */
enum rc sqlite_prepare(struct engine *e, const char *text, struct engine_statement **ret);
void sqlite_finalize(struct engine_statement *st);
enum rc sqlite_bind_int(struct engine_statement *st, unsigned n, int64_t value);
enum rc sqlite_bind_text(struct engine_statement *st, unsigned n, struct str value);
enum rc sqlite_bind_blob(struct engine_statement *st, unsigned n, struct str bytes);
enum rc sqlite_bind_null(struct engine_statement *st, unsigned n);
enum rc sqlite_step(struct engine_statement *st, bool *ret_row);
int64_t sqlite_changes(struct engine_statement *st);
void sqlite_reset(struct engine_statement *st);
enum rc sqlite_column_int(struct engine_statement *st, unsigned i, int64_t *ret);
enum rc sqlite_column_text(struct engine_statement *st, unsigned i, struct str *ret);
enum rc sqlite_column_blob(struct engine_statement *st, unsigned i, struct str *ret);

/* Those for many rows. */
enum rc sqlite_bulk_begin(struct engine *e, const char *table, const char *columns, unsigned n);
enum rc sqlite_bulk_row(struct engine *e, const struct engine_value *values);
enum rc sqlite_bulk_end(struct engine *e);

/* ---- what there is to know of it (sqlite_facts.c) ---- */

enum rc sqlite_look(const char *path, struct arena *a, struct database_facts *facts,
		    struct text *reterr);

#endif
