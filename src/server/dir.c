#include "server/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "store/store.h"

#define DATABASE       "pdmd.db"
#define SECRET         "secret.key"
#define LOCK           "pdmd.lock"
#define DEMO           "demo"
#define PATH_BYTES_MAX 4096
#define PID_CHARS_MAX  20

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

/* A path of ours as a C string in a buffer of its own. */
struct path {
	char p[PATH_BYTES_MAX];
};

static bool join(const char *dir, const char *name, struct path *ret_path)
{
	int n = snprintf(ret_path->p, sizeof(ret_path->p), "%s/%s", dir, name);

	return n > 0 && (size_t)n < sizeof(ret_path->p);
}

static enum rc failed(const char *path, const char *doing, struct text *reterr)
{
	enum rc rc = rc_errno(errno);

	text_printf(reterr, "%s: cannot be %s: %s", path, doing, strerror(errno));
	return rc;
}

static bool is_there(const char *dir, const char *name)
{
	struct stat st;
	struct path path;

	return join(dir, name, &path) && lstat(path.p, &st) == 0;
}

bool dir_is_demo(const char *dir)
{
	return is_there(dir, DEMO);
}

/* Is nothing there? A disk's own lost+found does not count. RC_NOTFOUND: no directory. */
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
	int error = errno;
	(void)closedir(d); /* it was only read */
	if (error) {
		errno = error;
		return failed(dir, "read", reterr);
	}
	*ret_empty = empty;
	return RC_OK;
}
