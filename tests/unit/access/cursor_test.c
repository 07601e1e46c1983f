#include "access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "place.h"

static const struct access_options options = {.directory_us = 1000000};

static const uint8_t place_of_list[] = "lbloggs\0\x01\x02\x03";

struct fixture {
	struct place place;
	struct access *access;
	struct arena arena;
};

static int set_up(void **state)
{
	static struct fixture f;

	place_make(&f.place);
	f.access = place_open(&f.place, &options);
	arena_init(&f.arena, 4096, 1 << 20);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->access = access_close(f->access);
	arena_fini(&f->arena);
	place_remove(&f->place);
	return 0;
}

static void open_with(struct fixture *f, const char *secret)
{
	f->access = access_close(f->access);
	place_write_secret(&f->place, secret);
	f->access = place_open(&f->place, &options);
}

static struct cursor_use a_use(int64_t company_id, const char *command, const char *filter)
{
	const struct str texts[] = {str_c(filter)};
	struct cursor_use use = {.company_id = company_id, .command = str_c(command)};

	hash_texts(texts, ARRAY_LEN(texts), use.filter);
	return use;
}

static struct str sealed(struct fixture *f, const struct cursor_use *use, const void *bytes,
			 size_t n)
{
	struct str cursor;

	assert_int_equal(cursor_seal(f->access, use, bytes, n, &f->arena, &cursor), RC_OK);
	return cursor;
}

static enum rc opened(const struct fixture *f, const struct cursor_use *use, struct str cursor)
{
	uint8_t bytes[CURSOR_BYTES_MAX] = {77};
	size_t n = 77;
	enum rc rc = cursor_open(f->access, use, cursor, bytes, &n);

	if (rc == RC_OK) {
		assert_int_equal(n, sizeof(place_of_list));
		assert_memory_equal(bytes, place_of_list, n);
	} else {
		assert_int_equal(n, 77);
		assert_int_equal(bytes[0], 77);
	}
	return rc;
}

static void test_cursor__gives_back_what_it_holds(void **state)
{
	static const size_t lengths[] = {0, 1, 2, 3, 28, 255, CURSOR_BYTES_MAX};
	uint8_t bytes[CURSOR_BYTES_MAX], back[CURSOR_BYTES_MAX];
	const struct cursor_use use = a_use(9001, "SearchCustomers", "bloggs");
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		size_t n = SIZE_MAX;
		struct str cursor = sealed(f, &use, bytes, lengths[i]);

		assert_int_equal(cursor_open(f->access, &use, cursor, back, &n), RC_OK);
		assert_int_equal(n, lengths[i]);
		assert_memory_equal(back, bytes, n);
	}
}

static void test_cursor__is_a_word_of_bounded_length(void **state)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";
	const uint8_t bytes[CURSOR_BYTES_MAX] = {0};
	const struct cursor_use use = a_use(9001, "SearchCustomers", "bloggs");
	struct fixture *f = *state;
	struct str cursor = sealed(f, &use, bytes, sizeof(bytes));

	assert_int_equal(cursor.n, CURSOR_CHARS_MAX);
	for (size_t i = 0; i < cursor.n; i++)
		assert_non_null(memchr(letters, cursor.p[i], sizeof(letters) - 1));
}

static void test_cursor__of_the_same_place_looks_different_each_time(void **state)
{
	const struct cursor_use use = a_use(9001, "SearchCustomers", "bloggs");
	struct fixture *f = *state;
	struct str a = sealed(f, &use, place_of_list, sizeof(place_of_list));
	struct str b = sealed(f, &use, place_of_list, sizeof(place_of_list));
	size_t same = 0;

	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		same += a.p[i] == b.p[i];
	assert_true(same < a.n / 4); /* by chance it is a 64th */
}

static void test_cursor__is_refused_with_any_bit_flipped(void **state)
{
	const struct cursor_use use = a_use(9001, "SearchCustomers", "bloggs");
	struct fixture *f = *state;
	struct str cursor = sealed(f, &use, place_of_list, sizeof(place_of_list));
	char *text = (char *)(uintptr_t)cursor.p;

	for (size_t i = 0; i < cursor.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			text[i] = (char)((unsigned char)text[i] ^ 1u << bit);
			assert_int_equal(opened(f, &use, cursor), RC_INVALID);
			text[i] = (char)((unsigned char)text[i] ^ 1u << bit);
		}
	assert_int_equal(opened(f, &use, cursor), RC_OK);
}

