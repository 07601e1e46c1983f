/* Customers: what is stored comes back byte for byte, to whom it belongs and to nobody else. */
#include "contract.h"

#include <string.h>

static enum rc get(struct house *h, struct scope scope, int64_t id, struct customer *ret)
{
	assert_ok(store_read(h->reader));
	return store_customer_get(h->reader, &h->arena, scope, id, ret);
}

static enum rc find(struct house *h, struct scope scope, const char *ref, struct customer *ret)
{
	assert_ok(store_read(h->reader));
	return store_customer_find(h->reader, &h->arena, scope, str_c(ref), ret);
}

static enum rc add(struct house *h, int64_t company_id, const struct customer *c)
{
	int64_t id = 77;

	assert_ok(store_begin(h->writer));
	enum rc rc = store_customer_add(h->writer, c, company_id, &contract_change, &id);
	if (rc != RC_OK)
		assert_int_equal(id, 77);
	assert_ok(store_commit(h->writer));
	return rc;
}

static void test_customer__comes_back_as_it_was_added(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	assert_int_equal(contract_put_customer(h, 9001, &c), 1408);
	assert_ok(get(h, ALL_OF(9001), 1408, &back));
	contract_customers_equal(&c, &back);
	assert_ok(find(h, ALL_OF(9001), "EXTREF164736", &back));
	contract_customers_equal(&c, &back);
}

static void test_customer__with_next_to_nothing_comes_back_so(void **state)
{
	struct house *h = *state;
	struct customer c = {.created = STR("2024-02-29"), .last_modified = STR("2024-02-29")};
	struct customer back;

	c.customer_id = contract_put_customer(h, 9001, &c);
	c.version = 1;
	assert_ok(get(h, ALL_OF(9001), c.customer_id, &back));
	contract_customers_equal(&c, &back);
	assert_int_equal(back.dob.n, 0);
	assert_int_equal(back.external_customer_ref.n, 0);
}

static void test_customer__starts_as_version_1_whatever_it_says(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back;

	c.version = 17;
	(void)contract_put_customer(h, 9001, &c);
	assert_ok(get(h, ALL_OF(9001), 1408, &back));
	assert_int_equal(back.version, 1);
}

static void test_customer__keeps_every_small_value(void **state)
{
	struct house *h = *state;

	for (int8_t gender = GENDER_UNSET; gender <= GENDER_FEMALE; gender++) {
		for (int8_t active = 0; active <= 1; active++) {
			struct customer c = contract_customer_small(""), back;
			c.gender = gender;
			c.active = active;
			int64_t id = contract_put_customer(h, 9001, &c);
			assert_ok(get(h, ALL_OF(9001), id, &back));
			assert_int_equal(back.gender, gender);
			assert_int_equal(back.active, active);
		}
	}
}

/* The texts that have broken other people's programs. */
static const struct str awkward[] = {
	STR_INIT(" "),
	STR_INIT("  two  blanks  "),
	STR_INIT("007"), /* no number */
	STR_INIT("1e3"),
	STR_INIT("0x10"),
	STR_INIT("NULL"),
	STR_INIT("O'Brien"),
	STR_INIT("''"),
	STR_INIT("'; DROP TABLE customer; --"),
	STR_INIT("\"quoted\""),
	STR_INIT("back\\slash"),
	STR_INIT("100%_?*$1"),
	STR_INIT("tab\tnew\nline\rreturn"),
	STR_INIT("\x01\x02\x1f\x7f"),
	STR_INIT("Zoë Ångström"),
	STR_INIT("e\xcc\x81"), /* e and a combining accent: not to be joined to é */
	STR_INIT("שלום مرحبا"),
	STR_INIT("日本語"),
	STR_INIT("😀👩‍👩‍👧‍👦🇬🇧"),
	STR_INIT("\xef\xbb\xbf"),
	STR_INIT("\xf4\x8f\xbf\xbf"), /* U+10FFFF */
	STR_INIT("\xc2\xa0"),
	STR_INIT("{\"json\":[1,2]}"),
};

static void test_customer__keeps_awkward_texts_byte_for_byte(void **state)
{
	struct house *h = *state;

	for (size_t i = 0; i < ARRAY_LEN(awkward); i++) {
		struct str s = awkward[i];
		struct customer c = contract_customer_small(""), back;
		c.external_customer_ref = c.title = c.first_name = c.last_name = s;
		c.address = (struct address){s, s, s, s, s, s};
		c.email_address = c.tel_number_1 = c.tel_number_2 = s;
		c.customer_id = contract_put_customer(h, 9001, &c);
		c.version = 1;
		assert_ok(get(h, ALL_OF(9001), c.customer_id, &back));
		contract_customers_equal(&c, &back);
		assert_ok(store_customer_find(h->reader, &h->arena, ALL_OF(9001), s, &back));
		contract_customers_equal(&c, &back);
	}
}

