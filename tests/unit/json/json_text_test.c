/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "reading.h"
#include "json/json.h"

static void test_json__understands_every_escape(void **state)
{
	static const struct {
		struct str raw, text;
	} cases[] = {
		{STR_INIT("\\\""), STR_INIT("\"")},
		{STR_INIT("\\\\"), STR_INIT("\\")},
		{STR_INIT("\\/"), STR_INIT("/")},
		{STR_INIT("\\b\\f\\n\\r\\t"), STR_INIT("\b\f\n\r\t")},
		{STR_INIT("\\\\n"), STR_INIT("\\n")},
		{STR_INIT("\\\\\\\""), STR_INIT("\\\"")},
		{STR_INIT("\\u0000"), STR_INIT("\0")},
		{STR_INIT("\\u0041\\u005a"), STR_INIT("AZ")},
		{STR_INIT("\\u007f"), STR_INIT("\x7f")},
		{STR_INIT("\x7f\\n\x7f"), STR_INIT("\x7f\n\x7f")},
		{STR_INIT("\\u0080"), STR_INIT("\xc2\x80")},
		{STR_INIT("\\u07FF"), STR_INIT("\xdf\xbf")},
		{STR_INIT("\\u0800"), STR_INIT("\xe0\xa0\x80")},
		{STR_INIT("\\uD7fF"), STR_INIT("\xed\x9f\xbf")},
		{STR_INIT("\\ue000"), STR_INIT("\xee\x80\x80")},
		{STR_INIT("\\uffff"), STR_INIT("\xef\xbf\xbf")},
		{STR_INIT("\\ud800\\udc00"), STR_INIT("\xf0\x90\x80\x80")},
		{STR_INIT("\\uDBFF\\uDFFF"), STR_INIT("\xf4\x8f\xbf\xbf")},
		{STR_INIT("\\ud83d\\uDE00\\ud83d\\ude01"),
		 STR_INIT("\xf0\x9f\x98\x80\xf0\x9f\x98\x81")},
		{STR_INIT("some text before \\n and some behind it"),
		 STR_INIT("some text before \n and some behind it")},
		{STR_INIT("\xc3\xa9\\n\xe2\x82\xac"), STR_INIT("\xc3\xa9\n\xe2\x82\xac")},
		{STR_INIT("\\u00411"), STR_INIT("A1")},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str body = wrap("{\"a\":\"", cases[i].raw, "\"}");
		const struct json *o = parse_good(body);
		if (!str_equal(json_str(json_member(o, "a")), cases[i].text))
			fail_msg("%.*s", STR_ARGS(cases[i].raw));
	}
	const struct json *o = parse_good_c("{\"\\u0061\\/\\ud83d\\ude00\":1}");
	assert_int_equal(json_int(json_member(o, "a/\xf0\x9f\x98\x80")), 1);
}

