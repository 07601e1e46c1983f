/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/compiler.h"
#include "command/condition.h"

static void test_condition__is_a_star_or_tags_with_commas(void **state)
{
	static const struct {
		const char *header;
		bool valid, holds; /* for version 7 */
	} cases[] = {
		{"*", true, true},
		{"\"7\"", true, true},
		{"\"8\"", true, false},
		{"\"07\"", true, false},
		{"\"7 \"", true, false},
		{"\"\"", true, false},
		{"W/\"7\"", true, false},
		{"\"6\", \"7\"", true, true},
		{"\"6\",\"8\" ,\t\"7\"", true, true},
		{"W/\"7\", \"7\"", true, true},
		{"\"a,b\", \"7\"", true, true},
		{"", false, false},
		{"7", false, false},
		{"\"7", false, false},
		{"7\"", false, false},
		{"'7'", false, false},
		{"\"7\",", false, true},
		{",\"7\"", false, false},
		{"\"7\" \"8\"", false, false},
		{"*, \"7\"", false, false},
		{"w/\"7\"", false, false},
		{"W/", false, false},
		{"W", false, false},
		{"\"", false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct str header = str_c(cases[i].header);
		if (condition_valid(header) != cases[i].valid)
			fail_msg("%s", cases[i].header);
		if (cases[i].valid && condition_holds(header, 7) != cases[i].holds)
			fail_msg("%s and 7", cases[i].header);
	}
}

static void test_condition__knows_the_greatest_version(void **state)
{
	(void)state;
	assert_true(condition_holds(STR("\"9223372036854775807\""), INT64_MAX));
	assert_false(condition_holds(STR("\"9223372036854775808\""), INT64_MAX));
}

static void test_once_key__is_1_to_128_visible_characters(void **state)
{
	char longest[130];

	(void)state;
	memset(longest, '~', sizeof(longest));
	assert_true(once_key_valid((struct str){longest, 128}));
	assert_false(once_key_valid((struct str){longest, 129}));
	assert_true(once_key_valid(STR("!")));
	assert_true(once_key_valid(STR("\"7b1c\"")));
	assert_false(once_key_valid(STR("")));
	assert_false(once_key_valid(STR("a b")));
	assert_false(once_key_valid(STR("a\tb")));
	assert_false(once_key_valid(STR("caf\xc3\xa9")));
	assert_false(once_key_valid(STR("a\x7f")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_condition__is_a_star_or_tags_with_commas),
		cmocka_unit_test(test_condition__knows_the_greatest_version),
		cmocka_unit_test(test_once_key__is_1_to_128_visible_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
