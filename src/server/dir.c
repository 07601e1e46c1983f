#include "server/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "base/file.h"
#include "store/store.h"

#define DATABASE      "pdmd.db"
#define SECRET        "secret.key"
#define LOCK          "pdmd.lock"
#define DEMO          "demo"
#define PID_CHARS_MAX 20

/* ---- paths -------------------------------------------------------------------------- */

void dir_default(const char *suffix, struct text *t)
{
	const char *home = getenv("HOME");

	if (geteuid() == 0) {
		text_printf(t, "/var/lib/pdmd%s", suffix);
		return;
	}
	if (!home || !*home) {
		const struct passwd *user = getpwuid(geteuid());
		home = user ? user->pw_dir : ".";
	}
	text_printf(t, "%s/.local/share/pdmd%s", home, suffix);
}

void dir_path(const char *dir, const char *name, struct text *t)
{
	text_printf(t, "%s/%s", dir, name);
}

/* dir_path, opened; -1: errno has why. */
static int open_in(const char *dir, const char *name, int flags)
{
	CLEANUP(text_fini) struct text path;

	text_init(&path, PATH_MAX);
	dir_path(dir, name, &path);
	return open(text_c(&path), flags | O_CLOEXEC, S_IRUSR | S_IWUSR);
}

static bool is_there(const char *dir, const char *name)
{
	CLEANUP(text_fini) struct text path;
	struct stat st;

	text_init(&path, PATH_MAX);
	dir_path(dir, name, &path);
	return lstat(text_c(&path), &st) == 0;
}

static void remove_in(const char *dir, const char *name)
{
	CLEANUP(text_fini) struct text path;

	text_init(&path, PATH_MAX);
	dir_path(dir, name, &path);
	(void)unlink(text_c(&path)); /* a best effort, after another failure that was told */
}

bool dir_is_demo(const char *dir)
{
	return is_there(dir, DEMO);
}

static enum rc failed(const char *path, const char *doing, struct text *reterr)
{
	enum rc rc = rc_errno(errno);

	text_printf(reterr, "%s: cannot be %s: %s", path, doing, strerror(errno));
	return rc;
}

/* Is nothing in it? The lost+found of a disk of its own does not count. */
static enum rc look_inside(const char *dir, bool *ret_empty, struct text *reterr)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	bool empty = true;

	if (!d)
		return failed(dir, "read", reterr);
	errno = 0;
	while (empty && (e = readdir(d)))
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 ||
			strcmp(e->d_name, "lost+found") == 0;
	enum rc rc = errno ? failed(dir, "read", reterr) : RC_OK;
	(void)closedir(d); /* it was only read */
	if (rc == RC_OK)
		*ret_empty = empty;
	return rc;
}

/* ---- the lock ----------------------------------------------------------------------- */

enum rc dir_check(const char *dir, struct text *reterr)
{
	bool empty = false;
	struct stat st;

	if (is_there(dir, DATABASE))
		return RC_OK;
	if (stat(dir, &st) != 0 && errno == ENOENT) {
		text_printf(reterr, "%s: there is no such directory; pdmd setup --dir %s makes it",
			    dir, dir);
		return RC_NOTFOUND;
	}
	enum rc rc = look_inside(dir, &empty, reterr);
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_FOREIGN : rc; /* something else than a directory */
	text_printf(reterr,
		    empty ? "%s: the directory is empty; pdmd setup --dir %s sets it up"
			  : "%s: has no " DATABASE ", so it is not a data directory of pdmd; "
			    "pdmd setup --dir takes a new or an empty one, not %s",
		    dir, dir);
	return empty ? RC_NOTFOUND : RC_FOREIGN;
}

/* The lock belongs to the open file: it goes when that is closed, at the latest with the process.
 */
static bool try_lock(int fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &whole) == 0;
}

/* 0: its owner has not written it yet. */
static pid_t read_pid(int fd)
{
	char digits[PID_CHARS_MAX + 1] = "";
	ssize_t n = pread(fd, digits, PID_CHARS_MAX, 0);

	return n > 0 ? (pid_t)strtol(digits, NULL, 10) : 0;
}

/* For people; the lock holds without. So a full disk is no reason not to start. */
static void write_pid(int fd)
{
	char digits[PID_CHARS_MAX + 1];
	int n = snprintf(digits, sizeof(digits), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, digits, (size_t)n, 0);
}

