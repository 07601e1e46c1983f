#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char dir[32];

static const char *path_of(const char *name)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void assert_holds(const char *name, const char *expected, size_t n)
{
	char got[64];
	int fd = open(path_of(name), O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	ssize_t got_n = read(fd, got, sizeof(got));
	(void)close(fd);
	assert_int_equal(got_n, n);
	assert_memory_equal(got, expected, n);
}

static int set_up(void **state)
{
	(void)state;
	(void)strcpy(dir, "/tmp/file_test.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	(void)unlink(path_of("secret"));
	return rmdir(dir); /* fails when anything else was left behind */
}

static void test_file__writes_what_it_was_given(void **state)
{
	(void)state;
	assert_true(file_create(dir, "secret", "a\0b", 3));
	assert_holds("secret", "a\0b", 3);
}

static void test_file__makes_an_empty_file(void **state)
{
	(void)state;
	assert_true(file_create(dir, "secret", "", 0));
	assert_holds("secret", "", 0);
}

static void test_file__belongs_to_its_owner_alone_whatever_the_umask(void **state)
{
	static const mode_t masks[] = {0, 022, 0777};

	(void)state;
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		struct stat st;
		mode_t before = umask(masks[i]);
		bool good = file_create(dir, "secret", "x", 1);
		(void)umask(before);
		assert_true(good);
		assert_int_equal(stat(path_of("secret"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(unlink(path_of("secret")), 0);
	}
}

static void test_file__leaves_one_that_is_there_as_it_is(void **state)
{
	(void)state;
	assert_true(file_create(dir, "secret", "old", 3));
	assert_false(file_create(dir, "secret", "new", 3));
	assert_int_equal(errno, EEXIST);
	assert_holds("secret", "old", 3);
}

static void test_file__follows_no_link_that_someone_laid(void **state)
{
	(void)state;
	assert_int_equal(symlink("elsewhere", path_of("secret")), 0);
	assert_false(file_create(dir, "secret", "x", 1));
	assert_int_equal(errno, EEXIST);
	assert_int_not_equal(access(path_of("elsewhere"), F_OK), 0);
}

static void test_file__that_cannot_be_written_leaves_nothing_behind(void **state)
{
	struct rlimit before, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	none = (struct rlimit){0, before.rlim_max};
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	bool made = file_create(dir, "secret", "x", 1);
	int error = errno;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_false(made);
	assert_int_equal(error, EFBIG);
	assert_int_not_equal(access(path_of("secret"), F_OK), 0);
}

static void test_file__says_when_there_is_no_such_directory(void **state)
{
	(void)state;
	assert_false(file_create(path_of("none"), "secret", "x", 1));
	assert_int_equal(errno, ENOENT);
	assert_false(file_sync_dir(path_of("none")));
	assert_int_equal(errno, ENOENT);
	assert_true(file_create(dir, "secret", "x", 1));
	assert_false(file_sync_dir(path_of("secret")));
	assert_int_equal(errno, ENOTDIR);
}

static void test_file__puts_a_directory_on_the_disk(void **state)
{
	(void)state;
	assert_true(file_sync_dir(dir));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_file__writes_what_it_was_given),
		TEST(test_file__makes_an_empty_file),
		TEST(test_file__belongs_to_its_owner_alone_whatever_the_umask),
		TEST(test_file__leaves_one_that_is_there_as_it_is),
		TEST(test_file__follows_no_link_that_someone_laid),
		TEST(test_file__that_cannot_be_written_leaves_nothing_behind),
		TEST(test_file__says_when_there_is_no_such_directory),
		TEST(test_file__puts_a_directory_on_the_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
