/* Customers that come in bulk: their terms are owed, and settled, whatever happens in between. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "record/customer.h"

static const struct change bulk = {.operator_uid = 0, .bulk = true}, one = {.operator_uid = 0};

static struct customer named(const char *last_name)
{
	return (struct customer){.created = STR("2026-01-01"),
				 .last_modified = STR("2026-01-01"),
				 .last_name = str_c(last_name),
				 .address.postal_code = STR("LS1 1AA"),
				 .active = 1,
				 .branch_id = 1,
				 .version = 1};
}

static int64_t add(struct house *h, int64_t company_id, const char *last_name,
		   const struct change *change)
{
	struct customer c = named(last_name);
	int64_t id;

	assert_ok(store_customer_add(h->writer, &c, company_id, change, &id));
	return id;
}

static void settle(struct house *h, int64_t company_id, int64_t at_least, bool expected)
{
	bool any = !expected;

	assert_ok(store_terms_settle(h->writer, company_id, at_least, &any));
	assert_int_equal(any, expected);
}

/* How many customers a search finds, by what every reader sees. */
static size_t found(struct house *h, int64_t company_id, const char *last_name)
{
	const struct customer_search search = {.last_name = str_c(last_name)};
	const struct customer_place start = {.customer_id = 0};
	struct customer_place place;
	struct list customers;

	assert_ok(store_read(h->reader));
	assert_ok(store_customer_search(h->reader, &h->arena, (struct scope){company_id, 0},
					&search, &start, 200, &customers, &place));
	return customers.n;
}

static void test_owed__are_found_when_they_are_settled(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	for (int i = 0; i < 20; i++)
		(void)add(h, 9001, "Bulk", &bulk);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 0);
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 21, false);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 0);
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 20, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 20);
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, false);
	assert_ok(store_commit(h->writer));
}

static void test_owed__in_one_transaction_are_settled_there(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	(void)add(h, 9001, "Bulk", &bulk);
	settle(h, 9001, 1, true);
	(void)add(h, 9001, "Bulk", &bulk);
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 2);
}

/* The customers are read again: nobody remembers what they were. */
static void test_owed__are_settled_after_a_restart(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	for (int i = 0; i < 20; i++)
		(void)add(h, 9001, "Bulk", &bulk);
	assert_ok(store_commit(h->writer));
	h->writer = store_close(h->writer);
	assert_ok(store_open(h->db, STORE_WRITER, &h->writer));
	assert_ok(store_begin(h->writer));
	(void)add(h, 9001, "Bulk", &bulk);
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 21);
}

static void test_owed__what_was_taken_back_is_not_owed(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)add(h, 9001, "Kept", &bulk);
	assert_ok(store_savepoint_keep(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)add(h, 9001, "Undone", &bulk);
	assert_ok(store_savepoint_undo(h->writer));
	assert_ok(store_savepoint(h->writer));
	/* With the id of the one that was taken back. */
	(void)add(h, 9001, "Kept", &bulk);
	assert_ok(store_savepoint_keep(h->writer));
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	(void)add(h, 9001, "Lost", &bulk);
	store_rollback(h->writer);
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "kept"), 2);
	assert_int_equal(found(h, 9001, "undone"), 0);
	assert_int_equal(found(h, 9001, "lost"), 0);
}

/* Going over to another company writes down what the first one owes, within what is taken back. */
static void test_owed__outlive_what_another_company_takes_back(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)add(h, 9001, "Kept", &bulk);
	assert_ok(store_savepoint_keep(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)add(h, 9002, "Undone", &bulk);
	assert_ok(store_savepoint_undo(h->writer));
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, true);
	settle(h, 9002, 1, false);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "kept"), 1);
}

static void test_owed__are_owed_again_when_settling_is_taken_back(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	(void)add(h, 9001, "First", &bulk);
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	settle(h, 9001, 1, true);
	assert_ok(store_savepoint_undo(h->writer));
	(void)add(h, 9001, "Second", &bulk);
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "first"), 1);
	assert_int_equal(found(h, 9001, "second"), 1);
}

static void test_owed__of_a_changed_customer_are_his_new_ones(void **state)
{
	struct house *h = *state;
	struct customer before, after;

	assert_ok(store_begin(h->writer));
	const int64_t id = add(h, 9001, "Before", &bulk);
	const int64_t gone = add(h, 9001, "Gone", &bulk);
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_get(h->writer, &h->arena, (struct scope){9001, 0}, id, &before));
	after = before;
	after.last_name = STR("After");
	assert_ok(store_customer_edit(h->writer, 9001, &before, &after, &one));
	assert_ok(store_customer_get(h->writer, &h->arena, (struct scope){9001, 0}, gone, &before));
	assert_ok(store_customer_erase(h->writer, 9001, &before, &one));
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "after"), 1);
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "before"), 0);
	assert_int_equal(found(h, 9001, "after"), 1);
	assert_int_equal(found(h, 9001, "gone"), 0);
}

