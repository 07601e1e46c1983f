/* Tokens that were ended before their time, as the directory of companies knows them. */
#include "directory_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define MANY 300

static const struct change change = {.now_us = 1, .key_number = 1, .operator_uid = -1};

static int64_t now_us = INT64_C(1767225600) * 1000000;

static int64_t now(void)
{
	return now_us;
}

static int64_t mono(void)
{
	return mono_us;
}

static int set_up_clock(void **state)
{
	int rc = set_up(state);

	clock_replace(now, mono);
	return rc;
}

/* The n-th of many; their macs are not in the order of n. */
static struct token a_token(unsigned n)
{
	struct token t = {.company_id = 1};

	memset(t.mac, 0xee, sizeof(t.mac));
	t.mac[0] = (uint8_t)(n * 37);
	t.mac[sizeof(t.mac) - 1] = (uint8_t)(n >> 8);
	return t;
}

static bool is_ended(const struct directory_company *company, unsigned n)
{
	const struct token t = a_token(n);

	return token_ended(company, &t);
}

static void kill_token(struct fixture *f, int64_t company_id, unsigned n, int64_t expires_us)
{
	const struct token t = a_token(n);

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_kill_add(f->writer, company_id, t.mac, expires_us, &change), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
}

static void test_directory__knows_an_ended_token_after_a_change(void **state)
{
	struct fixture *f = *state;

	assert_false(is_ended(found(f, 1), 1));
	kill_token(f, 1, 1, now_us + 1);
	assert_false(is_ended(found(f, 1), 1)); /* nobody has said so yet */
	access_changed(f->access);
	assert_true(is_ended(found(f, 1), 1));
	assert_false(is_ended(found(f, 1), 2));
}

static void test_directory__knows_an_ended_token_of_another_process_soon(void **state)
{
	struct fixture *f = *state;

	assert_false(is_ended(found(f, 1), 1));
	kill_token(f, 1, 1, now_us + 1);
	mono_us += GOOD_US;
	assert_true(is_ended(found(f, 1), 1));
}

static void test_directory__ends_tokens_of_one_company_only(void **state)
{
	struct fixture *f = *state;

	add_company(f, 2, "Europe/London");
	kill_token(f, 1, 1, now_us + 1);
	kill_token(f, 2, 2, now_us + 1);
	assert_true(is_ended(found(f, 1), 1));
	assert_false(is_ended(found(f, 1), 2));
	assert_true(is_ended(found(f, 2), 2));
	assert_false(is_ended(found(f, 2), 1));
}

static void test_directory__holds_no_ended_token_that_has_expired(void **state)
{
	struct fixture *f = *state;

	kill_token(f, 1, 1, now_us);
	kill_token(f, 1, 2, now_us + 1);
	const struct directory_company *c = found(f, 1);
	assert_int_equal(c->n_ended, 1);
	assert_false(is_ended(c, 1));
	assert_true(is_ended(c, 2));
}

static void test_directory__finds_each_of_many_ended_tokens_beside_keys_and_networks(void **state)
{
	struct network networks[] = {
		{STR_INIT("nonsense")}, {STR_INIT("192.0.2.1")}, {STR_INIT("2001:db8::/32")}};
	struct fixture *f = *state;
	struct access_key key = a_key(1, 1);

	key.allow = (struct list){networks, ARRAY_LEN(networks)};
	add_key(f, key);
	add_key(f, a_key(1, 2));
	assert_int_equal(store_begin(f->writer), RC_OK);
	for (unsigned n = 0; n < MANY; n += 2) {
		const struct token t = a_token(n);
		assert_int_equal(store_kill_add(f->writer, 1, t.mac, now_us + 1, &change), RC_OK);
	}
	assert_int_equal(store_commit(f->writer), RC_OK);
	const struct directory_company *c = found(f, 1);
	assert_int_equal(c->n_ended, MANY / 2);
	for (unsigned n = 0; n < MANY; n++)
		assert_int_equal(is_ended(c, n), n % 2 == 0);
	assert_int_equal(c->n_keys, 2);
	assert_int_equal(directory_key_by_number(c, 1)->n_networks, 2);
}

static void test_directory__that_cannot_read_ended_tokens_knows_nothing(void **state)
{
	struct fixture *f = *state;
	const struct directory_company *company = NULL;
	int64_t n = 0;

	kill_token(f, 1, 1, now_us + 1);
	for (;; n++) {
		access_changed(f->access);
		store_rest(f->reader);
		(void)store_fail_at(f->reader, n);
		enum rc rc = directory_find(f->directory, 1, &company);
		if (store_fail_at(f->reader, -1) <= n)
			break; /* there is no n-th call */
		assert_true(rc != RC_OK && rc != RC_NOTFOUND);
		assert_true(is_ended(found(f, 1), 1));
	}
	assert_true(n >= 4); /* a snapshot and three look-ups at least */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_clock, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_directory__knows_an_ended_token_after_a_change),
		TEST(test_directory__knows_an_ended_token_of_another_process_soon),
		TEST(test_directory__ends_tokens_of_one_company_only),
		TEST(test_directory__holds_no_ended_token_that_has_expired),
		TEST(test_directory__finds_each_of_many_ended_tokens_beside_keys_and_networks),
		TEST(test_directory__that_cannot_read_ended_tokens_knows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
