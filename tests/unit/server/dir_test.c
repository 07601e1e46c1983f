#include "server/dir.h"

#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "access/access.h"
#include "store/store.h"

struct fixture {
	char parent[64];
	char dir[128]; /* not made yet */
	struct text why;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	(void)snprintf(f->parent, sizeof(f->parent), "/tmp/pdmd-dir-XXXXXX");
	assert_non_null(mkdtemp(f->parent));
	(void)snprintf(f->dir, sizeof(f->dir), "%s/data", f->parent);
	text_init(&f->why, PATH_MAX);
	*state = f;
	return 0;
}

static void path_of(const struct fixture *f, const char *name, char ret_path[256])
{
	(void)snprintf(ret_path, 256, "%s/%s", f->dir, name);
}

static void make_file(const struct fixture *f, const char *name, const char *text)
{
	char path[256];

	path_of(f, name, path);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static bool is_there(const struct fixture *f, const char *name)
{
	char path[256];
	struct stat st;

	path_of(f, name, path);
	return lstat(path, &st) == 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {
		"pdmd.db", "pdmd.db-wal", "pdmd.db-shm", "secret.key", "pdmd.lock",
		"demo",    "other",       "more",        "lost+found", DIR_UNFINISHED};
	struct fixture *f = *state;
	char path[256];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		path_of(f, names[i], path);
		(void)remove(path); /* not all are always there */
	}
	(void)remove(f->dir);
	assert_int_equal(rmdir(f->parent), 0);
	text_fini(&f->why);
	free(f);
	return 0;
}

static void set_up_dir(struct fixture *f)
{
	if (dir_setup(f->dir, &f->why) != RC_OK)
		fail_msg("%s", text_c(&f->why));
}

static void assert_says(struct fixture *f, const char *part)
{
	if (!strstr(text_c(&f->why), part))
		fail_msg("no \"%s\" in \"%s\"", part, text_c(&f->why));
	text_clear(&f->why);
}

/* ---- paths -------------------------------------------------------------------------- */

static void test_dir__default_is_in_var_for_root_and_at_home_for_others(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(setenv("HOME", "/home/joe", 1), 0);
	dir_default("-demo", &f->why);
	assert_string_equal(text_c(&f->why), geteuid() == 0 ? "/var/lib/pdmd-demo"
							    : "/home/joe/.local/share/pdmd-demo");
}

static void test_dir__joins_paths(void **state)
{
	struct fixture *f = *state;

	dir_path("/a", "b", &f->why);
	assert_string_equal(text_c(&f->why), "/a/b");
}

/* ---- setting up --------------------------------------------------------------------- */

