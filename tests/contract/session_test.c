/* Sessions: the one writer, its transactions and their parts; what readers see, and when. */
#include "contract.h"

#include "record/audit.h"

#include <stdio.h>
#include <string.h>

static enum rc look(struct house *h, struct store *s, int64_t customer_id)
{
	struct customer c;

	return store_customer_get(s, &h->arena, ALL_OF(9001), customer_id, &c);
}

/* ---- the writer ------------------------------------------------------------------------ */

static void test_writer__is_the_only_one(void **state)
{
	struct house *h = *state;
	struct store *second = NULL;

	assert_rc(store_open(h->db, STORE_WRITER, &second), RC_BUSY);
	assert_null(second);
	h->writer = store_close(h->writer);
	assert_ok(store_open(h->db, STORE_WRITER, &h->writer));
	assert_rc(store_open(h->db, STORE_WRITER, &second), RC_BUSY);
}

static void test_writer__is_one_of_many(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("A"), other = contract_customer_small("B");
	struct store *second;

	assert_ok(store_open(h->db, STORE_WRITER, &second));
	assert_ok(store_begin(h->writer));
	assert_ok(store_begin(second));
	c.customer_id = 1;
	other.customer_id = 2;
	(void)contract_add_customer(h->writer, 9001, &c);
	(void)contract_add_customer(second, 9002, &other);
	assert_ok(store_commit(second));
	assert_rc(look(h, h->reader, 1), RC_NOTFOUND);
	assert_ok(store_commit(h->writer));
	assert_ok(look(h, h->reader, 1));
	second = store_close(second);
}

static void test_writer__stays_beside_many_readers(void **state)
{
	struct house *h = *state;
	struct store *readers[8];

	for (size_t i = 0; i < ARRAY_LEN(readers); i++)
		assert_ok(store_open(h->db, STORE_READER, &readers[i]));
	struct customer c = contract_customer_small("");
	int64_t id = contract_put_customer(h, 9001, &c);
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		assert_ok(store_read(readers[i]));
		assert_ok(look(h, readers[i], id));
		readers[i] = store_close(readers[i]);
	}
}

static void test_commits__count_those_of_this_process(void **state)
{
	struct house *h = *state;
	uint64_t before = database_commits(h->db);
	struct customer c = contract_customer_small("");

	assert_int_equal(before, 1); /* the setup's */
	(void)contract_put_customer(h, 9001, &c);
	(void)contract_put_customer(h, 9001, &c);
	assert_int_equal(database_commits(h->db), 3);
	assert_ok(store_begin(h->writer));
	(void)contract_add_customer(h->writer, 9001, &c);
	assert_int_equal(database_commits(h->db), 3);
	store_rollback(h->writer);
	assert_ok(store_read(h->reader));
	store_rest(h->reader);
	assert_int_equal(database_commits(h->db), 3);
}

static void test_commit__is_kept_over_a_reopening(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	(void)contract_put_customer(h, 9001, &c);
	contract_reopen(h);
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), 1408, &back));
	contract_customers_equal(&c, &back);
}

static void test_rollback__takes_everything_back(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("R");
	struct company company = {.company_id = 9003, .name = STR("X"), .timezone = STR("UTC")};
	struct company back;

	assert_ok(store_begin(h->writer));
	int64_t id = contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_company_add(h->writer, &company, &contract_change));
	store_rollback(h->writer);
	assert_rc(look(h, h->writer, id), RC_NOTFOUND);
	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, id), RC_NOTFOUND);
	assert_rc(store_company_get(h->reader, &h->arena, 9003, &back), RC_NOTFOUND);
	/* The reference is free again; so is the number, unless it came out of a leased block. */
	assert_int_equal(contract_put_customer(h, 9001, &c), contract_engine->server ? id + 1 : id);
}

static void test_rollback__with_nothing_open_is_harmless(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	store_rollback(h->writer);
	store_rollback(h->writer);
	(void)contract_put_customer(h, 9001, &c);
}

static void test_close__rolls_back_what_is_open(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	int64_t id = contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_savepoint(h->writer));
	contract_reopen(h);
	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, id), RC_NOTFOUND);
}

static void test_writer__sees_its_own_open_work(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("MINE");

	assert_ok(store_begin(h->writer));
	int64_t id = contract_add_customer(h->writer, 9001, &c);
	assert_ok(look(h, h->writer, id));
	store_rollback(h->writer);
}

static void test_outcome__leaves_the_transaction_usable(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("TWICE");
	int64_t id, first;

	assert_ok(store_begin(h->writer));
	first = contract_add_customer(h->writer, 9001, &c);
	assert_rc(store_customer_add(h->writer, &c, 9001, &contract_change, &id), RC_EXISTS);
	c.external_customer_ref = STR("OTHER");
	id = contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, first));
	assert_ok(look(h, h->reader, id));
}

