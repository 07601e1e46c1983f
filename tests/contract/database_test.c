/* Databases come to be, are found, and are brought up to date. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "store/facts.h"

static void test_create__leaves_an_existing_database_alone(void **state)
{
	struct house *h = *state;
	struct company c;

	assert_rc(database_create(h->url, &h->why), RC_EXISTS);
	assert_true(h->why.n > 0);
	assert_ok(store_read(h->reader));
	assert_ok(store_company_get(h->reader, &h->arena, 9001, &c));
}

static void test_create__makes_an_empty_one(void **state)
{
	struct house *h = *state;
	struct database *db;
	struct store *s;
	struct list companies;
	int64_t n_companies, n_keys;
	char url[CONTRACT_URL_BYTES];

	contract_url_beside(h, url, sizeof(url));
	assert_ok(database_create(url, &h->why));
	assert_ok(database_open(url, &db, &h->why));
	assert_int_equal(h->why.n, 0);
	assert_int_equal(database_commits(db), 0);
	assert_ok(store_open(db, STORE_READER, &s));
	assert_ok(store_read(s));
	assert_ok(store_company_list(s, &h->arena, &companies));
	assert_int_equal(companies.n, 0);
	assert_ok(store_company_count(s, &n_companies, &n_keys));
	assert_int_equal(n_companies, 0);
	assert_int_equal(n_keys, 0);
	s = store_close(s);
	assert_null(s);
	assert_null(database_close(db));
}

static void test_open__does_not_find_what_is_not_there(void **state)
{
	struct house *h = *state;
	struct database *db = NULL;
	char url[CONTRACT_URL_BYTES];

	contract_url_beside(h, url, sizeof(url));
	assert_rc(database_open(url, &db, &h->why), RC_NOTFOUND);
	assert_null(db);
	assert_true(h->why.n > 0);
	/* And has not made it by looking. */
	assert_ok(database_create(url, &h->why));
}

static void test_migrate__does_not_find_what_is_not_there(void **state)
{
	struct house *h = *state;
	char url[CONTRACT_URL_BYTES];

	contract_url_beside(h, url, sizeof(url));
	assert_rc(database_migrate(url, &h->why), RC_NOTFOUND);
	assert_true(h->why.n > 0);
}

static void test_migrate__has_nothing_to_do_however_often(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	(void)contract_put_customer(h, 9001, &c);
	h->reader = store_close(h->reader);
	h->writer = store_close(h->writer);
	assert_ok(database_migrate(h->url, &h->why));
	assert_ok(database_migrate(h->url, &h->why));
	assert_int_equal(h->why.n, 0);
	contract_reopen(h);
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), 1408, &back));
	contract_customers_equal(&c, &back);
}

static void test_url__that_names_no_engine_is_refused(void **state)
{
	static const char *const urls[] = {
		"",       ":",       "sqlite",        "sqlite:", "sqlit:/tmp/x", "sqlite3:/tmp/x",
		"/tmp/x", "faulty:", "faulty:/tmp/x",
	};
	struct house *h = *state;
	struct database *db = NULL;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		text_clear(&h->why);
		assert_rc(database_open(urls[i], &db, &h->why), RC_INVALID);
		assert_rc(database_create(urls[i], &h->why), RC_INVALID);
		assert_rc(database_migrate(urls[i], &h->why), RC_INVALID);
		assert_null(db);
		assert_true(h->why.n > 0);
	}
}

static void test_show__never_has_the_password(void **state)
{
	static const struct {
		const char *url, *shown;
	} cases[] = {
		{"sqlite:/tmp/x", "/tmp/x"},
		{"postgresql://u:geheim@h/d", "postgresql://u@h/d"},
		{"postgresql://u:geheim@h:1,[::1]:2,k/d?sslmode=require",
		 "postgresql://u@h:1,::1:2,k/d"},
		{"postgresql:///d?host=/run&user=u&password=geheim", "postgresql://u@/run/d"},
		{"postgresql://u:geheim@[::1/d", "postgresql://"},
		{"mysql://u:geheim@h/d", ""},
	};
	struct house *h = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		text_clear(&h->why);
		database_show(cases[i].url, &h->why);
		assert_null(strstr(text_c(&h->why), "geheim"));
		assert_string_equal(text_c(&h->why), cases[i].shown);
	}
}

static void test_prepare__has_nothing_to_do_where_the_tables_are(void **state)
{
	struct house *h = *state;
	int64_t from = 0, to = 0;

	h->reader = store_close(h->reader);
	h->writer = store_close(h->writer);
	assert_ok(database_prepare(h->url, &from, &to, &h->why));
	assert_true(from > 0);
	assert_int_equal(from, to);
	contract_reopen(h);
}

static void test_installation__keeps_the_first_check(void **state)
{
	static const uint8_t first[STORE_CHECK_BYTES] = "first",
			     second[STORE_CHECK_BYTES] = "other";
	struct house *h = *state;
	uint8_t back[STORE_CHECK_BYTES] = {0};

	assert_ok(store_read(h->reader));
	assert_rc(store_installation_get(h->reader, back), RC_NOTFOUND);
	assert_ok(store_begin(h->writer));
	assert_ok(store_installation_put(h->writer, first));
	assert_rc(store_installation_put(h->writer, second), RC_EXISTS);
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_installation_get(h->reader, back));
	assert_memory_equal(back, first, sizeof(first));
}

static void test_look__tells_engine_schema_and_tables(void **state)
{
	struct house *h = *state;
	struct database_facts facts;
	bool customers = false;

	assert_ok(database_look(h->url, &h->arena, &facts, &h->why));
	assert_true(facts.engine.n > 0);
	assert_true(facts.place.n > 0);
	assert_true(facts.version.n > 0);
	assert_true(facts.bytes > 0);
	assert_true(facts.schema > 0);
	assert_int_equal(facts.schema, facts.schema_needed);
	const struct database_table *tables = facts.tables.items;
	for (size_t i = 0; i < facts.tables.n; i++)
		customers |= str_equal_c(tables[i].name, "customer");
	assert_true(customers);
	assert_int_equal(facts.hosts.n, facts.shared ? 1 : 0);
}

static void test_close__takes_null(void **state)
{
	(void)state;
	assert_null(database_close(NULL));
	assert_null(store_close(NULL));
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_create__leaves_an_existing_database_alone),
	CONTRACT_TEST(test_create__makes_an_empty_one),
	CONTRACT_TEST(test_open__does_not_find_what_is_not_there),
	CONTRACT_TEST(test_migrate__does_not_find_what_is_not_there),
	CONTRACT_TEST(test_migrate__has_nothing_to_do_however_often),
	CONTRACT_TEST(test_url__that_names_no_engine_is_refused),
	CONTRACT_TEST(test_show__never_has_the_password),
	CONTRACT_TEST(test_prepare__has_nothing_to_do_where_the_tables_are),
	CONTRACT_TEST(test_installation__keeps_the_first_check),
	CONTRACT_TEST(test_look__tells_engine_schema_and_tables),
	CONTRACT_TEST(test_close__takes_null),
};

const struct contract_tests contract_database = {
	.name = "database", .tests = tests, .n = ARRAY_LEN(tests)};
