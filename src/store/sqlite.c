/*
 * The engine that keeps everything in one file: SQLite with a write-ahead log.
 *
 * Each commit is on the disk before it is answered (synchronous=FULL). Readers are opened so that
 * they cannot write, and never move the log into the file; only the writer does, when the session
 * tells it to: SQLite 3.40 has a rare race when two connections do that at the same time.
 */
#include "store/sqlite.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_file.h"

#define APPLICATION_ID 0x70646d64 /* "pdmd": the mark in a file's header that it is ours */
#define BUSY_MS        250

static struct sqlite *of(struct engine *e)
{
	return (struct sqlite *)e;
}

static const char *error(const struct engine *e)
{
	return ((const struct sqlite *)e)->error;
}

/* ---- opening ----------------------------------------------------------------------- */

static enum rc run(struct engine *e_, const char *script)
{
	struct sqlite *e = of(e_);

	return sqlite_check(e, sqlite3_exec(e->db, script, NULL, NULL, NULL));
}

static enum rc read_pragma(struct sqlite *e, const char *text, int64_t *ret_value)
{
	sqlite3_stmt *st;
	int code = sqlite3_prepare_v2(e->db, text, -1, &st, NULL);

	if (code != SQLITE_OK)
		return sqlite_fail(e, code);
	code = sqlite3_step(st);
	enum rc rc = code == SQLITE_ROW ? RC_OK : sqlite_fail(e, code);
	if (rc == RC_OK)
		*ret_value = sqlite3_column_int64(st, 0);
	(void)sqlite3_finalize(st); /* repeats the step's failure */
	return rc;
}

enum rc sqlite_journal(struct sqlite *e, const char *mode)
{
	sqlite3_stmt *st;
	char text[64];

	(void)snprintf(text, sizeof(text), "PRAGMA journal_mode = %s", mode); /* fits */
	int code = sqlite3_prepare_v2(e->db, text, -1, &st, NULL);
	if (code != SQLITE_OK)
		return sqlite_fail(e, code);
	code = sqlite3_step(st);
	const char *got = code == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : NULL;
	enum rc rc = got ? RC_OK : sqlite_fail(e, code);
	if (got && strcmp(got, mode) != 0) {
		(void)snprintf(e->error, sizeof(e->error), /* fits */
			       "journal mode \"%s\" cannot be had here", mode);
		rc = RC_IO;
	}
	(void)sqlite3_finalize(st); /* repeats the step's failure */
	return rc;
}

static int note_log_pages(void *e_, sqlite3 *db, const char *name, int pages)
{
	struct sqlite *e = e_;

	(void)db;
	(void)name;
	if (pages < e->log_pages)
		e->log_moved = 0; /* it has begun anew */
	e->log_pages = pages;
	return SQLITE_OK;
}

static enum rc prepare_controls(struct sqlite *e)
{
	const char *const texts[SQLITE_CONTROLS] = {
		[SQLITE_CONTROL_BEGIN] = e->mode == ENGINE_WRITER ? "BEGIN IMMEDIATE" : "BEGIN",
		[SQLITE_CONTROL_COMMIT] = "COMMIT",
		[SQLITE_CONTROL_ROLLBACK] = "ROLLBACK",
		[SQLITE_CONTROL_SAVEPOINT] = "SAVEPOINT part",
		[SQLITE_CONTROL_RELEASE] = "RELEASE part",
		[SQLITE_CONTROL_UNDO] = "ROLLBACK TO part",
	};

	for (int i = 0; i < SQLITE_CONTROLS; i++) {
		int code = sqlite3_prepare_v3(e->db, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
					      &e->control[i], NULL);
		if (code != SQLITE_OK)
			return sqlite_fail(e, code);
	}
	return RC_OK;
}

/*
 * Measured at a million customers: pages of 4 KiB beat 8 and 16 (a look-up reads about two that are
 * not in the cache, and copying them costs more than one level of the tree). With 2 a new customer
 * is a tenth cheaper and an import an eighth dearer. A reader is as fast with a cache of 4 MiB as
 * with 16, since each commit makes it void anyway. The writer profits from more when many rows come
 * at once. Patients' data must not stay in freed pages, nor pass through temporary files. A REPLACE
 * is stopped by the triggers of what is append only when they are "recursive".
 */
enum rc sqlite_set_up(struct sqlite *e)
{
	static const char both[] = "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; "
				   "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; "
				   "PRAGMA secure_delete = ON; PRAGMA recursive_triggers = ON";
	static const char *const own[] = {
		[ENGINE_LOOK] = "PRAGMA query_only = ON",
		[ENGINE_READER] = "PRAGMA cache_size = -4096; PRAGMA query_only = ON",
		[ENGINE_WRITER] =
			"PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 33554432; "
			"PRAGMA max_page_count = " SQLITE_PAGES_MAX,
	};
	enum rc rc = run(&e->base, both);

	if (rc == RC_OK)
		rc = run(&e->base, own[e->mode]);
	return rc == RC_OK ? prepare_controls(e) : rc;
}

