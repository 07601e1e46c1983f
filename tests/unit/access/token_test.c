#include "access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"

/* Made with another program from the description in token.c. */
#define TOKEN_UNDER_1 "9001|69565000-2d09-de2b-ae69-e0d92c3bd80d|0001"
#define TOKEN_UNDER_2 "9001|69565000-4597-2892-3da2-2aa0e38c326b|0001"
#define EXPIRES_S     0x69565000u
#define EXPIRES_US    (INT64_C(0x69565000) * 1000000)
#define BEFORE_US     (EXPIRES_US - 1)

static const struct access_options options = {.directory_us = 1000000};

struct fixture {
	struct place place;
	struct access *access;
};

static int set_up(void **state)
{
	static struct fixture f;

	place_make(&f.place);
	f.access = place_open(&f.place, &options);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->access = access_close(f->access);
	place_remove(&f->place);
	return 0;
}

static struct token parsed(const char *text)
{
	struct token t;

	if (token_parse(str_c(text), &t) != RC_OK)
		fail_msg("not parsed: %s", text);
	return t;
}

/* What was proven lately is known again: the tests of what is void begin with one that is. */
static void prove(const struct fixture *f)
{
	const struct token t = parsed(TOKEN_UNDER_1);

	assert_true(token_good(f->access, &t, 1, BEFORE_US));
	assert_true(token_good(f->access, &t, 1, BEFORE_US));
}

static void test_token__has_the_documented_form(void **state)
{
	const struct fixture *f = *state;
	char text[TOKEN_CHARS_MAX + 1];

	token_make(f->access, 9001, 1, 1, EXPIRES_S, text);
	assert_string_equal(text, TOKEN_UNDER_1);
	token_make(f->access, INT64_MAX, INT64_MAX, 1, UINT32_MAX, text);
	assert_string_equal(text, "9223372036854775807|ffffffff-3dfa-7c4c-536f-f33a98520f84|"
				  "9223372036854775807");
	assert_int_equal(strlen(text), TOKEN_CHARS_MAX);
}

static void test_token__says_what_it_was_made_for(void **state)
{
	struct token t = parsed(TOKEN_UNDER_1);

	(void)state;
	assert_int_equal(t.company_id, 9001);
	assert_int_equal(t.key_number, 1);
	assert_int_equal(t.expires_s, EXPIRES_S);
}

static void test_token__is_valid_until_the_second_it_expires(void **state)
{
	const struct fixture *f = *state;
	const struct token t = parsed(TOKEN_UNDER_1);

	assert_true(token_good(f->access, &t, 1, 0));
	assert_true(token_good(f->access, &t, 1, BEFORE_US));
	assert_false(token_good(f->access, &t, 1, EXPIRES_US));
	assert_false(token_good(f->access, &t, 1, INT64_MAX));
}

static void test_token__ends_with_the_generation_of_its_key(void **state)
{
	const struct fixture *f = *state;
	const struct token t = parsed(TOKEN_UNDER_1);

	prove(f);
	assert_false(token_good(f->access, &t, 0, BEFORE_US));
	assert_false(token_good(f->access, &t, 2, BEFORE_US));
	assert_false(token_good(f->access, &t, INT64_C(1) << 32 | 1, BEFORE_US));
}

static void test_token__is_void_for_another_company_or_key(void **state)
{
	const struct fixture *f = *state;

	prove(f);
	for (int bit = 0; bit < 63; bit++) {
		struct token company = parsed(TOKEN_UNDER_1), key = company;

		company.company_id ^= INT64_C(1) << bit;
		assert_false(token_good(f->access, &company, 1, BEFORE_US));
		key.key_number ^= INT64_C(1) << bit;
		assert_false(token_good(f->access, &key, 1, BEFORE_US));
	}
}

static void test_token__is_void_with_one_bit_of_its_value_flipped(void **state)
{
	const struct fixture *f = *state;

	prove(f);
	for (unsigned bit = 0; bit < 96; bit++) {
		struct token t = parsed(TOKEN_UNDER_1);

		t.mac[bit / 8] = (uint8_t)(t.mac[bit / 8] ^ 1u << bit % 8);
		assert_false(token_good(f->access, &t, 1, 0));
	}
	for (unsigned bit = 0; bit < 32; bit++) {
		struct token t = parsed(TOKEN_UNDER_1);

		t.expires_s ^= 1u << bit;
		assert_false(token_good(f->access, &t, 1, 0));
	}
}

static void test_token__is_void_with_one_bit_of_its_text_flipped(void **state)
{
	const struct fixture *f = *state;
	char text[] = TOKEN_UNDER_1;

	prove(f);
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct token t;

			text[i] = (char)((unsigned char)text[i] ^ 1u << bit);
			if (token_parse((struct str){text, sizeof(text) - 1}, &t) == RC_OK)
				assert_false(token_good(f->access, &t, 1, 0));
			text[i] = (char)((unsigned char)text[i] ^ 1u << bit);
		}
	assert_string_equal(text, TOKEN_UNDER_1);
}

