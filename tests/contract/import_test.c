/* What an import asks of the store: who is probably somebody who is there, and how far it has come.
 */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#define MONTH_US (INT64_C(30) * 24 * 3600 * 1000000)

static struct customer named(const char *first, const char *last, const char *dob, const char *code)
{
	struct customer c = contract_customer_small("");

	c.first_name = str_c(first);
	c.last_name = str_c(last);
	c.dob = str_c(dob);
	c.address.postal_code = str_c(code);
	return c;
}

static enum rc alike(struct house *h, int64_t company_id, const struct customer *c, int64_t after,
		     int64_t *ret_id)
{
	struct customer found;

	assert_ok(store_read(h->reader));
	enum rc rc = store_customer_alike(h->reader, &h->arena, company_id, c, after, &found);
	if (rc == RC_OK)
		*ret_id = found.customer_id;
	return rc;
}

static void test_alike__are_the_same_names_dob_and_postcode_however_they_are_written(void **state)
{
	struct house *h = *state;
	struct customer ann = named("Ann", "O'Brien", "1968-11-06", "LS1 1AA");
	struct customer same[] = {
		named("Ann", "O'Brien", "1968-11-06", "LS1 1AA"),
		named("ÁNN", "obrien", "1968-11-06", "ls11aa"),
		named(" ann", "O BRIEN", "1968-11-06", "LS-11 AA"),
	};
	struct customer other[] = {
		named("Anna", "O'Brien", "1968-11-06", "LS1 1AA"),
		named("An", "nO'Brien", "1968-11-06", "LS1 1AA"),
		named("Ann", "O'Brian", "1968-11-06", "LS1 1AA"),
		named("Ann", "O'Brien", "1968-11-07", "LS1 1AA"),
		named("Ann", "O'Brien", "", "LS1 1AA"),
		named("Ann", "O'Brien", "1968-11-06", "LS1 1AB"),
	};
	int64_t wanted = contract_put_customer(h, 9001, &ann), id;

	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		assert_ok(alike(h, 9001, &same[i], 0, &id));
		assert_int_equal(id, wanted);
		assert_rc(alike(h, 9002, &same[i], 0, &id), RC_NOTFOUND);
	}
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_rc(alike(h, 9001, &other[i], 0, &id), RC_NOTFOUND);
}

static void test_alike__can_be_without_a_dob_and_not_without_anything(void **state)
{
	struct house *h = *state;
	struct customer ann = named("Ann", "Example", "", "LS1 1AA"),
			none = named("-", ".", "", "!");
	int64_t wanted = contract_put_customer(h, 9001, &ann), id;

	(void)contract_put_customer(h, 9001, &none);
	assert_ok(alike(h, 9001, &ann, 0, &id));
	assert_int_equal(id, wanted);
	assert_rc(alike(h, 9001, &none, 0, &id), RC_NOTFOUND);
}

static void test_alike__come_in_the_order_of_their_ids(void **state)
{
	struct house *h = *state;
	struct customer ann = named("Ann", "Example", "1968-11-06", "LS1 1AA");
	int64_t ids[3], id = 0;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		ids[i] = contract_put_customer(h, 9001, &ann);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		assert_ok(alike(h, 9001, &ann, id, &id));
		assert_int_equal(id, ids[i]);
	}
	assert_rc(alike(h, 9001, &ann, id, &id), RC_NOTFOUND);
}

static void test_alike__are_found_among_thousands_with_the_same_postcode(void **state)
{
	struct house *h = *state;
	char first[16];
	int64_t id;

	assert_ok(store_begin(h->writer));
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(first, sizeof(first), "Ann%d", i);
		struct customer c = named(first, "Example", "1968-11-06", "LS1 1AA");
		(void)contract_add_customer(h->writer, 9001, &c);
	}
	assert_ok(store_commit(h->writer));
	for (int i = 0; i < 3000; i += 599) {
		(void)snprintf(first, sizeof(first), "ANN%d", i);
		struct customer c = named(first, "Example", "1968-11-06", "LS1 1AA");
		assert_ok(alike(h, 9001, &c, 0, &id));
		assert_int_equal(id, i + 1);
	}
	struct customer c = named("Bob", "Example", "1968-11-06", "LS1 1AA");
	assert_rc(alike(h, 9001, &c, 0, &id), RC_NOTFOUND);
}