static void close_engine(struct engine *e_)
{
	struct sqlite *e = of(e_);

	sqlite_finalize(e->bulk); /* NULL is fine */
	for (int i = 0; i < SQLITE_CONTROLS; i++)
		(void)sqlite3_finalize(e->control[i]); /* NULL is fine; repeats old failures */
	int code = sqlite3_close(e->db);
	assert(code == SQLITE_OK); /* else a statement was not finalized */
	free(e);
}

static enum rc protect(struct sqlite *e)
{
	static const int settings[][2] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_DQS_DML, 0},
		{SQLITE_DBCONFIG_DQS_DDL, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		int code = sqlite3_db_config(e->db, settings[i][0], settings[i][1], NULL);
		if (code != SQLITE_OK)
			return sqlite_fail(e, code);
	}
	/* Takes the place of the checkpoints that SQLite would make by itself. */
	(void)sqlite3_wal_hook(e->db, note_log_pages, e); /* gives the one before */
	return sqlite_check(e, sqlite3_busy_timeout(e->db, BUSY_MS));
}

enum rc sqlite_connect(const char *path, enum engine_mode mode, struct sqlite **ret_engine,
		       struct text *reterr)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	char uri[SQLITE_URI_BYTES];
	/* SQLite's readers make files, and do not remove them. */
	bool no_trace = mode == ENGINE_LOOK && sqlite_file_uri(path, uri);
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | (no_trace ? SQLITE_OPEN_URI : 0) |
		    (mode == ENGINE_WRITER ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	struct sqlite *e = calloc(1, sizeof(*e));

	if (!e) {
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	(void)pthread_once(&once, sqlite_configure); /* cannot fail with a good once */
	e->base.ops = &engine_sqlite;
	e->mode = mode;
	enum rc rc = sqlite_check(
		e, sqlite3_open_v2(no_trace ? uri : path, &e->db, flags, SQLITE_VFS_NAME));
	if (rc == RC_OK)
		rc = protect(e);
	if (rc != RC_OK) {
		text_printf(reterr, "%s: %s", path, e->error);
		close_engine(&e->base);
		return rc;
	}
	*ret_engine = e;
	return RC_OK;
}

enum rc sqlite_identify(struct sqlite *e, int64_t *ret_schema)
{
	int64_t id = 0;
	enum rc rc = read_pragma(e, "PRAGMA application_id", &id);

	if (rc == RC_OK && id == APPLICATION_ID)
		return read_pragma(e, "PRAGMA user_version", ret_schema);
	bool no_database = rc != RC_OK && (sqlite3_errcode(e->db) & 0xff) == SQLITE_NOTADB;
	if (rc != RC_OK && !no_database)
		return rc;
	(void)snprintf(e->error, sizeof(e->error), "not a database of pdmd"); /* fits */
	return RC_FOREIGN;
}

static enum rc open_engine(const char *where, enum engine_mode mode, struct engine **ret_engine,
			   int64_t *ret_schema, struct text *reterr)
{
	char path[PATH_MAX];
	struct sqlite *e;
	int64_t schema = 0;
	enum rc rc = sqlite_file_path(where, path, reterr);

	if (rc == RC_OK)
		rc = sqlite_file_look(path, reterr);
	if (rc == RC_OK)
		rc = sqlite_connect(path, mode, &e, reterr);
	if (rc != RC_OK)
		return rc;
	rc = sqlite_identify(e, &schema);
	if (rc == RC_OK)
		rc = sqlite_set_up(e);
	if (rc == RC_OK && mode == ENGINE_WRITER)
		rc = sqlite_journal(e, "wal");
	if (rc != RC_OK) {
		text_printf(reterr, "%s: %s", path, e->error);
		close_engine(&e->base);
		return rc;
	}
	*ret_engine = &e->base;
	*ret_schema = schema;
	return RC_OK;
}

/* The log is turned on last, so that nothing of the new file is still in it. */
static enum rc fill_new(struct sqlite *e, const struct engine_filling *filling, struct text *reterr)
{
	char mark[96];

	(void)snprintf(mark, sizeof(mark), "PRAGMA page_size = %d; PRAGMA application_id = %d",
		       SQLITE_PAGE_BYTES, APPLICATION_ID); /* fits */
	enum rc rc = run(&e->base, mark);
	if (rc == RC_OK)
		rc = sqlite_set_up(e);
	if (rc == RC_OK) {
		rc = filling->fill(&e->base, filling->owner, reterr);
		if (rc != RC_OK)
			return rc; /* it has said why */
		rc = sqlite_journal(e, "wal");
	}
	if (rc != RC_OK)
		text_printf(reterr, "cannot make a database: %s", e->error);
	return rc;
}

static enum rc create(const char *where, const struct engine_filling *filling, struct text *reterr)
{
	char path[PATH_MAX];
	struct sqlite_new new;
	struct sqlite *e;
	enum rc rc = sqlite_file_path(where, path, reterr);

	if (rc == RC_OK)
		rc = sqlite_file_absent(path, reterr);
	if (rc == RC_OK)
		rc = sqlite_file_begin(path, &new, reterr);
	if (rc != RC_OK)
		return rc;
	rc = sqlite_connect(new.path, ENGINE_WRITER, &e, reterr);
	if (rc == RC_OK) {
		rc = fill_new(e, filling, reterr);
		close_engine(&e->base);
	}
	if (rc == RC_OK)
		rc = sqlite_file_give(path, &new, reterr);
	if (rc == RC_OK)
		rc = sqlite_file_finish(path, &new, reterr);
	if (rc != RC_OK)
		sqlite_file_drop(&new);
	return rc;
}

static enum rc set_schema(struct engine *e, int64_t number)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "PRAGMA user_version = %" PRId64, number); /* fits */
	return run(e, text);
}

