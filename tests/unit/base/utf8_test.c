#include "base/utf8.h"

#include <stdio.h>

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* As the standard's table of bits says, without asking whether the result is allowed. */
static size_t encode(uint32_t code, size_t n, char ret_bytes[4])
{
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	if (n == 1) {
		ret_bytes[0] = (char)code;
		return n;
	}
	for (size_t i = n; i-- > 1; code >>= 6)
		ret_bytes[i] = (char)(0x80 | (code & 0x3f));
	ret_bytes[0] = (char)(leads[n] | code);
	return n;
}

static size_t shortest(uint32_t code)
{
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static void test_utf8__accepts_each_character_in_its_shortest_form_only(void **state)
{
	static const uint32_t ends[] = {0, 0x80, 0x800, 0x10000, 0x200000};

	(void)state;
	for (size_t n = 1; n <= 4; n++) {
		for (uint32_t code = 0; code < ends[n]; code++) {
			char bytes[4];
			struct str s = {bytes, encode(code, n, bytes)};
			bool surrogate = code >= 0xd800 && code <= 0xdfff;
			bool good = n == shortest(code) && !surrogate && code <= 0x10ffff;
			if (utf8_valid(s) != good)
				fail_msg("U+%04X in %zu bytes", (unsigned)code, n);
			if (good && utf8_chars(s) != 1)
				fail_msg("U+%04X is not one character", (unsigned)code);
		}
	}
}

static void test_utf8__refuses_what_is_cut_off_or_out_of_order(void **state)
{
	static const struct str bad[] = {
		STR_INIT("\x80"),
		STR_INIT("\xbf"),
		STR_INIT("\xc3"),
		STR_INIT("\xc3\xa9\xa9"),
		STR_INIT("\xc3\xc3\xa9"),
		STR_INIT("\xc3"
			 "A"),
		STR_INIT("\xe2\x82"),
		STR_INIT("\xe2\x82"
			 "A"),
		STR_INIT("\xe2"
			 "A\x82"),
		STR_INIT("\xf0\x9f\x92"),
		STR_INIT("\xf0\x9f\x92"
			 "A"),
		STR_INIT("\xf0\x9f"
			 "A\x8a"),
		STR_INIT("\xf5\x80\x80\x80"),
		STR_INIT("\xf8\x88\x80\x80\x80"),
		STR_INIT("\xfe"),
		STR_INIT("\xff"),
		STR_INIT("\xc0\x80"),
		STR_INIT("\xed\xa0\xbd\xed\xb2\x8a"),
		STR_INIT("caf\xe9"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (utf8_valid(bad[i]))
			fail_msg("case %zu", i);
	}
}

static void test_utf8__finds_a_bad_byte_at_any_place(void **state)
{
	char text[40];

	(void)state;
	for (size_t n = 1; n <= sizeof(text); n++) {
		memset(text, 'a', sizeof(text));
		assert_true(utf8_valid((struct str){text, n}));
		for (size_t at = 0; at < n; at++) {
			text[at] = (char)0x80;
			assert_false(utf8_valid((struct str){text, n}));
			text[at] = 'a';
		}
		text[n - 1] = (char)0xc3; /* what would complete it lies behind the end */
		if (n < sizeof(text))
			text[n] = (char)0xa9;
		assert_false(utf8_valid((struct str){text, n}));
	}
}

static void test_utf8__counts_characters_and_not_bytes(void **state)
{
	static const struct {
		struct str text;
		size_t chars;
	} cases[] = {
		{{NULL, 0}, 0},
		{STR_INIT("Bloggs"), 6},
		{STR_INIT("a\0b"), 3},
		{STR_INIT("Zo\xc3\xab"), 3},
		{STR_INIT("\xe2\x82\xac"
			  "10"),
		 3},
		{STR_INIT("\xf0\x9f\x92\x8a\xf0\x9f\x92\x8a"), 2},
		{STR_INIT("e\xcc\x81"), 2}, /* a letter and an accent of its own */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_true(utf8_valid(cases[i].text));
		assert_int_equal(utf8_chars(cases[i].text), cases[i].chars);
	}
}

static void test_utf8__counts_fifty_and_fifty_one_of_four_bytes(void **state)
{
	char text[51 * 4];

	(void)state;
	for (size_t i = 0; i < 51; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x92\x8a", 4);
	assert_int_equal(utf8_chars((struct str){text, 200}), 50);
	assert_int_equal(utf8_chars((struct str){text, 204}), 51);
}

static void test_utf8__finds_exactly_the_control_characters(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x3000; code++) {
		char bytes[6] = "x";
		size_t n = 1 + encode(code, shortest(code), bytes + 1);
		bytes[n++] = 'y';
		struct str s = {bytes, n};
		bool control = code < 0x20 || (code >= 0x7f && code <= 0x9f);
		bool allowed = code == '\t' || code == '\n';
		if (utf8_has_control(s, false) != control)
			fail_msg("U+%04X", (unsigned)code);
		if (utf8_has_control(s, true) != (control && !allowed))
			fail_msg("U+%04X in several lines", (unsigned)code);
	}
	assert_false(utf8_has_control((struct str){NULL, 0}, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8__accepts_each_character_in_its_shortest_form_only),
		cmocka_unit_test(test_utf8__refuses_what_is_cut_off_or_out_of_order),
		cmocka_unit_test(test_utf8__finds_a_bad_byte_at_any_place),
		cmocka_unit_test(test_utf8__counts_characters_and_not_bytes),
		cmocka_unit_test(test_utf8__counts_fifty_and_fifty_one_of_four_bytes),
		cmocka_unit_test(test_utf8__finds_exactly_the_control_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
