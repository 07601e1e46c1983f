#include "access/access.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/zone.h"
#include "place.h"
#include "record/access_key.h"
#include "record/company.h"
#include "store/store.h"

#define GOOD_US 1000000

static int64_t mono_us;

static int64_t now(void)
{
	return mono_us;
}

struct fixture {
	struct place place;
	struct access *access;
	struct database *db;
	struct store *writer, *reader;
	struct directory *directory;
};

/* ---- a small store ------------------------------------------------------------------ */

static void add_company(struct fixture *f, int64_t company_id, const char *zone)
{
	struct company company = {.company_id = company_id,
				  .name = STR("Company"),
				  .timezone = str_c(zone),
				  .created = STR("2026-01-01"),
				  .active = 1};
	struct branch branch = {.company_id = company_id, .name = STR("Branch"), .active = 1};
	int64_t id;

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_company_add(f->writer, &company), RC_OK);
	assert_int_equal(store_branch_add(f->writer, &branch, &id), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
}

/* A key whose hash is the one byte over and over. */
static struct access_key a_key(int64_t company_id, uint8_t hash)
{
	struct access_key key = {.company_id = company_id,
				 .branch_id = 1,
				 .label = STR("Label"),
				 .rate = 20,
				 .burst = 40,
				 .active = 1,
				 .created = STR("2026-01-01"),
				 .generation = 1};

	memset(key.key_hash, hash, sizeof(key.key_hash));
	return key;
}

static void add_key(struct fixture *f, struct access_key key)
{
	int64_t number;

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_access_key_add(f->writer, &key, &number), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
}

static void open_store(struct fixture *f)
{
	struct text url, why;

	text_init(&url, PATH_MAX);
	text_init(&why, PATH_MAX);
	text_printf(&url, "sqlite:%s/pdmd.db", f->place.dir);
	assert_int_equal(database_create(text_c(&url), &why), RC_OK);
	text_clear(&url);
	text_printf(&url, "faulty:sqlite:%s/pdmd.db", f->place.dir);
	assert_int_equal(database_open(text_c(&url), &f->db, &why), RC_OK);
	text_fini(&url);
	text_fini(&why);
	assert_int_equal(store_open(f->db, STORE_WRITER, &f->writer), RC_OK);
	assert_int_equal(store_open(f->db, STORE_READER, &f->reader), RC_OK);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	place_make(&f->place);
	f->access = place_open(&f->place, &(struct access_options){.directory_us = GOOD_US});
	open_store(f);
	f->directory = directory_create(f->access, f->reader);
	assert_non_null(f->directory);
	mono_us = 5 * GOOD_US;
	clock_replace(NULL, now);
	add_company(f, 1, "Europe/London");
	(void)store_fail_at(f->reader, -1);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	clock_replace(NULL, NULL);
	f->directory = directory_destroy(f->directory);
	f->reader = store_close(f->reader);
	f->writer = store_close(f->writer);
	f->db = database_close(f->db);
	f->access = access_close(f->access);
	place_remove(&f->place);
	free(f);
	return 0;
}

/* Looks, and says whether the store was asked. */
static enum rc find(struct fixture *f, int64_t company_id,
		    const struct directory_company **ret_company, bool *ret_asked)
{
	enum rc rc;

	(void)store_fail_at(f->reader, -1);
	rc = directory_find(f->directory, company_id, ret_company);
	*ret_asked = store_fail_at(f->reader, -1) > 0;
	return rc;
}

static void expect(struct fixture *f, int64_t company_id, enum rc rc, bool asked)
{
	const struct directory_company *company = NULL;
	bool was_asked;
	enum rc got = find(f, company_id, &company, &was_asked);

	if (got != rc || was_asked != asked)
		fail_msg("company %d: %s, %s", (int)company_id, rc_name(got),
			 was_asked ? "the store was asked" : "the store was not asked");
	assert_int_equal(got == RC_OK, company != NULL);
	if (company)
		assert_int_equal(company->company_id, company_id);
}

static const struct directory_company *found(struct fixture *f, int64_t company_id)
{
	const struct directory_company *company = NULL;

	assert_int_equal(directory_find(f->directory, company_id, &company), RC_OK);
	return company;
}

/* ---- remembering -------------------------------------------------------------------- */

static void test_directory__asks_the_store_once(void **state)
{
	struct fixture *f = *state;

	expect(f, 1, RC_OK, true);
	expect(f, 1, RC_OK, false);
	mono_us += GOOD_US - 1;
	expect(f, 1, RC_OK, false);
}

