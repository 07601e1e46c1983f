/* Session tokens that were ended before their time. */
#include "contract.h"

#include <string.h>

#include "record/audit.h"

#define EXPIRES_US 5000000

static const uint8_t low[KILL_BYTES] = {0x00, 0x01}, middle[KILL_BYTES] = {0x7f, 0xff},
		     high[KILL_BYTES] = {0x80};

static void add(struct house *h, int64_t company_id, const uint8_t mac[KILL_BYTES],
		int64_t expires_us)
{
	assert_ok(store_begin(h->writer));
	assert_ok(store_kill_add(h->writer, company_id, mac, expires_us, &contract_change));
	assert_ok(store_commit(h->writer));
}

static struct list listed(struct house *h, int64_t company_id, int64_t now_us)
{
	struct list macs;

	assert_ok(store_read(h->reader));
	assert_ok(store_kill_list(h->reader, &h->arena, company_id, now_us, &macs));
	return macs;
}

static void test_session_kill__list_is_sorted_by_bytes(void **state)
{
	struct house *h = *state;

	assert_int_equal(listed(h, 9001, 0).n, 0);
	add(h, 9001, high, EXPIRES_US);
	add(h, 9001, low, EXPIRES_US + 1);
	add(h, 9001, middle, EXPIRES_US);
	const struct list macs = listed(h, 9001, 0);
	const uint8_t *bytes = macs.items;
	assert_int_equal(macs.n, 3);
	assert_memory_equal(bytes, low, KILL_BYTES);
	assert_memory_equal(bytes + KILL_BYTES, middle, KILL_BYTES);
	assert_memory_equal(bytes + (size_t)2 * KILL_BYTES, high, KILL_BYTES);
}

static void test_session_kill__lists_what_has_not_expired(void **state)
{
	struct house *h = *state;

	add(h, 9001, low, EXPIRES_US);
	add(h, 9001, high, EXPIRES_US + 1);
	assert_int_equal(listed(h, 9001, EXPIRES_US - 1).n, 2);
	const struct list macs = listed(h, 9001, EXPIRES_US);
	assert_int_equal(macs.n, 1);
	assert_memory_equal(macs.items, high, KILL_BYTES);
	assert_int_equal(listed(h, 9001, EXPIRES_US + 1).n, 0);
}

static void test_session_kill__twice_is_as_good_as_once(void **state)
{
	struct house *h = *state;

	add(h, 9001, low, EXPIRES_US);
	add(h, 9001, low, EXPIRES_US);
	assert_ok(store_begin(h->writer));
	assert_ok(store_kill_add(h->writer, 9001, high, EXPIRES_US, &contract_change));
	assert_ok(store_kill_add(h->writer, 9001, high, EXPIRES_US, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_int_equal(listed(h, 9001, 0).n, 2);
}

static void test_session_kill__is_of_one_company(void **state)
{
	struct house *h = *state;

	add(h, 9001, low, EXPIRES_US);
	assert_int_equal(listed(h, 9002, 0).n, 0);
	assert_int_equal(listed(h, 9003, 0).n, 0); /* there is no such company */
	add(h, 9002, low, EXPIRES_US);
	assert_int_equal(listed(h, 9001, 0).n, 1);
	assert_int_equal(listed(h, 9002, 0).n, 1);
}

static void test_session_kill__is_not_there_when_it_was_taken_back(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	assert_ok(store_kill_add(h->writer, 9001, low, EXPIRES_US, &contract_change));
	store_rollback(h->writer);
	assert_int_equal(listed(h, 9001, 0).n, 0);
}

static void test_session_kill__has_a_row_of_the_audit(void **state)
{
	struct house *h = *state;
	const struct audit_filter filter = {.company_id = 9001, .record = AUDIT_ACCESS_KEY};
	struct list rows;

	add(h, 9001, low, EXPIRES_US);
	assert_ok(store_read(h->reader));
	assert_ok(store_audit_list(h->reader, &h->arena, &filter, NULL, 10, &rows));
	assert_int_equal(rows.n, 1);
	const struct audit *row = rows.items;
	assert_int_equal(row->key_number, contract_change.key_number);
	assert_int_equal(row->record_id, contract_change.key_number);
	assert_int_equal(row->fields.n, 0);
}

static void test_session_kill__is_there_after_a_restart(void **state)
{
	struct house *h = *state;

	add(h, 9001, low, EXPIRES_US);
	contract_reopen(h);
	const struct list macs = listed(h, 9001, 0);
	assert_int_equal(macs.n, 1);
	assert_memory_equal(macs.items, low, KILL_BYTES);
}

static void test_session_kill__list_of_a_failing_disk_is_none(void **state)
{
	struct house *h = *state;
	int64_t n = 0;

	if (!contract_engine->faulty)
		skip();
	add(h, 9001, low, EXPIRES_US);
	add(h, 9001, high, EXPIRES_US);
	assert_ok(store_read(h->reader));
	for (;; n++) {
		struct list macs = {.n = 77};
		(void)store_fail_at(h->reader, n);
		enum rc rc = store_kill_list(h->reader, &h->arena, 9001, 0, &macs);
		if (store_fail_at(h->reader, -1) <= n)
			break; /* there is no n-th call */
		assert_true(rc != RC_OK);
		assert_int_equal(macs.n, 77);
		assert_ok(store_read(h->reader));
	}
	assert_true(n >= 5); /* two values bound, two rows and an end */
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_session_kill__list_is_sorted_by_bytes),
	CONTRACT_TEST(test_session_kill__lists_what_has_not_expired),
	CONTRACT_TEST(test_session_kill__twice_is_as_good_as_once),
	CONTRACT_TEST(test_session_kill__is_of_one_company),
	CONTRACT_TEST(test_session_kill__is_not_there_when_it_was_taken_back),
	CONTRACT_TEST(test_session_kill__has_a_row_of_the_audit),
	CONTRACT_TEST(test_session_kill__is_there_after_a_restart),
	CONTRACT_TEST(test_session_kill__list_of_a_failing_disk_is_none),
};

const struct contract_tests contract_session_kill = {
	.name = "session kill", .tests = tests, .n = ARRAY_LEN(tests)};
