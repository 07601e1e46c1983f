/* A whole database is carried into a new one; the list of what it consists of is complete. */
#include "contract.h"

#include "store/moving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/engine.h"
#include "store/transfer.h"

/* ---- the list ------------------------------------------------------------------------- */

/* A column as the database itself tells of it. `key` is its place in the primary key, or 0. */
struct column {
	struct str table, name, type;
	int64_t not_null, key;
};

#define COLUMNS_SQLITE                                                                             \
	"SELECT m.name, c.name, c.type, c.\"notnull\", c.pk "                                      \
	"FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c "                             \
	"WHERE m.type = 'table' ORDER BY m.name, c.cid"

#define COLUMNS_POSTGRES                                                                           \
	"SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL)::text, "           \
	"a.attnotnull::int, coalesce(array_position(k.conkey, a.attnum), 0) "                      \
	"FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid "                         \
	"LEFT JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p' "                  \
	"WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace "               \
	"AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attnum"

static const struct transfer_table *find_table(struct str name)
{
	for (size_t i = 0; i < n_transfer_tables; i++)
		if (str_equal_c(name, transfer_tables[i].name))
			return &transfer_tables[i];
	return NULL;
}

static bool is_left_out(struct str table)
{
	for (size_t i = 0; transfer_left_out[i]; i++)
		if (str_equal_c(table, transfer_left_out[i]))
			return true;
	return false;
}

static bool is_type_of(enum engine_kind kind, struct str type)
{
	static const char *const types[][2] = {
		[ENGINE_SMALLINT] = {"INTEGER", "smallint"},
		[ENGINE_BIGINT] = {"INTEGER", "bigint"},
		[ENGINE_TEXT] = {"TEXT", "text"},
		[ENGINE_BYTES] = {"BLOB", "bytea"},
	};

	return str_equal_c(type, types[kind][contract_engine->server]);
}

static void check_column(const struct column *c, bool one_key)
{
	const struct transfer_table *t = find_table(c->table);
	unsigned i = 0;

	assert_non_null(t);
	if (t->one_key && one_key && str_equal_c(c->name, t->one_key))
		return;
	if (t->zero && !one_key && str_equal_c(c->name, t->zero))
		return;
	while (i < t->n_columns && !str_equal_c(c->name, t->columns[i].name))
		i++;
	assert_in_range(i, 0, t->n_columns - 1);
	assert_true(is_type_of(t->columns[i].kind, c->type));
	assert_int_equal(t->columns[i].nullable, !c->not_null);
	if (!(t->one_key && one_key))
		assert_int_equal(c->key, i < t->n_key ? i + 1 : 0);
}

static void read_column(struct engine_statement *st, const struct engine_ops *ops,
			struct column *ret_column)
{
	assert_ok(ops->column_text(st, 0, &ret_column->table));
	assert_ok(ops->column_text(st, 1, &ret_column->name));
	assert_ok(ops->column_text(st, 2, &ret_column->type));
	assert_ok(ops->column_int(st, 3, &ret_column->not_null));
	assert_ok(ops->column_int(st, 4, &ret_column->key));
}

static struct engine *open_engine(struct house *h, const char *url, enum engine_mode mode)
{
	const struct engine_ops *ops;
	const char *where;
	struct engine *e;
	int64_t schema;

	assert_ok(engine_find(url, &ops, &where, &h->why));
	assert_ok(ops->open(where, mode, &e, &schema, &h->why));
	return e;
}

/* Whoever adds a table or a column to the migrations is stopped here until transfer_tables.c has
 * it, or leaves it out by name. */
static void test_list__has_every_table_and_column_of_the_migrations(void **state)
{
	struct house *h = *state;
	struct engine *e = open_engine(h, h->url, ENGINE_READER);
	const struct engine_ops *ops = e->ops;
	struct engine_statement *st;
	size_t n = 0, n_listed = 0;
	bool row;

	assert_ok(
		ops->prepare(e, contract_engine->server ? COLUMNS_POSTGRES : COLUMNS_SQLITE, &st));
	for (assert_ok(ops->step(st, &row)); row; assert_ok(ops->step(st, &row))) {
		struct column c;
		read_column(st, ops, &c);
		if (is_left_out(c.table))
			continue;
		check_column(&c, ops->one_key);
		n++;
	}
	for (size_t i = 0; i < n_transfer_tables; i++) {
		const struct transfer_table *t = &transfer_tables[i];
		n_listed += t->n_columns + ((ops->one_key ? t->one_key : t->zero) != NULL);
	}
	assert_int_equal(n, n_listed);
	ops->finalize(st);
	ops->close(e);
}

/* ---- the copy ------------------------------------------------------------------------- */

#define N_CUSTOMERS 5000 /* more than a page */

