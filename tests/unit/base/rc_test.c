#include "base/rc.h"

#include <errno.h>
#include <string.h>

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const enum rc all[] = {
	RC_OK, RC_NOTFOUND, RC_EXISTS,  RC_BUSY,  RC_INVALID, RC_CHANGED, RC_NOMEM,
	RC_IO, RC_FULL,     RC_CORRUPT, RC_NEWER, RC_FOREIGN, RC_DENIED,
};

static void test_rc__has_a_name_of_its_own_for_every_code(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const char *name = rc_name(all[i]);
		assert_int_equal(strncmp(name, "RC_", 3), 0);
		assert_string_not_equal(name, "RC_?");
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(name, rc_name(all[k]));
	}
	assert_string_equal(rc_name(RC_CORRUPT), "RC_CORRUPT");
}

static void test_rc__has_a_name_even_for_what_is_no_code(void **state)
{
	(void)state;
	assert_string_equal(rc_name((enum rc) - 99), "RC_?");
}

static void test_rc__is_negative_for_all_but_ok(void **state)
{
	(void)state;
	assert_int_equal(RC_OK, 0);
	for (size_t i = 1; i < ARRAY_LEN(all); i++)
		assert_true((int)all[i] < 0);
}

static void test_rc__translates_errno(void **state)
{
	static const struct {
		int error;
		enum rc rc;
	} cases[] = {
		{0, RC_OK},          {ENOENT, RC_NOTFOUND},   {ENOTDIR, RC_NOTFOUND},
		{EEXIST, RC_EXISTS}, {EADDRINUSE, RC_EXISTS}, {ENOMEM, RC_NOMEM},
		{ENOSPC, RC_FULL},   {EDQUOT, RC_FULL},       {EACCES, RC_DENIED},
		{EPERM, RC_DENIED},  {EROFS, RC_DENIED},      {EIO, RC_IO},
		{EMFILE, RC_IO},     {9999, RC_IO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(rc_name(rc_errno(cases[i].error)), rc_name(cases[i].rc));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rc__has_a_name_of_its_own_for_every_code),
		cmocka_unit_test(test_rc__has_a_name_even_for_what_is_no_code),
		cmocka_unit_test(test_rc__is_negative_for_all_but_ok),
		cmocka_unit_test(test_rc__translates_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
