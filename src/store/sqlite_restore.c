/*
 * A copy takes the place of the database, and what was there is kept.
 *
 * A kill -9 or a power cut may come between any two steps. What must never be is a database beside
 * a log that belongs to another one, for SQLite would put that log into it, or one without the log
 * that belongs to it. D is the old database, W its log ("-wal", "-journal"), N the new one; K is
 * the name that the old one is kept under. Whoever calls has the directory's lock, so no server
 * comes in between; but one may after the kill.
 *
 *   1. N is made as "<D>.new": copied, checked, on the disk.    D and W are not touched; what is
 *                                                               left of N the next one removes
 *   2. D is opened as a writer would, W goes into D, and away   SQLite's own doing, safe at any
 *                                                               moment
 * When that went well, D is whole without W:
 *   3. D gets K as its second name                              all of the old; the second name
 *                                                               is in nobody's way
 *   4. the names are put on the disk                            the same: before N can have D's
 *                                                               name W is gone for good
 *   5. rename N to D: at once                                   before: all of the old;
 *                                                               after: all of the new
 * When it did not (D is damaged, or W is), both are kept as they are:
 *   3. W gets K-wal as its second name                          D and W are as they were
 *   4. rename D to K                                            K and K-wal are the pair that D and
 *                                                               W were. There is no D: a server
 *                                                               does not start, a setup makes none
 *                                                               (dir.c), a restore goes on
 *   5. W's first name goes, "-shm" goes                         the same
 *   6. the names are put on the disk                            the same: W is gone for good
 *   7. rename N to D                                            all of the new
 * Where there was no D at the start, 3 and 5 to 7 are done: a W without its D is kept, too.
 *
 * "-shm" is made anew by whoever opens a database first. Here it could only be in use by a reader
 * of the old one, whom step 2 finds (RC_BUSY) where D is not damaged.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/sqlite.h"
#include "store/sqlite_file.h"

#define BLOCK_BYTES (1024 * 1024)
#define LOG_CHARS   9 /* "-journal" */

static const char *const logs[] = {"-wal", "-journal"};

struct restore {
	char path[PATH_MAX]; /* D */
	char from[PATH_MAX];
	char kept[PATH_MAX]; /* K */
	struct sqlite_new new;
	struct engine_copy *copy;
	struct text *reterr;
};

/* ---- 1: the new one ------------------------------------------------------------------ */

static enum rc copy_blocks(struct restore *r, int from, int64_t bytes_all, char *block)
{
	int64_t done = 0;
	ssize_t n;

	while ((n = read(from, block, BLOCK_BYTES)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sqlite_file_fail(r->reterr, r->from, "cannot be read");
		if (!file_write(r->new.fd, block, (size_t)n))
			return sqlite_file_fail(r->reterr, r->new.path, "cannot be written");
		done += n;
		sqlite_tell(r->copy, COPY_COPYING, done, bytes_all);
	}
	return RC_OK;
}

static enum rc copy_from(struct restore *r, int from, int64_t bytes_all)
{
	char *block = malloc(BLOCK_BYTES);

	if (!block) {
		text_add_c(r->reterr, "out of memory");
		return RC_NOMEM;
	}
	enum rc rc = copy_blocks(r, from, bytes_all, block);
	free(block);
	if (rc == RC_OK)
		rc = sqlite_file_give(r->path, &r->new, r->reterr);
	if (rc == RC_OK && fsync(r->new.fd) != 0)
		rc = sqlite_file_fail(r->reterr, r->new.path, "cannot put it on the disk");
	return rc == RC_OK ? sqlite_check_copy(r->new.path, r->from, r->copy, r->reterr) : rc;
}

/* Not the database itself: closing it would take SQLite's locks away, and its log is not in it. */
static enum rc check_source(struct restore *r)
{
	struct stat st;

	if (stat(r->from, &st) != 0)
		return sqlite_file_fail(r->reterr, r->from, "cannot be read");
	const char *fault =
		!S_ISREG(st.st_mode) ? "is not a file"
		: sqlite_file_is_same(r->path, r->from)
			? "is the database itself, so there is nothing to restore"
		: sqlite_file_has_log(r->from)
			? "has a log beside it (-wal or -journal), so it is not a backup: it is in "
			  "use, or was when it was copied; pdmd backup makes one"
			: NULL;
	if (!fault)
		return RC_OK;
	text_printf(r->reterr, "%s: %s", r->from, fault);
	return RC_FOREIGN;
}

static enum rc make_new(struct restore *r)
{
	struct stat st;
	enum rc rc = check_source(r);

	if (rc != RC_OK)
		return rc;
	int from = open(r->from, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return sqlite_file_fail(r->reterr, r->from, "cannot be read");
	if (fstat(from, &st) != 0)
		rc = sqlite_file_fail(r->reterr, r->from, "cannot be read");
	if (rc == RC_OK)
		rc = sqlite_file_begin(r->path, &r->new, r->reterr);
	if (rc == RC_OK)
		rc = copy_from(r, from, st.st_size);
	(void)close(from); /* it was only read */
	return rc;
}

/* ---- 2: the old one and its log ------------------------------------------------------- */

/* A reader cannot harm what is damaged; a writer that finds no database throws its log away. */
static enum rc fold_into(const char *path, struct text *why)
{
	struct engine *e;
	int64_t schema;
	enum rc rc = engine_sqlite.open(path, ENGINE_READER, &e, &schema, why);

