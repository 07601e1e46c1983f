/*
 * The disk fails at every possible moment: a whole session is run again and again, with the n-th
 * call of the engine failing, for n = 0, 1, 2, … until it comes through. Whatever fails, nothing
 * of a failed transaction is there afterwards, no read gives a wrong answer, and the session works
 * on.
 */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#define CALLS_MAX 5000 /* far more than any of the sessions here makes */

/* ---- writing -------------------------------------------------------------------------- */

static const struct network networks[] = {{STR_INIT("192.0.2.0/24")}, {STR_INIT("2001:db8::/32")}};

static enum rc edit_all(struct store *s, int64_t company_id)
{
	struct company c = {
		.company_id = company_id, .name = STR("Two"), .timezone = STR("UTC"), .active = 1};
	struct branch b = {.company_id = company_id, .branch_id = 1, .name = STR("Two")};
	struct access_key k = contract_key(company_id, 1);
	enum rc rc = store_company_edit(s, &c, &c, &contract_change);

	k.key_number = 1;
	k.label = STR("Two");
	k.allow = (struct list){(void *)networks, 1};
	if (rc == RC_OK)
		rc = store_branch_edit(s, &b, &b, &contract_change);
	return rc == RC_OK ? store_access_key_edit(s, &k, &k, &contract_change) : rc;
}

static enum rc add_customers(struct store *s, int64_t company_id)
{
	struct customer c = contract_customer_full();
	struct customer undone = contract_customer_small("UNDONE");
	int64_t id;
	enum rc rc = store_savepoint(s);

	if (rc == RC_OK)
		rc = store_customer_add(s, &c, company_id, &contract_change, &id);
	if (rc == RC_OK)
		rc = store_savepoint_keep(s);
	if (rc == RC_OK)
		rc = store_savepoint(s);
	if (rc == RC_OK)
		rc = store_customer_add(s, &undone, company_id, &contract_change, &id);
	return rc == RC_OK ? store_savepoint_undo(s) : rc;
}

static enum rc write_all(struct store *s, int64_t company_id)
{
	struct company c = {
		.company_id = company_id, .name = STR("One"), .timezone = STR("UTC"), .active = 1};
	struct branch b = {.company_id = company_id, .name = STR("One"), .active = 1};
	struct access_key k = contract_key(company_id, 1);
	int64_t id;
	enum rc rc = store_begin(s);

	k.allow = (struct list){(void *)networks, 2};
	if (rc == RC_OK)
		rc = store_company_add(s, &c, &contract_change);
	if (rc == RC_OK)
		rc = store_branch_add(s, &b, &contract_change, &id);
	if (rc == RC_OK)
		rc = store_access_key_add(s, &k, &contract_change, &id);
	if (rc == RC_OK)
		rc = edit_all(s, company_id);
	if (rc == RC_OK)
		rc = add_customers(s, company_id);
	return rc == RC_OK ? store_commit(s) : rc;
}

static void assert_all_there(struct house *h, int64_t company_id)
{
	struct customer full = contract_customer_full(), customer;
	struct company company;
	struct branch branch;
	struct access_key key;

	assert_ok(store_read(h->reader));
	assert_ok(store_company_get(h->reader, &h->arena, company_id, &company));
	assert_str(company.name, "Two");
	assert_ok(store_branch_get(h->reader, &h->arena, company_id, 1, &branch));
	assert_str(branch.name, "Two");
	assert_ok(store_access_key_get(h->reader, &h->arena, company_id, 1, &key));
	assert_str(key.label, "Two");
	assert_int_equal(key.allow.n, 1);
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(company_id), 1408, &customer));
	contract_customers_equal(&full, &customer);
	assert_rc(store_customer_find(h->reader, &h->arena, ALL_OF(company_id), STR("UNDONE"),
				      &customer),
		  RC_NOTFOUND);
}

static void assert_nothing_there(struct house *h, int64_t company_id)
{
	struct company company;
	struct customer customer;
	struct list list;

	assert_ok(store_read(h->reader));
	assert_rc(store_company_get(h->reader, &h->arena, company_id, &company), RC_NOTFOUND);
	assert_ok(store_branch_list(h->reader, &h->arena, company_id, &list));
	assert_int_equal(list.n, 0);
	assert_ok(store_access_key_list(h->reader, &h->arena, company_id, &list));
	assert_int_equal(list.n, 0);
	assert_rc(store_customer_get(h->reader, &h->arena, ALL_OF(company_id), 1408, &customer),
		  RC_NOTFOUND);
}

