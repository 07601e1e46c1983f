/* Erasing: nothing of a person is left in any file, wherever the engine had put it. */
#include "contract.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/held_answer.h"
#include "store/engine.h"

#define MARK       "victim" /* in every text of who is erased; files are looked through in lower case */
#define VICTIM     200
#define NEIGHBOURS 400
#define STEPS      60 /* of a round, each a transaction */
#define EDITS      8  /* of a step */
#define TEXT_BYTES 160

/* ---- looking ---------------------------------------------------------------------------- */

static bool file_has(const char *path, const char *mark)
{
	FILE *file = fopen(path, "rb");
	bool found = false;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	long n = ftell(file);
	assert_true(n >= 0);
	rewind(file);
	char *bytes = malloc((size_t)n + 1);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, (size_t)n, file), n);
	for (long i = 0; i < n; i++)
		bytes[i] = (char)tolower((unsigned char)bytes[i]);
	found = memmem(bytes, (size_t)n, mark, strlen(mark));
	free(bytes);
	assert_int_equal(fclose(file), 0);
	return found;
}

/* Is it in any file of the database's folder? */
static bool folder_has(const struct house *h, const char *mark)
{
	DIR *dir = opendir(h->dir);
	struct dirent *entry;
	bool found = false;
	size_t n_files = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char path[512];
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", h->dir, entry->d_name);
		found = file_has(path, mark) || found;
		n_files++;
	}
	assert_int_equal(closedir(dir), 0);
	assert_true(n_files >= 3); /* the database, its log, and the log's index */
	return found;
}

/* ---- people ------------------------------------------------------------------------------- */

static uint32_t seed;

static size_t chance(size_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

/* A person of texts of any length; the victim's are made of the mark. */
struct person {
	struct customer customer;
	char ref[40];
	char texts[8][TEXT_BYTES];
};

static struct str text_of(struct person *p, size_t i)
{
	bool victim = p->customer.customer_id == VICTIM;
	size_t n = sizeof(MARK) + chance(TEXT_BYTES - sizeof(MARK));

	for (size_t at = 0; at < n; at++)
		p->texts[i][at] = victim ? MARK[at % (sizeof(MARK) - 1)] : 'x';
	p->texts[i][n - 1] = (char)('a' + chance(26));
	return (struct str){p->texts[i], n};
}

static void make(struct person *p, int64_t customer_id)
{
	struct customer *c = &p->customer;

	*c = contract_customer_small("");
	c->customer_id = customer_id;
	int n = snprintf(p->ref, sizeof(p->ref), "%s%zu-%d",
			 customer_id == VICTIM ? MARK : "neighbour", chance(1000000),
			 (int)customer_id);
	c->external_customer_ref = (struct str){p->ref, (size_t)n};
	struct str *const all[] = {&c->first_name,   &c->last_name,          &c->address.line_1,
				   &c->address.city, &c->email_address,      &c->tel_number_1,
				   &c->tel_number_2, &c->address.postal_code};
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		*all[i] = text_of(p, i);
}

/* Adds him, edits him, or (a neighbour) erases him. */
static void change_somebody(struct house *h, bool victim)
{
	int64_t id = victim ? VICTIM : 1 + (int64_t)chance(NEIGHBOURS);
	static struct person p;
	struct customer before;

	if (!victim && id == VICTIM)
		return;
	make(&p, id);
	enum rc rc = store_customer_get(h->writer, &h->arena, ALL_OF(9001), id, &before);
	if (rc == RC_NOTFOUND)
		(void)contract_add_customer(h->writer, 9001, &p.customer);
	else if (!victim && chance(5) == 0)
		assert_ok(store_customer_erase(h->writer, 9001, &before, &contract_change));
	else
		assert_ok(store_customer_edit(h->writer, 9001, &before, &p.customer,
					      &contract_change));
}

static void live_a_while(struct house *h)
{
	for (int step = 0; step < STEPS; step++) {
		assert_ok(store_begin(h->writer));
		for (int i = 0; i < EDITS; i++)
			change_somebody(h, i == 0);
		assert_ok(store_commit(h->writer));
		arena_reset(&h->arena);
	}
}

static enum rc erase(struct house *h, int64_t id)
{
	struct customer c;

	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), id, &c));
	assert_ok(store_customer_erase(h->writer, 9001, &c, &contract_change));
	return store_commit(h->writer);
}