static void fill(struct house *h)
{
	struct customer full = contract_customer_full();
	uint8_t mac[KILL_BYTES] = {0xff, 0, 7};
	struct kept_answer answer = {.expires_us = INT64_MAX,
				     .customer_id = 1,
				     .answer = STR("{\"a\":\"\\u00e9 \xc3\xa9\"}")};
	struct import_run run = {.rows_done = 3, .before_id = 2, .claimed_id = 4};
	struct access_key key = contract_key(9001, 0x80);
	int64_t id;

	assert_ok(store_begin(h->writer));
	for (int i = 0; i < N_CUSTOMERS; i++) {
		char ref[16];
		(void)snprintf(ref, sizeof(ref), "R%d", i);
		struct customer c = contract_customer_small(i % 2 ? ref : "");
		(void)contract_add_customer(h->writer, i % 7 ? 9001 : 9002, &c);
	}
	full.customer_id = 0;
	(void)contract_add_customer(h->writer, 9001, &full);
	assert_ok(store_access_key_add(h->writer, &key, &contract_change, &id));
	assert_ok(store_kill_add(h->writer, 9001, mac, INT64_MAX, &contract_change));
	assert_ok(store_answer_put(h->writer, 9001, 1, STR("once"), 1, &answer));
	assert_ok(store_import_put(h->writer, 9002, STR("list.csv"), 1, &run));
	assert_ok(store_commit(h->writer));
}

static void rest(struct house *h)
{
	h->reader = store_close(h->reader);
	h->writer = store_close(h->writer);
}

static enum rc ignore(void *owner, const struct engine_value *values)
{
	(void)owner;
	(void)values;
	return RC_OK;
}

static struct transfer_sum sum_of(struct house *h, const char *url, const char *table)
{
	struct engine *e = open_engine(h, url, ENGINE_READER);
	struct transfer_sum sum;

	assert_ok(e->ops->begin(e));
	assert_ok(transfer_read(e, find_table(str_c(table)), ignore, NULL, &sum));
	e->ops->rollback(e);
	e->ops->close(e);
	return sum;
}

static void change_first_customer(const char *url)
{
	struct text why;
	struct database *db;
	struct store *s;
	struct arena a;
	struct customer c, after;

	text_init(&why, 4096);
	arena_init(&a, 16384, 1 << 20);
	assert_ok(database_open(url, &db, &why));
	assert_ok(store_open(db, STORE_WRITER, &s));
	assert_ok(store_begin(s));
	assert_ok(store_customer_get(s, &a, ALL_OF(9001), 1, &c));
	after = c;
	after.title = STR("Dr");
	assert_ok(store_customer_edit(s, 9001, &c, &after, &contract_change));
	assert_ok(store_commit(s));
	s = store_close(s);
	assert_null(database_close(db));
	arena_fini(&a);
	text_fini(&why);
}

static void test_copy__has_all_of_every_table(void **state)
{
	struct house *h = *state;
	struct transfer_facts facts;
	char url[CONTRACT_URL_BYTES];

	fill(h);
	rest(h);
	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_transfer(h->url, url, NULL, NULL, &facts, &h->why));
	assert_int_equal(facts.n_tables, n_transfer_tables);
	for (size_t i = 0; i < facts.n_tables; i++) {
		struct transfer_sum from = sum_of(h, h->url, facts.tables[i].name);
		struct transfer_sum to = sum_of(h, url, facts.tables[i].name);
		assert_int_equal(facts.tables[i].rows, from.rows);
		assert_int_equal(to.rows, from.rows);
		assert_memory_equal(to.checksum, from.checksum, sizeof(to.checksum));
		assert_memory_equal(facts.tables[i].checksum, from.checksum, sizeof(from.checksum));
		if (strcmp(facts.tables[i].name, "customer") == 0)
			assert_int_equal(from.rows, N_CUSTOMERS + 1);
	}
	contract_reopen(h);
}

static void test_copy__goes_on_where_the_first_one_was(void **state)
{
	struct house *h = *state;
	struct transfer_facts facts;
	struct customer c = contract_customer_small("next");
	struct database *db;
	struct store *s;
	char url[CONTRACT_URL_BYTES];
	int64_t last;

	fill(h);
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_last(h->reader, 9001, &last));
	rest(h);
	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_transfer(h->url, url, NULL, NULL, &facts, &h->why));
	assert_ok(database_open(url, &db, &h->why));
	assert_ok(store_open(db, STORE_WRITER, &s));
	assert_ok(store_begin(s));
	assert_true(contract_add_customer(s, 9001, &c) > last);
	assert_ok(store_commit(s));
	s = store_close(s);
	db = database_close(db);
	contract_reopen(h);
}

