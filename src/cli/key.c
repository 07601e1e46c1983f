#include "cli/key.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"

#define KEY_BYTES_MAX 1024

static void close_fd(const int *fd)
{
	/* Only read from: nothing is lost when closing fails. */
	if (*fd > STDIN_FILENO)
		(void)close(*fd);
}

static enum rc failure(const char *file, struct text *reterr)
{
	int error = errno;

	text_printf(reterr, "%s: %s", file, strerror(error));
	if (error == ENOENT || error == ENOTDIR)
		return RC_NOTFOUND;
	return error == EACCES || error == EPERM ? RC_DENIED : RC_IO;
}

static enum rc read_all(int fd, const char *file, struct text *t, struct text *reterr)
{
	for (;;) {
		if (!text_reserve(t, 1)) {
			text_printf(reterr, "%s: too long for an access key", file);
			return RC_INVALID;
		}
		ssize_t n = read(fd, t->p + t->n, 1);
		if (n == 0)
			return RC_OK;
		if (n < 0 && errno != EINTR)
			return failure(file, reterr);
		t->n += n > 0;
	}
}

enum rc key_read(const char *file, struct text *key, bool *ret_loose, struct text *reterr)
{
	CLEANUP(close_fd) int fd = strcmp(file, "-") == 0 ? STDIN_FILENO : -1;
	struct text t;
	struct stat st;

	if (fd < 0)
		fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return failure(file, reterr);
	text_init(&t, KEY_BYTES_MAX);
	enum rc rc = read_all(fd, file, &t, reterr);
	while (t.n > 0 && strchr("\r\n\t ", t.p[t.n - 1]))
		t.n--;
	if (rc == RC_OK &&
	    (t.n == 0 || !utf8_valid(text_str(&t)) || utf8_has_control(text_str(&t), false))) {
		text_printf(reterr, "%s: not one line with an access key", file);
		rc = RC_INVALID;
	}
	if (rc == RC_OK) {
		text_add_str(key, text_str(&t));
		*ret_loose = fd != STDIN_FILENO && S_ISREG(st.st_mode) && (st.st_mode & 0044) != 0;
	}
	text_fini(&t);
	return rc;
}
