#include "directory_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* ---- keys --------------------------------------------------------------------------- */

static void test_directory__finds_the_active_key_of_a_hash(void **state)
{
	struct fixture *f = *state;
	struct access_key inactive = a_key(1, 2);
	uint8_t hash[ACCESS_HASH_BYTES];

	inactive.active = 0;
	add_key(f, a_key(1, 1));
	add_key(f, inactive);
	add_key(f, a_key(1, 3));
	const struct directory_company *c = found(f, 1);
	memset(hash, 1, sizeof(hash));
	assert_ptr_equal(directory_key_by_hash(c, hash), directory_key_by_number(c, 1));
	memset(hash, 3, sizeof(hash));
	assert_ptr_equal(directory_key_by_hash(c, hash), directory_key_by_number(c, 3));
	memset(hash, 2, sizeof(hash));
	assert_null(directory_key_by_hash(c, hash));
	for (size_t i = 0; i < sizeof(hash); i++) {
		memset(hash, 3, sizeof(hash));
		hash[i] ^= 0x80;
		assert_null(directory_key_by_hash(c, hash));
	}
}

static void test_directory__finds_no_key_where_there_is_none(void **state)
{
	struct fixture *f = *state;
	const uint8_t zero[ACCESS_HASH_BYTES] = {0};

	assert_null(directory_key_by_hash(NULL, zero));
	assert_null(directory_key_by_hash(found(f, 1), zero));
	assert_null(directory_key_by_number(found(f, 1), 1));
}

static void test_directory__finds_each_of_many_keys(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i <= 100; i++)
		add_key(f, a_key(1, (uint8_t)i));
	const struct directory_company *c = found(f, 1);
	assert_int_equal(c->n_keys, 100);
	for (int i = 1; i <= 100; i++) {
		const struct directory_key *key = directory_key_by_number(c, i);
		assert_non_null(key);
		assert_int_equal(key->hash[0], i);
		assert_ptr_equal(directory_key_by_hash(c, key->hash), key);
	}
	assert_null(directory_key_by_number(c, 101));
}

/* ---- allow lists -------------------------------------------------------------------- */

static void test_directory__allows_addresses_up_to_both_edges_of_a_network(void **state)
{
	static const struct {
		const char *network, *peer;
		bool allowed;
	} cases[] = {
		{"192.0.2.0/24", "192.0.1.255", false},
		{"192.0.2.0/24", "192.0.2.0", true},
		{"192.0.2.0/24", "192.0.2.255", true},
		{"192.0.2.0/24", "192.0.3.0", false},
		{"192.0.2.0/24", "::ffff:192.0.2.9", true},
		{"192.0.2.0/24", "2001:db8::1", false},
		{"192.0.2.128/25", "192.0.2.127", false},
		{"192.0.2.128/25", "192.0.2.128", true},
		{"192.0.2.7", "192.0.2.6", false},
		{"192.0.2.7", "192.0.2.7", true},
		{"192.0.2.7", "192.0.2.8", false},
		{"0.0.0.0/0", "255.255.255.255", true},
		{"0.0.0.0/0", "::1", false},
		{"2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", false},
		{"2001:db8::/32", "2001:db8::", true},
		{"2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", true},
		{"2001:db8::/32", "2001:db9::", false},
		{"::/0", "192.0.2.1", true},
		/* What cannot be read lets nobody in, and does not open the key to all. */
		{"nonsense", "192.0.2.1", false},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct access_key key = a_key(1, (uint8_t)(i + 1));
		struct network network = {str_c(cases[i].network)};
		struct ip peer;

		key.allow = (struct list){&network, 1};
		add_key(f, key);
		access_changed(f->access);
		assert_int_equal(ip_parse(str_c(cases[i].peer), &peer), RC_OK);
		const struct directory_key *k =
			directory_key_by_number(found(f, 1), (int64_t)i + 1);
		if (directory_key_allows(k, &peer) != cases[i].allowed)
			fail_msg("%s, %s", cases[i].network, cases[i].peer);
	}
}

static void test_directory__allows_any_of_several_networks_and_all_without_a_list(void **state)
{
	struct network networks[] = {
		{STR_INIT("nonsense")}, {STR_INIT("192.0.2.1")}, {STR_INIT("2001:db8::/32")}};
	static const char *const peers[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2"};
	struct fixture *f = *state;
	struct access_key key = a_key(1, 1);

	key.allow = (struct list){networks, ARRAY_LEN(networks)};
	add_key(f, key);
	add_key(f, a_key(1, 2));
	const struct directory_company *c = found(f, 1);
	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		struct ip peer;

		assert_int_equal(ip_parse(str_c(peers[i]), &peer), RC_OK);
		assert_int_equal(directory_key_allows(directory_key_by_number(c, 1), &peer), i < 2);
		assert_true(directory_key_allows(directory_key_by_number(c, 2), &peer));
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_directory__finds_the_active_key_of_a_hash),
		TEST(test_directory__finds_no_key_where_there_is_none),
		TEST(test_directory__finds_each_of_many_keys),
		TEST(test_directory__allows_addresses_up_to_both_edges_of_a_network),
		TEST(test_directory__allows_any_of_several_networks_and_all_without_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