static void test_customer__last_one_is_the_companys(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	int64_t id = 7;

	assert_ok(store_read(h->reader));
	assert_ok(store_customer_last(h->reader, 9001, &id));
	assert_int_equal(id, 0);
	(void)contract_put_customer(h, 9001, &c);
	c.customer_id = 500;
	(void)contract_put_customer(h, 9001, &c);
	c.customer_id = 900;
	(void)contract_put_customer(h, 9002, &c);
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_last(h->reader, 9001, &id));
	assert_int_equal(id, 500);
}

static void put(struct house *h, int64_t company_id, const char *id, int64_t now_us,
		struct import_run run)
{
	assert_ok(store_begin(h->writer));
	assert_ok(store_import_put(h->writer, company_id, str_c(id), now_us, &run));
	assert_ok(store_commit(h->writer));
}

static enum rc get(struct house *h, int64_t company_id, const char *id, struct import_run *ret_run)
{
	assert_ok(store_read(h->reader));
	return store_import_get(h->reader, company_id, str_c(id), ret_run);
}

static void test_import__is_known_until_its_end_and_keeps_where_it_began(void **state)
{
	struct house *h = *state;
	struct import_run run;

	assert_rc(get(h, 9001, "a", &run), RC_NOTFOUND);
	put(h, 9001, "a", 1, (struct import_run){1000, 7, 8});
	put(h, 9001, "a", 2, (struct import_run){2000, 99, 9});
	assert_ok(get(h, 9001, "a", &run));
	assert_int_equal(run.rows_done, 2000);
	assert_int_equal(run.before_id, 7);
	assert_int_equal(run.claimed_id, 9);
	assert_rc(get(h, 9001, "b", &run), RC_NOTFOUND);
	assert_rc(get(h, 9002, "a", &run), RC_NOTFOUND);
	assert_ok(store_begin(h->writer));
	assert_ok(store_import_end(h->writer, 9001, STR("a"), 3));
	assert_ok(store_commit(h->writer));
	assert_rc(get(h, 9001, "a", &run), RC_NOTFOUND);
}

static void test_import__that_nobody_has_gone_on_with_is_forgotten_with_another(void **state)
{
	struct house *h = *state;
	struct import_run run;

	put(h, 9001, "old", 1, (struct import_run){1, 1, 1});
	put(h, 9001, "young", 3, (struct import_run){1, 1, 1});
	put(h, 9002, "others", 1, (struct import_run){1, 1, 1});
	assert_ok(store_begin(h->writer));
	assert_ok(store_import_end(h->writer, 9001, STR("a"), MONTH_US + 2));
	assert_ok(store_commit(h->writer));
	assert_rc(get(h, 9001, "old", &run), RC_NOTFOUND);
	assert_ok(get(h, 9001, "young", &run));
	assert_ok(get(h, 9002, "others", &run));
}

static void test_ids__of_one_who_has_counted_are_counted_on(void **state)
{
	struct house *h = *state;
	struct change bulk = contract_change;
	struct customer c = contract_customer_small("");
	int64_t first, second;

	bulk.bulk = true;
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_add(h->writer, &c, 9001, &bulk, &first));
	assert_ok(store_customer_add(h->writer, &c, 9001, &contract_change, &second));
	assert_ok(store_commit(h->writer));
	assert_true(second > first);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_ids__of_one_who_has_counted_are_counted_on),
	CONTRACT_TEST(test_alike__are_the_same_names_dob_and_postcode_however_they_are_written),
	CONTRACT_TEST(test_alike__can_be_without_a_dob_and_not_without_anything),
	CONTRACT_TEST(test_alike__come_in_the_order_of_their_ids),
	CONTRACT_TEST(test_alike__are_found_among_thousands_with_the_same_postcode),
	CONTRACT_TEST(test_customer__last_one_is_the_companys),
	CONTRACT_TEST(test_import__is_known_until_its_end_and_keeps_where_it_began),
	CONTRACT_TEST(test_import__that_nobody_has_gone_on_with_is_forgotten_with_another),
};

const struct contract_tests contract_import = {
	.name = "import", .tests = tests, .n = ARRAY_LEN(tests)};