static void test_json__refuses_bad_texts_where_they_are_bad(void **state)
{
	static const struct {
		struct str raw;
		int at;
		const char *what;
	} cases[] = {
		{STR_INIT("x\ny"), 1, "not valid JSON"},
		{STR_INIT("\x01"), 0, "not valid JSON"},
		{STR_INIT("abcdefghijk\x1f"), 11, "not valid JSON"},
		{STR_INIT("\0"), 0, "not valid JSON"},
		{STR_INIT("\\x41"), 1, "not valid JSON"},
		{STR_INIT("\\'"), 1, "not valid JSON"},
		{STR_INIT("\\N"), 1, "not valid JSON"},
		{STR_INIT("\\\0"), 1, "not valid JSON"},
		{STR_INIT("\\U0041"), 1, "not valid JSON"},
		{STR_INIT("\\u 041"), 2, "not valid JSON"},
		{STR_INIT("\\u+041"), 2, "not valid JSON"},
		{STR_INIT("\\u004g"), 5, "not valid JSON"},
		{STR_INIT("\\u004G"), 5, "not valid JSON"},
		{STR_INIT("\\u004@"), 5, "not valid JSON"},
		{STR_INIT("\\u004`"), 5, "not valid JSON"},
		{STR_INIT("\\u004:"), 5, "not valid JSON"},
		{STR_INIT("\\u004/"), 5, "not valid JSON"},
		{STR_INIT("\\u004"), 5, "not valid JSON"},
		/* surrogates alone, or the wrong way round */
		{STR_INIT("\\ud800"), 6, "not valid JSON"},
		{STR_INIT("\\ud800x"), 6, "not valid JSON"},
		{STR_INIT("\\ud800\\n"), 7, "not valid JSON"},
		{STR_INIT("\\ud800\\u0041"), 6, "not valid JSON"},
		{STR_INIT("\\ud800\\ud800"), 6, "not valid JSON"},
		{STR_INIT("\\ud800\\ue000"), 6, "not valid JSON"},
		{STR_INIT("\\udbff\\udbff"), 6, "not valid JSON"},
		{STR_INIT("\\udc00"), 0, "not valid JSON"},
		{STR_INIT("\\udfff"), 0, "not valid JSON"},
		{STR_INIT("ab\\udc00\\ud800"), 2, "not valid JSON"},
		/* no UTF-8: out of order, cut off, overlong, surrogates, too big, never used */
		{STR_INIT("\x80"), 0, "not valid UTF-8"},
		{STR_INIT("abcdefghi\xbf"), 9, "not valid UTF-8"},
		{STR_INIT("\xc3"), 0, "not valid UTF-8"},
		{STR_INIT("\xc3x"), 0, "not valid UTF-8"},
		{STR_INIT("\xe2\x82"), 0, "not valid UTF-8"},
		{STR_INIT("\xe2\x82x"), 0, "not valid UTF-8"},
		{STR_INIT("\xf0\x9f\x98"), 0, "not valid UTF-8"},
		{STR_INIT("\xf0\x9f\x98\xc3\xa9"), 0, "not valid UTF-8"},
		{STR_INIT("\xc0\x80"), 0, "not valid UTF-8"},
		{STR_INIT("\xc1\xbf"), 0, "not valid UTF-8"},
		{STR_INIT("\xe0\x9f\xbf"), 0, "not valid UTF-8"},
		{STR_INIT("\xf0\x8f\xbf\xbf"), 0, "not valid UTF-8"},
		{STR_INIT("\xed\xa0\x80"), 0, "not valid UTF-8"},
		{STR_INIT("\xed\xbf\xbf"), 0, "not valid UTF-8"},
		{STR_INIT("\xed\xa0\xbd\xed\xb8\x80"), 0, "not valid UTF-8"},
		{STR_INIT("\xf4\x90\x80\x80"), 0, "not valid UTF-8"},
		{STR_INIT("\xf5\x80\x80\x80"), 0, "not valid UTF-8"},
		{STR_INIT("\xfe"), 0, "not valid UTF-8"},
		{STR_INIT("\xff"), 0, "not valid UTF-8"},
		{STR_INIT("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff"), 3, "not valid UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str body = wrap("{\"a\":\"", cases[i].raw, "\"}");
		parse_bad(body, cases[i].what, 1, 7 + cases[i].at);
		body = wrap("{\"", cases[i].raw, "\":1}");
		parse_bad(body, cases[i].what, 1, 3 + cases[i].at);
	}
}

/* Texts are looked at eight bytes at a time: each byte there is has its turn in every place. */
static void check_byte(char *raw, size_t n, size_t at, int c)
{
	int place = 7 + (int)at;

	memset(raw, 'x', n);
	raw[at] = (char)c;
	struct str body = wrap("{\"a\":\"", (struct str){raw, n}, "\"}");
	if (c < ' ')
		parse_bad(body, "not valid JSON", 1, place);
	else if (c >= 0x80)
		parse_bad(body, "not valid UTF-8", 1, place);
	else if (c == '\\' && at == n - 1)
		parse_bad(body, "ends too early", 1, place + 3); /* it hides the end */
	else if (c == '"' || c == '\\')
		parse_bad(body, "not valid JSON", 1, place + 1);
	else
		assert_true(str_equal(json_str(json_member(parse_good(body), "a")),
				      (struct str){raw, n}));
}

static void test_json__sees_every_byte_of_a_text(void **state)
{
	char raw[20];

	(void)state;
	for (size_t n = 1; n <= sizeof(raw); n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c < 256; c++)
				check_byte(raw, n, at, c);
}

static void test_json__copies_only_texts_with_escapes(void **state)
{
	struct str body = STR("{\"plain\":\"text\",\"e\\u0073c\":\"te\\u0078t\"}");
	const struct json *o = parse_good(body);
	struct str plain = json_str(json_member(o, "plain"));
	struct str copied = json_str(json_member(o, "esc"));

	(void)state;
	assert_ptr_equal(plain.p, body.p + 10);
	assert_true(str_equal_c(plain, "text"));
	assert_true(copied.p < body.p || copied.p >= body.p + body.n);
	assert_true(str_equal_c(copied, "text"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json__understands_every_escape),
		cmocka_unit_test(test_json__refuses_bad_texts_where_they_are_bad),
		cmocka_unit_test(test_json__sees_every_byte_of_a_text),
		cmocka_unit_test(test_json__copies_only_texts_with_escapes),
	};

	return cmocka_run_group_tests(tests, reading_set_up, reading_tear_down);
}
