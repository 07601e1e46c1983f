#include "directory_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/zone.h"
#include "record/company.h"

static const struct change change = {.operator_uid = -1};

/* ---- remembering -------------------------------------------------------------------- */

static void test_directory__asks_the_store_once(void **state)
{
	struct fixture *f = *state;

	expect(f, 1, RC_OK, true);
	expect(f, 1, RC_OK, false);
	mono_us += GOOD_US - 1;
	expect(f, 1, RC_OK, false);
}

static void test_directory__remembers_that_there_is_no_such_company(void **state)
{
	static const int64_t strangers[] = {2, 0, -1, INT64_MAX, INT64_MIN};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		expect(f, strangers[i], RC_NOTFOUND, true);
		expect(f, strangers[i], RC_NOTFOUND, false);
	}
}

static void test_directory__asks_again_when_an_entry_is_old(void **state)
{
	struct fixture *f = *state;

	expect(f, 1, RC_OK, true);
	expect(f, 2, RC_NOTFOUND, true);
	mono_us += GOOD_US;
	add_company(f, 2, "Europe/London");
	expect(f, 1, RC_OK, true);
	expect(f, 2, RC_OK, true);
	expect(f, 2, RC_OK, false);
}

static void test_directory__asks_again_at_once_after_a_change(void **state)
{
	struct fixture *f = *state;

	expect(f, 1, RC_OK, true);
	expect(f, 2, RC_NOTFOUND, true);
	add_company(f, 2, "Europe/London");
	expect(f, 2, RC_NOTFOUND, false); /* nobody has said so yet */
	access_changed(f->access);
	expect(f, 2, RC_OK, true);
	expect(f, 1, RC_OK, true);
	expect(f, 1, RC_OK, false);
}

static void test_directory__sees_a_revoked_key_after_a_change(void **state)
{
	struct fixture *f = *state;
	struct access_key key = a_key(1, 7);

	add_key(f, key);
	assert_true(directory_key_by_number(found(f, 1), 1)->active);
	key.key_number = 1;
	key.active = 0;
	key.generation = 2;
	key.revoked = STR("2026-01-02");
	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_access_key_edit(f->writer, &key, &key, &change), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
	access_changed(f->access);
	const struct directory_key *revoked = directory_key_by_number(found(f, 1), 1);
	assert_false(revoked->active);
	assert_int_equal(revoked->generation, 2);
	assert_null(directory_key_by_hash(found(f, 1), key.key_hash));
}

/* Ids that share a set of four: 1, 257, 513 and so on. */
#define NEIGHBOUR(i) (1 + 256 * (int64_t)(i))

static void test_directory__forgets_the_oldest_when_it_is_full(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i < 5; i++)
		add_company(f, NEIGHBOUR(i), "Europe/London");
	for (int i = 0; i < 5; i++) {
		expect(f, NEIGHBOUR(i), RC_OK, true);
		mono_us++;
	}
	for (int i = 4; i > 0; i--)
		expect(f, NEIGHBOUR(i), RC_OK, false);
	expect(f, NEIGHBOUR(0), RC_OK, true);
	expect(f, NEIGHBOUR(1), RC_OK, true);
	expect(f, NEIGHBOUR(4), RC_OK, false);
}

static void test_directory__lets_strangers_push_out_only_each_other(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i < 3; i++)
		add_company(f, NEIGHBOUR(i), "Europe/London");
	for (int i = 0; i < 3; i++)
		expect(f, NEIGHBOUR(i), RC_OK, true);
	for (int i = 3; i < 1000; i++) {
		mono_us++;
		expect(f, NEIGHBOUR(i), RC_NOTFOUND, true);
	}
	for (int i = 0; i < 3; i++)
		expect(f, NEIGHBOUR(i), RC_OK, false);
	expect(f, NEIGHBOUR(999), RC_NOTFOUND, false);
	expect(f, NEIGHBOUR(998), RC_NOTFOUND, true);
}

static void test_directory__of_another_thread_remembers_for_itself(void **state)
{
	struct fixture *f = *state;
	struct directory *other = directory_create(f->access, f->reader);
	const struct directory_company *company;

	assert_non_null(other);
	expect(f, 1, RC_OK, true);
	(void)store_fail_at(f->reader, -1);
	assert_int_equal(directory_find(other, 1, &company), RC_OK);
	assert_true(store_fail_at(f->reader, -1) > 0);
	assert_null(directory_destroy(other));
	assert_null(directory_destroy(NULL));
}

