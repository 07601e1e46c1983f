#include "server/backup.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/date.h"
#include "server/check.h"
#include "server/dir.h"
#include "server/home.h"
#include "store/store.h"

#define KEPT_CHARS 48
#define KEPT_TRIES 60 /* then the restore says that the name is taken */

static enum rc refuse_shared(const char *url, const char *tools, struct text *reterr)
{
	database_show(url, reterr);
	text_printf(reterr, ": the data is in PostgreSQL, which has tools of its own: %s", tools);
	return RC_INVALID;
}

enum rc server_backup(const char *dir, const char *url, const char *to,
		      const struct copy_watch *watch, struct copy_facts *ret_facts,
		      struct text *reterr)
{
	CLEANUP(text_fini) struct text own;
	enum rc rc;

	text_init(&own, PATH_MAX);
	if (url[0])
		return refuse_shared(url,
				     "pg_dump --format=custom --file=FILE for a copy of one "
				     "moment, pg_basebackup with an archive of the WAL for one "
				     "that loses nothing; docs/backup.md has both. Keep "
				     "secret.key as well",
				     reterr);
	home_url(dir, &own);
	rc = dir_check(dir, reterr);
	return rc != RC_OK ? rc : database_backup(text_c(&own), to, watch, ret_facts, reterr);
}

/* A new machine has neither the directory nor the secret, and a backup has no secret in it. */
static enum rc check_place(const char *dir, struct text *reterr)
{
	CLEANUP(text_fini) struct text why;
	struct stat st;

	text_init(&why, PATH_MAX);
	if (stat(dir, &st) != 0 && errno == ENOENT) {
		text_printf(reterr,
			    "%s: there is no such directory; make it (mode 0700), put the "
			    "secret.key that belongs to the backup into it, and try again",
			    dir);
		return RC_NOTFOUND;
	}
	enum rc rc = check_secret(dir, &why);
	if (rc == RC_NOTFOUND)
		text_printf(reterr,
			    "%s: has no secret.key; put the one that belongs to the backup into "
			    "it. Where that is lost, restore into a new directory made by pdmd "
			    "setup, and make every access key anew",
			    dir);
	else
		text_add_str(reterr, text_str(&why));
	return rc;
}

/* Has an earlier restore, ended or not, used this name? */
static bool is_used(const char *dir, const char *kept)
{
	static const char *const suffixes[] = {"", "-wal", "-journal"};
	struct stat st;
	bool used = false;

	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		CLEANUP(text_fini) struct text path;
		text_init(&path, PATH_MAX);
		dir_path(dir, HOME_DATABASE, &path);
		text_printf(&path, "%s%s", kept, suffixes[i]);
		used |= lstat(text_c(&path), &st) == 0;
	}
	return used;
}

/* ".before-20240229-235959", UTC; a second later each where there is one already. */
static void name_kept(const char *dir, char ret_kept[KEPT_CHARS])
{
	char at[DATETIME_CHARS + 1]; /* YYYY-MM-DD HH:MM:SS */
	int64_t now_s = clock_now_us() / 1000000;

	for (int i = 0; i < KEPT_TRIES; i++) {
		datetime_format(now_s + i, at);
		(void)snprintf(ret_kept, KEPT_CHARS, "%s%.4s%.2s%.2s-%.2s%.2s%.2s", DIR_KEPT, at,
			       at + 5, at + 8, at + 11, at + 14, at + 17); /* fits */
		if (!is_used(dir, ret_kept))
			return;
	}
}

static enum rc restore_locked(const char *dir, const char *from, const struct copy_watch *watch,
			      struct copy_facts *ret_facts, struct text *ret_kept,
			      struct text *reterr)
{
	CLEANUP(text_fini) struct text url;
	char kept[KEPT_CHARS];

	name_kept(dir, kept);
	text_init(&url, PATH_MAX);
	home_url(dir, &url);
	enum rc rc = database_restore(text_c(&url), from, kept, watch, ret_facts, reterr);
	if (rc == RC_OK && ret_facts->old != COPY_OLD_NONE) {
		dir_path(dir, HOME_DATABASE, ret_kept);
		text_add_c(ret_kept, kept);
	}
	return rc;
}

enum rc server_restore(const char *dir, const char *url, const char *from,
		       const struct copy_watch *watch, struct copy_facts *ret_facts,
		       struct text *ret_kept, struct text *reterr)
{
	struct dir_lock lock;
	pid_t pid;
	enum rc rc;

	if (url[0])
		return refuse_shared(url,
				     "pg_restore into an empty database for what pg_dump has "
				     "made, with no server at work; docs/backup.md",
				     reterr);
	rc = check_place(dir, reterr);
	if (rc == RC_OK)
		rc = dir_lock_begun(dir, &lock, &pid, reterr);
	if (rc != RC_OK)
		return rc;
	rc = restore_locked(dir, from, watch, ret_facts, ret_kept, reterr);
	dir_unlock(&lock);
	return rc;
}
