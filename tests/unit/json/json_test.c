/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "json/json.h"

static enum rc parse(struct arena *a, struct str body, const struct json **ret,
		     struct json_error *reterr)
{
	arena_reset(a);
	return json_parse(a, body, 8, ret, reterr);
}

static const struct json *parse_good(struct arena *a, const char *text)
{
	const struct json *object = NULL;
	struct json_error e;

	if (parse(a, str_c(text), &object, &e) != RC_OK)
		fail_msg("refused: %s: %s at %d, %d", text, e.what, e.line, e.column);
	return object;
}

static int set_up(void **state)
{
	static struct arena a;

	arena_init(&a, 4096, 1024 * 1024);
	*state = &a;
	return 0;
}

static int tear_down(void **state)
{
	arena_fini(*state);
	return 0;
}

static void test_json__refuses_what_is_not_one_object(void **state)
{
	static const struct {
		struct str body;
		int line, column;
		const char *what;
	} cases[] = {
		{STR_INIT(""), 1, 1, "ends too early"},
		{STR_INIT("[]"), 1, 1, "not a JSON object"},
		{STR_INIT("3"), 1, 1, "not valid JSON"},
		{STR_INIT("{"), 1, 1, "ends too early"},
		{STR_INIT("{} x"), 1, 4, "more text behind the object"},
		{STR_INIT("{}{}"), 1, 3, "more text behind the object"},
		{STR_INIT("{\"a\":1,}"), 1, 8, "not valid JSON"},
		{STR_INIT("{\"a\":01}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":+1}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":.5}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":tru}"), 1, 8, "not valid JSON"},
		{STR_INIT("{\"a\":NaN}"), 1, 8, "not valid JSON"},
		{STR_INIT("{'a':1}"), 1, 2, "not valid JSON"},
		{STR_INIT("{\n\"a\":\n?}"), 3, 1, "not valid JSON"},
		{STR_INIT("{\"a\":\"\\ud800\"}"), 1, 13, "not valid JSON"},
		{STR_INIT("{\"a\":\"\\udc00\\ud800\"}"), 1, 19, "not valid JSON"},
		{STR_INIT("{\"a\":\"x\ny\"}"), 1, 7, "not valid JSON"},
		{STR_INIT("{\"a\":\"\x01\"}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":\"\xc0\x80\"}"), 1, 6, "not valid UTF-8"},
		{STR_INIT("{\"a\":\"\xed\xa0\x80\"}"), 1, 6, "not valid UTF-8"},
		{STR_INIT("{\"a\":\"\xf4\x90\x80\x80\"}"), 1, 6, "not valid UTF-8"},
		{STR_INIT("\xef\xbb\xbf{}"), 1, 1, "not valid JSON"},
		{STR_INIT("{\"a\":1,\"a\":2}"), 1, 10, "the same name twice"},
		{STR_INIT("{\"a\\u0000\":1}"), 1, 10, "not valid JSON"},
		{STR_INIT("{\"a\":\0}"), 1, 6, "ends too early"},
		{STR_INIT("{}\0"), 1, 3, "more text behind the object"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct json *object = NULL;
		struct json_error e = {0};
		if (parse(*state, cases[i].body, &object, &e) != RC_INVALID)
			fail_msg("case %zu is taken: %.*s", i, STR_ARGS(cases[i].body));
		assert_null(object);
		if (strcmp(e.what, cases[i].what) != 0 || e.line != cases[i].line ||
		    e.column != cases[i].column)
			fail_msg("case %zu: %s at %d, %d", i, e.what, e.line, e.column);
	}
}

static void test_json__takes_eight_brackets_and_no_more(void **state)
{
	const struct json *object;
	struct json_error e;

	(void)parse_good(*state, "{\"a\":[[[[[[[1]]]]]]]}");
	(void)parse_good(*state, "{\"a\":\"[[[[[[[[[[\\\"{{{{{{{{{{\"}");
	assert_int_equal(parse(*state, STR("{\"a\":\n [[[[[[[[1]]]]]]]]}"), &object, &e),
			 RC_INVALID);
	assert_string_equal(e.what, "nested too deeply");
	assert_int_equal(e.line, 2);
	assert_int_equal(e.column, 9);
}

static void test_json__gives_values_as_they_were_sent(void **state)
{
	const struct json *o = parse_good(
		*state,
		" {\"i\":-7,\"max\":9223372036854775807,\"r\":1.0,\"e\":1e3,\"t\":true,\"n\":"
		"null,\"s\":\"a\\u0000\\ud83d\\ude00\\n\",\"o\":{},\"a\":[1,\"x\"]} ");

	assert_int_equal(json_kind(json_member(o, "i")), JSON_KIND_INT);
	assert_int_equal(json_int(json_member(o, "i")), -7);
	assert_int_equal(json_int(json_member(o, "max")), INT64_MAX);
	assert_int_equal(json_kind(json_member(o, "r")), JSON_KIND_REAL);
	assert_int_equal(json_kind(json_member(o, "e")), JSON_KIND_REAL);
	assert_true(json_bool(json_member(o, "t")));
	assert_int_equal(json_kind(json_member(o, "n")), JSON_KIND_NULL);
	assert_true(str_equal(json_str(json_member(o, "s")), STR("a\0\xf0\x9f\x98\x80\n")));
	assert_int_equal(json_kind(json_member(o, "o")), JSON_KIND_OBJECT);
	assert_int_equal(json_count(json_member(o, "a")), 2);
	assert_int_equal(json_kind(json_item(json_member(o, "a"), 1)), JSON_KIND_STRING);
	assert_null(json_member(o, "I"));
}

static void test_json__makes_numbers_that_are_too_big_a_matter_of_the_field(void **state)
{
	const struct json *o = parse_good(
		*state, "{\"a\":9223372036854775808,\"b\":-9223372036854775809,\"c\":1e400,"
			"\"d\":\"99999999999999999999\",\"e\":5,\"f\":[99999999999999999999]}");

	assert_int_equal(json_int(json_member(o, "a")), -1);
	assert_int_equal(json_int(json_member(o, "b")), -1);
	assert_int_equal(json_kind(json_member(o, "c")), JSON_KIND_REAL);
	assert_true(str_equal(json_str(json_member(o, "d")), STR("99999999999999999999")));
	assert_int_equal(json_int(json_member(o, "e")), 5);
	assert_int_equal(json_int(json_item(json_member(o, "f"), 0)), -1);
}

static void test_json__gives_up_on_many_numbers_that_are_too_big(void **state)
{
	const struct json *object;
	struct json_error e;

	assert_int_equal(
		parse(*state,
		      STR("{\"a\":[1e999,1e999,1e999,1e999,1e999,1e999,1e999,1e999,1e999]}"),
		      &object, &e),
		RC_INVALID);
}

static void test_json__stays_inside_the_arena(void **state)
{
	struct arena small;
	const struct json *object;
	struct json_error e;

	(void)state;
	for (size_t limit = 64; limit < 4096; limit += 64) {
		arena_init(&small, 64, limit);
		enum rc rc = json_parse(&small, STR("{\"a\":[1,2,3],\"b\":{\"c\":\"d\"}}"), 8,
					&object, &e);
		assert_true(rc == RC_OK || rc == RC_NOMEM);
		assert_true(small.bytes_held <= limit);
		arena_fini(&small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json__refuses_what_is_not_one_object),
		cmocka_unit_test(test_json__takes_eight_brackets_and_no_more),
		cmocka_unit_test(test_json__gives_values_as_they_were_sent),
		cmocka_unit_test(test_json__makes_numbers_that_are_too_big_a_matter_of_the_field),
		cmocka_unit_test(test_json__gives_up_on_many_numbers_that_are_too_big),
		cmocka_unit_test(test_json__stays_inside_the_arena),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