static void test_faulty__a_failed_write_is_not_there(void **state)
{
	struct house *h = *state;
	int64_t n, calls;

	for (n = 0; n < CALLS_MAX; n++) {
		int64_t company_id = 10000 + n;
		uint64_t commits = database_commits(h->db);
		/* A new session each time, so that preparing can fail as well. */
		h->writer = store_close(h->writer);
		assert_ok(store_open(h->db, STORE_WRITER, &h->writer));
		(void)store_fail_at(h->writer, n);
		enum rc rc = write_all(h->writer, company_id);
		calls = store_fail_at(h->writer, -1);
		if (rc == RC_OK) {
			assert_all_there(h, company_id);
			break;
		}
		assert_rc(rc, RC_IO);
		assert_true(strlen(store_error(h->writer)) > 0);
		assert_int_equal(database_commits(h->db), commits);
		store_rollback(h->writer);
		assert_nothing_there(h, company_id);
		/* The same session, once the disk is well again. */
		assert_ok(write_all(h->writer, company_id));
		assert_all_there(h, company_id);
		arena_reset(&h->arena);
	}
	print_message("%d calls of the writer failed in turn\n", (int)n);
	assert_int_equal(n, calls); /* each of them had its turn */
	assert_true(n > 100);
}

/* ---- a part that fails and is taken back ------------------------------------------------ */

static enum rc write_parts(struct store *s, int64_t first_id)
{
	struct customer c = contract_customer_small("");
	int64_t id;
	enum rc rc = store_begin(s);

	c.customer_id = first_id;
	if (rc == RC_OK)
		rc = store_customer_add(s, &c, 9001, &contract_change, &id);
	if (rc == RC_OK)
		rc = store_savepoint(s);
	if (rc != RC_OK)
		return rc;
	/* As the writer does: the part's own failure is not the transaction's. */
	c.customer_id = first_id + 1;
	rc = store_customer_add(s, &c, 9001, &contract_change, &id) == RC_OK
		     ? store_savepoint_keep(s)
		     : store_savepoint_undo(s);
	return rc == RC_OK ? store_commit(s) : rc;
}

static bool there(struct house *h, int64_t id)
{
	struct customer c;
	enum rc rc = store_read(h->reader);

	assert_ok(rc);
	rc = store_customer_get(h->reader, &h->arena, ALL_OF(9001), id, &c);
	assert_true(rc == RC_OK || rc == RC_NOTFOUND);
	return rc == RC_OK;
}

static void test_faulty__a_transaction_that_comes_through_is_whole(void **state)
{
	struct house *h = *state;
	int64_t n, calls = 0, n_refused = 0;

	for (n = 0; n <= calls && n < CALLS_MAX; n++) {
		int64_t id = 1000 + n * 2;
		(void)store_fail_at(h->writer, n);
		enum rc rc = write_parts(h->writer, id);
		calls = store_fail_at(h->writer, -1);
		assert_true(rc == RC_OK || rc == RC_IO);
		if (rc != RC_OK)
			store_rollback(h->writer);
		assert_int_equal(there(h, id), rc == RC_OK);
		if (rc == RC_OK && !there(h, id + 1))
			n_refused++; /* the part alone was taken back */
		if (rc != RC_OK)
			assert_false(there(h, id + 1));
		arena_reset(&h->arena);
	}
	assert_true(n_refused > 10); /* the binds of the second customer at least */
}

static void test_faulty__a_lost_transaction_cannot_be_committed(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	int64_t id;

	assert_ok(store_begin(h->writer));
	assert_int_equal(contract_add_customer(h->writer, 9001, &c), 1);
	assert_ok(store_savepoint(h->writer));
	assert_ok(store_savepoint_keep(h->writer));
	/* counter_next: three values are bound, then the step fails and takes everything with it.
	 */
	(void)store_fail_at(h->writer, 2);
	assert_rc(store_customer_add(h->writer, &c, 9001, &contract_change, &id), RC_IO);
	(void)store_fail_at(h->writer, -1);
	assert_rc(store_customer_add(h->writer, &c, 9001, &contract_change, &id), RC_IO);
	assert_rc(store_savepoint(h->writer), RC_IO);
	assert_rc(store_commit(h->writer), RC_IO);
	store_rollback(h->writer);
	assert_false(there(h, 1));
	assert_int_equal(contract_put_customer(h, 9001, &c), 1);
}

static void test_faulty__a_part_whose_end_has_failed_spoils_the_whole(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	for (int undo = 0; undo <= 1; undo++) {
		assert_ok(store_begin(h->writer));
		assert_ok(store_savepoint(h->writer));
		int64_t id = contract_add_customer(h->writer, 9001, &c);
		(void)store_fail_at(h->writer, 0);
		assert_rc(undo ? store_savepoint_undo(h->writer) : store_savepoint_keep(h->writer),
			  RC_IO);
		assert_int_equal(store_fail_at(h->writer, -1), 1);
		assert_rc(store_commit(h->writer), RC_IO);
		assert_false(there(h, id));
		store_rollback(h->writer);
	}
	(void)contract_put_customer(h, 9001, &c);
}

/* ---- reading ---------------------------------------------------------------------------- */