static enum rc refuse_busy(const char *dir, pid_t pid, struct text *reterr)
{
	if (pid > 0)
		text_printf(reterr, "%s: in use by process %ld; stop that first", dir, (long)pid);
	else
		text_printf(reterr, "%s: in use by another process; stop that first", dir);
	return RC_BUSY;
}

enum rc dir_lock(const char *dir, struct dir_lock *ret_lock, pid_t *ret_pid, struct text *reterr)
{
	enum rc rc = dir_check(dir, reterr);

	if (rc != RC_OK)
		return rc;
	int fd = open_in(dir, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW);
	if (fd < 0) {
		text_printf(reterr, "%s/" LOCK ": cannot be opened: %s", dir, strerror(errno));
		return rc_errno(errno);
	}
	if (try_lock(fd)) {
		write_pid(fd);
		ret_lock->fd = fd;
		return RC_OK;
	}
	if (errno == EAGAIN || errno == EACCES) {
		*ret_pid = read_pid(fd);
		rc = refuse_busy(dir, *ret_pid, reterr);
	} else {
		rc = failed(dir, "locked", reterr);
	}
	(void)close(fd); /* nothing was written */
	return rc;
}

void dir_unlock(struct dir_lock *lock)
{
	if (lock->fd < 0)
		return;
	(void)!ftruncate(lock->fd, 0); /* the pid; for people only */
	(void)close(lock->fd);         /* which lets go of the lock, whatever it says */
	lock->fd = -1;
}

/* ---- setting up --------------------------------------------------------------------- */

/* One directory, whose name is on the disk when this comes back. One that is there is fine. */
static enum rc make_one(char *path, mode_t mode, bool *ret_made, struct text *reterr)
{
	if (mkdir(path, mode) != 0) {
		*ret_made = false;
		return errno == EEXIST ? RC_OK : failed(path, "made", reterr);
	}
	*ret_made = true;
	char *slash = strrchr(path, '/');
	const char *parent = !slash ? "." : slash == path ? "/" : path;
	if (slash && slash != path)
		*slash = '\0';
	bool synced = file_sync_dir(parent);
	if (slash)
		*slash = '/';
	return synced ? RC_OK : failed(path, "put on the disk", reterr);
}

/* `path` and the directories above it. */
static enum rc make_all(char *path, bool *ret_made, struct text *reterr)
{
	bool ignored;

	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		enum rc rc = make_one(path, 0755, &ignored, reterr);
		*slash = '/';
		if (rc != RC_OK)
			return rc;
	}
	return make_one(path, S_IRWXU, ret_made, reterr);
}

/* An empty directory, of mode 0700. */
static enum rc make_directory(const char *dir, bool *ret_made, struct text *reterr)
{
	char path[PATH_MAX];
	size_t n = strlen(dir);
	bool empty = false;

	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (n == 0 || n >= sizeof(path)) {
		text_add_c(reterr, "the path of the data directory is empty or too long");
		return RC_INVALID;
	}
	memcpy(path, dir, n);
	path[n] = '\0';
	enum rc rc = make_all(path, ret_made, reterr);
	if (rc != RC_OK)
		return rc;
	rc = look_inside(path, &empty, reterr);
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_EXISTS : rc; /* something else than a directory */
	if (!empty) {
		text_printf(reterr,
			    is_there(dir, DATABASE)
				    ? "%s: there is a data directory of pdmd already"
				    : "%s: not empty; take a new directory, or an empty one",
			    dir);
		return RC_EXISTS;
	}
	return chmod(path, S_IRWXU) == 0 ? RC_OK : failed(path, "kept from others", reterr);
}

static enum rc create_database(const char *dir, struct text *reterr)
{
	CLEANUP(text_fini) struct text url;

	text_init(&url, PATH_MAX);
	text_add_c(&url, "sqlite:");
	dir_path(dir, DATABASE, &url);
	enum rc rc = database_create(text_c(&url), reterr);
	if (rc == RC_OK && !file_sync_dir(dir))
		return failed(dir, "put on the disk", reterr);
	return rc;
}

enum rc dir_setup(const char *dir, struct text *reterr)
{
	bool made = false;
	enum rc rc = make_directory(dir, &made, reterr);

	if (rc != RC_OK)
		return rc;
	rc = access_create_secret(dir, reterr);
	if (rc == RC_OK) {
		rc = create_database(dir, reterr);
		if (rc != RC_OK)
			remove_in(dir, SECRET); /* so that one can try again */
	}
	if (rc != RC_OK && made)
		(void)rmdir(dir); /* the same; whatever it cannot remove is told by the next try */
	return rc;
}