static void test_directory__remembers_that_there_is_no_such_company(void **state)
{
	static const int64_t strangers[] = {2, 0, -1, INT64_MAX, INT64_MIN};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		expect(f, strangers[i], RC_NOTFOUND, true);
		expect(f, strangers[i], RC_NOTFOUND, false);
	}
}

static void test_directory__asks_again_when_an_entry_is_old(void **state)
{
	struct fixture *f = *state;

	expect(f, 1, RC_OK, true);
	expect(f, 2, RC_NOTFOUND, true);
	mono_us += GOOD_US;
	add_company(f, 2, "Europe/London");
	expect(f, 1, RC_OK, true);
	expect(f, 2, RC_OK, true);
	expect(f, 2, RC_OK, false);
}

static void test_directory__asks_again_at_once_after_a_change(void **state)
{
	struct fixture *f = *state;

	expect(f, 1, RC_OK, true);
	expect(f, 2, RC_NOTFOUND, true);
	add_company(f, 2, "Europe/London");
	expect(f, 2, RC_NOTFOUND, false); /* nobody has said so yet */
	access_changed(f->access);
	expect(f, 2, RC_OK, true);
	expect(f, 1, RC_OK, true);
	expect(f, 1, RC_OK, false);
}

static void test_directory__sees_a_revoked_key_after_a_change(void **state)
{
	struct fixture *f = *state;
	struct access_key key = a_key(1, 7);

	add_key(f, key);
	assert_true(directory_key_by_number(found(f, 1), 1)->active);
	key.key_number = 1;
	key.active = 0;
	key.generation = 2;
	key.revoked = STR("2026-01-02");
	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_access_key_edit(f->writer, &key), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
	access_changed(f->access);
	const struct directory_key *revoked = directory_key_by_number(found(f, 1), 1);
	assert_false(revoked->active);
	assert_int_equal(revoked->generation, 2);
	assert_null(directory_key_by_hash(found(f, 1), key.key_hash));
}

/* Ids that share a set of four: 1, 257, 513 and so on. */
#define NEIGHBOUR(i) (1 + 256 * (int64_t)(i))

static void test_directory__forgets_the_oldest_when_it_is_full(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i < 5; i++)
		add_company(f, NEIGHBOUR(i), "Europe/London");
	for (int i = 0; i < 5; i++) {
		expect(f, NEIGHBOUR(i), RC_OK, true);
		mono_us++;
	}
	for (int i = 4; i > 0; i--)
		expect(f, NEIGHBOUR(i), RC_OK, false);
	expect(f, NEIGHBOUR(0), RC_OK, true);
	expect(f, NEIGHBOUR(1), RC_OK, true);
	expect(f, NEIGHBOUR(4), RC_OK, false);
}

static void test_directory__lets_strangers_push_out_only_each_other(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i < 3; i++)
		add_company(f, NEIGHBOUR(i), "Europe/London");
	for (int i = 0; i < 3; i++)
		expect(f, NEIGHBOUR(i), RC_OK, true);
	for (int i = 3; i < 1000; i++) {
		mono_us++;
		expect(f, NEIGHBOUR(i), RC_NOTFOUND, true);
	}
	for (int i = 0; i < 3; i++)
		expect(f, NEIGHBOUR(i), RC_OK, false);
	expect(f, NEIGHBOUR(999), RC_NOTFOUND, false);
	expect(f, NEIGHBOUR(998), RC_NOTFOUND, true);
}

static void test_directory__of_another_thread_remembers_for_itself(void **state)
{
	struct fixture *f = *state;
	struct directory *other = directory_create(f->access, f->reader);
	const struct directory_company *company;

	assert_non_null(other);
	expect(f, 1, RC_OK, true);
	(void)store_fail_at(f->reader, -1);
	assert_int_equal(directory_find(other, 1, &company), RC_OK);
	assert_true(store_fail_at(f->reader, -1) > 0);
	assert_null(directory_destroy(other));
	assert_null(directory_destroy(NULL));
}

/* ---- a failing store ---------------------------------------------------------------- */

