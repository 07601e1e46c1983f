/*
 * A copy of the database in one file, made while others work on it.
 *
 * The process that copies is one more reader: it never writes and never moves the log into the
 * file. The pages that it sees are those of one moment, however long it takes; until it is done the
 * server's log grows. It cannot do without SQLite's locks where no server runs, for one may start
 * at any time; so, as readers do, it may leave an empty log behind.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "store/sqlite.h"
#include "store/sqlite_file.h"

#define PAGES_PER_STEP 512 /* how often is told how far it is */

void sqlite_tell(const struct engine_copy *copy, enum copy_part part, int64_t bytes,
		 int64_t bytes_all)
{
	if (copy->watch)
		copy->watch->progress(copy->watch->owner, part, bytes, bytes_all);
}

/* ---- is it good? --------------------------------------------------------------------- */

/* The first value of the first row; "" when there is none. What SQLite says of damage names tables
 * and columns, and never a value. */
static enum rc first_word(struct sqlite *e, const char *text, char ret_word[160])
{
	sqlite3_stmt *st;
	int code = sqlite3_prepare_v2(e->db, text, -1, &st, NULL);

	if (code != SQLITE_OK)
		return sqlite_fail(e, code);
	code = sqlite3_step(st);
	enum rc rc = code == SQLITE_ROW || code == SQLITE_DONE ? RC_OK : sqlite_fail(e, code);
	const char *word = code == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "";
	(void)snprintf(ret_word, 160, "%s", word ? word : "a value"); /* may be cut */
	(void)sqlite3_finalize(st); /* repeats the step's failure */
	return rc;
}

static enum rc damaged(struct sqlite *e, const char *what, const char *word)
{
	(void)snprintf(e->error, sizeof(e->error), "%s%s", what, word); /* may be cut */
	return RC_CORRUPT;
}

static enum rc check_whole(struct sqlite *e)
{
	char word[160] = "";
	enum rc rc = first_word(e, "PRAGMA integrity_check(1)", word);

	if (rc == RC_OK && strcmp(word, "ok") != 0)
		return damaged(e, "damaged: ", word);
	if (rc == RC_OK)
		rc = first_word(e, "PRAGMA foreign_key_check", word);
	if (rc == RC_OK && word[0])
		return damaged(e, "damaged: something is missing that is pointed at by table ",
			       word);
	return rc;
}

static enum rc check_open(struct sqlite *e, const char *name, struct engine_copy *copy,
			  struct text *reterr)
{
	int64_t schema = 0;
	enum rc rc = sqlite_identify(e, &schema);

	if (rc == RC_OK)
		rc = sqlite_set_up(e);
	if (rc == RC_OK)
		rc = check_whole(e);
	if (rc == RC_OK)
		return copy->inspect(&e->base, schema, name, copy, reterr);
	text_printf(reterr, "%s: %s", name, e->error);
	return rc;
}

enum rc sqlite_check_copy(const char *path, const char *name, struct engine_copy *copy,
			  struct text *reterr)
{
	struct sqlite *e;
	struct stat st;

	if (stat(path, &st) < 0)
		return sqlite_file_fail(reterr, path, "cannot be checked");
	copy->facts.bytes = st.st_size;
	sqlite_tell(copy, COPY_CHECKING, 0, st.st_size);
	enum rc rc = sqlite_connect(path, ENGINE_LOOK, &e, reterr);
	if (rc != RC_OK)
		return rc;
	rc = check_open(e, name, copy, reterr);
	e->base.ops->close(&e->base);
	return rc;
}

/* ---- copying ------------------------------------------------------------------------- */

static enum rc copy_pages(struct sqlite *from, struct sqlite *to, const struct engine_copy *copy)
{
	sqlite3_backup *b = sqlite3_backup_init(to->db, "main", from->db, "main");
	int code;

	if (!b)
		return sqlite_fail(to, sqlite3_extended_errcode(to->db));
	do {
		code = sqlite3_backup_step(b, PAGES_PER_STEP);
		int64_t all = sqlite3_backup_pagecount(b);
		sqlite_tell(copy, COPY_COPYING,
			    (all - sqlite3_backup_remaining(b)) * SQLITE_PAGE_BYTES,
			    all * SQLITE_PAGE_BYTES);
	} while (code == SQLITE_OK);
	(void)sqlite3_backup_finish(b); /* repeats the step's failure */
	return code == SQLITE_DONE ? RC_OK : sqlite_fail(to, code);
}

/* Half a copy is thrown away, so SQLite need not secure its way; sqlite_file_finish syncs. The mark
 * of the write-ahead log comes along with the pages, and goes last. */
static enum rc fill(struct sqlite *from, struct sqlite *to, const struct engine_copy *copy)
{
	enum rc rc = sqlite_set_up(to);

	if (rc == RC_OK)
		rc = to->base.ops->run(&to->base, "PRAGMA synchronous = OFF");
	if (rc == RC_OK)
		rc = sqlite_journal(to, "memory");
	if (rc == RC_OK)
		rc = copy_pages(from, to, copy);
	return rc == RC_OK ? sqlite_journal(to, "delete") : rc;
}

/* From one snapshot, which the look at the mark begins and the end of the reader ends. */
static enum rc copy_to(struct engine *reader, const char *to_path, const struct engine_copy *copy,
		       struct text *reterr)
{
	struct sqlite *from = (struct sqlite *)reader, *to;
	int64_t schema;
	enum rc rc = reader->ops->begin(reader);

	if (rc == RC_OK)
		rc = sqlite_identify(from, &schema);
	if (rc != RC_OK) {
		text_printf(reterr, "cannot read the database: %s", from->error);
		return rc;
	}
	rc = sqlite_connect(to_path, ENGINE_WRITER, &to, reterr);
	if (rc != RC_OK)
		return rc;
	rc = fill(from, to, copy);
	if (rc != RC_OK)
		text_printf(reterr, "%s: cannot copy the database: %s", to_path, to->error);
	to->base.ops->close(&to->base);
	return rc;
}

static enum rc check_target(const char *path, const char *to_path, struct text *reterr)
{
	if (!sqlite_file_is_own(path, to_path))
		return sqlite_file_absent(to_path, reterr);
	text_printf(reterr, "%s: is a name that the database needs for itself; take another",
		    to_path);
	return RC_INVALID;
}

enum rc sqlite_backup(const char *where, const char *to, struct engine_copy *copy,
		      struct text *reterr)
{
	char path[PATH_MAX], to_path[PATH_MAX];
	struct engine *reader;
	struct sqlite_new new;
	int64_t schema;
	enum rc rc = sqlite_file_path(where, path, reterr);

	if (rc == RC_OK)
		rc = sqlite_file_path(to, to_path, reterr);
	if (rc == RC_OK)
		rc = check_target(path, to_path, reterr);
	if (rc == RC_OK)
		rc = engine_sqlite.open(where, ENGINE_READER, &reader, &schema, reterr);
	if (rc != RC_OK)
		return rc;
	rc = sqlite_file_begin(to_path, &new, reterr);
	if (rc == RC_OK) {
		rc = copy_to(reader, new.path, copy, reterr);
		if (rc == RC_OK)
			rc = sqlite_check_copy(new.path, path, copy, reterr);
		if (rc == RC_OK)
			rc = sqlite_file_finish(to_path, &new, reterr);
		if (rc != RC_OK)
			sqlite_file_drop(&new);
	}
	engine_sqlite.close(reader);
	return rc;
}
