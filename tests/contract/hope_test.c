/*
 * store_hope: calls that share a transaction, of which nobody looks whether anything is in the way.
 */
#include "contract.h"

#include <string.h>

static struct change change_of(int n)
{
	struct change change = contract_change;

	change.now_us += n;
	store_make_op(&change);
	return change;
}

/* In hope; gives the op. */
static struct change hope(struct store *s, const char *ref, int64_t *ret_id)
{
	static int n;
	const struct customer c = contract_customer_small(ref);
	const struct change change = change_of(++n);

	store_hope(s);
	assert_ok(store_customer_add(s, &c, 9001, &change, ret_id));
	return change;
}

static void put(struct store *s, int64_t id, const char *ref)
{
	struct customer c = contract_customer_small(ref);
	const struct change change = change_of(1000000 + (int)id);

	c.customer_id = id;
	assert_ok(store_begin(s));
	assert_ok(store_customer_add(s, &c, 9001, &change, &id));
	assert_ok(store_commit(s));
}

/* A commit that has certainly not happened. */
static void assert_refused(struct store *s)
{
	enum rc rc = store_commit(s);

	assert_int_not_equal(rc, RC_OK);
	assert_int_not_equal(rc, RC_LOST);
}

static bool is_there(struct house *h, const char *ref)
{
	struct customer c;

	assert_ok(store_read(h->reader));
	enum rc rc = store_customer_find(h->reader, &h->arena, ALL_OF(9001), str_c(ref), &c);
	assert_true(rc == RC_OK || rc == RC_NOTFOUND);
	return rc == RC_OK;
}

static void test_hope__several_calls_share_a_transaction_and_each_has_its_op(void **state)
{
	struct house *h = *state;
	struct change changes[3];
	struct happened happened;
	int64_t ids[3];

	assert_ok(store_begin(h->writer));
	changes[0] = hope(h->writer, "A", &ids[0]);
	changes[1] = hope(h->writer, "B", &ids[1]);
	changes[2] = hope(h->writer, "", &ids[2]);
	assert_ok(store_commit(h->writer));
	assert_true(is_there(h, "A"));
	assert_true(is_there(h, "B"));
	for (int i = 0; i < 3; i++) {
		assert_ok(store_happened(h->reader, 9001, changes[i].op, &happened));
		assert_true(happened.any);
		assert_int_equal(happened.record_id, ids[i]);
	}
}

static void test_hope__where_a_reference_is_taken_none_of_them_happens(void **state)
{
	struct house *h = *state;
	int64_t id;

	put(h->writer, 0, "taken");
	assert_ok(store_begin(h->writer));
	const struct change change = hope(h->writer, "A", &id);
	(void)hope(h->writer, "taken", &id);
	(void)hope(h->writer, "B", &id);
	assert_refused(h->writer);
	assert_false(is_there(h, "A"));
	assert_false(is_there(h, "B"));
	struct happened happened;
	assert_ok(store_happened(h->reader, 9001, change.op, &happened));
	assert_false(happened.any);
	put(h->writer, 0, "A"); /* and all goes on */
	assert_true(is_there(h, "A"));
}

static void test_hope__one_reference_twice_fails_as_well(void **state)
{
	struct house *h = *state;
	int64_t id;

	assert_ok(store_begin(h->writer));
	(void)hope(h->writer, "A", &id);
	(void)hope(h->writer, "A", &id);
	assert_refused(h->writer);
	assert_false(is_there(h, "A"));
}

static void test_hope__a_number_that_was_chosen_and_erased_is_not_given(void **state)
{
	struct house *h = *state;
	struct contract_server other;
	struct customer c;
	int64_t id;

	put(h->writer, 0, "first"); /* 1, out of a block that has 2 as well */
	other = contract_server_start(h);
	put(other.store, 2, "second");
	assert_ok(store_begin(other.store));
	assert_ok(store_customer_get(other.store, &h->arena, ALL_OF(9001), 2, &c));
	assert_ok(store_customer_erase(other.store, 9001, &c, &contract_change));
	assert_ok(store_commit(other.store));
	contract_server_stop(&other);

	assert_ok(store_begin(h->writer));
	(void)hope(h->writer, "A", &id);
	assert_refused(h->writer);
	assert_ok(store_begin(h->writer));
	(void)hope(h->writer, "A", &id);
	assert_ok(store_commit(h->writer));
	assert_int_equal(id, 3);
}

static void test_hope__ends_with_the_transaction(void **state)
{
	struct house *h = *state;
	const struct customer c = contract_customer_small("A");
	int64_t id;

	put(h->writer, 0, "A");
	assert_ok(store_begin(h->writer));
	(void)hope(h->writer, "B", &id);
	store_rollback(h->writer);
	assert_ok(store_begin(h->writer));
	assert_rc(store_customer_add(h->writer, &c, 9001, &contract_change, &id), RC_EXISTS);
	store_rollback(h->writer);
	assert_false(is_there(h, "B"));
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_hope__several_calls_share_a_transaction_and_each_has_its_op),
	CONTRACT_TEST(test_hope__where_a_reference_is_taken_none_of_them_happens),
	CONTRACT_TEST(test_hope__one_reference_twice_fails_as_well),
	CONTRACT_TEST(test_hope__a_number_that_was_chosen_and_erased_is_not_given),
	CONTRACT_TEST(test_hope__ends_with_the_transaction),
};

const struct contract_tests contract_hope = {"hope", tests, ARRAY_LEN(tests), .servers_only = true};

static void test_hope__means_nothing_to_a_writer_who_is_alone(void **state)
{
	struct house *h = *state;
	const struct customer c = contract_customer_small("A");
	int64_t id;

	put(h->writer, 0, "A");
	assert_ok(store_begin(h->writer));
	store_hope(h->writer);
	assert_rc(store_customer_add(h->writer, &c, 9001, &contract_change, &id), RC_EXISTS);
	store_rollback(h->writer);
}

static const struct CMUnitTest files_tests[] = {
	CONTRACT_TEST(test_hope__means_nothing_to_a_writer_who_is_alone),
};

const struct contract_tests contract_hope_files = {"hope, files", files_tests,
						   ARRAY_LEN(files_tests), .files_only = true};
