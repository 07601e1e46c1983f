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
#define CONFIG        "pdmd.conf"
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

bool dir_config(const char *dir, struct text *t)
{
	bool there = is_there(dir, CONFIG);

	if (there)
		dir_path(dir, CONFIG, t);
	return there;
}

bool dir_is_open(const char *dir, struct text *t)
{
	const mode_t others = S_IRWXG | S_IRWXO;
	CLEANUP(text_fini) struct text path;
	struct stat st;

	text_init(&path, PATH_MAX);
	dir_path(dir, DATABASE, &path);
	if (stat(dir, &st) == 0 && st.st_mode & others)
		text_printf(t, "others may come into %s; chmod 700 it", dir);
	else if (stat(text_c(&path), &st) == 0 && st.st_mode & others)
		text_printf(t, "others may use %s; chmod 600 it", text_c(&path));
	else
		return false;
	return true;
}

static enum rc failed(const char *path, const char *doing, struct text *reterr)
{
	enum rc rc = rc_errno(errno);

	text_printf(reterr, "%s: cannot be %s: %s", path, doing, strerror(errno));
	return rc;
}

enum contents {
	CONTENTS_NONE,
	CONTENTS_BEGUN, /* only what an interrupted setup may leave, or settings */
	CONTENTS_OTHER,
	CONTENTS_KEPT, /* what a restore has taken the place of */
};

/* The lost+found of a disk of its own does not count. */
static enum contents contents_of(const char *name)
{
	static const char *const none[] = {".", "..", "lost+found"};
	static const char *const begun[] = {
		SECRET,
		LOCK,
		CONFIG,
		DIR_UNFINISHED,
		DATABASE ".new",
		DATABASE ".new-journal",
		DATABASE ".new-wal",
		DATABASE ".new-shm",
	};

	for (size_t i = 0; i < ARRAY_LEN(none); i++)
		if (strcmp(name, none[i]) == 0)
			return CONTENTS_NONE;
	for (size_t i = 0; i < ARRAY_LEN(begun); i++)
		if (strcmp(name, begun[i]) == 0)
			return CONTENTS_BEGUN;
	bool kept = strncmp(name, DATABASE DIR_KEPT, sizeof(DATABASE DIR_KEPT) - 1) == 0;
	return kept ? CONTENTS_KEPT : CONTENTS_OTHER;
}

static enum rc look_inside(const char *dir, enum contents *ret_contents, struct text *reterr)
{
	enum contents contents = CONTENTS_NONE;
	DIR *d = opendir(dir);
	const struct dirent *e;

	if (!d)
		return failed(dir, "read", reterr);
	errno = 0;
	while ((e = readdir(d))) {
		enum contents one = contents_of(e->d_name);
		contents = one > contents ? one : contents;
	}
	enum rc rc = errno ? failed(dir, "read", reterr) : RC_OK;
	(void)closedir(d); /* it was only read */
	if (rc == RC_OK)
		*ret_contents = contents;
	return rc;
}

/* ---- the lock ----------------------------------------------------------------------- */

enum rc dir_check(const char *dir, struct text *reterr)
{
	enum contents contents = CONTENTS_NONE;
	struct stat st;

	if (is_there(dir, DATABASE))
		return RC_OK;
	if (stat(dir, &st) != 0 && errno == ENOENT) {
		text_printf(reterr, "%s: there is no such directory; pdmd setup --dir %s makes it",
			    dir, dir);
		return RC_NOTFOUND;
	}
	enum rc rc = look_inside(dir, &contents, reterr);
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_FOREIGN : rc; /* something else than a directory */
	text_printf(
		reterr,
		contents == CONTENTS_NONE
			? "%s: the directory is empty; pdmd setup --dir %s sets it up"
		: contents == CONTENTS_BEGUN
			? "%s: has no " DATABASE ": a setup was interrupted, or somebody has "
			  "taken it away, or the data is elsewhere and database.url is not set; "
			  "pdmd setup --dir %s makes an empty one, pdmd restore puts a backup "
			  "there"
		: contents == CONTENTS_KEPT
			? "%s: has no " DATABASE ": a restore was interrupted, or somebody has "
			  "taken it away; restore again: pdmd restore FILE --dir %s"
			: "%s: has no " DATABASE ", so it is not a data directory of pdmd; "
			  "pdmd setup --dir takes a new or an empty one, not %s",
		dir, dir);
	return contents >= CONTENTS_OTHER ? RC_FOREIGN : RC_NOTFOUND;
}

enum rc dir_check_shared(const char *dir, struct text *reterr)
{
	enum contents contents = CONTENTS_NONE;
	struct stat st;

	if (is_there(dir, SECRET) || access_secret_handed_over())
		return RC_OK;
	if (stat(dir, &st) == 0) {
		enum rc rc = look_inside(dir, &contents, reterr);
		if (rc != RC_OK)
			return rc == RC_NOTFOUND ? RC_FOREIGN : rc; /* as in dir_check */
	}
	if (contents == CONTENTS_OTHER && !is_there(dir, LOCK)) {
		text_printf(reterr, "%s: has no " SECRET ", so it is not a data directory of pdmd",
			    dir);
		return RC_FOREIGN;
	}
	text_printf(reterr,
		    "%s: has no " SECRET "; for the first server of a database pdmd setup --dir %s "
		    "makes it, for others copy that of the first (mode 0600)",
		    dir, dir);
	return RC_NOTFOUND;
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

enum rc dir_lock_begun(const char *dir, struct dir_lock *ret_lock, pid_t *ret_pid,
		       struct text *reterr)
{
	enum rc rc;
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

enum rc dir_lock(const char *dir, struct dir_lock *ret_lock, pid_t *ret_pid, struct text *reterr)
{
	enum rc rc = dir_check(dir, reterr);