/* ---- a failing store ---------------------------------------------------------------- */

static void test_directory__passes_every_failure_on_and_remembers_none(void **state)
{
	struct fixture *f = *state;
	const struct directory_company *company = NULL;
	int64_t n = 0;

	add_key(f, a_key(1, 7));
	for (;; n++) {
		/* Old, so that it has to ask, and begins its snapshot anew. */
		mono_us += GOOD_US;
		store_rest(f->reader);
		(void)store_fail_at(f->reader, n);
		enum rc rc = directory_find(f->directory, 1, &company);
		if (rc == RC_OK && store_fail_at(f->reader, -1) <= n)
			break; /* there is no n-th call */
		assert_null(company);
		if (rc == RC_OK || rc == RC_NOTFOUND)
			fail_msg("call %d failed, and the directory did not", (int)n);
		expect(f, 1, RC_OK, true);
		expect(f, 1, RC_OK, false);
	}
	assert_true(n >= 3); /* a snapshot and two look-ups at least */
}

/* ---- what an entry holds ------------------------------------------------------------ */

static void test_directory__holds_what_the_store_has(void **state)
{
	struct network networks[] = {{STR_INIT("192.0.2.0/24")}, {STR_INIT("2001:db8::/32")}};
	struct fixture *f = *state;
	struct access_key key = a_key(1, 7);
	const struct zone *london;

	key.allow = (struct list){networks, ARRAY_LEN(networks)};
	key.branch_only = 1;
	add_key(f, a_key(1, 6));
	add_key(f, key);
	const struct directory_company *c = found(f, 1);
	assert_int_equal(zone_find(STR("Europe/London"), &london), RC_OK);
	assert_true(c->active);
	assert_ptr_equal(c->zone, london);
	assert_int_equal(c->n_keys, 2);
	const struct directory_key *one = directory_key_by_number(c, 1);
	const struct directory_key *two = directory_key_by_number(c, 2);
	assert_false(one->restricted);
	assert_false(one->branch_only);
	assert_int_equal(one->n_networks, 0);
	assert_int_equal(two->key_number, 2);
	assert_int_equal(two->branch_id, 1);
	assert_int_equal(two->generation, 1);
	assert_int_equal(two->rate, 20);
	assert_int_equal(two->burst, 40);
	assert_memory_equal(two->hash, key.key_hash, sizeof(key.key_hash));
	assert_true(two->active);
	assert_true(two->branch_only);
	assert_true(two->restricted);
	assert_int_equal(two->n_networks, 2);
	assert_null(directory_key_by_number(c, 0));
	assert_null(directory_key_by_number(c, 3));
	assert_null(directory_key_by_number(c, -1));
}

static void test_directory__key_of_an_inactive_branch_is_not_active(void **state)
{
	struct fixture *f = *state;
	struct branch branch = {.company_id = 1, .branch_id = 1, .name = STR("Branch")};

	add_key(f, a_key(1, 7));
	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_branch_edit(f->writer, &branch, &branch, &change), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
	assert_false(directory_key_by_number(found(f, 1), 1)->active);
}

static void test_directory__tells_of_an_inactive_company(void **state)
{
	struct fixture *f = *state;
	struct company company = {
		.company_id = 1, .name = STR("Company"), .timezone = STR("Europe/London")};

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_company_edit(f->writer, &company, &company, &change), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
	assert_false(found(f, 1)->active);
}

static void test_directory__gives_no_times_in_a_zone_that_is_not_there(void **state)
{
	struct fixture *f = *state;

	add_company(f, 2, "Europe/Nowhere");
	expect(f, 2, RC_CORRUPT, true);
	expect(f, 2, RC_CORRUPT, true);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_directory__asks_the_store_once),
		TEST(test_directory__remembers_that_there_is_no_such_company),
		TEST(test_directory__asks_again_when_an_entry_is_old),
		TEST(test_directory__asks_again_at_once_after_a_change),
		TEST(test_directory__sees_a_revoked_key_after_a_change),
		TEST(test_directory__forgets_the_oldest_when_it_is_full),
		TEST(test_directory__lets_strangers_push_out_only_each_other),
		TEST(test_directory__of_another_thread_remembers_for_itself),
		TEST(test_directory__passes_every_failure_on_and_remembers_none),
		TEST(test_directory__holds_what_the_store_has),
		TEST(test_directory__key_of_an_inactive_branch_is_not_active),
		TEST(test_directory__tells_of_an_inactive_company),
		TEST(test_directory__gives_no_times_in_a_zone_that_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
