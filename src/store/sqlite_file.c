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

static enum rc fail(struct text *reterr, const char *path, const char *what)
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

/* `path` has a slash: sqlite_file_path sees to that. */
static void directory_of(const char *path, char ret_directory[PATH_MAX])
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
		return fail(reterr, path, "no database there");
	if (!S_ISREG(st.st_mode)) {
		text_printf(reterr, "%s: not a database, not even a file", path);
		return RC_FOREIGN;
	}
	if (st.st_size == 0) {
		text_printf(reterr, "%s: not a database: the file is empty", path);
		return RC_FOREIGN;
	}
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0)
		return fail(reterr, path, "the database cannot be read and written");
	directory_of(path, directory);
	if (faccessat(AT_FDCWD, directory, W_OK | X_OK, AT_EACCESS) < 0)
		return fail(reterr, directory, "the database's directory cannot be written");
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

enum rc sqlite_file_begin(const char *path, char ret_new[PATH_MAX], struct text *reterr)
{
	struct stat st;

	if (lstat(path, &st) == 0) {
		text_printf(reterr, "%s: there is something already", path);
		return RC_EXISTS;
	}
	if (errno != ENOENT)
		return fail(reterr, path, "cannot make a database");
	(void)snprintf(ret_new, PATH_MAX, "%s" NEW_SUFFIX, path); /* sqlite_file_path left room */
	sqlite_file_drop(ret_new);
	int fd = open(ret_new, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fail(reterr, path, "cannot make a database");
	(void)close(fd); /* nothing was written yet */
	return RC_OK;
}

static enum rc put_name_on_disk(const char *path, const char *new_path, struct text *reterr)
{
	char directory[PATH_MAX];

	if (unlink(new_path) < 0)
		return fail(reterr, new_path, "cannot remove the second name");
	directory_of(path, directory);
	if (!file_sync_dir(directory))
		return fail(reterr, directory, "cannot put the new name on the disk");
	return RC_OK;
}

enum rc sqlite_file_finish(const char *path, const char *new_path, struct text *reterr)
{
	/* Unlike rename, link never replaces anything. */
	if (link(new_path, path) < 0)
		return fail(reterr, path, "cannot put the new database into its place");
	enum rc rc = put_name_on_disk(path, new_path, reterr);
	if (rc != RC_OK)
		(void)unlink(path); /* so that it can be made again; nobody has used it yet */
	return rc;
}

void sqlite_file_drop(const char *new_path)
{
	char path[PATH_MAX + COMPANION_BYTES_MAX];

	for (size_t i = 0; i < ARRAY_LEN(companions); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", new_path, companions[i]); /* fits */
		(void)unlink(path); /* usually it is not there */
	}
}
