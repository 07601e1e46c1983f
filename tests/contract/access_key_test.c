/* Access keys and their allow lists. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "base/ip.h"

static const struct network two_networks[] = {{STR_INIT("192.0.2.0/24")},
					      {STR_INIT("2001:db8::/32")}};

static int64_t put(struct house *h, const struct access_key *k)
{
	int64_t number = 0;

	assert_ok(store_begin(h->writer));
	assert_ok(store_access_key_add(h->writer, k, &contract_change, &number));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	return number;
}

static struct access_key full(void)
{
	struct access_key k = contract_key(9001, 0xfe);

	k.branch_id = 2;
	k.label = STR("Kassa №2 \"till\" 🏪");
	k.allow = (struct list){(void *)two_networks, ARRAY_LEN(two_networks)};
	k.rate = 1000000;
	k.burst = 3;
	k.branch_only = 1;
	k.active = 0;
	k.created = STR("2024-02-29");
	k.revoked = STR("2025-03-01");
	k.generation = INT64_MAX;
	k.key_hash[0] = 0; /* a hash may have any byte anywhere */
	k.key_hash[31] = '\'';
	return k;
}

static void test_access_key__comes_back_as_it_was_added(void **state)
{
	struct house *h = *state;
	struct access_key k = full(), back;

	k.key_number = put(h, &k);
	k.branch_active = 1;
	assert_int_equal(k.key_number, 1);
	assert_ok(store_access_key_get(h->reader, &h->arena, 9001, 1, &back));
	contract_keys_equal(&k, &back);
}

static void test_access_key__is_numbered_within_its_company(void **state)
{
	struct house *h = *state;
	struct access_key k = contract_key(9001, 1);

	assert_int_equal(put(h, &k), 1);
	k = contract_key(9001, 2);
	assert_int_equal(put(h, &k), 2);
	k = contract_key(9002, 1); /* the same hash in another company is no matter */
	assert_int_equal(put(h, &k), 1);
	k = contract_key(9001, 3);
	assert_int_equal(put(h, &k), 3);
}

static void test_access_key__hash_is_taken_once(void **state)
{
	struct house *h = *state;
	struct access_key k = contract_key(9001, 1);
	struct list keys;
	int64_t number = 77;

	(void)put(h, &k);
	assert_ok(store_begin(h->writer));
	k.allow = (struct list){(void *)two_networks, 1};
	assert_rc(store_access_key_add(h->writer, &k, &contract_change, &number), RC_EXISTS);
	assert_int_equal(number, 77);
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_access_key_list(h->reader, &h->arena, 9001, &keys));
	assert_int_equal(keys.n, 1);
	assert_int_equal(((const struct access_key *)keys.items)[0].allow.n, 0);
}

static void test_access_key__needs_company_and_branch(void **state)
{
	struct house *h = *state;
	struct access_key k = contract_key(9003, 1);
	int64_t number = 77;

	assert_ok(store_begin(h->writer));
	assert_rc(store_access_key_add(h->writer, &k, &contract_change, &number), RC_NOTFOUND);
	k = contract_key(9002, 1);
	k.branch_id = 2; /* there is one in 9001 */
	assert_rc(store_access_key_add(h->writer, &k, &contract_change, &number), RC_NOTFOUND);
	assert_int_equal(number, 77);
	k.branch_id = 1;
	assert_ok(store_access_key_add(h->writer, &k, &contract_change, &number));
	assert_int_equal(number, 1); /* the refused ones have taken none */
	assert_ok(store_commit(h->writer));
}

static void test_access_key__of_another_company_is_not_found(void **state)
{
	struct house *h = *state;
	struct access_key k = contract_key(9001, 1), back = {.key_number = 77};
	struct list keys;

	(void)put(h, &k);
	k.company_id = 9002;
	k.key_number = 1;
	assert_ok(store_begin(h->writer));
	assert_rc(store_access_key_edit(h->writer, &k, &k, &contract_change), RC_NOTFOUND);
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_rc(store_access_key_get(h->reader, &h->arena, 9002, 1, &back), RC_NOTFOUND);
	assert_rc(store_access_key_get(h->reader, &h->arena, 9001, 2, &back), RC_NOTFOUND);
	assert_int_equal(back.key_number, 77);
	assert_ok(store_access_key_list(h->reader, &h->arena, 9002, &keys));
	assert_int_equal(keys.n, 0);
}

