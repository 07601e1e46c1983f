#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OWNER_ONLY (S_IRUSR | S_IWUSR)

/* Closes without losing the errno of what went wrong before. */
static bool close_after(int fd, bool good)
{
	int error = errno;

	if (close(fd) != 0 && good)
		return false;
	errno = error;
	return good;
}

bool file_write(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t put = write(fd, bytes, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		bytes += put;
		n -= (size_t)put;
	}
	return true;
}

static bool create_in(int dir_fd, const char *name, const void *bytes, size_t n)
{
	int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, OWNER_ONLY);

	if (fd < 0)
		return false;
	/* The mode again: a umask may have taken the owner's own right away. */
	bool good = fchmod(fd, OWNER_ONLY) == 0 && file_write(fd, bytes, n) && fsync(fd) == 0;
	if (close_after(fd, good) && fsync(dir_fd) == 0)
		return true;
	int error = errno;
	(void)unlinkat(dir_fd, name, 0); /* half a file is of no use, and would be in the way */
	errno = error;
	return false;
}

static int open_dir(const char *dir)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool file_create(const char *dir, const char *name, const void *bytes, size_t n)
{
	int dir_fd = open_dir(dir);

	return dir_fd >= 0 && close_after(dir_fd, create_in(dir_fd, name, bytes, n));
}

bool file_sync_dir(const char *dir)
{
	int dir_fd = open_dir(dir);

	return dir_fd >= 0 && close_after(dir_fd, fsync(dir_fd) == 0);
}