/* ---- the tests ------------------------------------------------------------------------------ */

static void test_erase__leaves_nothing_in_any_file(void **state)
{
	struct house *h = *state;

	seed = 9; /* of those with which SQLite leaves something behind, the first time round */
	for (int round = 0; round < 3; round++) {
		live_a_while(h);
		assert_true(folder_has(h, MARK));
		assert_ok(erase(h, VICTIM));
		assert_int_equal(store_unwiped(h->writer), 0);
		assert_false(folder_has(h, MARK));
		/* Nor does it come back with what is written next. */
		for (int i = 0; i < 20; i++) {
			assert_ok(store_begin(h->writer));
			change_somebody(h, false);
			assert_ok(store_commit(h->writer));
		}
		assert_false(folder_has(h, MARK));
	}
}

static void run_sql(struct house *h, const char *sql, enum rc expected)
{
	const char *mode = expected == RC_OK ? "COMMIT" : "ROLLBACK";
	const struct engine_ops *ops;
	struct engine *e;
	const char *where;
	int64_t schema;

	assert_ok(engine_find(h->url, &ops, &where, &h->why));
	assert_ok(ops->open(where, ENGINE_WRITER, &e, &schema, &h->why));
	assert_ok(ops->run(e, "BEGIN IMMEDIATE"));
	assert_rc(ops->run(e, sql), expected);
	assert_ok(ops->run(e, mode));
	ops->close(e);
}

static void test_erase__takes_kept_answers_of_him_and_of_nobody_else(void **state)
{
	static const char sql[] =
		"INSERT INTO idempotency (company_id, key_number, idempotency_key, request_hash, "
		"expires_us, etag, customer_id, answer) VALUES "
		"(9001, 3, 'one', zeroblob(32), 77000000, 1, 1408, '{\"name\":\"victim\"}'), "
		"(9001, 4, 'two', zeroblob(32), 1, 1, 1, '{\"name\":\"neighbour\"}'), "
		"(9002, 3, 'one', zeroblob(32), 1, 1, 1408, '{\"name\":\"namesake\"}')";
	struct house *h = *state;
	struct customer c = contract_customer_full();
	struct held_answer *held;
	struct list list;

	(void)contract_put_customer(h, 9001, &c);
	run_sql(h, sql, RC_OK);
	assert_ok(store_read(h->reader));
	assert_ok(store_answer_list(h->reader, &h->arena, 9001, 1408, &list));
	assert_int_equal(list.n, 1);
	held = list.items;
	assert_int_equal(held->key_number, 3);
	assert_str(held->idempotency_key, "one");
	assert_int_equal(held->expires_us, 77000000);
	assert_str(held->answer, "{\"name\":\"victim\"}");

	store_rest(h->reader); /* else it would hold on to the log, on this very thread */
	assert_true(folder_has(h, MARK));
	assert_ok(erase(h, 1408));
	assert_false(folder_has(h, MARK));
	assert_true(folder_has(h, "neighbour"));
	assert_true(folder_has(h, "namesake"));
	assert_ok(store_read(h->reader));
	assert_ok(store_answer_list(h->reader, &h->arena, 9001, 1408, &list));
	assert_int_equal(list.n, 0);
}

