/*
 * Several servers on one database: here, several `struct database` of one process, which share
 * nothing but what PostgreSQL has.
 */
#include "contract.h"

#include "server.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 64 /* ids that a server leases at a time */

/* A customer of company 9001 with that id (0: the next), in a transaction of its own. */
static enum rc add(struct store *s, int64_t id, const char *ref, int64_t *ret_id)
{
	static int64_t clock;
	struct customer c = contract_customer_small(ref);
	struct change change = contract_change;

	change.now_us += ++clock;
	c.customer_id = id;
	assert_ok(store_begin(s));
	enum rc rc = store_customer_add(s, &c, 9001, &change, ret_id);
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
	struct contract_server other = contract_server_start(h);

	for (int64_t i = 1; i <= BLOCK; i++)
		assert_int_equal(added(h->writer, 0), i);
	for (int64_t i = 1; i <= 3; i++)
		assert_int_equal(added(other.store, 0), BLOCK + i);
	assert_int_equal(added(h->writer, 0), 2 * BLOCK + 1);
	assert_int_equal(added(other.store, 0), BLOCK + 4);
	contract_server_stop(&other);
}

static void test_ids__do_not_wait_for_a_transaction_that_has_one(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	(void)contract_add_customer(h->writer, 9001, &c);
	assert_int_equal(added(other.store, 0), BLOCK + 1);
	assert_ok(store_commit(h->writer));
	contract_server_stop(&other);
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
	struct contract_server other = contract_server_start(h);

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 0), BLOCK + 1);
	contract_reopen(h); /* while `other` has the block behind ours */
	assert_int_equal(added(h->writer, 0), 2 * BLOCK + 1);
	contract_server_stop(&other);
}

static void test_ids__that_were_chosen_keep_a_rest_from_being_given_back(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);

	assert_int_equal(added(other.store, 0), 1);
	assert_int_equal(added(h->writer, 40), 40);
	erase(h, h->writer, 40);
	contract_server_stop(&other);
	assert_int_equal(added(h->writer, 0), BLOCK + 1);
}

static void test_ids__that_were_chosen_out_of_a_leased_block_are_passed_over(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 2), 2); /* by another server */
	assert_int_equal(added(h->writer, 3), 3);   /* by ourselves */
	assert_int_equal(added(h->writer, 0), 4);
	contract_server_stop(&other);
}

static void test_ids__that_were_chosen_and_erased_are_not_given_again(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);

	assert_int_equal(added(h->writer, 0), 1);
	assert_int_equal(added(other.store, 2), 2);
	erase(h, other.store, 2);
	assert_int_equal(added(h->writer, 0), 3);
	contract_server_stop(&other);
}

static void test_ids__above_the_counter_move_it_for_all(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);

	assert_int_equal(added(h->writer, 1000), 1000);
	assert_int_equal(added(other.store, 0), 1001);
	assert_int_equal(added(h->writer, 0), 1001 + BLOCK);
	contract_server_stop(&other);
}

/* More in a row than a block has. */
static void test_ids__all_taken_end_in_the_next_block(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);

	assert_int_equal(added(h->writer, 0), 1);
	for (int64_t i = 2; i <= BLOCK; i++)
		assert_int_equal(added(other.store, i), i);
	assert_int_equal(added(h->writer, 0), BLOCK + 1);
	contract_server_stop(&other);
}

static void test_reference__that_is_taken_is_told_whatever_the_id(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);
	int64_t id;

	assert_ok(add(h->writer, 0, "A", &id));
	assert_rc(add(other.store, 0, "A", &id), RC_EXISTS);
	assert_ok(add(other.store, 0, "B", &id));
	assert_rc(add(h->writer, 0, "B", &id), RC_EXISTS);
	assert_ok(add(h->writer, 0, "C", &id));
	contract_server_stop(&other);
}

static void test_bulk__counts_behind_all_blocks(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);
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
	contract_server_stop(&other);
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

/* ---- changes -------------------------------------------------------------------------------- */

