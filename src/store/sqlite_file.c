#include "store/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

#define NEW_SUFFIX ".new"

/* What SQLite may put beside a file; all of it must fit into a path. */
static const char *const companions[] = {"", "-journal", "-wal", "-shm"};
#define COMPANION_BYTES_MAX 16

enum rc sqlite_file_fail(struct text *reterr, const char *path, const char *what)
{
	int error = errno;

	text_printf(reterr, "%s: %s: %s", path, what, strerror(error));
	return rc_errno(error);
}

enum rc sqlite_file_path(const char *path, char ret_path[PATH_MAX], struct text *reterr)
{
	int n = snprintf(NULL, 0, "./%s", path);

	if (n < 0 || (size_t)n + sizeof(NEW_SUFFIX) + COMPANION_BYTES_MAX > PATH_MAX) {
		text_printf(reterr, "%.64s…: the path is too long", path);
		return RC_INVALID;
	}
	(void)snprintf(ret_path, PATH_MAX, "%s%s", path[0] == '/' ? "" : "./", path); /* fits */
	return RC_OK;
}

void sqlite_file_directory(const char *path, char ret_directory[PATH_MAX])
{
	size_t n = (size_t)(strrchr(path, '/') - path);

	memcpy(ret_directory, path, n ? n : 1);
	ret_directory[n ? n : 1] = '\0';
}

enum rc sqlite_file_look(const char *path, struct text *reterr)
{
	char directory[PATH_MAX];
	struct stat st;

	if (stat(path, &st) < 0)
		return sqlite_file_fail(reterr, path, "no database there");
	if (!S_ISREG(st.st_mode)) {
		text_printf(reterr, "%s: not a database, not even a file", path);
		return RC_FOREIGN;
	}
	if (st.st_size == 0) {
		text_printf(reterr, "%s: not a database: the file is empty", path);
		return RC_FOREIGN;
	}
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0)
		return sqlite_file_fail(reterr, path, "the database cannot be read and written");
	sqlite_file_directory(path, directory);
	if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) < 0)
		return sqlite_file_fail(reterr, directory,
					"the database's directory cannot be written");
	return RC_OK;
}

static bool is_alone(const char *path)
{
	char beside[PATH_MAX + COMPANION_BYTES_MAX];
	struct stat st;

	for (size_t i = 1; i < ARRAY_LEN(companions); i++) {
		(void)snprintf(beside, sizeof(beside), "%s%s", path, companions[i]); /* fits */
		if (lstat(beside, &st) == 0)
			return false;
	}
	return true;
}

bool sqlite_file_uri(const char *path, char ret_uri[SQLITE_URI_BYTES])
{
	char *p;

	if (!is_alone(path))
		return false;
	/* sqlite_file_path leaves room for more than this: each byte becomes three at most. */
	p = stpcpy(ret_uri, path[0] == '/' ? "file://" : "file:");
	for (; *path; path++) {
		const char one[] = {*path, '\0'};
		p = stpcpy(p, *path == '%'   ? "%25"
			      : *path == '?' ? "%3F"
			      : *path == '#' ? "%23"
					     : one);
	}
	(void)stpcpy(p, "?immutable=1");
	return true;
}

enum rc sqlite_file_absent(const char *path, struct text *reterr)
{
	struct stat st;

	if (lstat(path, &st) == 0) {
		text_printf(reterr, "%s: there is something already", path);
		return RC_EXISTS;
	}
	return errno == ENOENT
		       ? RC_OK
		       : sqlite_file_fail(reterr, path, "cannot make a file in its directory");
}

/* A byte that SQLite does not lock; held by the open file, which SQLite's closing cannot change. */
static bool lock(int fd)
{
	struct flock first = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &first) == 0;
}

static bool is_at(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static void remove_all(const char *new_path)
{
	char path[PATH_MAX + COMPANION_BYTES_MAX];

	for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", new_path, companions[i]); /* fits */
		(void)unlink(path); /* usually it is not there */
	}
}

/* Never cut short: a second name of the same file may have become somebody's database. */
static enum rc remove_stale(const char *new_path)
{
	int fd = open(new_path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool used = fd >= 0 && !lock(fd) && (errno == EAGAIN || errno == EACCES);

	if (!used)
		remove_all(new_path); /* what cannot be removed is in the way next */
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return used ? RC_BUSY : RC_OK;
}

/* Others may be doing the same: who has the lock on the file that has the name has won. */
static enum rc begin(const char *path, struct sqlite_new *new, struct text *reterr)
{
	enum rc rc = remove_stale(new->path);