static void test_access_key__edit_writes_what_it_promises_and_no_more(void **state)
{
	struct house *h = *state;
	struct access_key before = full(), k, back;
	struct network other = {STR("198.51.100.7/32")};

	before.key_number = put(h, &before);
	k = before;
	k.branch_id = 1;
	k.created = STR("1999-01-01");
	memset(k.key_hash, 9, sizeof(k.key_hash));
	k.label = STR("");
	k.allow = (struct list){&other, 1};
	k.rate = 5;
	k.burst = 6;
	k.branch_only = 0;
	k.active = 1;
	k.revoked = STR("");
	k.generation = 1;
	assert_ok(store_begin(h->writer));
	assert_ok(store_access_key_edit(h->writer, &k, &k, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_access_key_get(h->reader, &h->arena, 9001, 1, &back));
	k.branch_id = before.branch_id;
	k.created = before.created;
	memcpy(k.key_hash, before.key_hash, sizeof(k.key_hash));
	k.branch_active = 1;
	contract_keys_equal(&k, &back);
}

static void test_access_key__edit_leaves_other_keys_and_their_networks(void **state)
{
	struct house *h = *state;
	struct access_key a = contract_key(9001, 1), b = contract_key(9001, 2);
	struct access_key c = contract_key(9002, 1), back;

	a.allow = b.allow = c.allow = (struct list){(void *)two_networks, 2};
	a.key_number = put(h, &a);
	b.key_number = put(h, &b);
	c.key_number = put(h, &c);
	a.allow = (struct list){NULL, 0};
	a.label = STR("changed");
	assert_ok(store_begin(h->writer));
	assert_ok(store_access_key_edit(h->writer, &a, &a, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	a.branch_active = b.branch_active = c.branch_active = 1;
	assert_ok(store_access_key_get(h->reader, &h->arena, 9001, a.key_number, &back));
	contract_keys_equal(&a, &back);
	assert_ok(store_access_key_get(h->reader, &h->arena, 9001, b.key_number, &back));
	contract_keys_equal(&b, &back);
	assert_ok(store_access_key_get(h->reader, &h->arena, 9002, c.key_number, &back));
	contract_keys_equal(&c, &back);
}

static void test_access_key__knows_whether_its_branch_is_active(void **state)
{
	struct house *h = *state;
	struct access_key a = contract_key(9001, 1), b = contract_key(9001, 2), back;
	struct branch closed = {.company_id = 9001, .branch_id = 1, .name = STR("x")};

	b.branch_id = 2;
	(void)put(h, &a);
	(void)put(h, &b);
	assert_ok(store_begin(h->writer));
	assert_ok(store_branch_edit(h->writer, &closed, &closed, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_access_key_get(h->reader, &h->arena, 9001, 1, &back));
	assert_int_equal(back.branch_active, 0);
	assert_int_equal(back.active, 1);
	assert_ok(store_access_key_get(h->reader, &h->arena, 9001, 2, &back));
	assert_int_equal(back.branch_active, 1);
}

/* Many keys with 0, 1, … networks each: the longest list, and none mixed up. */
static void test_access_key__list_gives_every_key_its_own_networks(void **state)
{
	static struct network networks[KEY_NETWORKS_MAX];
	static char texts[KEY_NETWORKS_MAX][CIDR_CHARS_MAX + 1];
	static const size_t counts[] = {0, KEY_NETWORKS_MAX, 0, 0, 1, 9, 8, 7};
	struct house *h = *state;
	struct access_key k[ARRAY_LEN(counts)];
	struct list keys;

	for (size_t i = 0; i < KEY_NETWORKS_MAX; i++) {
		/* Not in the order of their texts. */
		int n = snprintf(texts[i], sizeof(texts[i]), "10.%zu.0.0/16", (i * 7 + 3) % 256);
		networks[i].cidr = (struct str){texts[i], (size_t)n};
	}
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		k[i] = contract_key(9001, (uint8_t)(200 - i)); /* nor of their hashes */
		k[i].allow = (struct list){networks, counts[i]};
		k[i].key_number = put(h, &k[i]);
		k[i].branch_active = 1;
	}
	assert_ok(store_access_key_list(h->reader, &h->arena, 9001, &keys));
	assert_int_equal(keys.n, ARRAY_LEN(counts));
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		contract_keys_equal(&k[i], (const struct access_key *)keys.items + i);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_access_key__comes_back_as_it_was_added),
	CONTRACT_TEST(test_access_key__is_numbered_within_its_company),
	CONTRACT_TEST(test_access_key__hash_is_taken_once),
	CONTRACT_TEST(test_access_key__needs_company_and_branch),
	CONTRACT_TEST(test_access_key__of_another_company_is_not_found),
	CONTRACT_TEST(test_access_key__edit_writes_what_it_promises_and_no_more),
	CONTRACT_TEST(test_access_key__edit_leaves_other_keys_and_their_networks),
	CONTRACT_TEST(test_access_key__knows_whether_its_branch_is_active),
	CONTRACT_TEST(test_access_key__list_gives_every_key_its_own_networks),
};

const struct contract_tests contract_access_key = {
	.name = "access key", .tests = tests, .n = ARRAY_LEN(tests)};