/* ---- parts ------------------------------------------------------------------------------ */

static void test_savepoint__undo_leaves_the_others(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	int64_t ids[6];

	assert_ok(store_begin(h->writer));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		c.customer_id = 100 + (int64_t)i;
		assert_ok(store_savepoint(h->writer));
		ids[i] = contract_add_customer(h->writer, 9001, &c);
		if (i % 2)
			assert_ok(store_savepoint_undo(h->writer));
		else
			assert_ok(store_savepoint_keep(h->writer));
		assert_rc(look(h, h->writer, ids[i]), i % 2 ? RC_NOTFOUND : RC_OK);
	}
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_rc(look(h, h->reader, ids[i]), i % 2 ? RC_NOTFOUND : RC_OK);
}

static void test_savepoint__undo_frees_what_the_part_had_taken(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("WANTED");

	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_savepoint_undo(h->writer));
	(void)contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_commit(h->writer));
}

static void test_savepoint__kept_parts_go_with_a_rollback(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	int64_t id = contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_savepoint_keep(h->writer));
	store_rollback(h->writer);
	assert_rc(look(h, h->writer, id), RC_NOTFOUND);
}

static void test_savepoint__an_open_part_goes_with_a_rollback(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)contract_add_customer(h->writer, 9001, &c);
	store_rollback(h->writer);
	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	assert_ok(store_savepoint_keep(h->writer));
	assert_ok(store_commit(h->writer));
}

/* ---- readers ---------------------------------------------------------------------------- */

static void test_read__sees_every_commit_finished_before(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	for (int i = 0; i < 20; i++) {
		int64_t id = contract_put_customer(h, 9001, &c);
		assert_ok(store_read(h->reader));
		assert_ok(look(h, h->reader, id));
	}
}

static void test_read__does_not_see_open_work(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_ok(store_begin(h->writer));
	int64_t id = contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, id), RC_NOTFOUND);
	assert_ok(store_commit(h->writer));
}

static void test_read__keeps_its_snapshot_until_asked_again(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	int64_t first = contract_put_customer(h, 9001, &c);

	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, first));
	int64_t second = contract_put_customer(h, 9001, &c);
	assert_rc(look(h, h->reader, second), RC_NOTFOUND);
	assert_ok(look(h, h->reader, first));
	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, second));
}

static void test_read__one_snapshot_for_all_kinds_of_records(void **state)
{
	struct house *h = *state;
	struct branch b = {.company_id = 9001, .name = STR("New"), .active = 1};
	struct list branches;
	int64_t id;

	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, 1), RC_NOTFOUND);
	assert_ok(store_begin(h->writer));
	assert_ok(store_branch_add(h->writer, &b, &contract_change, &id));
	assert_ok(store_commit(h->writer));
	assert_ok(store_branch_list(h->reader, &h->arena, 9001, &branches));
	assert_int_equal(branches.n, 2);
	assert_ok(store_read(h->reader));
	assert_ok(store_branch_list(h->reader, &h->arena, 9001, &branches));
	assert_int_equal(branches.n, 3);
}

static void test_rest__gives_a_new_snapshot_next_time(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	store_rest(h->reader);
	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, 1), RC_NOTFOUND);
	store_rest(h->reader);
	store_rest(h->reader);
	int64_t id = contract_put_customer(h, 9001, &c);
	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, id));
}

static void test_results__outlive_the_snapshot(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	(void)contract_put_customer(h, 9001, &c);
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), 1408, &back));
	h->reader = store_close(h->reader);
	contract_customers_equal(&c, &back);
}

/* ---- tidying up ------------------------------------------------------------------------- */

static bool file_has(const struct house *h, const char *mark)
{
	static char bytes[4 << 20];
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/pdmd.db", h->dir);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	size_t n = fread(bytes, 1, sizeof(bytes), file);
	assert_int_equal(fclose(file), 0);
	return memmem(bytes, n, mark, strlen(mark));
}

static void write_until_untidy(struct house *h)
{
	struct customer c = contract_customer_small("");

	for (int i = 0; i < 1000 && !store_untidy(h->writer); i++)
		(void)contract_put_customer(h, 9001, &c);
	assert_true(store_untidy(h->writer));
}

static void test_tidy__brings_what_is_committed_into_the_file(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("MARK-OF-A-REFERENCE");

	assert_false(store_untidy(h->writer));
	int64_t id = contract_put_customer(h, 9001, &c);
	store_tidy(h->writer); /* it is not worth it yet */
	assert_false(file_has(h, "MARK-OF-A-REFERENCE"));
	write_until_untidy(h);
	assert_false(file_has(h, "MARK-OF-A-REFERENCE"));
	store_tidy(h->writer);
	assert_true(file_has(h, "MARK-OF-A-REFERENCE"));
	assert_false(store_untidy(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, id));
}

