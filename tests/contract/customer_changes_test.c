/* Changes of customers: each comes as it is now, for its last change, in the order of these. */
#include "contract.h"

#include <string.h>

/* More than any call looks at. */
#define MANY 1500

static void edit(struct house *h, int64_t id, const char *last_name)
{
	struct customer before, after;

	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), id, &before));
	after = before;
	after.last_name = str_c(last_name);
	assert_ok(store_customer_edit(h->writer, 9001, &before, &after, &contract_change));
	assert_ok(store_commit(h->writer));
}

static void erase(struct house *h, int64_t id)
{
	struct customer c;

	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), id, &c));
	assert_ok(store_customer_erase(h->writer, 9001, &c, &contract_change));
	assert_ok(store_commit(h->writer));
}

/* What has changed since `after`, which moves on: "1 Other, -2, 3 Jones"; -2: 2 is erased. */
static const char *follow(struct house *h, struct scope scope, size_t n_max,
			  struct change_place *after)
{
	static struct text t;
	struct list list;
	bool more = true;

	text_fini(&t);
	text_init(&t, 1 << 20);
	contract_settle();
	for (int pages = 0; more; pages++) {
		assert_true(pages < 10000);
		assert_ok(store_read(h->reader));
		assert_ok(store_customer_changes(h->reader, &h->arena, scope, after, n_max, &list,
						 after, &more));
		assert_true(list.n <= n_max);
		const struct customer *c = list.items;
		for (size_t i = 0; i < list.n; i++) {
			text_add_c(&t, t.n ? ", " : "");
			if (c[i].erased)
				text_printf(&t, "-%d", (int)c[i].customer_id);
			else
				text_printf(&t, "%d %.*s", (int)c[i].customer_id,
					    STR_ARGS(c[i].last_name));
			/* Of the erased there is nothing but the number. */
			if (c[i].erased)
				assert_int_equal(c[i].last_name.n + c[i].created.n, 0);
		}
	}
	return text_c(&t);
}

static const char *all(struct house *h, struct scope scope, size_t n_max)
{
	struct change_place start = {0};

	return follow(h, scope, n_max, &start);
}

static void test_changes__come_once_for_the_last_of_each_in_order(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	struct change_place at = {0};

	assert_string_equal(follow(h, ALL_OF(9001), 10, &at), "");
	for (int i = 0; i < 4; i++)
		(void)contract_put_customer(h, 9001, &c);
	assert_string_equal(follow(h, ALL_OF(9001), 10, &at), "1 Other, 2 Other, 3 Other, 4 Other");
	assert_string_equal(follow(h, ALL_OF(9001), 10, &at), "");
	edit(h, 2, "Ash");
	edit(h, 1, "Birch");
	edit(h, 2, "Cedar");
	erase(h, 3);
	assert_string_equal(follow(h, ALL_OF(9001), 10, &at), "1 Birch, 2 Cedar, -3");
	for (size_t n_max = 1; n_max < 6; n_max++)
		assert_string_equal(all(h, ALL_OF(9001), n_max), "4 Other, 1 Birch, 2 Cedar, -3");
	contract_reopen(h);
	edit(h, 4, "Fir");
	assert_string_equal(follow(h, ALL_OF(9001), 10, &at), "4 Fir");
	assert_string_equal(all(h, ALL_OF(9002), 10), "");
}

static void test_changes__of_a_branch_are_told_to_it_alone(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small(""), theirs = c;

	theirs.branch_id = 2;
	(void)contract_put_customer(h, 9001, &c);
	(void)contract_put_customer(h, 9001, &theirs);
	(void)contract_put_customer(h, 9001, &c);
	(void)contract_put_customer(h, 9001, &theirs);
	erase(h, 1);
	erase(h, 2);
	assert_string_equal(all(h, BRANCH_OF(9001, 1), 10), "3 Other, -1");
	assert_string_equal(all(h, BRANCH_OF(9001, 2), 10), "4 Other, -2");
	assert_string_equal(all(h, BRANCH_OF(9001, 3), 10), "");
}

static void test_changes__behind_many_that_are_past_are_found(void **state)
{
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	struct change_place at = {0};
	struct change change = contract_change;
	struct list list;
	bool more;

	/* All of one call, so that they are in order where that is not the clock's alone. */
	change.has_op = true;
	memset(change.op, 1, OP_BYTES - 2);
	(void)contract_put_customer(h, 9001, &c);
	assert_ok(store_begin(h->writer));
	for (int i = 1; i <= MANY; i++) {
		c.customer_id = 1;
		c.version = i;
		assert_ok(store_customer_edit(h->writer, 9001, &c, &c, &change));
	}
	assert_ok(store_commit(h->writer));
	c.customer_id = 0;
	(void)contract_put_customer(h, 9001, &c);
	contract_settle();
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_changes(h->reader, &h->arena, ALL_OF(9001), &at, 10, &list, &at,
					 &more));
	assert_true(list.n == 0 && more);
	assert_string_equal(all(h, ALL_OF(9001), 10), "1 Other, 2 Other");
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_changes__come_once_for_the_last_of_each_in_order),
	CONTRACT_TEST(test_changes__of_a_branch_are_told_to_it_alone),
	CONTRACT_TEST(test_changes__behind_many_that_are_past_are_found),
};

const struct contract_tests contract_customer_changes = {
	.name = "changes", .tests = tests, .n = ARRAY_LEN(tests)};
