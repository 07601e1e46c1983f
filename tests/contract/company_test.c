/* Companies. */
#include "contract.h"

#include <string.h>

static const struct company full = {
	.company_id = 9003,
	.name = STR_INIT("Élan's \"Chemist\" \\ 药房"),
	.timezone = STR_INIT("Asia/Kolkata"),
	.active = 1,
	.created = STR_INIT("2025-01-31"),
};

static void assert_company(const struct company *a, const struct company *b)
{
	assert_int_equal(a->company_id, b->company_id);
	assert_true(str_equal(a->name, b->name));
	assert_true(str_equal(a->timezone, b->timezone));
	assert_int_equal(a->active, b->active);
	assert_true(str_equal(a->created, b->created));
}

static void put(struct house *h, const struct company *c)
{
	assert_ok(store_begin(h->writer));
	assert_ok(store_company_add(h->writer, c, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
}

static void test_company__comes_back_as_it_was_added(void **state)
{
	struct house *h = *state;
	struct company back;

	put(h, &full);
	assert_ok(store_company_get(h->reader, &h->arena, 9003, &back));
	assert_company(&full, &back);
}

static void test_company__can_be_added_inactive(void **state)
{
	struct house *h = *state;
	struct company c = full, back;

	c.active = 0;
	put(h, &c);
	assert_ok(store_company_get(h->reader, &h->arena, 9003, &back));
	assert_company(&c, &back);
}

static void test_company__is_added_once(void **state)
{
	struct house *h = *state;
	struct company c = full, back;

	c.company_id = 9001;
	assert_ok(store_begin(h->writer));
	assert_rc(store_company_add(h->writer, &c, &contract_change), RC_EXISTS);
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_company_get(h->reader, &h->arena, 9001, &back));
	assert_str(back.name, "Chemist & Sons");
}

static void test_company__unknown_is_not_found_and_nothing_written(void **state)
{
	static const int64_t ids[] = {0, 1, -9001, 90011, 900, INT64_MAX, INT64_MIN};
	struct house *h = *state;
	struct company back = {.company_id = 77};

	assert_ok(store_read(h->reader));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_rc(store_company_get(h->reader, &h->arena, ids[i], &back), RC_NOTFOUND);
	assert_int_equal(back.company_id, 77);
}

static void test_company__edit_writes_name_timezone_and_active(void **state)
{
	struct house *h = *state;
	struct company c = full, back;

	put(h, &full);
	c.name = STR("Renamed");
	c.timezone = STR("UTC");
	c.active = 0;
	c.created = STR("1999-01-01"); /* not written */
	assert_ok(store_begin(h->writer));
	assert_ok(store_company_edit(h->writer, &c, &c, &contract_change));
	assert_ok(store_commit(h->writer));
	c.created = full.created;
	assert_ok(store_read(h->reader));
	assert_ok(store_company_get(h->reader, &h->arena, 9003, &back));
	assert_company(&c, &back);
	/* The others are as they were. */
	assert_ok(store_company_get(h->reader, &h->arena, 9001, &back));
	assert_str(back.name, "Chemist & Sons");
	assert_int_equal(back.active, 1);
}

static void test_company__edit_of_an_unknown_one(void **state)
{
	struct house *h = *state;

	assert_ok(store_begin(h->writer));
	assert_rc(store_company_edit(h->writer, &full, &full, &contract_change), RC_NOTFOUND);
	store_rollback(h->writer);
}

static void test_company__list_is_in_order_and_complete(void **state)
{
	struct house *h = *state;
	struct list list;

	assert_ok(store_begin(h->writer));
	for (int64_t id = 30; id > 0; id--) {
		struct company c = full;
		c.company_id = id;
		assert_ok(store_company_add(h->writer, &c, &contract_change));
	}
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_company_list(h->reader, &h->arena, &list));
	assert_int_equal(list.n, 32);
	const struct company *companies = list.items;
	for (int64_t i = 0; i < 30; i++) {
		struct company c = full;
		c.company_id = i + 1;
		assert_company(&c, &companies[i]);
	}
	assert_int_equal(companies[30].company_id, 9001);
	assert_int_equal(companies[31].company_id, 9002);
}

static void test_company__count_knows_companies_and_keys(void **state)
{
	struct house *h = *state;
	struct access_key k = contract_key(9001, 1), other = contract_key(9002, 1);
	int64_t companies, keys, number;

	assert_ok(store_begin(h->writer));
	assert_ok(store_access_key_add(h->writer, &k, &contract_change, &number));
	assert_ok(store_access_key_add(h->writer, &other, &contract_change, &number));
	other = contract_key(9002, 2);
	assert_ok(store_access_key_add(h->writer, &other, &contract_change, &number));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_company_count(h->reader, &companies, &keys));
	assert_int_equal(companies, 2);
	assert_int_equal(keys, 3);
}

static void test_company__list_that_does_not_fit_is_no_list(void **state)
{
	struct house *h = *state;
	struct arena small;
	struct list list = {NULL, 77};

	assert_ok(store_begin(h->writer));
	for (int64_t id = 1; id <= 100; id++) {
		struct company c = full;
		c.company_id = id;
		assert_ok(store_company_add(h->writer, &c, &contract_change));
	}
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	arena_init(&small, 512, 2048);
	assert_rc(store_company_list(h->reader, &small, &list), RC_NOMEM);
	assert_int_equal(list.n, 77);
	arena_fini(&small);
	assert_ok(store_company_list(h->reader, &h->arena, &list));
	assert_int_equal(list.n, 102);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_company__comes_back_as_it_was_added),
	CONTRACT_TEST(test_company__can_be_added_inactive),
	CONTRACT_TEST(test_company__is_added_once),
	CONTRACT_TEST(test_company__unknown_is_not_found_and_nothing_written),
	CONTRACT_TEST(test_company__edit_writes_name_timezone_and_active),
	CONTRACT_TEST(test_company__edit_of_an_unknown_one),
	CONTRACT_TEST(test_company__list_is_in_order_and_complete),
	CONTRACT_TEST(test_company__count_knows_companies_and_keys),
	CONTRACT_TEST(test_company__list_that_does_not_fit_is_no_list),
};

const struct contract_tests contract_company = {
	.name = "company", .tests = tests, .n = ARRAY_LEN(tests)};
