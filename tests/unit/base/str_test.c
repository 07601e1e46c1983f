#include "base/str.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_str__measures_c_strings_and_literals(void **state)
{
	(void)state;
	assert_int_equal(str_c("abc").n, 3);
	assert_int_equal(str_c("").n, 0);
	assert_int_equal(str_c(NULL).n, 0);
	assert_int_equal(STR("a\0b").n, 3);
	assert_int_equal(STR("").n, 0);
}

static void test_str__compares_bytes(void **state)
{
	static const struct {
		struct str a, b;
		bool equal, equal_nocase;
	} cases[] = {
		{STR_INIT(""), STR_INIT(""), true, true},
		{{NULL, 0}, STR_INIT(""), true, true},
		{{NULL, 0}, {NULL, 0}, true, true},
		{STR_INIT("a"), STR_INIT(""), false, false},
		{{NULL, 0}, STR_INIT("a"), false, false},
		{STR_INIT("host"), STR_INIT("host"), true, true},
		{STR_INIT("Host"), STR_INIT("hOST"), false, true},
		{STR_INIT("host"), STR_INIT("hosts"), false, false},
		{STR_INIT("AZaz"), STR_INIT("azAZ"), false, true},
		{STR_INIT("a\0b"), STR_INIT("a\0c"), false, false},
		{STR_INIT("a\0b"), STR_INIT("a\0b"), true, true},
		/* Neighbours of the letters differ in the same bit, and are not letters. */
		{STR_INIT("@"), STR_INIT("`"), false, false},
		{STR_INIT("["), STR_INIT("{"), false, false},
		{STR_INIT("0"), STR_INIT("\x10"), false, false},
		{STR_INIT("\xc3\x89"), STR_INIT("\xc3\xa9"), false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (str_equal(cases[i].a, cases[i].b) != cases[i].equal ||
		    str_equal(cases[i].b, cases[i].a) != cases[i].equal)
			fail_msg("str_equal, case %zu", i);
		if (str_equal_nocase(cases[i].a, cases[i].b) != cases[i].equal_nocase ||
		    str_equal_nocase(cases[i].b, cases[i].a) != cases[i].equal_nocase)
			fail_msg("str_equal_nocase, case %zu", i);
	}
}

static void test_str__compares_with_c_strings(void **state)
{
	(void)state;
	assert_true(str_equal_c(STR("key"), "key"));
	assert_false(str_equal_c(STR("key"), "keys"));
	assert_true(str_equal_c((struct str){NULL, 0}, ""));
	assert_false(str_equal_c(STR("key\0"), "key"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str__measures_c_strings_and_literals),
		cmocka_unit_test(test_str__compares_bytes),
		cmocka_unit_test(test_str__compares_with_c_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