static void test_customer__keeps_the_longest_texts(void **state)
{
	static char emoji[250 * 4];
	struct house *h = *state;
	struct customer c = contract_customer_small(""), back;

	for (size_t i = 0; i < sizeof(emoji); i += 4)
		memcpy(emoji + i, "\xf0\x9f\x98\x80", 4);
	struct str fifty = {emoji, 50 * 4};
	c.external_customer_ref = c.first_name = c.last_name = fifty;
	c.address = (struct address){fifty, fifty, fifty, fifty, fifty, {emoji, 20 * 4}};
	c.email_address = (struct str){emoji, 250 * 4};
	c.tel_number_1 = c.tel_number_2 = fifty;
	c.title = (struct str){emoji, 12 * 4};
	c.customer_id = contract_put_customer(h, 9001, &c);
	c.version = 1;
	assert_ok(get(h, ALL_OF(9001), c.customer_id, &back));
	contract_customers_equal(&c, &back);
}

/* ---- numbers ---------------------------------------------------------------------------- */

static void test_customer__ids_count_within_the_company(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");

	assert_int_equal(contract_put_customer(h, 9001, &c), 1);
	assert_int_equal(contract_put_customer(h, 9001, &c), 2);
	assert_int_equal(contract_put_customer(h, 9002, &c), 1);
	assert_int_equal(contract_put_customer(h, 9001, &c), 3);
	contract_reopen(h);
	assert_int_equal(contract_put_customer(h, 9001, &c), 4);
	assert_int_equal(contract_put_customer(h, 9002, &c), 2);
}

static void test_customer__ids_go_on_behind_a_chosen_one(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small(""), chosen = c;

	chosen.customer_id = 1408;
	assert_int_equal(contract_put_customer(h, 9001, &chosen), 1408);
	assert_int_equal(contract_put_customer(h, 9001, &c), 1409);
	chosen.customer_id = 5;
	assert_int_equal(contract_put_customer(h, 9001, &chosen), 5);
	assert_int_equal(contract_put_customer(h, 9001, &c), 1410);
	assert_int_equal(contract_put_customer(h, 9002, &c), 1);
	chosen.customer_id = 1410;
	assert_rc(add(h, 9001, &chosen), RC_EXISTS);
	chosen.customer_id = 1411;
	assert_int_equal(contract_put_customer(h, 9001, &chosen), 1411);
	assert_int_equal(contract_put_customer(h, 9001, &c), 1412);
}

static void test_customer__id_is_taken_once(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), other = contract_customer_small("OTHER"),
			back;

	(void)contract_put_customer(h, 9001, &c);
	other.customer_id = 1408;
	assert_rc(add(h, 9001, &other), RC_EXISTS);
	assert_ok(get(h, ALL_OF(9001), 1408, &back));
	contract_customers_equal(&c, &back);
	assert_rc(find(h, ALL_OF(9001), "OTHER", &back), RC_NOTFOUND);
	assert_ok(add(h, 9002, &other));
}

/* ---- references ------------------------------------------------------------------------- */

static void test_customer__reference_is_taken_once(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("R1"), back;

	int64_t id = contract_put_customer(h, 9001, &c);
	c.last_name = STR("Second");
	assert_rc(add(h, 9001, &c), RC_EXISTS);
	c.customer_id = 500;
	assert_rc(add(h, 9001, &c), RC_EXISTS);
	assert_rc(get(h, ALL_OF(9001), 500, &back), RC_NOTFOUND);
	assert_ok(find(h, ALL_OF(9001), "R1", &back));
	assert_int_equal(back.customer_id, id);
	assert_str(back.last_name, "Other");
}

static void test_customer__without_reference_there_may_be_many(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small(""), back;

	for (int i = 0; i < 3; i++)
		(void)contract_put_customer(h, 9001, &c);
	assert_rc(find(h, ALL_OF(9001), "", &back), RC_NOTFOUND);
}

static void test_customer__reference_is_compared_byte_for_byte(void **state)
{
	static const char *const others[] = {"abc", "ABc",  "ABC ", " ABC",
					     "AB",  "ABCD", "A%",   "A_C"};
	struct house *h = *state;
	struct customer c = contract_customer_small("ABC"), back;

	(void)contract_put_customer(h, 9001, &c);
	assert_ok(find(h, ALL_OF(9001), "ABC", &back));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_rc(find(h, ALL_OF(9001), others[i], &back), RC_NOTFOUND);
	c.external_customer_ref = STR("abc");
	assert_ok(add(h, 9001, &c));
}

/* ---- whose they are --------------------------------------------------------------------- */

