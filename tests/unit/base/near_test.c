#include "base/near.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_near__counts_single_mistakes(void **state)
{
	static const struct {
		struct str a, b;
		size_t distance;
	} cases[] = {
		{STR_INIT(""), STR_INIT(""), 0},
		{{NULL, 0}, STR_INIT("abc"), 3},
		{STR_INIT("serve"), STR_INIT("serve"), 0},
		{STR_INIT("SERVE"), STR_INIT("serve"), 0},
		{STR_INIT("serv"), STR_INIT("serve"), 1},
		{STR_INIT("sserve"), STR_INIT("serve"), 1},
		{STR_INIT("sarve"), STR_INIT("serve"), 1},
		{STR_INIT("sreve"), STR_INIT("serve"), 1},
		{STR_INIT("evres"), STR_INIT("serve"), 3},
		{STR_INIT("kitten"), STR_INIT("sitting"), 3},
		{STR_INIT("abc"), STR_INIT("xyz"), 3},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (near_distance(cases[i].a, cases[i].b) != cases[i].distance ||
		    near_distance(cases[i].b, cases[i].a) != cases[i].distance)
			fail_msg("case %zu", i);
	}
}

static void test_near__measures_long_words_by_their_length_alone(void **state)
{
	char text[NEAR_CHARS_MAX + 1];
	struct str longest = {text, NEAR_CHARS_MAX}, too_long = {text, NEAR_CHARS_MAX + 1};

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(near_distance(longest, longest), 0);
	assert_int_equal(near_distance(longest, STR("a")), NEAR_CHARS_MAX - 1);
	assert_int_equal(near_distance(too_long, too_long), NEAR_CHARS_MAX + 1);
	assert_int_equal(near_distance(STR("a"), too_long), NEAR_CHARS_MAX + 1);
}

static void test_near__asks_only_about_words_that_are_near(void **state)
{
	(void)state;
	assert_true(near_enough(STR("lisen"), STR("listen")));
	assert_true(near_enough(STR("kye"), STR("key")));
	assert_false(near_enough(STR("abc"), STR("xyz")));
	assert_false(near_enough(STR("ab"), STR("ac")));
	assert_false(near_enough(STR(""), STR("key")));
}

static void test_near__finds_the_nearest_name(void **state)
{
	static const char *const names[] = {"company", "branch", "key", "compute", "keys"};

	(void)state;
	assert_string_equal(near_word(STR("compny"), names, ARRAY_LEN(names)), "company");
	assert_string_equal(near_word(STR("computee"), names, ARRAY_LEN(names)), "compute");
	assert_string_equal(near_word(STR("keyz"), names, ARRAY_LEN(names)), "key");
	assert_null(near_word(STR("delivery"), names, ARRAY_LEN(names)));
	assert_null(near_word(STR("key"), names, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_near__counts_single_mistakes),
		cmocka_unit_test(test_near__measures_long_words_by_their_length_alone),
		cmocka_unit_test(test_near__asks_only_about_words_that_are_near),
		cmocka_unit_test(test_near__finds_the_nearest_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