	if (rc == RC_OK) {
		new->fd = open(new->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (new->fd < 0)
			return sqlite_file_fail(reterr, path,
						"cannot make a file in its directory");
		if (lock(new->fd) && is_at(new->fd, new->path))
			return RC_OK;
		(void)close(new->fd); /* nothing was written */
	}
	text_printf(reterr, "%s: somebody is making it at this moment", path);
	return RC_BUSY;
}

enum rc sqlite_file_begin(const char *path, struct sqlite_new *ret_new, struct text *reterr)
{
	struct sqlite_new new = {.fd = -1};

	/* sqlite_file_path left room */
	(void)snprintf(new.path, sizeof(new.path), "%s" NEW_SUFFIX, path);
	enum rc rc = begin(path, &new, reterr);
	if (rc == RC_OK)
		*ret_new = new;
	return rc;
}

enum rc sqlite_file_sync(const char *path, struct text *reterr)
{
	char directory[PATH_MAX];

	sqlite_file_directory(path, directory);
	if (!file_sync_dir(directory))
		return sqlite_file_fail(reterr, directory, "cannot put the names on the disk");
	return RC_OK;
}

enum rc sqlite_file_give(const char *path, const struct sqlite_new *new, struct text *reterr)
{
	char directory[PATH_MAX];
	struct stat st;

	sqlite_file_directory(path, directory);
	if (geteuid() != 0)
		return RC_OK;
	if (stat(directory, &st) != 0 || fchown(new->fd, st.st_uid, st.st_gid) != 0)
		return sqlite_file_fail(reterr, new->path, "cannot be given to its owner");
	return RC_OK;
}

/* Without replacing anything. Not every file system has the first, nor every one the second. */
static bool move_new(const char *new_path, const char *path)
{
	if (renameat2(AT_FDCWD, new_path, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return true;
	return (errno == EINVAL || errno == ENOSYS) && link(new_path, path) == 0 &&
	       unlink(new_path) == 0;
}

static enum rc finish(const char *path, struct sqlite_new *new, bool replace, struct text *reterr)
{
	if (fsync(new->fd) != 0)
		return sqlite_file_fail(reterr, new->path, "cannot put it on the disk");
	if (replace ? rename(new->path, path) != 0 : !move_new(new->path, path))
		return sqlite_file_fail(reterr, path, "cannot put the new database into its place");
	(void)close(new->fd); /* what was written is on the disk */
	new->fd = -1;
	return sqlite_file_sync(path, reterr);
}

enum rc sqlite_file_finish(const char *path, struct sqlite_new *new, struct text *reterr)
{
	enum rc rc = finish(path, new, false, reterr);

	if (rc != RC_OK && new->fd < 0)
		(void)unlink(path); /* so that it can be made again; nobody has used it yet */
	return rc;
}

enum rc sqlite_file_replace(const char *path, struct sqlite_new *new, struct text *reterr)
{
	return finish(path, new, true, reterr);
}

/* Behind a finish that has given the name there is nothing of ours left to remove. */
void sqlite_file_drop(struct sqlite_new *new)
{
	if (new->fd < 0)
		return;
	remove_all(new->path);
	(void)close(new->fd); /* the file is gone */
	new->fd = -1;
}

bool sqlite_file_is_same(const char *path, const char *other)
{
	struct stat a, b;

	return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

bool sqlite_file_is_own(const char *path, const char *other)
{
	char directory[PATH_MAX], other_directory[PATH_MAX];
	const char *name = strrchr(path, '/'); /* sqlite_file_path has put one there */

	if (sqlite_file_is_same(path, other))
		return true;
	sqlite_file_directory(path, directory);
	sqlite_file_directory(other, other_directory);
	return sqlite_file_is_same(directory, other_directory) &&
	       strncmp(strrchr(other, '/'), name, strlen(name)) == 0;
}

bool sqlite_file_has_log(const char *path)
{
	char beside[PATH_MAX + COMPANION_BYTES_MAX];
	struct stat st;

	for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
		if (strcmp(companions[i], "-journal") != 0 && strcmp(companions[i], "-wal") != 0)
			continue;
		(void)snprintf(beside, sizeof(beside), "%s%s", path, companions[i]); /* fits */
		if (lstat(beside, &st) == 0 && st.st_size > 0)
			return true;
	}
	return false;
}
