/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/compiler.h"
#include "base/fold.h"

static struct str folded(const char *text, enum fold how)
{
	static char to[64];

	return (struct str){to, fold(str_c(text), how, to, sizeof(to))};
}

static void test_fold__makes_alike_what_people_take_for_the_same(void **state)
{
	static const struct {
		const char *text, *letters, *case_only;
	} cases[] = {
		{"Bloggs", "bloggs", "bloggs"},
		{"", "", ""},
		{"O'Brien", "obrien", "o'brien"},
		{"O\xe2\x80\x99"
		 "Brien",
		 "obrien",
		 "o\xe2\x80\x99"
		 "brien"},
		{"TT11 1TT", "tt111tt", "tt11 1tt"},
		{"van der Berg-Smith", "vanderbergsmith", "van der berg-smith"},
		{"M\xc3\xbcller", "muller", "mu\xcc\x88ller"},
		{"Mu\xcc\x88ller", "muller", "mu\xcc\x88ller"}, /* u and a combining mark */
		{"STRA\xc3\x9f"
		 "E",
		 "strasse", "strasse"},
		{"\xc5\x81ukasik", "lukasik", "\xc5\x82ukasik"},
		{"\xc3\x98rsted", "orsted", "\xc3\xb8rsted"},
		{"\xc3\x86sop", "aesop", "\xc3\xa6sop"},
		{"\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
		 "\xcf\x83\xce\xb9\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83", NULL}, /* Greek */
		{"\xf0\x9f\x92\x8a", "", "\xf0\x9f\x92\x8a"}, /* a pill is no letter */
		{" \t-.,'", "", " \t-.,'"},
		{"x@Y.Z", "xyz", "x@y.z"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = folded(cases[i].text, FOLD_LETTERS);
		if (!str_equal_c(got, cases[i].letters))
			fail_msg("%s: %.*s", cases[i].text, STR_ARGS(got));
		if (!cases[i].case_only)
			continue;
		got = folded(cases[i].text, FOLD_CASE);
		if (!str_equal_c(got, cases[i].case_only))
			fail_msg("%s, case alone: %.*s", cases[i].text, STR_ARGS(got));
	}
}

static void test_fold__stops_where_there_is_no_room_and_cuts_no_character(void **state)
{
	char to[4] = "xxx";

	(void)state;
	assert_int_equal(fold(STR("abcdef"), FOLD_LETTERS, to, 3), 3);
	assert_memory_equal(to, "abc", 4 - 1);
	assert_int_equal(to[3], '\0');
	assert_int_equal(fold(STR("ab\xc5\xb5"), FOLD_CASE, to, 3), 2);
	assert_int_equal(fold(STR("abc"), FOLD_CASE, to, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold__makes_alike_what_people_take_for_the_same),
		cmocka_unit_test(test_fold__stops_where_there_is_no_room_and_cuts_no_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
