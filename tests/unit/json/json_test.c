/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
/* clang-format on */

#include "base/text.h"
#include "base/utf8.h"
#include "reading.h"
#include "json/json.h"

/* ---- the whole ------------------------------------------------------------------------------- */

static void test_json__refuses_what_is_not_one_object(void **state)
{
	static const struct {
		struct str body;
		int line, column;
		const char *what;
	} cases[] = {
		{STR_INIT(""), 1, 1, "ends too early"},
		{STR_INIT(" \n "), 2, 2, "ends too early"},
		{STR_INIT("[]"), 1, 1, "not a JSON object"},
		{STR_INIT("\n [{}]"), 2, 2, "not a JSON object"},
		{STR_INIT("3"), 1, 1, "not a JSON object"},
		{STR_INIT("\"{}\""), 1, 1, "not a JSON object"},
		{STR_INIT("null"), 1, 1, "not a JSON object"},
		{STR_INIT("?"), 1, 1, "not valid JSON"},
		{STR_INIT("}"), 1, 1, "not valid JSON"},
		{STR_INIT("{"), 1, 2, "ends too early"},
		{STR_INIT("{]"), 1, 2, "not valid JSON"},
		{STR_INIT("{}}"), 1, 3, "more text behind the object"},
		{STR_INIT("{} x"), 1, 4, "more text behind the object"},
		{STR_INIT("{}{}"), 1, 3, "more text behind the object"},
		{STR_INIT("{}\n,"), 2, 1, "more text behind the object"},
		{STR_INIT("{,}"), 1, 2, "not valid JSON"},
		{STR_INIT("{1:2}"), 1, 2, "not valid JSON"},
		{STR_INIT("{null:2}"), 1, 2, "not valid JSON"},
		{STR_INIT("{'a':1}"), 1, 2, "not valid JSON"},
		{STR_INIT("{a:1}"), 1, 2, "not valid JSON"},
		{STR_INIT("{\"a\"}"), 1, 5, "not valid JSON"},
		{STR_INIT("{\"a\",1}"), 1, 5, "not valid JSON"},
		{STR_INIT("{\"a\"=1}"), 1, 5, "not valid JSON"},
		{STR_INIT("{\"a\"::1}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":1,}"), 1, 8, "not valid JSON"},
		{STR_INIT("{\"a\":1 \"b\":2}"), 1, 8, "not valid JSON"},
		{STR_INIT("{\"a\":1;\"b\":2}"), 1, 7, "not valid JSON"},
		{STR_INIT("{\"a\":1]"), 1, 7, "not valid JSON"},
		{STR_INIT("{\"a\":[1}"), 1, 8, "not valid JSON"},
		{STR_INIT("{\"a\":[1,]}"), 1, 9, "not valid JSON"},
		{STR_INIT("{\"a\":[,1]}"), 1, 7, "not valid JSON"},
		{STR_INIT("{\"a\":[1 2]}"), 1, 9, "not valid JSON"},
		{STR_INIT("{\"a\":[\"b\":1]}"), 1, 10, "not valid JSON"},
		{STR_INIT("{\"a\":tru}"), 1, 9, "not valid JSON"},
		{STR_INIT("{\"a\":True}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":nulll}"), 1, 10, "not valid JSON"},
		{STR_INIT("{\"a\":NaN}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":Infinity}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\"a\":undefined}"), 1, 6, "not valid JSON"},
		{STR_INIT("{\n\"a\":\n?}"), 3, 1, "not valid JSON"},
		{STR_INIT("{/**/}"), 1, 2, "not valid JSON"},
		{STR_INIT("{} // x"), 1, 4, "more text behind the object"},
		{STR_INIT("{\f}"), 1, 2, "not valid JSON"},
		{STR_INIT("{\v}"), 1, 2, "not valid JSON"},
		{STR_INIT("{\xc2\xa0}"), 1, 2, "not valid JSON"},
		{STR_INIT("{\xc2}"), 1, 2, "not valid UTF-8"},
		{STR_INIT("\xef\xbb\xbf{}"), 1, 1, "not valid JSON"},
		{STR_INIT("{\0}"), 1, 2, "not valid JSON"},
		{STR_INIT("{\"a\":\0}"), 1, 6, "not valid JSON"},
		{STR_INIT("{}\0"), 1, 3, "more text behind the object"},
		{STR_INIT("{\"\xf0\x9f\x98\x80\xc3\xa9\":\"\xe2\x82\xac\",?}"), 1, 11,
		 "not valid JSON"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		parse_bad(cases[i].body, cases[i].what, cases[i].line, cases[i].column);
}

static const char everything[] =
	" {\"i\":-7,\"max\":9223372036854775807,\"r\":1.0,\"e\":1e3,\"t\":true,\"f\":false,\"n\":"
	"null,\"s\":\"a\\u0000\\ud83d\\ude00\\n\",\"w\":\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\","
	"\"o\":{},\"a\":[1,\"x\",[],{\"b\":[2]}],\"\":\"\"} ";

static void test_json__gives_values_as_they_were_sent(void **state)
{
	const struct json *o = parse_good_c(everything);
	const struct json *a = json_member(o, "a");

	(void)state;
	assert_int_equal(json_kind(o), JSON_KIND_OBJECT);
	assert_int_equal(json_kind(json_member(o, "i")), JSON_KIND_INT);
	assert_int_equal(json_int(json_member(o, "i")), -7);
	assert_int_equal(json_int(json_member(o, "max")), INT64_MAX);
	assert_int_equal(json_kind(json_member(o, "r")), JSON_KIND_REAL);
	assert_int_equal(json_kind(json_member(o, "e")), JSON_KIND_REAL);
	assert_int_equal(json_kind(json_member(o, "t")), JSON_KIND_BOOLEAN);
	assert_true(json_bool(json_member(o, "t")));
	assert_int_equal(json_kind(json_member(o, "f")), JSON_KIND_BOOLEAN);
	assert_false(json_bool(json_member(o, "f")));
	assert_int_equal(json_kind(json_member(o, "n")), JSON_KIND_NULL);
	assert_true(str_equal(json_str(json_member(o, "s")), STR("a\0\xf0\x9f\x98\x80\n")));
	assert_true(str_equal(json_str(json_member(o, "w")),
			      STR("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")));
	assert_int_equal(json_kind(json_member(o, "o")), JSON_KIND_OBJECT);
	assert_null(json_member(json_member(o, "o"), "i"));
	assert_int_equal(json_str(json_member(o, "")).n, 0);
	assert_null(json_member(o, "I"));
	assert_null(json_member(o, "ma"));

	assert_int_equal(json_kind(a), JSON_KIND_ARRAY);
	assert_int_equal(json_count(a), 4);
	assert_int_equal(json_int(json_item(a, 0)), 1);
	assert_true(str_equal_c(json_str(json_item(a, 1)), "x"));
	assert_int_equal(json_count(json_item(a, 2)), 0);
	assert_int_equal(json_int(json_item(json_member(json_item(a, 3), "b"), 0)), 2);
}

static void test_json__refuses_every_beginning_of_a_good_body(void **state)
{
	struct str whole = {everything, sizeof(everything) - 2}; /* to the last bracket */

	(void)state;
	(void)parse_good(whole);
	for (size_t n = 0; n < whole.n; n++) {
		struct str body = wrap("", (struct str){everything, n}, "");
		bool cut_character = !utf8_valid(body);
		/* A cut in the wide text splits characters; everywhere else text is missing. */
		parse_bad(body, cut_character ? "not valid UTF-8" : "ends too early", 1,
			  cut_character ? (int)utf8_chars(body) : (int)utf8_chars(body) + 1);
	}
}

static void test_json__takes_the_four_blanks_of_json_everywhere(void **state)
{
#define BLANKS " \t\r\n"
	const struct json *o =
		parse_good_c(BLANKS "{" BLANKS "\"a\"" BLANKS ":" BLANKS "[" BLANKS "1" BLANKS
				    "," BLANKS "true" BLANKS "]" BLANKS "," BLANKS "\"b\"" BLANKS
				    ":" BLANKS "{" BLANKS "}" BLANKS "}" BLANKS);

	(void)state;
	assert_int_equal(json_count(json_member(o, "a")), 2);
	assert_int_equal(json_kind(json_member(o, "b")), JSON_KIND_OBJECT);
	parse_bad(STR("{" BLANKS "\r\n\r ?"), "not valid JSON", 3, 3);
#undef BLANKS
}

static void test_json__takes_eight_brackets_and_no_more(void **state)
{
	static char many[100000];

	(void)state;
	(void)parse_good_c("{\"a\":[[[[[[[1]]]]]]],\"b\":[[[[[[[]]]]]]]}");
	(void)parse_good_c("{\"a\":{\"a\":[{\"a\":[{\"a\":[{}]}]}]}}");
	(void)parse_good_c("{\"a\":\"[[[[[[[[[[\\\"{{{{{{{{{{\"}");
	parse_bad(STR("{\"a\":\n [[[[[[[[1]]]]]]]]}"), "nested too deeply", 2, 9);
	parse_bad(STR("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}"),
		  "nested too deeply", 1, 41);
	memset(many, '[', sizeof(many));
	parse_bad((struct str){many, sizeof(many)}, "nested too deeply", 1, 9);
}

/* ---- numbers --------------------------------------------------------------------------------- */

static void test_json__knows_whole_numbers_from_others(void **state)
{
	static const struct {
		const char *text;
		enum json_kind kind;
		int64_t value;
	} cases[] = {
		{"0", JSON_KIND_INT, 0},
		{"-0", JSON_KIND_INT, 0},
		{"-1", JSON_KIND_INT, -1},
		{"10", JSON_KIND_INT, 10},
		{"1234567890123456789", JSON_KIND_INT, 1234567890123456789},
		{"9223372036854775807", JSON_KIND_INT, INT64_MAX},
		{"-9223372036854775808", JSON_KIND_INT, INT64_MIN},
		/* beyond: -1, which no field takes */
		{"9223372036854775808", JSON_KIND_INT, -1},
		{"-9223372036854775809", JSON_KIND_INT, -1},
		{"9999999999999999999", JSON_KIND_INT, -1},
		{"-9999999999999999999", JSON_KIND_INT, -1},
		{"18446744073709551616", JSON_KIND_INT, -1},
		{"18446744073709551623", JSON_KIND_INT, -1},
		{"99999999999999999999999999999999999999999", JSON_KIND_INT, -1},
		{"0.0", JSON_KIND_REAL, 0},
		{"-0.5", JSON_KIND_REAL, 0},
		{"1.50", JSON_KIND_REAL, 0},
		{"0e0", JSON_KIND_REAL, 0},
		{"1e3", JSON_KIND_REAL, 0},
		{"1E+03", JSON_KIND_REAL, 0},
		{"1.25e-7", JSON_KIND_REAL, 0},
		{"1e400", JSON_KIND_REAL, 0},
		{"-1e-999999999999", JSON_KIND_REAL, 0},
		{"99999999999999999999.5", JSON_KIND_REAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str body = wrap("{\"a\":", str_c(cases[i].text), "}");
		const struct json *a = json_member(parse_good(body), "a");
		assert_int_equal(json_kind(a), cases[i].kind);
		if (cases[i].kind == JSON_KIND_INT)
			assert_int_equal(json_int(a), cases[i].value);

		body = wrap("{\"a\":[", str_c(cases[i].text), ",7]}");
		a = json_member(parse_good(body), "a");
		assert_int_equal(json_kind(json_item(a, 0)), cases[i].kind);
		assert_int_equal(json_int(json_item(a, 1)), 7);
	}
}

static void test_json__refuses_what_is_no_number_at_the_first_wrong_character(void **state)
{
	static const struct {
		const char *text;
		int at;
	} cases[] = {
		{"01", 1},   {"00", 1},    {"-01", 2},  {"+1", 0},   {".5", 0},       {"-.5", 1},
		{"-", 1},    {"--1", 1},   {"-a", 1},   {"1.", 2},   {"1.e5", 2},     {"1.-5", 2},
		{"1..5", 2}, {"1.5.5", 3}, {"1e", 2},   {"1e+", 3},  {"1e-", 3},      {"1e+-5", 3},
		{"1ee5", 2}, {"1e5.5", 3}, {"1e5e", 3}, {"0x10", 1}, {"1a", 1},       {"1_000", 1},
		{"1-", 1},   {"1+1", 1},   {"- 1", 1},  {"1 .5", 2}, {"-NaN", 1},     {"e5", 0},
		{"1,5", 2},  {"1e 5", 2},  {"0-", 1},   {"1.0f", 3}, {"\xd9\xa1", 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str body = wrap("{\"a\":", str_c(cases[i].text), "}");
		parse_bad(body, "not valid JSON", 1, 6 + cases[i].at);
	}
}

/* ---- names ----------------------------------------------------------------------------------- */

static void test_json__refuses_the_second_of_two_names(void **state)
{
	static const struct {
		const char *body;
		int column;
	} cases[] = {
		{"{\"a\":1,\"a\":2}", 8},
		{"{\"a\":1,\"b\":2,\"c\":3,\"b\":2}", 20},
		{"{\"\":1,\"\":1}", 7},
		{"{\"a\":1,\"\\u0061\":1}", 8},
		{"{\"\\u00e9\":1,\"\xc3\xa9\":1}", 13},
		{"{\"\\/\":1,\"\\u002f\":1}", 9},
		{"{\"a\":{\"b\":1,\"b\":2}}", 13},
		{"{\"a\":[{},{\"b\":1,\"b\":2}]}", 17},
		{"{\"a\":{\"x\":1},\"b\":2,\"a\":3}", 20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		parse_bad(str_c(cases[i].body), "the same name twice", 1, cases[i].column);
	(void)parse_good_c("{\"a\":{\"a\":[{\"a\":1},{\"a\":2}]},\"A\":1,\"aa\":2}");
	parse_bad(STR("{\"a\\u0000\":1}"), "not valid JSON", 1, 2);
	parse_bad(STR("{\"x\":1,\"\\u0000\":1}"), "not valid JSON", 1, 8);
}

/* {"0":0,"1":1,…} of n members, in the place `again` (below n) with the name of `of`. */
static struct str many_members(struct text *t, int n, int again, int of)
{
	text_clear(t);
	for (int i = 0; i < n; i++)
		text_printf(t, "%s\"%d\":%d", i ? ",\n" : "{", i == again ? of : i, i);
	text_add_char(t, '}');
	return text_str(t);
}

static void test_json__finds_the_same_name_at_every_distance(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 65536);
	for (int n = 2; n <= 40; n++) {
		(void)parse_good(many_members(&t, n, -1, 0));
		for (int again = 1; again < n; again++)
			for (int of = 0; of < again; of++)
				parse_bad(many_members(&t, n, again, of), "the same name twice",
					  again + 1, 1);
	}
	text_fini(&t);
}

static void test_json__takes_ten_thousand_members(void **state)
{
	static const int n = 10000;
	char name[16];
	struct text t;

	(void)state;
	text_init(&t, 1024 * 1024);
	const struct json *o = parse_good(many_members(&t, n, -1, 0));
	for (int i = 0; i < n; i += 97) {
		(void)snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(json_int(json_member(o, name)), i);
	}
	assert_null(json_member(o, "10000"));
	parse_bad(many_members(&t, n, n - 1, 0), "the same name twice", n, 1);
	parse_bad(many_members(&t, n, 17, 16), "the same name twice", 18, 1);

	text_clear(&t);
	for (int i = 0; i < n; i++)
		text_add_c(&t, i ? ",\"name\":1" : "{\"name\":1");
	text_add_char(&t, '}');
	parse_bad(text_str(&t), "the same name twice", 1, 11);
	text_fini(&t);
}

/* ---- memory ---------------------------------------------------------------------------------- */

static void test_json__stays_inside_the_arena(void **state)
{
	struct arena small;
	struct text t;
	bool failed = false, worked = false;

	(void)state;
	text_init(&t, 65536);
	text_add_c(&t, "{\"a\":[1,2,3],\"b\":{\"c\":\"d\\n\"},\"many\":");
	text_add_c(&t, "{\"\\n\":0");
	for (int i = 0; i < 40; i++)
		text_printf(&t, ",\"%d\":\"\\t%d\"", i, i);
	text_add_c(&t, "}}");
	for (size_t limit = 16; limit < 16384; limit += 16) {
		const struct json *object = NULL;
		struct json_error e;
		arena_init(&small, 16, limit);
		enum rc rc = json_parse(&small, text_str(&t), READING_DEPTH, &object, &e);
		assert_true(rc == RC_OK || rc == RC_NOMEM);
		assert_true(small.bytes_held <= limit);
		assert_true((rc == RC_OK) == (object != NULL));
		failed = failed || rc == RC_NOMEM;
		worked = worked || rc == RC_OK;
		arena_fini(&small);
	}
	assert_true(failed && worked);
	text_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json__refuses_what_is_not_one_object),
		cmocka_unit_test(test_json__gives_values_as_they_were_sent),
		cmocka_unit_test(test_json__refuses_every_beginning_of_a_good_body),
		cmocka_unit_test(test_json__takes_the_four_blanks_of_json_everywhere),
		cmocka_unit_test(test_json__takes_eight_brackets_and_no_more),
		cmocka_unit_test(test_json__knows_whole_numbers_from_others),
		cmocka_unit_test(test_json__refuses_what_is_no_number_at_the_first_wrong_character),
		cmocka_unit_test(test_json__refuses_the_second_of_two_names),
		cmocka_unit_test(test_json__finds_the_same_name_at_every_distance),
		cmocka_unit_test(test_json__takes_ten_thousand_members),
		cmocka_unit_test(test_json__stays_inside_the_arena),
	};

	return cmocka_run_group_tests(tests, reading_set_up, reading_tear_down);
}