static void test_dir__setup_makes_directory_secret_and_database(void **state)
{
	struct fixture *f = *state;
	struct access *access = NULL;
	struct stat st;
	char path[256];

	set_up_dir(f);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	path_of(f, "secret.key", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_true(is_there(f, "pdmd.db"));
	assert_int_equal(access_open(f->dir, &(struct access_options){0}, &access, &f->why), RC_OK);
	access_close(access);
}

static void test_dir__setup_makes_the_directories_above(void **state)
{
	struct fixture *f = *state;
	char deep[256];
	struct stat st;

	(void)snprintf(deep, sizeof(deep), "%s/more/deep///", f->dir);
	assert_int_equal(dir_setup(deep, &f->why), RC_OK);
	path_of(f, "more/deep/pdmd.db", deep);
	assert_int_equal(remove(deep), 0);
	path_of(f, "more/deep/secret.key", deep);
	assert_int_equal(remove(deep), 0);
	path_of(f, "more/deep/pdmd.lock", deep);
	assert_int_equal(remove(deep), 0);
	path_of(f, "more/deep", deep);
	assert_int_equal(stat(deep, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(rmdir(deep), 0);
}

static void test_dir__setup_takes_an_empty_directory_and_closes_it_to_others(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[256];

	assert_int_equal(mkdir(f->dir, 0755), 0);
	path_of(f, "lost+found", path);
	assert_int_equal(mkdir(path, 0700), 0);
	set_up_dir(f);
	assert_int_equal(stat(f->dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
}

static void test_dir__setup_leaves_what_is_there_as_it_is(void **state)
{
	struct fixture *f = *state;
	char path[256], before[256] = "", after[256] = "";

	set_up_dir(f);
	path_of(f, "secret.key", path);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(before, 1, sizeof(before) - 1, file) > 100);
	assert_int_equal(dir_setup(f->dir, &f->why), RC_EXISTS);
	assert_says(f, "there is a data directory of pdmd already");
	rewind(file);
	assert_true(fread(after, 1, sizeof(after) - 1, file) > 100);
	assert_int_equal(fclose(file), 0);
	assert_string_equal(before, after);
}

static void test_dir__setup_refuses_a_directory_of_others_and_a_file(void **state)
{
	struct fixture *f = *state;
	char path[256];

	assert_int_equal(mkdir(f->dir, 0755), 0);
	make_file(f, "other", "x");
	assert_int_equal(dir_setup(f->dir, &f->why), RC_EXISTS);
	assert_says(f, "not empty");
	assert_false(is_there(f, "secret.key"));
	path_of(f, "other", path);
	assert_int_equal(dir_setup(path, &f->why), RC_EXISTS);
	assert_says(f, "Not a directory");
}

static void test_dir__setup_refuses_a_path_that_is_none(void **state)
{
	static char path[PATH_MAX + 10];
	struct fixture *f = *state;

	memset(path, 'x', sizeof(path) - 1);
	assert_int_equal(dir_setup("", &f->why), RC_INVALID);
	assert_int_equal(dir_setup(path, &f->why), RC_INVALID);
	assert_int_equal(dir_setup("/proc/nothing/here", &f->why), RC_NOTFOUND);
}

#define HEX          "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define WHOLE_SECRET "keys " HEX "\ntokens 1 " HEX "\n"

/* What kill -9 can leave, each with what there is besides. */
static const struct leftover {
	const char *names[4];
	const char *secret; /* NULL: none */
} leftovers[] = {
	{{"pdmd.lock"}, NULL},
	{{DIR_UNFINISHED}, NULL},
	{{"pdmd.lock"}, ""},
	{{"pdmd.lock"}, "keys 01234"},
	{{"pdmd.lock"}, WHOLE_SECRET},
	{{"pdmd.lock", "pdmd.db.new"}, WHOLE_SECRET},
	{{"pdmd.db.new", "pdmd.db.new-journal"}, WHOLE_SECRET},
	{{"pdmd.db.new", "pdmd.db.new-wal", "pdmd.db.new-shm", DIR_UNFINISHED}, WHOLE_SECRET},
};

static void leave(const struct fixture *f, const struct leftover *left)
{
	char path[256];

	assert_int_equal(mkdir(f->dir, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(left->names) && left->names[i]; i++)
		make_file(f, left->names[i], "");
	if (!left->secret)
		return;
	make_file(f, "secret.key", left->secret);
	path_of(f, "secret.key", path);
	assert_int_equal(chmod(path, 0600), 0);
}

static void assert_secret_is(const struct fixture *f, const char *text)
{
	char path[256], content[256] = "";

	path_of(f, "secret.key", path);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(content, 1, sizeof(content) - 1, file) > 100);
	assert_int_equal(fclose(file), 0);
	assert_string_equal(content, text);
}

static void test_dir__setup_goes_on_from_where_one_was_interrupted(void **state)
{
	for (size_t i = 0; i < 2 * ARRAY_LEN(leftovers); i++) {
		const struct leftover *left = &leftovers[i / 2];
		enum rc (*setup)(const char *, struct text *) = i % 2 ? dir_setup_demo : dir_setup;
		struct fixture *f = *state;
		struct access *access = NULL;

		leave(f, left);
		assert_int_equal(dir_check(f->dir, &f->why), RC_NOTFOUND);
		assert_says(f, "pdmd setup --dir");
		if (setup(f->dir, &f->why) != RC_OK)
			fail_msg("leftovers %zu: %s", i / 2, text_c(&f->why));
		assert_int_equal(f->why.n, 0);
		assert_true(is_there(f, "pdmd.db"));
		assert_false(is_there(f, "pdmd.db.new"));
		assert_int_equal(is_there(f, DIR_UNFINISHED), i % 2);
		assert_int_equal(access_open(f->dir, &(struct access_options){0}, &access, &f->why),
				 RC_OK);
		access_close(access);
		/* It may have been put there for the keys of a backup. */
		if (left->secret && strcmp(left->secret, WHOLE_SECRET) == 0)
			assert_secret_is(f, WHOLE_SECRET);
		assert_int_equal(tear_down(state), 0);
		assert_int_equal(set_up(state), 0);
	}
}

static void test_dir__setup_takes_nothing_else_for_leftovers(void **state)
{
	static const char *const others[] = {"pdmd.db-wal", "pdmd.db", "other", "demo",
					     "pdmd.db.newer"};
	struct fixture *f = *state;
	char path[256];

	leave(f, &leftovers[5]);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		make_file(f, others[i], "x");
		assert_int_equal(dir_setup(f->dir, &f->why), RC_EXISTS);
		assert_int_equal(dir_setup_demo(f->dir, &f->why), RC_EXISTS);
		assert_false(is_there(f, DIR_UNFINISHED));
		path_of(f, others[i], path);
		assert_int_equal(remove(path), 0);
	}
	assert_true(is_there(f, "pdmd.db.new"));
	path_of(f, "secret.key", path);
	assert_int_equal(chmod(path, 0644), 0); /* no setup has left that */
	assert_int_equal(dir_setup(f->dir, &f->why), RC_DENIED);
	assert_secret_is(f, WHOLE_SECRET);
	path_of(f, "pdmd.db.new", path);
	assert_int_equal(remove(path), 0);
}

static void test_dir__setup_is_for_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct dir_lock lock = {-1};
	pid_t holder = 0;

	leave(f, &leftovers[4]);
	assert_int_equal(dir_lock_begun(f->dir, &lock, &holder, &f->why), RC_OK);
	assert_int_equal(dir_setup(f->dir, &f->why), RC_BUSY);
	assert_false(is_there(f, "pdmd.db"));
	dir_unlock(&lock);
	set_up_dir(f);
}

/* ---- the lock ----------------------------------------------------------------------- */

static void test_dir__lock_is_held_by_one_and_names_him(void **state)
{
	struct fixture *f = *state;
	struct dir_lock lock = {-1}, other = {-1};
	char pid[32];
	pid_t holder = 0;

	set_up_dir(f);
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_OK);
	assert_int_equal(holder, 0);
	assert_int_equal(dir_lock(f->dir, &other, &holder, &f->why), RC_BUSY);
	assert_int_equal(holder, getpid());
	assert_int_equal(other.fd, -1);
	(void)snprintf(pid, sizeof(pid), "in use by process %d;", (int)getpid());
	assert_says(f, pid);
	dir_unlock(&lock);
	assert_int_equal(lock.fd, -1);
	dir_unlock(&lock);
	assert_true(is_there(f, "pdmd.lock"));
	assert_int_equal(dir_lock(f->dir, &other, &holder, &f->why), RC_OK);
	dir_unlock(&other);
}

static void test_dir__lock_of_a_process_that_was_killed_is_free(void **state)
{
	struct fixture *f = *state;
	struct dir_lock lock = {-1};
	pid_t holder = 0;
	int ready[2], status;
	char byte;

	set_up_dir(f);
	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		enum rc rc = dir_lock(f->dir, &lock, &holder, &f->why);
		if (rc != RC_OK || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause(); /* until it is killed */
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_BUSY);
	assert_int_equal(holder, child);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_OK);
	dir_unlock(&lock);
	assert_int_equal(close(ready[0]), 0);
	assert_int_equal(close(ready[1]), 0);
}