static void test_customer__is_not_there_for_another_company(void **state)
{
	struct house *h = *state;
	struct customer ours = contract_customer_full(), theirs = ours, back;

	(void)contract_put_customer(h, 9001, &ours);
	assert_rc(get(h, ALL_OF(9002), 1408, &back), RC_NOTFOUND);
	assert_rc(get(h, ALL_OF(9003), 1408, &back), RC_NOTFOUND);
	assert_rc(get(h, ALL_OF(0), 1408, &back), RC_NOTFOUND);
	assert_rc(find(h, ALL_OF(9002), "EXTREF164736", &back), RC_NOTFOUND);
	assert_rc(find(h, ALL_OF(0), "EXTREF164736", &back), RC_NOTFOUND);
	/* The same number and reference can be theirs as well. */
	theirs.last_name = STR("Theirs");
	(void)contract_put_customer(h, 9002, &theirs);
	assert_ok(get(h, ALL_OF(9001), 1408, &back));
	assert_str(back.last_name, "Bloggs");
	assert_ok(get(h, ALL_OF(9002), 1408, &back));
	assert_str(back.last_name, "Theirs");
	assert_ok(find(h, ALL_OF(9001), "EXTREF164736", &back));
	assert_str(back.last_name, "Bloggs");
	assert_ok(find(h, ALL_OF(9002), "EXTREF164736", &back));
	assert_str(back.last_name, "Theirs");
}

static void test_customer__is_not_there_for_another_branch(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back; /* branch 2 */

	(void)contract_put_customer(h, 9001, &c);
	assert_ok(get(h, BRANCH_OF(9001, 2), 1408, &back));
	contract_customers_equal(&c, &back);
	assert_ok(find(h, BRANCH_OF(9001, 2), "EXTREF164736", &back));
	contract_customers_equal(&c, &back);
	assert_rc(get(h, BRANCH_OF(9001, 1), 1408, &back), RC_NOTFOUND);
	assert_rc(get(h, BRANCH_OF(9001, 3), 1408, &back), RC_NOTFOUND);
	assert_rc(find(h, BRANCH_OF(9001, 1), "EXTREF164736", &back), RC_NOTFOUND);
	assert_rc(get(h, BRANCH_OF(9002, 2), 1408, &back), RC_NOTFOUND);
}

static void test_customer__not_found_writes_nothing(void **state)
{
	static const int64_t ids[] = {0, 1, 140, 14080, -1408, INT64_MAX, INT64_MIN};
	struct house *h = *state;
	struct customer c = contract_customer_full(), back, before;

	(void)contract_put_customer(h, 9001, &c);
	memset(&back, 0x5a, sizeof(back));
	before = back;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_rc(get(h, ALL_OF(9001), ids[i], &back), RC_NOTFOUND);
	assert_rc(find(h, ALL_OF(9001), "EXTREF16473", &back), RC_NOTFOUND);
	assert_memory_equal(&back, &before, sizeof(back));
}

static void test_customer__that_does_not_fit_is_no_customer(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_full(), back = {.customer_id = 77};
	struct arena small;

	(void)contract_put_customer(h, 9001, &c);
	assert_ok(store_read(h->reader));
	arena_init(&small, 16, 64);
	assert_rc(store_customer_get(h->reader, &small, ALL_OF(9001), 1408, &back), RC_NOMEM);
	assert_int_equal(back.customer_id, 77);
	arena_fini(&small);
	assert_ok(get(h, ALL_OF(9001), 1408, &back));
}

static void test_customer__many_in_one_transaction(void **state)
{
	struct house *h = *state;
	struct customer back;

	assert_ok(store_begin(h->writer));
	for (int64_t id = 1; id <= 3000; id++) {
		struct customer c = contract_customer_small("");
		c.customer_id = id;
		assert_int_equal(contract_add_customer(h->writer, 9001, &c), id);
	}
	assert_ok(store_commit(h->writer));
	for (int64_t id = 1; id <= 3000; id += 7) {
		assert_ok(get(h, ALL_OF(9001), id, &back));
		assert_int_equal(back.customer_id, id);
	}
	assert_rc(get(h, ALL_OF(9001), 3001, &back), RC_NOTFOUND);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_customer__comes_back_as_it_was_added),
	CONTRACT_TEST(test_customer__with_next_to_nothing_comes_back_so),
	CONTRACT_TEST(test_customer__starts_as_version_1_whatever_it_says),
	CONTRACT_TEST(test_customer__keeps_every_small_value),
	CONTRACT_TEST(test_customer__keeps_awkward_texts_byte_for_byte),
	CONTRACT_TEST(test_customer__keeps_the_longest_texts),
	CONTRACT_TEST(test_customer__ids_count_within_the_company),
	CONTRACT_TEST(test_customer__ids_go_on_behind_a_chosen_one),
	CONTRACT_TEST(test_customer__id_is_taken_once),
	CONTRACT_TEST(test_customer__reference_is_taken_once),
	CONTRACT_TEST(test_customer__without_reference_there_may_be_many),
	CONTRACT_TEST(test_customer__reference_is_compared_byte_for_byte),
	CONTRACT_TEST(test_customer__is_not_there_for_another_company),
	CONTRACT_TEST(test_customer__is_not_there_for_another_branch),
	CONTRACT_TEST(test_customer__not_found_writes_nothing),
	CONTRACT_TEST(test_customer__that_does_not_fit_is_no_customer),
	CONTRACT_TEST(test_customer__many_in_one_transaction),
};

const struct contract_tests contract_customer = {
	.name = "customer", .tests = tests, .n = ARRAY_LEN(tests)};
