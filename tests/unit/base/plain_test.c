#include "base/plain.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CHARS_MAX 27

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* Every byte in every place of texts of every length up to some words; behind the text stands what
 * must not count. */
static void test_plain__every_byte_in_every_place(void **state)
{
	char bytes[CHARS_MAX + 1];

	(void)state;
	for (size_t n = 1; n <= CHARS_MAX; n++) {
		for (size_t at = 0; at < n; at++) {
			for (unsigned c = 0; c <= UINT8_MAX; c++) {
				memset(bytes, '~', n);
				bytes[n] = '\0';
				bytes[at] = (char)c;
				struct str s = {bytes, n};
				bool good = is_plain((unsigned char)c);
				if (plain(s) != good || plain_run(s) != (good ? n : at))
					fail_msg("byte %u at %zu of %zu", c, at, n);
			}
		}
	}
}

/* A borrow from one byte of a word to the next must hide nothing. */
static void test_plain__two_that_are_not_are_found_as_well(void **state)
{
	static const char bad[] = {'\0', '\x1f', '"', '\\', '\x7f', '\x80', '\xff'};
	char bytes[CHARS_MAX + 1] = "";

	(void)state;
	for (size_t at = 0; at + 1 < CHARS_MAX; at++) {
		for (size_t i = 0; i < ARRAY_LEN(bad) * ARRAY_LEN(bad); i++) {
			memset(bytes, ' ', CHARS_MAX);
			bytes[at] = bad[i / ARRAY_LEN(bad)];
			bytes[at + 1] = bad[i % ARRAY_LEN(bad)];
			struct str s = {bytes, CHARS_MAX};
			if (plain(s) || plain_run(s) != at)
				fail_msg("pair %zu at %zu", i, at);
		}
	}
}

static void test_plain__nothing_is_plain(void **state)
{
	(void)state;
	assert_true(plain(STR("")));
	assert_true(plain((struct str){NULL, 0}));
	assert_int_equal(plain_run((struct str){NULL, 0}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain__every_byte_in_every_place),
		cmocka_unit_test(test_plain__two_that_are_not_are_found_as_well),
		cmocka_unit_test(test_plain__nothing_is_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