static void test_owed__of_two_companies_do_not_mix(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	(void)add(h, 9001, "Bulk", &bulk);
	(void)add(h, 9002, "Bulk", &bulk);
	(void)add(h, 9001, "Bulk", &bulk);
	(void)add(h, 9001, "Bulk", &one);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 1);
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "bulk"), 3);
	assert_int_equal(found(h, 9002, "bulk"), 0);
	assert_ok(store_begin(h->writer));
	settle(h, 9002, 1, true);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9002, "bulk"), 1);
}

static void test_owed__are_settled_by_a_sweep(void **state)
{
	struct house *h = *state;
	size_t n = 0;

	assert_ok(store_begin(h->writer));
	(void)add(h, 9001, "Bulk", &bulk);
	(void)add(h, 9002, "Bulk", &bulk);
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	assert_ok(store_sweep(h->writer, 0, 100, &n));
	assert_ok(store_commit(h->writer));
	assert_int_equal(n, 2);
	assert_int_equal(found(h, 9001, "bulk"), 1);
	assert_int_equal(found(h, 9002, "bulk"), 1);
}

/* More than one statement's worth of terms, and an end that is not a whole one. */
static void test_owed__are_all_found_whatever_their_number(void **state)
{
	struct house *h = *state;
	char names[37][8];

	assert_ok(store_begin(h->writer));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(names[i], sizeof(names[i]), "Name%c%c", (char)('a' + i % 26),
			       (char)('a' + i / 26));
		(void)add(h, 9001, names[i], &bulk);
	}
	settle(h, 9001, 1, true);
	assert_ok(store_commit(h->writer));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(found(h, 9001, names[i]), 1);
	assert_int_equal(found(h, 9001, "name"), ARRAY_LEN(names));
}

/* A number far away would bring everybody in between into the range, and one before it as well. */
static void test_owed__are_only_those_of_a_row_of_numbers(void **state)
{
	static const int64_t ids[] = {10, 11, 500000, 12, 5};
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct customer c = named("Brought");
		int64_t id;
		c.customer_id = ids[i];
		assert_ok(store_customer_add(h->writer, &c, 9001, &bulk, &id));
		assert_int_equal(id, ids[i]);
	}
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "brought"), 2); /* the others are owed */
	assert_ok(store_begin(h->writer));
	settle(h, 9001, 1, true);
	/* The next one is behind them all. */
	assert_int_equal(add(h, 9001, "Brought", &bulk), 500001);
	assert_ok(store_commit(h->writer));
	assert_int_equal(found(h, 9001, "brought"), ARRAY_LEN(ids));
}

static void test_owed__survive_every_failure_of_settling(void **state)
{
	struct house *h = *state;
	int64_t n = 0;
	bool any;

	if (!contract_engine->faulty)
		return;
	assert_ok(store_begin(h->writer));
	for (int i = 0; i < 5; i++)
		(void)add(h, 9001, "Bulk", &bulk);
	assert_ok(store_commit(h->writer));
	for (enum rc rc = RC_IO; rc != RC_OK; n++) {
		assert_ok(store_begin(h->writer));
		(void)store_fail_at(h->writer, n);
		rc = store_terms_settle(h->writer, 9001, 1, &any);
		(void)store_fail_at(h->writer, -1);
		if (rc == RC_OK)
			assert_ok(store_commit(h->writer));
		else
			store_rollback(h->writer);
		if (rc != RC_OK)
			assert_int_equal(found(h, 9001, "bulk"), 0);
	}
	assert_true(n > 10);
	assert_int_equal(found(h, 9001, "bulk"), 5);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_owed__are_found_when_they_are_settled),
	CONTRACT_TEST(test_owed__in_one_transaction_are_settled_there),
	CONTRACT_TEST(test_owed__are_settled_after_a_restart),
	CONTRACT_TEST(test_owed__what_was_taken_back_is_not_owed),
	CONTRACT_TEST(test_owed__outlive_what_another_company_takes_back),
	CONTRACT_TEST(test_owed__are_owed_again_when_settling_is_taken_back),
	CONTRACT_TEST(test_owed__of_a_changed_customer_are_his_new_ones),
	CONTRACT_TEST(test_owed__of_two_companies_do_not_mix),
	CONTRACT_TEST(test_owed__are_settled_by_a_sweep),
	CONTRACT_TEST(test_owed__are_all_found_whatever_their_number),
	CONTRACT_TEST(test_owed__are_only_those_of_a_row_of_numbers),
	CONTRACT_TEST(test_owed__survive_every_failure_of_settling),
};

const struct contract_tests contract_owed = {"owed", tests, ARRAY_LEN(tests), .files_only = true};