static void test_cursor__is_refused_cut_or_with_more_behind(void **state)
{
	const struct cursor_use use = a_use(9001, "SearchCustomers", "bloggs");
	struct fixture *f = *state;
	struct str cursor = sealed(f, &use, place_of_list, sizeof(place_of_list));
	static const char *const behind[] = {"A", "=", "==", " ", "\n", "AAAA", "."};
	static char longest[4096];

	for (size_t n = 0; n < cursor.n; n++) {
		assert_int_equal(opened(f, &use, (struct str){cursor.p, n}), RC_INVALID);
		assert_int_equal(opened(f, &use, (struct str){cursor.p + cursor.n - n, n}),
				 RC_INVALID);
	}
	for (size_t i = 0; i < ARRAY_LEN(behind); i++) {
		int n = snprintf(longest, sizeof(longest), "%.*s%s", STR_ARGS(cursor), behind[i]);
		assert_int_equal(opened(f, &use, (struct str){longest, (size_t)n}), RC_INVALID);
	}
	memset(longest, 'A', sizeof(longest));
	for (size_t n = CURSOR_CHARS_MAX - 2; n < sizeof(longest); n++)
		assert_int_equal(opened(f, &use, (struct str){longest, n}), RC_INVALID);
	assert_int_equal(opened(f, &use, (struct str){NULL, 0}), RC_INVALID);
	assert_int_equal(opened(f, &use, STR("Łódź 🚚")), RC_INVALID);
}

static void test_cursor__opens_only_for_what_it_was_made_for(void **state)
{
	static const struct {
		int64_t company_id;
		const char *command, *filter;
		enum rc rc;
	} cases[] = {
		{9001, "SearchCustomers", "bloggs", RC_OK},
		{9002, "SearchCustomers", "bloggs", RC_INVALID},
		{900, "SearchCustomers", "bloggs", RC_INVALID},
		{-9001, "SearchCustomers", "bloggs", RC_INVALID},
		{INT64_MAX, "SearchCustomers", "bloggs", RC_INVALID},
		{9001, "ListCustomers", "bloggs", RC_INVALID},
		{9001, "SearchCustomer", "bloggs", RC_INVALID},
		{9001, "", "bloggs", RC_INVALID},
		/* Company and command stand side by side in what is authenticated. */
		{900, "1SearchCustomers", "bloggs", RC_INVALID},
		{9001, "SearchCustomers", "Bloggs", RC_INVALID},
		{9001, "SearchCustomers", "", RC_INVALID},
	};
	const struct cursor_use use = a_use(9001, "SearchCustomers", "bloggs");
	struct fixture *f = *state;
	struct str cursor = sealed(f, &use, place_of_list, sizeof(place_of_list));

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct cursor_use other =
			a_use(cases[i].company_id, cases[i].command, cases[i].filter);
		enum rc rc = opened(f, &other, cursor);
		if (rc != cases[i].rc)
			fail_msg("case %zu: %s", i, rc_name(rc));
	}
	for (unsigned bit = 0; bit < 8 * HASH_BYTES; bit++) {
		struct cursor_use other = use;

		other.filter[bit / 8] = (uint8_t)(other.filter[bit / 8] ^ 1u << bit % 8);
		assert_int_equal(opened(f, &other, cursor), RC_INVALID);
	}
}

static void test_cursor__opens_while_its_secret_is_valid(void **state)
{
	const struct cursor_use use = a_use(9001, "ListChanges", "");
	struct fixture *f = *state;
	struct str old = sealed(f, &use, place_of_list, sizeof(place_of_list));

	open_with(f, PLACE_KEYS PLACE_TOKENS PLACE_TOKENS2);
	struct str new = sealed(f, &use, place_of_list, sizeof(place_of_list));
	assert_int_equal(opened(f, &use, old), RC_OK);
	assert_int_equal(opened(f, &use, new), RC_OK);
	open_with(f, PLACE_KEYS PLACE_TOKENS2);
	assert_int_equal(opened(f, &use, old), RC_INVALID);
	assert_int_equal(opened(f, &use, new), RC_OK);
	open_with(f, PLACE_KEYS PLACE_TOKENS);
	assert_int_equal(opened(f, &use, old), RC_OK);
	assert_int_equal(opened(f, &use, new), RC_INVALID);
}

static void test_cursor__is_not_made_where_there_is_no_memory(void **state)
{
	const struct cursor_use use = a_use(9001, "ListChanges", "");
	struct str cursor = STR("untouched");
	struct fixture *f = *state;
	struct arena none;

	arena_init(&none, 16, 16);
	assert_int_equal(
		cursor_seal(f->access, &use, place_of_list, sizeof(place_of_list), &none, &cursor),
		RC_NOMEM);
	assert_true(str_equal_c(cursor, "untouched"));
	arena_fini(&none);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_cursor__gives_back_what_it_holds),
		TEST(test_cursor__is_a_word_of_bounded_length),
		TEST(test_cursor__of_the_same_place_looks_different_each_time),
		TEST(test_cursor__is_refused_with_any_bit_flipped),
		TEST(test_cursor__is_refused_cut_or_with_more_behind),
		TEST(test_cursor__opens_only_for_what_it_was_made_for),
		TEST(test_cursor__opens_while_its_secret_is_valid),
		TEST(test_cursor__is_not_made_where_there_is_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