	if (rc != RC_OK)
		return rc;
	engine_sqlite.close(e);
	rc = engine_sqlite.open(path, ENGINE_WRITER, &e, &schema, why);
	if (rc != RC_OK)
		return rc;
	rc = sqlite_journal((struct sqlite *)e, "delete");
	engine_sqlite.close(e);
	return rc == RC_OK && sqlite_file_has_log(path) ? RC_BUSY : rc;
}

/* RC_BUSY: somebody has it open. Anything else that is not RC_OK: it stays as it is, and that it is
 * damaged is all that anybody needs to know. */
static enum rc fold(const struct restore *r)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, PATH_MAX);
	return fold_into(r->path, &why);
}

static enum rc find_old(struct restore *r)
{
	struct stat st;

	if (lstat(r->path, &st) != 0) {
		r->copy->facts.old = COPY_OLD_NONE;
		return errno == ENOENT ? RC_OK
				       : sqlite_file_fail(r->reterr, r->path, "cannot be read");
	}
	if (!S_ISREG(st.st_mode)) {
		text_printf(r->reterr, "%s: is not a file; move it away first", r->path);
		return RC_FOREIGN;
	}
	enum rc rc = fold(r);
	if (rc == RC_BUSY) {
		text_printf(r->reterr,
			    "%s: somebody has it open (a backup, a curious sqlite3); end that "
			    "first",
			    r->path);
		return rc;
	}
	r->copy->facts.old = rc == RC_OK ? COPY_OLD_WHOLE : COPY_OLD_DAMAGED;
	return RC_OK;
}

/* ---- 3 and on: the names --------------------------------------------------------------- */

static enum rc failed(struct restore *r, const char *path)
{
	return sqlite_file_fail(r->reterr, path, "what was there before cannot be kept");
}

static enum rc keep_whole(struct restore *r)
{
	return link(r->path, r->kept) == 0 ? RC_OK : failed(r, r->kept);
}

/* Gone already is fine. */
static bool did(int result)
{
	return result == 0 || errno == ENOENT;
}

static enum rc keep_as_it_is(struct restore *r)
{
	char log[PATH_MAX + LOG_CHARS], kept[PATH_MAX + LOG_CHARS];

	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		(void)snprintf(log, sizeof(log), "%s%s", r->path, logs[i]);   /* fits */
		(void)snprintf(kept, sizeof(kept), "%s%s", r->kept, logs[i]); /* fits */
		if (!did(link(log, kept)))
			return failed(r, kept);
	}
	if (!did(renameat2(AT_FDCWD, r->path, AT_FDCWD, r->kept, RENAME_NOREPLACE)))
		return failed(r, r->kept);
	for (size_t i = 0; i < ARRAY_LEN(logs); i++) {
		(void)snprintf(log, sizeof(log), "%s%s", r->path, logs[i]); /* fits */
		if (!did(unlink(log)))
			return failed(r, log);
	}
	(void)snprintf(log, sizeof(log), "%s-shm", r->path); /* fits */
	return did(unlink(log)) ? RC_OK : failed(r, log);
}

static enum rc take_place(struct restore *r)
{
	bool whole = r->copy->facts.old == COPY_OLD_WHOLE;
	enum rc rc = whole ? keep_whole(r) : keep_as_it_is(r);

	if (rc != RC_OK)
		return rc;
	rc = sqlite_file_sync(r->path, r->reterr);
	if (rc == RC_OK)
		rc = sqlite_file_replace(r->path, &r->new, r->reterr);
	if (rc != RC_OK && whole && r->new.fd >= 0)
		(void)unlink(r->kept); /* a second name that says what did not happen */
	return rc;
}

enum rc sqlite_restore(const char *where, const char *from, const char *kept,
		       struct engine_copy *copy, struct text *reterr)
{
	struct restore r = {.new.fd = -1, .copy = copy, .reterr = reterr};
	char kept_name[PATH_MAX];
	enum rc rc = sqlite_file_path(where, r.path, reterr);

	if (rc == RC_OK)
		rc = sqlite_file_path(from, r.from, reterr);
	if (rc != RC_OK)
		return rc;
	(void)snprintf(kept_name, sizeof(kept_name), "%s%s", where, kept); /* looked at next */
	rc = sqlite_file_path(kept_name, r.kept, reterr);
	if (rc == RC_OK)
		rc = make_new(&r);
	if (rc == RC_OK)
		rc = find_old(&r);
	if (rc == RC_OK)
		rc = take_place(&r);
	if (rc != RC_OK)
		sqlite_file_drop(&r.new);
	return rc;
}