static void test_directory__passes_every_failure_on_and_remembers_none(void **state)
{
	struct fixture *f = *state;
	const struct directory_company *company = NULL;
	int64_t n = 0;

	add_key(f, a_key(1, 7));
	for (;; n++) {
		/* Old, so that it has to ask, and begins its snapshot anew. */
		mono_us += GOOD_US;
		store_rest(f->reader);
		(void)store_fail_at(f->reader, n);
		enum rc rc = directory_find(f->directory, 1, &company);
		if (rc == RC_OK && store_fail_at(f->reader, -1) <= n)
			break; /* there is no n-th call */
		assert_null(company);
		if (rc == RC_OK || rc == RC_NOTFOUND)
			fail_msg("call %d failed, and the directory did not", (int)n);
		expect(f, 1, RC_OK, true);
		expect(f, 1, RC_OK, false);
	}
	assert_true(n >= 3); /* a snapshot and two look-ups at least */
}

/* ---- what an entry holds ------------------------------------------------------------ */

static void test_directory__holds_what_the_store_has(void **state)
{
	struct network networks[] = {{STR_INIT("192.0.2.0/24")}, {STR_INIT("2001:db8::/32")}};
	struct fixture *f = *state;
	struct access_key key = a_key(1, 7);
	const struct zone *london;

	key.allow = (struct list){networks, ARRAY_LEN(networks)};
	key.branch_only = 1;
	add_key(f, a_key(1, 6));
	add_key(f, key);
	const struct directory_company *c = found(f, 1);
	assert_int_equal(zone_find(STR("Europe/London"), &london), RC_OK);
	assert_true(c->active);
	assert_ptr_equal(c->zone, london);
	assert_int_equal(c->n_keys, 2);
	const struct directory_key *one = directory_key_by_number(c, 1);
	const struct directory_key *two = directory_key_by_number(c, 2);
	assert_false(one->restricted);
	assert_false(one->branch_only);
	assert_int_equal(one->n_networks, 0);
	assert_int_equal(two->key_number, 2);
	assert_int_equal(two->branch_id, 1);
	assert_int_equal(two->generation, 1);
	assert_int_equal(two->rate, 20);
	assert_int_equal(two->burst, 40);
	assert_memory_equal(two->hash, key.key_hash, sizeof(key.key_hash));
	assert_true(two->active);
	assert_true(two->branch_only);
	assert_true(two->restricted);
	assert_int_equal(two->n_networks, 2);
	assert_null(directory_key_by_number(c, 0));
	assert_null(directory_key_by_number(c, 3));
	assert_null(directory_key_by_number(c, -1));
}

static void test_directory__key_of_an_inactive_branch_is_not_active(void **state)
{
	struct fixture *f = *state;
	struct branch branch = {.company_id = 1, .branch_id = 1, .name = STR("Branch")};

	add_key(f, a_key(1, 7));
	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_branch_edit(f->writer, &branch), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
	assert_false(directory_key_by_number(found(f, 1), 1)->active);
}

static void test_directory__tells_of_an_inactive_company(void **state)
{
	struct fixture *f = *state;
	struct company company = {
		.company_id = 1, .name = STR("Company"), .timezone = STR("Europe/London")};

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_company_edit(f->writer, &company), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
	assert_false(found(f, 1)->active);
}

static void test_directory__gives_no_times_in_a_zone_that_is_not_there(void **state)
{
	struct fixture *f = *state;

	add_company(f, 2, "Europe/Nowhere");
	expect(f, 2, RC_CORRUPT, true);
	expect(f, 2, RC_CORRUPT, true);
}

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
		TEST(test_directory__asks_the_store_once),
		TEST(test_directory__remembers_that_there_is_no_such_company),
		TEST(test_directory__asks_again_when_an_entry_is_old),
		TEST(test_directory__asks_again_at_once_after_a_change),
		TEST(test_directory__sees_a_revoked_key_after_a_change),
		TEST(test_directory__forgets_the_oldest_when_it_is_full),
		TEST(test_directory__lets_strangers_push_out_only_each_other),
		TEST(test_directory__of_another_thread_remembers_for_itself),
		TEST(test_directory__passes_every_failure_on_and_remembers_none),
		TEST(test_directory__holds_what_the_store_has),
		TEST(test_directory__key_of_an_inactive_branch_is_not_active),
		TEST(test_directory__tells_of_an_inactive_company),
		TEST(test_directory__gives_no_times_in_a_zone_that_is_not_there),
		TEST(test_directory__finds_the_active_key_of_a_hash),
		TEST(test_directory__finds_no_key_where_there_is_none),
		TEST(test_directory__finds_each_of_many_keys),
		TEST(test_directory__allows_addresses_up_to_both_edges_of_a_network),
		TEST(test_directory__allows_any_of_several_networks_and_all_without_a_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