static void test_tidy__with_a_reader_who_stays_comes_to_an_end(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, 1), RC_NOTFOUND);
	write_until_untidy(h);
	store_tidy(h->writer);
	assert_false(store_untidy(h->writer));         /* it is not tried again and again */
	assert_rc(look(h, h->reader, 1), RC_NOTFOUND); /* his snapshot is his */
	store_rest(h->reader);
	write_until_untidy(h);
	store_tidy(h->writer);
	(void)contract_put_customer(h, 9001, &c);
	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, 1));
}

static void test_tidy__that_fails_harms_nothing(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	if (!contract_engine->faulty)
		skip();
	write_until_untidy(h);
	(void)store_fail_at(h->writer, 0);
	store_tidy(h->writer);
	(void)store_fail_at(h->writer, -1);
	int64_t id = contract_put_customer(h, 9001, &c);
	assert_ok(store_read(h->reader));
	assert_ok(look(h, h->reader, id));
}

static void test_error__is_empty_while_all_is_well(void **state)
{
	struct house *h = *state;

	assert_string_equal(store_error(h->reader), "");
	assert_ok(store_read(h->reader));
	assert_rc(look(h, h->reader, 1), RC_NOTFOUND);
	assert_string_equal(store_error(h->reader), "");
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_writer__stays_beside_many_readers),
	CONTRACT_TEST(test_commits__count_those_of_this_process),
	CONTRACT_TEST(test_commit__is_kept_over_a_reopening),
	CONTRACT_TEST(test_rollback__takes_everything_back),
	CONTRACT_TEST(test_rollback__with_nothing_open_is_harmless),
	CONTRACT_TEST(test_close__rolls_back_what_is_open),
	CONTRACT_TEST(test_writer__sees_its_own_open_work),
	CONTRACT_TEST(test_outcome__leaves_the_transaction_usable),
	CONTRACT_TEST(test_savepoint__undo_leaves_the_others),
	CONTRACT_TEST(test_savepoint__undo_frees_what_the_part_had_taken),
	CONTRACT_TEST(test_savepoint__kept_parts_go_with_a_rollback),
	CONTRACT_TEST(test_savepoint__an_open_part_goes_with_a_rollback),
	CONTRACT_TEST(test_read__sees_every_commit_finished_before),
	CONTRACT_TEST(test_read__does_not_see_open_work),
	CONTRACT_TEST(test_rest__gives_a_new_snapshot_next_time),
	CONTRACT_TEST(test_results__outlive_the_snapshot),
	CONTRACT_TEST(test_error__is_empty_while_all_is_well),
};

const struct contract_tests contract_session = {
	.name = "session", .tests = tests, .n = ARRAY_LEN(tests)};

static const struct CMUnitTest file_tests[] = {
	CONTRACT_TEST(test_writer__is_the_only_one),
	CONTRACT_TEST(test_read__keeps_its_snapshot_until_asked_again),
	CONTRACT_TEST(test_read__one_snapshot_for_all_kinds_of_records),
	CONTRACT_TEST(test_tidy__brings_what_is_committed_into_the_file),
	CONTRACT_TEST(test_tidy__with_a_reader_who_stays_comes_to_an_end),
	CONTRACT_TEST(test_tidy__that_fails_harms_nothing),
};

const struct contract_tests contract_session_files = {"session files", file_tests,
						      ARRAY_LEN(file_tests), .files_only = true};

static void test_audit__says_which_server(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	const struct audit_filter filter = {.company_id = 9001, .record = AUDIT_CUSTOMER};
	struct change change = contract_change;
	struct list rows;
	int64_t id;

	change.server = STR("one");
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_add(h->writer, &c, 9001, &change, &id));
	change.server = STR("two");
	assert_ok(store_customer_add(h->writer, &c, 9001, &change, &id));
	assert_ok(store_commit(h->writer));
	assert_ok(store_audit_list(h->reader, &h->arena, &filter, NULL, 10, &rows));
	assert_int_equal(rows.n, 2);
	const struct audit *a = rows.items;
	bool first = str_equal_c(a[0].server, "one");
	assert_str(a[first ? 0 : 1].server, "one");
	assert_str(a[first ? 1 : 0].server, "two");
}

static const struct CMUnitTest server_tests[] = {
	CONTRACT_TEST(test_audit__says_which_server),
	CONTRACT_TEST(test_writer__is_one_of_many),
};

const struct contract_tests contract_session_server = {
	"session server", server_tests, ARRAY_LEN(server_tests), .servers_only = true};