/* Whose changes come next: " 3 -7"; -7: 7 is erased. */
static const char *changes(struct house *h, struct change_place *at)
{
	static char text[4096];
	struct list list;
	bool more = true;
	size_t n = 0;

	text[0] = '\0';
	for (int pages = 0; more; pages++) {
		assert_true(pages < 1000);
		assert_ok(store_read(h->reader));
		assert_ok(store_customer_changes(h->reader, &h->arena, ALL_OF(9001), at, 3, &list,
						 at, &more));
		const struct customer *c = list.items;
		for (size_t i = 0; i < list.n; i++) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, " %s%d",
					      c[i].erased ? "-" : "", (int)c[i].customer_id);
			assert_true(n < sizeof(text));
		}
	}
	return text;
}

static size_t n_changes(struct house *h, struct change_place *at)
{
	size_t n = 0;

	for (const char *p = changes(h, at); *p; p++)
		n += *p == ' ';
	return n;
}

/* Begins a transaction that adds a customer, with an id of a leased block. */
static void begin_adding(struct contract_server *s)
{
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(s->store));
	(void)contract_add_customer(s->store, 9001, &c);
}

static void test_changes__of_the_second_to_begin_wait_for_the_first(void **state)
{
	struct house *h = *state;
	struct contract_server a = contract_server_start(h), b = contract_server_start(h);
	struct change_place at = {0};

	(void)added(h->writer, 100);
	contract_settle();
	assert_string_equal(changes(h, &at), " 100");
	begin_adding(&a);
	begin_adding(&b);
	assert_ok(store_commit(b.store));
	assert_string_equal(changes(h, &at), "");
	assert_ok(store_commit(a.store));
	contract_settle();
	assert_string_equal(changes(h, &at), " 101 165");
	assert_string_equal(changes(h, &at), "");
	contract_server_stop(&a);
	contract_server_stop(&b);
}

static void test_changes__of_the_first_to_begin_do_not_wait_for_the_second(void **state)
{
	struct house *h = *state;
	struct contract_server a = contract_server_start(h), b = contract_server_start(h);
	struct change_place at = {0};

	(void)added(h->writer, 100);
	begin_adding(&a);
	begin_adding(&b);
	assert_ok(store_commit(a.store));
	/* Not settled: B is open. Whoever else is under way on the server ends soon. */
	for (int i = 0; i < 1000 && at.tx == 0; i++)
		(void)changes(h, &at);
	at = (struct change_place){0};
	assert_ok(store_commit(b.store));
	contract_settle();
	assert_string_equal(changes(h, &at), " 100 101 165");
	contract_server_stop(&a);
	contract_server_stop(&b);
}

static void test_changes__that_were_taken_back_hold_nobody_up(void **state)
{
	struct house *h = *state;
	struct contract_server a = contract_server_start(h);
	struct change_place at = {0};

	(void)added(h->writer, 100);
	begin_adding(&a);
	(void)added(h->writer, 0);
	store_rollback(a.store);
	contract_settle();
	assert_string_equal(changes(h, &at), " 100 165");
	contract_server_stop(&a);
}

/* A clock that is behind, or a call that has waited, gives an op that is older than what was listed
 * long ago. */
static void test_changes__with_an_older_time_are_not_skipped(void **state)
{
	struct house *h = *state;
	struct change_place at = {0};
	struct change old = contract_change;
	struct customer c = contract_customer_small("");
	int64_t id;

	(void)added(h->writer, 0);
	contract_settle();
	assert_string_equal(changes(h, &at), " 1");
	old.now_us = 1;
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_add(h->writer, &c, 9001, &old, &id));
	assert_ok(store_commit(h->writer));
	contract_settle();
	assert_string_equal(changes(h, &at), " 2");
}

/* Three sessions whose transactions overlap in every way that chance finds, while somebody lists
 * all the time. */