static void test_dir__stale_lock_file_does_no_harm(void **state)
{
	static const char *const stale[] = {"1\n", "", "nonsense", "99999999999999999999999999"};
	struct fixture *f = *state;

	set_up_dir(f);
	for (size_t i = 0; i < ARRAY_LEN(stale); i++) {
		struct dir_lock lock = {-1}, other = {-1};
		pid_t holder = 0;

		make_file(f, "pdmd.lock", stale[i]);
		assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_OK);
		assert_int_equal(dir_lock(f->dir, &other, &holder, &f->why), RC_BUSY);
		assert_int_equal(holder, getpid());
		dir_unlock(&lock);
	}
}

static void test_dir__lock_of_an_unknown_holder_says_so(void **state)
{
	struct fixture *f = *state;
	struct dir_lock lock = {-1}, other = {-1};
	pid_t holder = -1;

	set_up_dir(f);
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_OK);
	make_file(f, "pdmd.lock", "");
	assert_int_equal(dir_lock(f->dir, &other, &holder, &f->why), RC_BUSY);
	assert_int_equal(holder, 0);
	assert_says(f, "in use by another process");
	dir_unlock(&lock);
}

static void test_dir__lock_needs_a_directory_of_ours(void **state)
{
	struct fixture *f = *state;
	struct dir_lock lock = {-1};
	pid_t holder = 0;
	char path[256];

	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_NOTFOUND);
	assert_says(f, "pdmd setup --dir");
	assert_int_equal(mkdir(f->dir, 0755), 0);
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_NOTFOUND);
	assert_says(f, "empty");
	make_file(f, "other", "x");
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_FOREIGN);
	assert_says(f, "not a data directory of pdmd");
	path_of(f, "other", path);
	assert_int_equal(dir_lock(path, &lock, &holder, &f->why), RC_FOREIGN);
	assert_false(is_there(f, "pdmd.lock"));
	assert_int_equal(lock.fd, -1);
}

