#include "base/text.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_text(struct text *t, const char *expected)
{
	assert_false(t->failed);
	assert_int_equal(t->n, strlen(expected));
	assert_string_equal(text_c(t), expected);
}

static void test_text__takes_no_memory_before_the_first_append(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 100);
	assert_null(t.p);
	text_add(&t, NULL, 0);
	text_add_str(&t, (struct str){NULL, 0});
	text_add_c(&t, "");
	assert_null(t.p);
	assert_int_equal(t.room, 0);
	assert_false(t.failed);
	text_fini(&t);
}

static void test_text__appends_every_kind(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 1000);
	text_add(&t, "ab", 2);
	text_add_char(&t, 'c');
	text_add_c(&t, "de");
	text_add_str(&t, STR("fg"));
	text_add_int(&t, -7);
	text_printf(&t, "%s/%03d", "h", 5);
	text_printf(&t, "%s", "");
	assert_text(&t, "abcdefg-7h/005");
	assert_true(str_equal_c(text_str(&t), "abcdefg-7h/005"));
	text_fini(&t);
}

static void test_text__writes_every_integer(void **state)
{
	static const struct {
		int64_t value;
		const char *text;
	} cases[] = {
		{0, "0"},
		{9, "9"},
		{10, "10"},
		{-1, "-1"},
		{99, "99"},
		{100, "100"},
		{-109, "-109"},
		{1408, "1408"},
		{99999, "99999"},
		{INT64_MAX, "9223372036854775807"},
		{INT64_MIN, "-9223372036854775808"},
	};
	struct text t;

	(void)state;
	text_init(&t, 100);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		text_clear(&t);
		text_add_int(&t, cases[i].value);
		assert_text(&t, cases[i].text);
	}
	text_fini(&t);
}

static void test_text__grows_and_keeps_what_was_there(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 1 << 20);
	for (int i = 0; i < 5000; i++)
		text_printf(&t, "%05d,", i);
	assert_false(t.failed);
	assert_int_equal(t.n, 30000);
	assert_memory_equal(t.p, "00000,00001,", 12);
	assert_memory_equal(t.p + 29988, "04998,04999,", 12);
	text_fini(&t);
}

static void test_text__fails_for_good_at_its_limit(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 10);
	text_add_c(&t, "0123456789");
	assert_text(&t, "0123456789");
	text_add_char(&t, 'x');
	assert_true(t.failed);
	assert_string_equal(text_c(&t), "");
	text_add(&t, "", 0);
	assert_true(t.failed);
	text_fini(&t);
}

static void test_text__appends_nothing_once_failed(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 10);
	text_add_c(&t, "01234");
	text_add_c(&t, "too long for it");
	assert_true(t.failed);
	text_add_char(&t, 'x');
	text_add_c(&t, "y");
	text_add_int(&t, 1);
	text_add_json(&t, STR(""));
	text_printf(&t, "z");
	assert_false(text_reserve(&t, 0));
	assert_true(t.failed);
	assert_int_equal(t.n, 5);
	text_fini(&t);
}

static void test_text__counts_no_nul_against_the_limit(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 256);
	text_printf(&t, "%0256d", 0);
	assert_int_equal(t.n, 256);
	assert_false(t.failed);
	assert_int_equal(strlen(text_c(&t)), 256);
	assert_false(t.failed);
	text_printf(&t, "%d", 1);
	assert_true(t.failed);
	text_fini(&t);
}

static void test_text__is_whole_again_after_clear(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 4);
	text_add_c(&t, "12345");
	assert_true(t.failed);
	text_clear(&t);
	assert_text(&t, "");
	text_add_c(&t, "1234");
	const char *kept = t.p;
	text_clear(&t);
	text_add_c(&t, "5678");
	assert_ptr_equal(t.p, kept);
	assert_text(&t, "5678");
	text_fini(&t);
}

static void test_text__reserves_room_to_write_into(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 1000);
	assert_true(text_reserve(&t, 1000));
	memset(t.p, 'x', 1000);
	t.n = 1000;
	assert_true(text_reserve(&t, 0));
	assert_false(text_reserve(&t, 1));
	text_fini(&t);
}

static void test_text__refuses_sizes_that_overflow(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, SIZE_MAX);
	text_add_char(&t, 'x');
	assert_false(text_reserve(&t, SIZE_MAX));
	assert_true(t.failed);
	text_fini(&t);
}

static void test_text__can_be_used_again_after_fini(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 3);
	text_add_c(&t, "abc");
	text_fini(&t);
	text_fini(&t);
	assert_null(t.p);
	text_add_c(&t, "abc");
	assert_text(&t, "abc");
	text_add_c(&t, "d");
	assert_true(t.failed);
	text_fini(&t);
}

static void test_text__escapes_json(void **state)
{
	static const struct {
		struct str in;
		const char *out;
	} cases[] = {
		{{NULL, 0}, "\"\""},
		{STR_INIT("plain text, 1/2 & 'more'"), "\"plain text, 1/2 & 'more'\""},
		{STR_INIT("\""), "\"\\\"\""},
		{STR_INIT("\\"), "\"\\\\\""},
		{STR_INIT("\n\t\r"), "\"\\n\\t\\r\""},
		{STR_INIT("\0"), "\"\\u0000\""},
		{STR_INIT("\b\f\x1b"), "\"\\u0008\\u000c\\u001b\""},
		{STR_INIT("\x1f\x20\x7e\x7f"), "\"\\u001f ~\\u007f\""},
		{STR_INIT("caf\xc3\xa9"), "\"caf\xc3\xa9\""},
		{STR_INIT("\xf0\x9f\x92\x8a\n"), "\"\xf0\x9f\x92\x8a\\n\""},
		{STR_INIT("a\"b\"c"), "\"a\\\"b\\\"c\""},
		{STR_INIT("\"x"), "\"\\\"x\""},
	};
	struct text t;

	(void)state;
	text_init(&t, 1000);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		text_clear(&t);
		text_add_json(&t, cases[i].in);
		assert_text(&t, cases[i].out);
	}
	text_fini(&t);
}

static void test_text__escapes_every_control_character_in_json(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 1000);
	for (int c = 0; c < 0x20; c++) {
		char byte = (char)c;
		text_clear(&t);
		text_add_json(&t, (struct str){&byte, 1});
		assert_true(t.n == 4 || t.n == 8);
		assert_int_equal(t.p[1], '\\');
		for (size_t i = 0; i < t.n; i++)
			assert_true((unsigned char)t.p[i] >= 0x20);
	}
	text_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text__takes_no_memory_before_the_first_append),
		cmocka_unit_test(test_text__appends_every_kind),
		cmocka_unit_test(test_text__writes_every_integer),
		cmocka_unit_test(test_text__grows_and_keeps_what_was_there),
		cmocka_unit_test(test_text__fails_for_good_at_its_limit),
		cmocka_unit_test(test_text__appends_nothing_once_failed),
		cmocka_unit_test(test_text__counts_no_nul_against_the_limit),
		cmocka_unit_test(test_text__is_whole_again_after_clear),
		cmocka_unit_test(test_text__reserves_room_to_write_into),
		cmocka_unit_test(test_text__refuses_sizes_that_overflow),
		cmocka_unit_test(test_text__can_be_used_again_after_fini),
		cmocka_unit_test(test_text__escapes_json),
		cmocka_unit_test(test_text__escapes_every_control_character_in_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
