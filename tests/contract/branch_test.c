/* Branches of companies. */
#include "contract.h"

#include <string.h>

static void test_branch__is_numbered_within_its_company(void **state)
{
	struct house *h = *state;
	struct branch b = {.company_id = 9001, .branch_id = 55, .name = STR("New"), .active = 1};
	int64_t id;

	assert_ok(store_begin(h->writer));
	assert_ok(store_branch_add(h->writer, &b, &contract_change, &id));
	assert_int_equal(id, 3); /* the setup has made two */
	b.company_id = 9002;
	assert_ok(store_branch_add(h->writer, &b, &contract_change, &id));
	assert_int_equal(id, 2);
	assert_ok(store_commit(h->writer));
}

static void test_branch__comes_back_as_it_was_added(void **state)
{
	struct house *h = *state;
	struct branch b = {.company_id = 9002, .name = STR("Łódź – 'the' 🚚"), .active = 0};
	struct branch back;
	int64_t id;

	assert_ok(store_begin(h->writer));
	assert_ok(store_branch_add(h->writer, &b, &contract_change, &id));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_branch_get(h->reader, &h->arena, 9002, id, &back));
	assert_int_equal(back.company_id, 9002);
	assert_int_equal(back.branch_id, id);
	assert_str(back.name, "Łódź – 'the' 🚚");
	assert_int_equal(back.active, 0);
}

static void test_branch__of_an_unknown_company_is_refused_and_takes_no_number(void **state)
{
	struct house *h = *state;
	struct company c = {.company_id = 9003, .name = STR("Late"), .timezone = STR("UTC")};
	struct branch b = {.company_id = 9003, .name = STR("B"), .active = 1};
	int64_t id = 77;

	assert_ok(store_begin(h->writer));
	assert_rc(store_branch_add(h->writer, &b, &contract_change, &id), RC_NOTFOUND);
	assert_int_equal(id, 77);
	assert_ok(store_company_add(h->writer, &c, &contract_change));
	assert_ok(store_branch_add(h->writer, &b, &contract_change, &id));
	assert_int_equal(id, 1);
	assert_ok(store_commit(h->writer));
}

static void test_branch__of_another_company_is_not_found(void **state)
{
	struct house *h = *state;
	struct branch b = {.company_id = 9002, .branch_id = 2, .name = STR("Stolen")};
	struct branch back = {.branch_id = 77};
	struct list list;

	assert_ok(store_begin(h->writer));
	assert_rc(store_branch_edit(h->writer, &b, &b, &contract_change), RC_NOTFOUND);
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_rc(store_branch_get(h->reader, &h->arena, 9002, 2, &back), RC_NOTFOUND);
	assert_rc(store_branch_get(h->reader, &h->arena, 9003, 1, &back), RC_NOTFOUND);
	assert_int_equal(back.branch_id, 77);
	assert_ok(store_branch_list(h->reader, &h->arena, 9002, &list));
	assert_int_equal(list.n, 1);
	assert_ok(store_branch_list(h->reader, &h->arena, 9003, &list));
	assert_int_equal(list.n, 0);
}

static void test_branch__edit_writes_name_and_active_of_one(void **state)
{
	struct house *h = *state;
	struct branch b = {.company_id = 9001, .branch_id = 1, .name = STR("Closed"), .active = 0};
	struct list list;

	assert_ok(store_begin(h->writer));
	assert_ok(store_branch_edit(h->writer, &b, &b, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_branch_list(h->reader, &h->arena, 9001, &list));
	assert_int_equal(list.n, 2);
	const struct branch *branches = list.items;
	assert_int_equal(branches[0].branch_id, 1);
	assert_str(branches[0].name, "Closed");
	assert_int_equal(branches[0].active, 0);
	assert_int_equal(branches[1].company_id, 9001);
	assert_int_equal(branches[1].branch_id, 2);
	assert_str(branches[1].name, "High Street");
	assert_int_equal(branches[1].active, 1);
	/* Number 1 of the other company is another one. */
	assert_ok(store_branch_list(h->reader, &h->arena, 9002, &list));
	branches = list.items;
	assert_str(branches[0].name, "High Street");
	assert_int_equal(branches[0].active, 1);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_branch__is_numbered_within_its_company),
	CONTRACT_TEST(test_branch__comes_back_as_it_was_added),
	CONTRACT_TEST(test_branch__of_an_unknown_company_is_refused_and_takes_no_number),
	CONTRACT_TEST(test_branch__of_another_company_is_not_found),
	CONTRACT_TEST(test_branch__edit_writes_name_and_active_of_one),
};

const struct contract_tests contract_branch = {
	.name = "branch", .tests = tests, .n = ARRAY_LEN(tests)};
