/*
 * Several servers on one database: here, several `struct database` of one process, which share
 * nothing but what PostgreSQL has.
 */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#define BLOCK 64 /* ids that a server leases at a time */

/* ---- a second server ------------------------------------------------------------------------ */

struct server {
	struct database *db;
	struct store *store;
};

static struct server start(struct house *h)
{
	struct server s;

	assert_ok(database_open(h->url, &s.db, &h->why));
	assert_ok(store_open(s.db, STORE_WRITER, &s.store));
	return s;
}

static void stop(struct server *s)
{
	s->store = store_close(s->store);
	s->db = database_close(s->db);
}

/* A customer of company 9001 with that id (0: the next), in a transaction of its own. */
static enum rc add(struct store *s, int64_t id, const char *ref, int64_t *ret_id)
{
	struct customer c = contract_customer_small(ref);

	c.customer_id = id;
	assert_ok(store_begin(s));
	enum rc rc = store_customer_add(s, &c, 9001, &contract_change, ret_id);
	if (rc == RC_OK)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

static int64_t added(struct store *s, int64_t id)
{
	int64_t got = 0;

	assert_ok(add(s, id, "", &got));
	return got;
}

static void erase(struct house *h, struct store *s, int64_t id)
{
	struct customer c;

	assert_ok(store_begin(s));
	assert_ok(store_customer_get(s, &h->arena, ALL_OF(9001), id, &c));
	assert_ok(store_customer_erase(s, 9001, &c, &contract_change));
	assert_ok(store_commit(s));
}

/* ---- ids ------------------------------------------------------------------------------------ */

static void test_ids__of_two_servers_come_from_blocks_of_their_own(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	for (int64_t i = 1; i <= BLOCK; i++)
		assert_int_equal(added(h->writer, 0), i);
	for (int64_t i = 1; i <= 3; i++)
		assert_int_equal(added(other.store, 0), BLOCK + i);
	assert_int_equal(added(h->writer, 0), 2 * BLOCK + 1);
	assert_int_equal(added(other.store, 0), BLOCK + 4);
	stop(&other);
}

static void test_ids__do_not_wait_for_a_transaction_that_has_one(void **state)
{
	struct house *h = *state;
	struct server other = start(h);
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	(void)contract_add_customer(h->writer, 9001, &c);
	assert_int_equal(added(other.store, 0), BLOCK + 1);
	assert_ok(store_commit(h->writer));
	stop(&other);
}

static void test_ids__of_what_was_taken_back_stay_gaps(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	assert_int_equal(contract_add_customer(h->writer, 9001, &c), 1);
	store_rollback(h->writer);
	assert_int_equal(added(h->writer, 0), 2);
}

static void test_ids__that_are_left_at_the_end_are_given_back(void **state)
{
	struct house *h = *state;

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(h->writer, 0), 2);
	contract_reopen(h);
	assert_int_equal(added(h->writer, 0), 3);
}

static void test_ids__are_not_given_back_behind_another_lease(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 0), BLOCK + 1);
	contract_reopen(h); /* while `other` has the block behind ours */
	assert_int_equal(added(h->writer, 0), 2 * BLOCK + 1);
	stop(&other);
}

static void test_ids__that_were_chosen_keep_a_rest_from_being_given_back(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	assert_int_equal(added(other.store, 0), 1);
	assert_int_equal(added(h->writer, 40), 40);
	erase(h, h->writer, 40);
	stop(&other);
	assert_int_equal(added(h->writer, 0), BLOCK + 1);
}

static void test_ids__that_were_chosen_out_of_a_leased_block_are_passed_over(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 2), 2); /* by another server */
	assert_int_equal(added(h->writer, 3), 3);   /* by ourselves */
	assert_int_equal(added(h->writer, 0), 4);
	stop(&other);
}

static void test_ids__that_were_chosen_and_erased_are_not_given_again(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 2), 2);
	erase(h, other.store, 2);
	assert_int_equal(added(h->writer, 0), 3);
	stop(&other);
}

static void test_ids__above_the_counter_move_it_for_all(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	assert_int_equal(added(h->writer, 1000), 1000);
	assert_int_equal(added(other.store, 0), 1001);
	assert_int_equal(added(h->writer, 0), 1001 + BLOCK);
	stop(&other);
}

/* More in a row than a block has. */
static void test_ids__all_taken_end_in_the_next_block(void **state)
{
	struct house *h = *state;
	struct server other = start(h);

	assert_int_equal(added(h->writer, 0), 1);
	for (int64_t i = 2; i <= BLOCK; i++)
		assert_int_equal(added(other.store, i), i);
	assert_int_equal(added(h->writer, 0), BLOCK + 1);
	stop(&other);
}

static void test_reference__that_is_taken_is_told_whatever_the_id(void **state)
{
	struct house *h = *state;
	struct server other = start(h);
	int64_t id;

	assert_ok(add(h->writer, 0, "A", &id));
	assert_rc(add(other.store, 0, "A", &id), RC_EXISTS);
	assert_ok(add(other.store, 0, "B", &id));
	assert_rc(add(h->writer, 0, "B", &id), RC_EXISTS);
	assert_ok(add(h->writer, 0, "C", &id));
	stop(&other);
}

static void test_bulk__counts_behind_all_blocks(void **state)
{
	struct house *h = *state;
	struct server other = start(h);
	struct change bulk = contract_change;
	struct customer c = contract_customer_small("");
	int64_t id;

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 0), BLOCK + 1);
	bulk.bulk = true;
	assert_ok(store_begin(h->writer));
	for (int64_t i = 1; i <= 2; i++) {
		assert_ok(store_customer_add(h->writer, &c, 9001, &bulk, &id));
		assert_int_equal(id, 2 * BLOCK + i);
	}
	assert_ok(store_commit(h->writer));
	assert_int_equal(added(h->writer, 0), 2);
	stop(&other);
}

/* More companies than have room: whose block goes has a gap, and never the same id twice. */
static void test_ids__of_many_companies_are_given_once(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	int64_t id, last[8] = {0};

	for (int round = 0; round < 3; round++)
		for (int64_t i = 0; i < 8; i++) {
			assert_ok(store_begin(h->writer));
			assert_ok(store_customer_add(h->writer, &c, 9001 + i * 512,
						     &contract_change, &id));
			assert_ok(store_commit(h->writer));
			assert_true(id > last[i]);
			last[i] = id;
		}
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_ids__of_two_servers_come_from_blocks_of_their_own),
	CONTRACT_TEST(test_ids__do_not_wait_for_a_transaction_that_has_one),
	CONTRACT_TEST(test_ids__of_what_was_taken_back_stay_gaps),
	CONTRACT_TEST(test_ids__that_are_left_at_the_end_are_given_back),
	CONTRACT_TEST(test_ids__are_not_given_back_behind_another_lease),
	CONTRACT_TEST(test_ids__that_were_chosen_keep_a_rest_from_being_given_back),
	CONTRACT_TEST(test_ids__that_were_chosen_out_of_a_leased_block_are_passed_over),
	CONTRACT_TEST(test_ids__that_were_chosen_and_erased_are_not_given_again),
	CONTRACT_TEST(test_ids__above_the_counter_move_it_for_all),
	CONTRACT_TEST(test_ids__all_taken_end_in_the_next_block),
	CONTRACT_TEST(test_reference__that_is_taken_is_told_whatever_the_id),
	CONTRACT_TEST(test_bulk__counts_behind_all_blocks),
	CONTRACT_TEST(test_ids__of_many_companies_are_given_once),
};

const struct contract_tests contract_several = {"several servers", tests, ARRAY_LEN(tests),
						.servers_only = true};
