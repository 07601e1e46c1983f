/* First answers to calls with an Idempotency-Key, and what sweeps them out. */
#include "contract.h"

#include <string.h>

#include "record/customer.h"

#define NOW_US INT64_C(1000000)

static struct kept_answer an_answer(int64_t expires_us, const char *text)
{
	struct kept_answer a = {.expires_us = expires_us, .etag = 3, .customer_id = 7};

	memset(a.request_hash, 0xa5, sizeof(a.request_hash));
	a.answer = str_c(text);
	return a;
}

static void put(struct house *h, int64_t company_id, int64_t key_number, const char *key,
		const struct kept_answer *answer)
{
	assert_ok(store_begin(h->writer));
	assert_ok(store_answer_put(h->writer, company_id, key_number, str_c(key), NOW_US, answer));
	assert_ok(store_commit(h->writer));
}

static enum rc get(struct house *h, int64_t company_id, int64_t key_number, const char *key,
		   int64_t now_us, struct kept_answer *ret_answer)
{
	assert_ok(store_read(h->reader));
	return store_answer_get(h->reader, &h->arena, company_id, key_number, str_c(key), now_us,
				ret_answer);
}

static void test_answer__comes_back_whole_until_it_expires(void **state)
{
	struct house *h = *state;
	const struct kept_answer in = an_answer(NOW_US + 10, "{\"status\":\"\xe2\x82\xac\"}");
	struct kept_answer out;

	assert_int_equal(get(h, 9001, 1, "k", NOW_US, &out), RC_NOTFOUND);
	put(h, 9001, 1, "k", &in);
	assert_ok(get(h, 9001, 1, "k", NOW_US + 9, &out));
	assert_memory_equal(out.request_hash, in.request_hash, sizeof(in.request_hash));
	assert_int_equal(out.expires_us, NOW_US + 10);
	assert_int_equal(out.etag, 3);
	assert_int_equal(out.customer_id, 7);
	assert_true(str_equal(out.answer, in.answer));
	assert_int_equal(get(h, 9001, 1, "k", NOW_US + 10, &out), RC_NOTFOUND);
}

static void test_answer__is_of_one_company_key_and_word(void **state)
{
	struct house *h = *state;
	const struct kept_answer in = an_answer(NOW_US + 10, "{}");
	struct kept_answer out;

	put(h, 9001, 1, "k", &in);
	assert_int_equal(get(h, 9002, 1, "k", NOW_US, &out), RC_NOTFOUND);
	assert_int_equal(get(h, 9001, 2, "k", NOW_US, &out), RC_NOTFOUND);
	assert_int_equal(get(h, 9001, 1, "K", NOW_US, &out), RC_NOTFOUND);
	assert_ok(get(h, 9001, 1, "k", NOW_US, &out));
}

static void test_answer__replaces_one_that_has_expired(void **state)
{
	struct house *h = *state;
	const struct kept_answer old = an_answer(NOW_US, "{}"), new = an_answer(NOW_US + 5, "{1}");
	struct kept_answer out;

	put(h, 9001, 1, "k", &old);
	put(h, 9001, 1, "k", &new);
	assert_ok(get(h, 9001, 1, "k", NOW_US, &out));
	assert_true(str_equal_c(out.answer, "{1}"));
}

static size_t swept(struct house *h, int64_t now_us, size_t n_max)
{
	size_t n = 99;

	assert_ok(store_begin(h->writer));
	assert_ok(store_sweep(h->writer, now_us, n_max, &n));
	assert_ok(store_commit(h->writer));
	return n;
}

static void test_sweep__takes_out_what_has_expired_and_nothing_else(void **state)
{
	static const uint8_t mac[KILL_BYTES] = {1}, later[KILL_BYTES] = {2};
	struct house *h = *state;
	const struct kept_answer old = an_answer(NOW_US + 10, "{}"),
				 new = an_answer(NOW_US + 11, "{}");
	struct kept_answer out;

	put(h, 9001, 1, "a", &old);
	put(h, 9001, 1, "b", &new);
	put(h, 9002, 1, "a", &old);
	assert_ok(store_begin(h->writer));
	assert_ok(store_kill_add(h->writer, 9001, mac, NOW_US + 10, &contract_change));
	assert_ok(store_kill_add(h->writer, 9002, later, NOW_US + 11, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_int_equal(swept(h, NOW_US + 9, 100), 0);
	assert_int_equal(swept(h, NOW_US + 10, 2), 2);
	assert_int_equal(swept(h, NOW_US + 10, 2), 1);
	assert_int_equal(swept(h, NOW_US + 10, 2), 0);
	assert_ok(get(h, 9001, 1, "b", NOW_US + 10, &out));
	assert_int_equal(swept(h, NOW_US + 11, 100), 2);
	assert_int_equal(get(h, 9001, 1, "b", NOW_US + 10, &out), RC_NOTFOUND);
}

/* A day's calls are all that stays, also where nobody sweeps. */
static void test_answer__put_takes_out_more_than_it_brings(void **state)
{
	struct house *h = *state;
	char key[2] = "a";

	for (; key[0] < 'f'; key[0]++) {
		const struct kept_answer old = an_answer(NOW_US, "{}");
		/* Expired for nobody who puts at 0. */
		assert_ok(store_begin(h->writer));
		assert_ok(store_answer_put(h->writer, 9001, 1, str_c(key), 0, &old));
		assert_ok(store_commit(h->writer));
	}
	const struct kept_answer in = an_answer(NOW_US + 10, "{}");
	put(h, 9001, 1, "y", &in);
	put(h, 9001, 1, "z", &in);
	assert_int_equal(swept(h, NOW_US, 100), 1);
}

static void test_answer__is_forgotten_with_the_customer_it_tells_of(void **state)
{
	struct house *h = *state;
	const struct change change = {.operator_uid = 0};
	struct kept_answer in = an_answer(NOW_US + 10, "{}"), out;
	struct customer c = {.created = STR("2026-01-01"),
			     .last_modified = STR("2026-01-01"),
			     .last_name = STR("Someone"),
			     .active = 1,
			     .branch_id = 1,
			     .version = 1};

	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_add(h->writer, &c, 9001, &change, &c.customer_id));
	assert_ok(store_commit(h->writer));
	in.customer_id = c.customer_id;
	put(h, 9001, 1, "his", &in);
	in.customer_id++;
	put(h, 9001, 1, "hers", &in);
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_erase(h->writer, 9001, &c, &change));
	assert_ok(store_commit(h->writer));
	assert_int_equal(get(h, 9001, 1, "his", NOW_US, &out), RC_NOTFOUND);
	assert_ok(get(h, 9001, 1, "hers", NOW_US, &out));
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_answer__comes_back_whole_until_it_expires),
	CONTRACT_TEST(test_answer__is_of_one_company_key_and_word),
	CONTRACT_TEST(test_answer__replaces_one_that_has_expired),
	CONTRACT_TEST(test_answer__put_takes_out_more_than_it_brings),
	CONTRACT_TEST(test_sweep__takes_out_what_has_expired_and_nothing_else),
	CONTRACT_TEST(test_answer__is_forgotten_with_the_customer_it_tells_of),
};

const struct contract_tests contract_answer = {
	.name = "answer", .tests = tests, .n = ARRAY_LEN(tests)};