static void test_erase__says_so_when_a_reader_holds_on_and_is_done_when_he_lets_go(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("VICTIM-1"), seen;
	int64_t id = contract_put_customer(h, 9001, &c);

	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), id, &seen));
	assert_ok(erase(h, id)); /* it is done, and cannot be taken back */
	assert_true(store_unwiped(h->writer) > 0);
	assert_true(folder_has(h, MARK));
	store_wipe(h->writer);
	assert_true(store_unwiped(h->writer) > 0);
	store_rest(h->reader);
	store_wipe(h->writer);
	assert_int_equal(store_unwiped(h->writer), 0);
	assert_false(folder_has(h, MARK));
}

static void test_erase__is_finished_by_the_next_writer(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("VICTIM-1"), seen;
	int64_t id = contract_put_customer(h, 9001, &c);

	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), id, &seen));
	assert_ok(erase(h, id));
	h->writer = store_close(h->writer);
	assert_true(folder_has(h, MARK));
	store_rest(h->reader);
	assert_ok(store_open(h->db, STORE_WRITER, &h->writer));
	assert_int_equal(store_unwiped(h->writer), 0);
	assert_false(folder_has(h, MARK));
}

static void test_erase__that_is_taken_back_leaves_everything(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	(void)contract_put_customer(h, 9001, &c);
	assert_ok(store_begin(h->writer));
	assert_ok(store_savepoint(h->writer));
	assert_ok(store_customer_erase(h->writer, 9001, &c, &contract_change));
	assert_ok(store_savepoint_undo(h->writer));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), 1408, &back));
	contract_customers_equal(&c, &back);
}

static void test_erase__of_a_version_that_is_no_more_changes_nothing(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	(void)contract_put_customer(h, 9001, &c);
	c.version = 2;
	assert_ok(store_begin(h->writer));
	assert_rc(store_customer_erase(h->writer, 9001, &c, &contract_change), RC_CHANGED);
	store_rollback(h->writer);
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), 1408, &back));
}

/* ---- the audit's rows -------------------------------------------------------------------- */

static void test_audit__rows_can_be_neither_changed_nor_taken_away(void **state)
{
	static const char *const sqls[] = {
		"UPDATE audit SET command = 'x'",
		"UPDATE audit SET operator_uid = 0 WHERE company_id = 9001",
		"DELETE FROM audit",
		"DELETE FROM audit WHERE company_id = 9001",
		"REPLACE INTO audit SELECT * FROM audit",
	};
	struct house *h = *state;
	const struct audit_filter all = {.company_id = 9001};
	struct list before, after;

	assert_ok(store_read(h->reader));
	assert_ok(store_audit_list(h->reader, &h->arena, &all, NULL, 100, &before));
	assert_int_equal(before.n, 3); /* the company and its branches */
	for (size_t i = 0; i < ARRAY_LEN(sqls); i++) {
		run_sql(h, sqls[i], RC_INVALID);
		store_rest(h->reader);
		assert_ok(store_read(h->reader));
		assert_ok(store_audit_list(h->reader, &h->arena, &all, NULL, 100, &after));
		assert_int_equal(after.n, before.n);
	}
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_erase__that_is_taken_back_leaves_everything),
	CONTRACT_TEST(test_erase__of_a_version_that_is_no_more_changes_nothing),
};

const struct contract_tests contract_erase = {
	.name = "erase", .tests = tests, .n = ARRAY_LEN(tests)};

static const struct CMUnitTest file_tests[] = {
	CONTRACT_TEST(test_erase__leaves_nothing_in_any_file),
	CONTRACT_TEST(test_erase__takes_kept_answers_of_him_and_of_nobody_else),
	CONTRACT_TEST(test_erase__says_so_when_a_reader_holds_on_and_is_done_when_he_lets_go),
	CONTRACT_TEST(test_erase__is_finished_by_the_next_writer),
	CONTRACT_TEST(test_audit__rows_can_be_neither_changed_nor_taken_away),
};

const struct contract_tests contract_erase_files = {"erase files", file_tests,
						    ARRAY_LEN(file_tests), .files_only = true};