static void test_checksum__tells_one_changed_value(void **state)
{
	struct house *h = *state;
	struct transfer_facts facts;
	char url[CONTRACT_URL_BYTES];

	fill(h);
	rest(h);
	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_transfer(h->url, url, NULL, NULL, &facts, &h->why));
	change_first_customer(url);
	struct transfer_sum from = sum_of(h, h->url, "customer");
	struct transfer_sum to = sum_of(h, url, "customer");
	assert_int_equal(to.rows, from.rows);
	assert_memory_not_equal(to.checksum, from.checksum, sizeof(to.checksum));
	contract_reopen(h);
}

static void test_copy__takes_no_target_that_has_data(void **state)
{
	struct house *h = *state;
	struct transfer_facts facts;
	char url[CONTRACT_URL_BYTES];

	fill(h);
	rest(h);
	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_transfer(h->url, url, NULL, NULL, &facts, &h->why));
	struct transfer_sum before = sum_of(h, url, "audit");
	assert_rc(database_transfer(h->url, url, NULL, NULL, &facts, &h->why), RC_EXISTS);
	assert_true(h->why.n > 0);
	struct transfer_sum after = sum_of(h, url, "audit");
	assert_memory_equal(before.checksum, after.checksum, sizeof(after.checksum));
	contract_reopen(h);
}

static void test_copy__of_nothing_makes_nothing(void **state)
{
	struct house *h = *state;
	struct transfer_facts facts;
	char url[CONTRACT_URL_BYTES], from[CONTRACT_URL_BYTES];

	contract_url_beside(h, url, sizeof(url));
	(void)snprintf(from, sizeof(from), "sqlite:%s/nothing", h->dir); /* fits */
	assert_rc(database_transfer(from, url, NULL, NULL, &facts, &h->why), RC_NOTFOUND);
	assert_true(h->why.n > 0);
	/* There is still room for a new one. */
	assert_ok(database_create(url, &h->why));
}

static void test_copy__takes_an_empty_database_of_a_server(void **state)
{
	struct house *h = *state;
	struct transfer_facts facts;
	char url[CONTRACT_URL_BYTES];

	fill(h);
	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_create(url, &h->why));
	assert_ok(database_transfer(h->url, url, NULL, NULL, &facts, &h->why));
	assert_int_equal(sum_of(h, url, "customer").rows, N_CUSTOMERS + 1);
}

/* ---- while it is made ----------------------------------------------------------------- */

struct meanwhile {
	struct house *h;
	bool tried;
};

static void try_others(void *m_, enum transfer_part part, const char *table, int64_t rows)
{
	struct meanwhile *m = m_;

	(void)rows;
	if (m->tried || part != TRANSFER_COPYING || strcmp(table, "customer") != 0)
		return;
	struct engine *e = open_engine(m->h, m->h->url, ENGINE_WRITER);
	assert_ok(e->ops->begin(e));
	assert_ok(e->ops->run(e, "SET LOCAL lock_timeout = 50"));
	assert_ok(e->ops->run(e, "SELECT count(*) FROM customer"));
	assert_rc(e->ops->run(e, "DELETE FROM import_run"), RC_BUSY);
	e->ops->rollback(e);
	e->ops->close(e);
	m->tried = true;
}

static void test_source__that_is_shared_only_serves_reads_meanwhile(void **state)
{
	struct house *h = *state;
	struct meanwhile m = {.h = h};
	const struct transfer_watch watch = {.progress = try_others, .owner = &m};
	struct transfer_facts facts;
	char url[CONTRACT_URL_BYTES];

	fill(h);
	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_transfer(h->url, url, NULL, &watch, &facts, &h->why));
	assert_true(m.tried);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_list__has_every_table_and_column_of_the_migrations),
	CONTRACT_TEST(test_copy__has_all_of_every_table),
	CONTRACT_TEST(test_copy__goes_on_where_the_first_one_was),
	CONTRACT_TEST(test_checksum__tells_one_changed_value),
	CONTRACT_TEST(test_copy__takes_no_target_that_has_data),
	CONTRACT_TEST(test_copy__of_nothing_makes_nothing),
};

const struct contract_tests contract_transfer = {
	.name = "transfer", .tests = tests, .n = ARRAY_LEN(tests)};

/* A file that is there is never written to, and whoever has its directory's lock is alone. */
static const struct CMUnitTest server_tests[] = {
	CONTRACT_TEST(test_copy__takes_an_empty_database_of_a_server),
	CONTRACT_TEST(test_source__that_is_shared_only_serves_reads_meanwhile),
};

const struct contract_tests contract_transfer_server = {.name = "transfer of a server's",
							.tests = server_tests,
							.n = ARRAY_LEN(server_tests),
							.servers_only = true};
