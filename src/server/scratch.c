#include "server/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/home.h"
#include "store/store.h"

#define NAME "dry-run"

static enum rc fail(const char *path, const char *doing, struct text *reterr)
{
	enum rc rc = rc_errno(errno);

	text_printf(reterr, "%s: cannot be %s: %s", path, doing, strerror(errno));
	return rc;
}

/* Only files are ever there. */
static void clear(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *entry;

	while (d && (entry = readdir(d)))
		(void)unlinkat(dirfd(d), entry->d_name, 0); /* "." and ".." are none */
	if (d)
		(void)closedir(d); /* was only read */
}

void scratch_remove(const char *path)
{
	clear(path);
	(void)rmdir(path);
}

void scratch_sweep(const char *dir)
{
	CLEANUP(text_fini) struct text path;

	text_init(&path, PATH_MAX);
	dir_path(dir, NAME, &path);
	int fd = open(text_c(&path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return; /* there is none */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		scratch_remove(text_c(&path));
	(void)close(fd); /* nothing was written */
}

static enum rc lock(const char *path, struct dir_lock *ret_lock, struct text *reterr)
{
	if (mkdir(path, S_IRWXU) != 0 && errno != EEXIST)
		return fail(path, "made", reterr);
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail(path, "opened", reterr);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		ret_lock->fd = fd;
		return RC_OK;
	}
	(void)close(fd); /* nothing was written */
	text_printf(reterr, "%s: another dry run is at work; wait for its end", path);
	return RC_BUSY;
}

static enum rc copy(const char *dir, const char *path, struct text *reterr)
{
	CLEANUP(text_fini) struct text url, to;
	struct copy_facts facts;

	text_init(&url, PATH_MAX);
	text_init(&to, PATH_MAX);
	home_url(dir, &url);
	dir_path(path, HOME_DATABASE, &to);
	return database_backup(text_c(&url), text_c(&to), NULL, &facts, reterr);
}

enum rc scratch_make(const char *dir, struct dir_lock *ret_lock, struct text *path,
		     struct text *reterr)
{
	enum rc rc = dir_check(dir, reterr);

	if (rc != RC_OK)
		return rc;
	dir_path(dir, NAME, path);
	rc = lock(text_c(path), ret_lock, reterr);
	if (rc != RC_OK)
		return rc;
	clear(text_c(path));
	rc = copy(dir, text_c(path), reterr);
	if (rc != RC_OK) {
		scratch_remove(text_c(path));
		dir_unlock(ret_lock);
	}
	return rc;
}
