#include "place.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void place_make(struct place *p)
{
	*p = (struct place){.dir = "/tmp/pdmd-access-XXXXXX"};
	assert_non_null(mkdtemp(p->dir));
	place_write_secret(p, PLACE_KEYS PLACE_TOKENS);
}

static int open_dir(const struct place *p)
{
	int fd = open(p->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

void place_write_secret(const struct place *p, const char *file)
{
	int dir_fd = open_dir(p);
	int fd = openat(dir_fd, "secret.key", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, strlen(file)), strlen(file));
	assert_int_equal(close(fd), 0);
	assert_int_equal(close(dir_fd), 0);
}

struct access *place_open(const struct place *p, const struct access_options *options)
{
	struct text why;
	struct access *a = NULL;

	text_init(&why, PATH_MAX);
	if (access_open(p->dir, options, &a, &why) != RC_OK)
		fail_msg("%s", text_c(&why));
	text_fini(&why);
	return a;
}

void place_remove(struct place *p)
{
	DIR *d = opendir(p->dir);
	int dir_fd = open_dir(p);
	const struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			assert_int_equal(unlinkat(dir_fd, e->d_name, 0), 0);
	assert_int_equal(closedir(d), 0);
	assert_int_equal(close(dir_fd), 0);
	assert_int_equal(rmdir(p->dir), 0);
}