/* ---- transactions ------------------------------------------------------------------ */

static enum rc control(struct engine *e_, enum sqlite_control which)
{
	struct sqlite *e = of(e_);
	int code = sqlite3_step(e->control[which]);
	enum rc rc = code == SQLITE_DONE ? RC_OK : sqlite_fail(e, code);

	(void)sqlite3_reset(e->control[which]); /* repeats the step's failure */
	return rc;
}

static enum rc begin(struct engine *e)
{
	return control(e, SQLITE_CONTROL_BEGIN);
}

static bool in_transaction(const struct engine *e)
{
	return !sqlite3_get_autocommit(((const struct sqlite *)e)->db);
}

static void rollback(struct engine *e)
{
	if (in_transaction(e))
		(void)control(e, SQLITE_CONTROL_ROLLBACK); /* ends it even when it fails */
}

static enum rc commit(struct engine *e)
{
	enum rc rc = control(e, SQLITE_CONTROL_COMMIT);

	if (rc != RC_OK)
		rollback(e);
	return rc;
}

static enum rc savepoint(struct engine *e)
{
	return control(e, SQLITE_CONTROL_SAVEPOINT);
}

static enum rc savepoint_keep(struct engine *e)
{
	return control(e, SQLITE_CONTROL_RELEASE);
}

static enum rc savepoint_undo(struct engine *e)
{
	enum rc rc = control(e, SQLITE_CONTROL_UNDO);

	return rc == RC_OK ? control(e, SQLITE_CONTROL_RELEASE) : rc;
}

static int64_t log_bytes(const struct engine *e)
{
	return (int64_t)((const struct sqlite *)e)->log_pages * SQLITE_PAGE_BYTES;
}

static enum rc empty_log(struct engine *e_, bool wipe)
{
	struct sqlite *e = of(e_);
	int mode = wipe ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_RESTART;

	/* The session has its own way of waiting for readers. */
	(void)sqlite3_busy_timeout(e->db, 0); /* cannot fail on an open connection */
	int code = sqlite3_wal_checkpoint_v2(e->db, NULL, mode, NULL, NULL);
	enum rc rc = sqlite_check(e, code);
	(void)sqlite3_busy_timeout(e->db, BUSY_MS);
	/* Pages in memory have what sqlite_vfs.c keeps out of the file; the next change of one
	 * would put it into the log. */
	if (rc == RC_OK && wipe)
		rc = sqlite_check(e, sqlite3_db_release_memory(e->db));
	if (rc == RC_OK)
		e->log_pages = e->log_moved = 0;
	return rc;
}

static int64_t log_unmoved(const struct engine *e_)
{
	const struct sqlite *e = (const struct sqlite *)e_;

	return (int64_t)(e->log_pages - e->log_moved) * SQLITE_PAGE_BYTES;
}

static enum rc move_log(struct engine *e_)
{
	struct sqlite *e = of(e_);

	/* Where somebody was in the way, the next time is soon enough. */
	e->log_moved = e->log_pages;
	return sqlite_check(
		e, sqlite3_wal_checkpoint_v2(e->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
}

static void show(const char *where, struct text *t)
{
	text_add_c(t, where);
}

const struct engine_ops engine_sqlite = {
	.scheme = "sqlite",
	.show = show,
	.look = sqlite_look,
	.one_key = true,
	.open = open_engine,
	.close = close_engine,
	.create = create,
	.backup = sqlite_backup,
	.restore = sqlite_restore,
	.run = run,
	.set_schema = set_schema,
	.error = error,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.in_transaction = in_transaction,
	.savepoint = savepoint,
	.savepoint_keep = savepoint_keep,
	.savepoint_undo = savepoint_undo,
	.log_bytes = log_bytes,
	.empty_log = empty_log,
	.log_unmoved = log_unmoved,
	.move_log = move_log,
	.prepare = sqlite_prepare,
	.finalize = sqlite_finalize,
	.bind_int = sqlite_bind_int,
	.bind_text = sqlite_bind_text,
	.bind_blob = sqlite_bind_blob,
	.bind_null = sqlite_bind_null,
	.step = sqlite_step,
	.changes = sqlite_changes,
	.reset = sqlite_reset,
	.bulk_begin = sqlite_bulk_begin,
	.bulk_row = sqlite_bulk_row,
	.bulk_end = sqlite_bulk_end,
	.column_int = sqlite_column_int,
	.column_text = sqlite_column_text,
	.column_blob = sqlite_column_blob,
};