static void test_token__is_signed_by_the_highest_secret_and_verified_by_all(void **state)
{
	struct fixture *f = *state;
	const struct token old = parsed(TOKEN_UNDER_1), new = parsed(TOKEN_UNDER_2);
	static const struct {
		const char *file;
		bool old_good, new_good;
		const char *made;
	} cases[] = {
		{PLACE_KEYS PLACE_TOKENS, true, false, TOKEN_UNDER_1},
		{PLACE_KEYS PLACE_TOKENS PLACE_TOKENS2, true, true, TOKEN_UNDER_2},
		{PLACE_TOKENS2 PLACE_TOKENS PLACE_KEYS, true, true, TOKEN_UNDER_2},
		{PLACE_KEYS PLACE_TOKENS2, false, true, TOKEN_UNDER_2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[TOKEN_CHARS_MAX + 1];

		f->access = access_close(f->access);
		place_write_secret(&f->place, cases[i].file);
		f->access = place_open(&f->place, &options);
		assert_int_equal(token_good(f->access, &old, 1, BEFORE_US), cases[i].old_good);
		assert_int_equal(token_good(f->access, &new, 1, BEFORE_US), cases[i].new_good);
		token_make(f->access, 9001, 1, 1, EXPIRES_S, text);
		assert_string_equal(text, cases[i].made);
	}
}

#define UUID "69565000-2d09-de2b-ae69-e0d92c3bd80d"

static void test_token__is_written_in_one_way_only(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} cases[] = {
		{"1|" UUID "|0001", true},
		{"1|" UUID "|9999", true},
		{"1|" UUID "|10000", true},
		{"999999999|" UUID "|999999", true},
		{"9223372036854775807|" UUID "|9223372036854775807", true},
		{"9223372036854775808|" UUID "|0001", false},
		{"1|" UUID "|9223372036854775808", false},
		{"1|" UUID "|99999999999999999999", false},
		{"", false},
		{"|" UUID "|0001", false},
		{"0|" UUID "|0001", false},
		{"01|" UUID "|0001", false},
		{"+1|" UUID "|0001", false},
		{"-1|" UUID "|0001", false},
		{" 1|" UUID "|0001", false},
		{"1 |" UUID "|0001", false},
		{"1|" UUID "|", false},
		{"1|" UUID "|1", false},
		{"1|" UUID "|001", false},
		{"1|" UUID "|0000", false},
		{"1|" UUID "|00001", false},
		{"1|" UUID "|0001 ", false},
		{"1|" UUID "|0001|", false},
		{"1|" UUID "|000x", false},
		{"1|" UUID, false},
		{"1|", false},
		{"1", false},
		{"1|69565000-2D09-de2b-ae69-e0d92c3bd80d|0001", false},
		{"1|6956500-02d09-de2b-ae69-e0d92c3bd80d|0001", false},
		{"1|69565000-2d09-de2b-ae69-e0d92c3bd80|0001", false},
		{"1|69565000-2d09-de2b-ae69-e0d92c3bd80d1|0001", false},
		{"1|69565000-2d09-de2b-ae69-e0d92c3bd80g|0001", false},
		{"1|{9565000-2d09-de2b-ae69-e0d92c3bd80}|0001", false},
		{"1|695650002d09de2bae69e0d92c3bd80d|0001", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct token t;
		enum rc rc = token_parse(str_c(cases[i].text), &t);

		if (rc != (cases[i].good ? RC_OK : RC_INVALID))
			fail_msg("%s: %s", cases[i].text, rc_name(rc));
	}
}

static void test_token__is_not_read_beyond_its_length(void **state)
{
	struct token t;

	(void)state;
	for (size_t n = 0; n < strlen(TOKEN_UNDER_1); n++)
		assert_int_equal(token_parse((struct str){TOKEN_UNDER_1, n}, &t), RC_INVALID);
	assert_int_equal(token_parse((struct str){NULL, 0}, &t), RC_INVALID);
	assert_int_equal(token_parse(STR(TOKEN_UNDER_1 "\0"), &t), RC_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token__has_the_documented_form),
		cmocka_unit_test(test_token__says_what_it_was_made_for),
		cmocka_unit_test(test_token__is_valid_until_the_second_it_expires),
		cmocka_unit_test(test_token__ends_with_the_generation_of_its_key),
		cmocka_unit_test(test_token__is_void_for_another_company_or_key),
		cmocka_unit_test(test_token__is_void_with_one_bit_of_its_value_flipped),
		cmocka_unit_test(test_token__is_void_with_one_bit_of_its_text_flipped),
		cmocka_unit_test(test_token__is_written_in_one_way_only),
		cmocka_unit_test(test_token__is_not_read_beyond_its_length),
		cmocka_unit_test(test_token__is_signed_by_the_highest_secret_and_verified_by_all),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
