#include "cli/key.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "0123456789ABCDEF0123456789ABCDEF"

struct key_file {
	char path[64];
	struct text key, reason;
	bool loose;
};

static enum rc read_file(struct key_file *f, struct str content, mode_t mode)
{
	*f = (struct key_file){.path = "/tmp/pdmd-key-test-XXXXXX"};
	text_init(&f->key, 10000);
	text_init(&f->reason, 10000);
	int fd = mkstemp(f->path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content.n ? content.p : "", content.n), content.n);
	assert_int_equal(close(fd), 0);
	assert_int_equal(chmod(f->path, mode), 0);
	enum rc rc = key_read(f->path, &f->key, &f->loose, &f->reason);
	assert_int_equal(unlink(f->path), 0);
	return rc;
}

static void key_file_fini(struct key_file *f)
{
	text_fini(&f->key);
	text_fini(&f->reason);
}

static void test_key__is_the_one_line_of_the_file(void **state)
{
	static const struct str contents[] = {STR_INIT(KEY), STR_INIT(KEY "\n"),
					      STR_INIT(KEY "\r\n"), STR_INIT(KEY " \t\n\n")};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		struct key_file f;
		assert_int_equal(read_file(&f, contents[i], 0600), RC_OK);
		assert_string_equal(text_c(&f.key), KEY);
		assert_false(f.loose);
		key_file_fini(&f);
	}
}

static void test_key__notices_that_others_can_read_it(void **state)
{
	static const struct {
		mode_t mode;
		bool loose;
	} cases[] = {{0600, false}, {0400, false}, {0640, true}, {0604, true}, {0644, true}};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct key_file f;
		assert_int_equal(read_file(&f, STR(KEY), cases[i].mode), RC_OK);
		assert_true(f.loose == cases[i].loose);
		key_file_fini(&f);
	}
}

static void test_key__refuses_what_is_no_line_without_showing_it(void **state)
{
	static char long_text[2000];
	const struct str contents[] = {STR(""),        STR("\n"),       STR(KEY "\n" KEY),
				       STR(KEY "\0x"), STR("\xff\xfe"), {long_text, 2000}};

	(void)state;
	memset(long_text, 'A', sizeof(long_text));
	for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
		struct key_file f;
		assert_int_equal(read_file(&f, contents[i], 0600), RC_INVALID);
		assert_int_equal(f.key.n, 0);
		assert_true(f.reason.n > 0);
		assert_null(strstr(text_c(&f.reason), KEY));
		key_file_fini(&f);
	}
}

static void test_key__says_that_there_is_no_file(void **state)
{
	struct text key, reason;
	bool loose;

	(void)state;
	text_init(&key, 100);
	text_init(&reason, 1000);
	assert_int_equal(key_read("/nowhere/at/all", &key, &loose, &reason), RC_NOTFOUND);
	assert_string_equal(text_c(&reason), "/nowhere/at/all: No such file or directory");
	text_fini(&key);
	text_fini(&reason);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key__is_the_one_line_of_the_file),
		cmocka_unit_test(test_key__notices_that_others_can_read_it),
		cmocka_unit_test(test_key__refuses_what_is_no_line_without_showing_it),
		cmocka_unit_test(test_key__says_that_there_is_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