static void test_changes__of_many_are_neither_skipped_nor_told_twice(void **state)
{
	struct house *h = *state;
	struct contract_server servers[3] = {contract_server_start(h), contract_server_start(h),
					     contract_server_start(h)};
	struct change_place at = {0};
	bool open[3] = {false};
	size_t n_added = 0, n_told = 0;
	uint32_t seed = 7;

	for (int step = 0; step < 300; step++) {
		seed = seed * 1664525 + 1013904223;
		size_t i = (seed >> 8) % 3;
		if (!open[i]) {
			begin_adding(&servers[i]);
		} else if ((seed >> 16) % 4 == 0) {
			store_rollback(servers[i].store);
		} else {
			assert_ok(store_commit(servers[i].store));
			n_added++;
		}
		open[i] = !open[i];
		n_told += n_changes(h, &at);
		assert_true(n_told <= n_added);
	}
	assert_true(n_told > 0);
	for (size_t i = 0; i < 3; i++)
		contract_server_stop(&servers[i]);
	contract_settle();
	n_told += n_changes(h, &at);
	assert_int_equal(n_told, n_added);
}

/* What is copied from a database that one server wrote has transaction 0: a place in that one is
 * the same here. */
static void test_changes__go_on_behind_a_place_of_a_database_with_one_server(void **state)
{
	struct house *h = *state;
	struct change_place start_of_all = {0}, at;
	struct list list;
	bool more;

	for (int i = 0; i < 4; i++)
		(void)added(h->writer, 0);
	server_run(h->url, "UPDATE audit SET tx = 0");
	contract_settle();
	assert_ok(store_customer_changes(h->reader, &h->arena, ALL_OF(9001), &start_of_all, 2,
					 &list, &at, &more));
	assert_true(at.tx == 0 && list.n == 2 && more);
	(void)added(h->writer, 0);
	contract_settle();
	assert_string_equal(changes(h, &at), " 3 4 5");
	assert_true(at.tx > 0);
}

/* ---- erasing -------------------------------------------------------------------------------- */

static void test_erase__vacuums_where_the_tables_are_ours(void **state)
{
	struct house *h = *state;

	(void)added(h->writer, 1);
	erase(h, h->writer, 1);
	assert_false(store_kept_dead(h->writer));
}

/* A role with no more rights than a server needs. */
static void test_erase__says_so_where_they_are_not(void **state)
{
	struct house *h = *state;
	struct contract_server s;
	char role[64], text[256], url[CONTRACT_URL_BYTES];

	(void)snprintf(role, sizeof(role), "contract_api_%d", (int)getpid());
	(void)snprintf(text, sizeof(text), "CREATE ROLE %s LOGIN", role);
	server_run(h->url, text);
	(void)snprintf(text, sizeof(text),
		       "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %s",
		       role);
	server_run(h->url, text);
	(void)snprintf(url, sizeof(url), "postgresql://%s@%s", role, strchr(h->url, '@') + 1);
	assert_ok(database_open(url, &s.db, &h->why));
	assert_ok(store_open(s.db, STORE_WRITER, &s.store));
	(void)added(s.store, 1);
	erase(h, s.store, 1);
	assert_true(store_kept_dead(s.store));
	assert_non_null(strstr(store_error(s.store), "VACUUM"));
	(void)added(s.store, 2);
	assert_false(store_kept_dead(s.store));
	contract_server_stop(&s);
	(void)snprintf(text, sizeof(text), "DROP OWNED BY %s", role);
	server_run(h->url, text);
	(void)snprintf(text, sizeof(text), "DROP ROLE %s", role);
	server_run(h->url, text);
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
	CONTRACT_TEST(test_erase__vacuums_where_the_tables_are_ours),
	CONTRACT_TEST(test_erase__says_so_where_they_are_not),
	CONTRACT_TEST(test_changes__of_the_second_to_begin_wait_for_the_first),
	CONTRACT_TEST(test_changes__of_the_first_to_begin_do_not_wait_for_the_second),
	CONTRACT_TEST(test_changes__that_were_taken_back_hold_nobody_up),
	CONTRACT_TEST(test_changes__with_an_older_time_are_not_skipped),
	CONTRACT_TEST(test_changes__of_many_are_neither_skipped_nor_told_twice),
	CONTRACT_TEST(test_changes__go_on_behind_a_place_of_a_database_with_one_server),
};

const struct contract_tests contract_several = {"several servers", tests, ARRAY_LEN(tests),
						.servers_only = true};