/* Gives the first failure; what comes back is right, or is not written at all. */
static enum rc read_records(struct house *h, struct store *s)
{
	struct customer full = contract_customer_full(), customer = {.customer_id = 77};
	struct company company = {.company_id = 77};
	struct branch branch = {.branch_id = 77};
	struct access_key key = {.key_number = 77};
	enum rc rc, first = RC_OK;

	rc = store_customer_get(s, &h->arena, ALL_OF(20000), 1408, &customer);
	if (rc == RC_OK)
		contract_customers_equal(&full, &customer);
	else
		assert_int_equal(customer.customer_id, 77);
	first = rc;
	customer.customer_id = 77;
	rc = store_customer_find(s, &h->arena, ALL_OF(20000), full.external_customer_ref,
				 &customer);
	assert_int_equal(customer.customer_id, rc == RC_OK ? 1408 : 77);
	first = first ? first : rc;
	rc = store_company_get(s, &h->arena, 20000, &company);
	assert_int_equal(company.company_id, rc == RC_OK ? 20000 : 77);
	first = first ? first : rc;
	rc = store_branch_get(s, &h->arena, 20000, 1, &branch);
	assert_int_equal(branch.branch_id, rc == RC_OK ? 1 : 77);
	first = first ? first : rc;
	rc = store_access_key_get(s, &h->arena, 20000, 1, &key);
	assert_int_equal(key.key_number, rc == RC_OK ? 1 : 77);
	assert_int_equal(key.allow.n, rc == RC_OK ? 1 : 0);
	return first ? first : rc;
}

static enum rc read_lists(struct house *h, struct store *s)
{
	struct list companies = {NULL, 77}, branches = companies, keys = companies;
	int64_t n_companies = 77, n_keys = 77;
	enum rc rc, first;

	first = rc = store_company_list(s, &h->arena, &companies);
	assert_int_equal(companies.n, rc == RC_OK ? 3 : 77);
	rc = store_branch_list(s, &h->arena, 20000, &branches);
	assert_int_equal(branches.n, rc == RC_OK ? 1 : 77);
	first = first ? first : rc;
	rc = store_access_key_list(s, &h->arena, 20000, &keys);
	assert_int_equal(keys.n, rc == RC_OK ? 1 : 77);
	first = first ? first : rc;
	rc = store_company_count(s, &n_companies, &n_keys);
	assert_int_equal(n_companies, rc == RC_OK ? 3 : 77);
	assert_int_equal(n_keys, rc == RC_OK ? 1 : 77);
	return first ? first : rc;
}

static enum rc read_all(struct house *h, struct store *s)
{
	enum rc first = store_read(s), rc = read_records(h, s);

	first = first ? first : rc;
	rc = read_lists(h, s);
	return first ? first : rc;
}

static void test_faulty__a_failed_read_gives_nothing(void **state)
{
	struct house *h = *state;
	struct store *fresh;
	int64_t n, calls;

	assert_ok(write_all(h->writer, 20000));
	for (n = 0; n < CALLS_MAX; n++) {
		assert_ok(store_open(h->db, STORE_READER, &fresh)); /* as above */
		(void)store_fail_at(fresh, n);
		enum rc rc = read_all(h, fresh);
		calls = store_fail_at(fresh, -1);
		if (rc != RC_OK) {
			assert_rc(rc, RC_IO);
			assert_ok(read_all(h, fresh));
		}
		fresh = store_close(fresh);
		arena_reset(&h->arena);
		if (rc == RC_OK)
			break;
	}
	print_message("%d calls of a reader failed in turn\n", (int)n);
	assert_int_equal(n, calls);
	assert_true(n > 100);
}

static void test_faulty__a_reader_has_a_snapshot_again_after_a_failure(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	int64_t first = contract_put_customer(h, 9001, &c);

	assert_true(there(h, first));
	/* Three values are bound, then the step fails and the snapshot is gone. */
	(void)store_fail_at(h->reader, 3);
	assert_rc(store_customer_get(h->reader, &h->arena, ALL_OF(9001), first, &c), RC_IO);
	(void)store_fail_at(h->reader, -1);
	assert_true(there(h, first));
	int64_t second = contract_put_customer(h, 9001, &c);
	assert_rc(store_customer_get(h->reader, &h->arena, ALL_OF(9001), second, &c), RC_NOTFOUND);
	assert_true(there(h, second));
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_faulty__a_failed_write_is_not_there),
	CONTRACT_TEST(test_faulty__a_transaction_that_comes_through_is_whole),
	CONTRACT_TEST(test_faulty__a_lost_transaction_cannot_be_committed),
	CONTRACT_TEST(test_faulty__a_part_whose_end_has_failed_spoils_the_whole),
	CONTRACT_TEST(test_faulty__a_failed_read_gives_nothing),
	CONTRACT_TEST(test_faulty__a_reader_has_a_snapshot_again_after_a_failure),
};

const struct contract_tests contract_faulty = {"faults", tests, ARRAY_LEN(tests),
					       .faulty_only = true};
