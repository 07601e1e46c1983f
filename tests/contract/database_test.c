/* Databases come to be, are found, and are brought up to date. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

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
	CONTRACT_TEST(test_close__takes_null),
};

const struct contract_tests contract_database = {
	.name = "database", .tests = tests, .n = ARRAY_LEN(tests)};