	return rc == RC_OK ? dir_lock_begun(dir, ret_lock, ret_pid, reterr) : rc;
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

/* Can it be set up? */
static enum rc check_inside(const char *dir, struct text *reterr)
{
	enum contents contents = CONTENTS_NONE;
	enum rc rc = look_inside(dir, &contents, reterr);

	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_EXISTS : rc; /* something else than a directory */
	if (contents < CONTENTS_OTHER)
		return RC_OK;
	text_printf(reterr,
		    is_there(dir, DATABASE)
			    ? "%s: there is a data directory of pdmd already"
			    : "%s: not empty; take a new directory, or an empty one",
		    dir);
	return RC_EXISTS;
}

/* A directory that can be set up, of mode 0700. */
static enum rc make_directory(const char *dir, bool *ret_made, struct text *reterr)
{
	char path[PATH_MAX];
	size_t n = strlen(dir);

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
	rc = check_inside(path, reterr);
	if (rc != RC_OK)
		return rc;
	return chmod(path, S_IRWXU) == 0 ? RC_OK : failed(path, "kept from others", reterr);
}

static enum rc create_database(const char *dir, struct text *reterr)
{
	CLEANUP(text_fini) struct text url;

	text_init(&url, PATH_MAX);
	text_add_c(&url, "sqlite:");
	dir_path(dir, DATABASE, &url);
	return database_create(text_c(&url), reterr);
}

/* One that is whole is kept: somebody may have put it there, for a backup. Nor is one made where it
 * was handed over. */
static enum rc create_secret(const char *dir, struct text *reterr)
{
	CLEANUP(text_fini) struct text why;
	struct access *access;

	text_init(&why, PATH_MAX);
	enum rc rc = access_open(dir, &(struct access_options){0}, &access, &why);
	if (rc == RC_OK) {
		access = access_close(access);
		return RC_OK;
	}
	if (access_secret_handed_over() || (rc != RC_NOTFOUND && rc != RC_INVALID)) {
		text_add_str(reterr, text_str(&why));
		return rc;
	}
	remove_in(dir, SECRET); /* half of one */
	return access_create_secret(dir, reterr);
}

/* What a directory is set up for, beside the usual. */
enum purpose {
	PURPOSE_DEMO = 1u << 0,
	PURPOSE_SHARED = 1u << 1, /* its database is elsewhere */
};

/* A demo that finds the mark begins anew, so there is one as long as it has reason to, and none in
 * a directory that is meant to stay. */
static enum rc set_mark(const char *dir, unsigned purpose, struct text *reterr)
{
	remove_in(dir, DIR_UNFINISHED);
	if (!(purpose & PURPOSE_DEMO) || file_create(dir, DIR_UNFINISHED, "", 0))
		return RC_OK;
	return failed(dir, "marked", reterr);
}

/* Under the lock. */
static enum rc fill(const char *dir, unsigned purpose, struct text *reterr)
{
	/* Somebody else may have been here since. */
	enum rc rc = check_inside(dir, reterr);

	if (rc == RC_OK)
		rc = set_mark(dir, purpose, reterr);
	if (rc == RC_OK)
		rc = create_secret(dir, reterr);
	if (rc != RC_OK || purpose & PURPOSE_SHARED)
		return rc;
	return create_database(dir, reterr);
}

/* A directory of our own goes again when it cannot be set up. Whatever stays is told by the next
 * try. */
static void remove_made(const char *dir)
{
	remove_in(dir, SECRET);
	remove_in(dir, DIR_UNFINISHED);
	remove_in(dir, LOCK);
	(void)rmdir(dir);
}

static enum rc set_up(const char *dir, unsigned purpose, struct text *reterr)
{
	struct dir_lock lock = {-1};
	bool made = false;
	pid_t pid;
	enum rc rc = make_directory(dir, &made, reterr);

	if (rc == RC_OK)
		rc = dir_lock_begun(dir, &lock, &pid, reterr);
	if (rc == RC_OK)
		rc = fill(dir, purpose, reterr);
	if (rc != RC_OK && made && rc != RC_BUSY && rc != RC_EXISTS)
		remove_made(dir);
	dir_unlock(&lock);
	return rc;
}

enum rc dir_setup(const char *dir, struct text *reterr)
{
	return set_up(dir, 0, reterr);
}

enum rc dir_setup_shared(const char *dir, bool *ret_kept, struct text *reterr)
{
	CLEANUP(text_fini) struct text ignored;
	struct access *access;
	struct stat st;

	text_init(&ignored, PATH_MAX);
	/* One that is handed over is there without the directory. */
	if (stat(dir, &st) == 0 &&
	    access_open(dir, &(struct access_options){0}, &access, &ignored) == RC_OK) {
		access = access_close(access);
		*ret_kept = true;
		return RC_OK;
	}
	*ret_kept = false;
	return set_up(dir, PURPOSE_SHARED, reterr);
}

enum rc dir_setup_demo_shared(const char *dir, struct text *reterr)
{
	return set_up(dir, PURPOSE_DEMO | PURPOSE_SHARED, reterr);
}

enum rc dir_setup_demo(const char *dir, struct text *reterr)
{
	return set_up(dir, PURPOSE_DEMO, reterr);
}