static void test_dir__lock_is_not_taken_through_a_link(void **state)
{
	struct fixture *f = *state;
	struct dir_lock lock = {-1};
	pid_t holder = 0;
	char path[256];

	set_up_dir(f);
	path_of(f, "pdmd.lock", path);
	assert_int_equal(remove(path), 0);
	assert_int_equal(symlink("other", path), 0);
	assert_int_equal(dir_lock(f->dir, &lock, &holder, &f->why), RC_IO);
	assert_false(is_there(f, "other"));
}

static void test_dir__demo_is_told_by_its_mark(void **state)
{
	struct fixture *f = *state;

	set_up_dir(f);
	assert_false(dir_is_demo(f->dir));
	make_file(f, "demo", "");
	assert_true(dir_is_demo(f->dir));
	assert_false(dir_is_demo("/nonexistent"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_dir__default_is_in_var_for_root_and_at_home_for_others),
		TEST(test_dir__joins_paths),
		TEST(test_dir__setup_makes_directory_secret_and_database),
		TEST(test_dir__setup_makes_the_directories_above),
		TEST(test_dir__setup_takes_an_empty_directory_and_closes_it_to_others),
		TEST(test_dir__setup_leaves_what_is_there_as_it_is),
		TEST(test_dir__setup_refuses_a_directory_of_others_and_a_file),
		TEST(test_dir__setup_refuses_a_path_that_is_none),
		TEST(test_dir__setup_goes_on_from_where_one_was_interrupted),
		TEST(test_dir__setup_takes_nothing_else_for_leftovers),
		TEST(test_dir__setup_is_for_one_at_a_time),
		TEST(test_dir__lock_is_held_by_one_and_names_him),
		TEST(test_dir__lock_of_a_process_that_was_killed_is_free),
		TEST(test_dir__stale_lock_file_does_no_harm),
		TEST(test_dir__lock_of_an_unknown_holder_says_so),
		TEST(test_dir__lock_needs_a_directory_of_ours),
		TEST(test_dir__lock_is_not_taken_through_a_link),
		TEST(test_dir__demo_is_told_by_its_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
