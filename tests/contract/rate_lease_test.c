/* Rates that servers share: whatever they do, together they let no more through than one would. */
#include "contract.h"

#include "access/rate_lease.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

#define US_OF_S   INT64_C(1000000)
#define NS_OF_S   INT64_C(1000000000)
#define BEGIN_US  (INT64_C(1700000000) * US_OF_S)
#define SERVERS   2
#define CALLS_MAX 20000

struct server {
	struct database *db;
	struct store *store;
	struct rate_leases *leases;
};

static void start(struct house *h, struct server servers[SERVERS])
{
	for (int i = 0; i < SERVERS; i++) {
		assert_ok(database_open(h->url, &servers[i].db, &h->why));
		assert_ok(store_open(servers[i].db, STORE_WRITER, &servers[i].store));
		servers[i].leases = rate_leases_create(servers[i].store, SERVERS);
		assert_non_null(servers[i].leases);
	}
}

static void stop(struct server servers[SERVERS])
{
	for (int i = 0; i < SERVERS; i++) {
		servers[i].leases = rate_leases_destroy(servers[i].leases);
		servers[i].store = store_close(servers[i].store);
		servers[i].db = database_close(servers[i].db);
	}
}

static bool call(struct server *s, struct rate_limit limit, int64_t now_us)
{
	enum rate_outcome outcome = rate_leases_take(s->leases, 9001, 1, limit, now_us);

	assert_true(outcome != RATE_UNKNOWN);
	return outcome == RATE_ALLOWED;
}

static void test_lease__moves_a_time_as_far_as_it_may(void **state)
{
	struct house *h = *state;
	struct rate_wish wish = {.company_id = 9001,
				 .key_number = 1,
				 .now_ns = 100 * NS_OF_S,
				 .cost_ns = 2 * NS_OF_S,
				 .ahead_ns_max = 5 * NS_OF_S};
	int64_t end;

	assert_ok(store_rate_lease(h->writer, &wish, &end));
	assert_int_equal(end, 102 * NS_OF_S);
	assert_ok(store_rate_lease(h->writer, &wish, &end));
	assert_int_equal(end, 104 * NS_OF_S);
	assert_rc(store_rate_lease(h->writer, &wish, &end), RC_NOTFOUND);
	wish.cost_ns = NS_OF_S;
	assert_ok(store_rate_lease(h->writer, &wish, &end));
	assert_int_equal(end, 105 * NS_OF_S);
	wish.key_number = 2;
	assert_ok(store_rate_lease(h->writer, &wish, &end));
	assert_int_equal(end, 101 * NS_OF_S);
	wish.key_number = 1;
	wish.now_ns = 200 * NS_OF_S; /* at rest again */
	assert_ok(store_rate_lease(h->writer, &wish, &end));
	assert_int_equal(end, 201 * NS_OF_S);
	wish.now_ns = 100 * NS_OF_S; /* the clock was set back */
	assert_ok(store_rate_lease(h->writer, &wish, &end));
	assert_int_equal(end, 101 * NS_OF_S);
}

/* From the first of any stretch to its last, no more than its time has earned and one burst. */
static void check(const int64_t *at_us, size_t n, struct rate_limit limit)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = i; k < n; k++) {
			int64_t earned = (at_us[k] - at_us[i]) * 1000 / limit.interval_ns;
			assert_true((int64_t)(k - i + 1) <= limit.burst + earned);
		}
}

static void test_servers__never_let_through_more_than_one_would(void **state)
{
	static const struct {
		int64_t rate, burst;
	} rates[] = {{20, 40}, {5, 1}, {100, 8}, {300, 300}};
	static int64_t at_us[CALLS_MAX];
	struct house *h = *state;
	struct server servers[SERVERS];
	uint32_t seed = 11;

	for (size_t r = 0; r < ARRAY_LEN(rates); r++) {
		struct rate_limit limit = rate_limit_of(rates[r].rate, 1, rates[r].burst);
		int64_t now_us = BEGIN_US + (int64_t)r * 1000 * US_OF_S;
		size_t n = 0;

		start(h, servers);
		for (int step = 0; step < 1500; step++) {
			seed = seed * 1664525 + 1013904223;
			/* Crowds, then nobody for a while; mostly at one of the servers. */
			now_us += (seed >> 8) % 16 ? (seed >> 12) % 4000 : (seed >> 12) % 900000;
			int i = (seed >> 24) % 4 == 0;
			if (call(&servers[i], limit, now_us)) {
				assert_true(n < CALLS_MAX);
				at_us[n++] = now_us;
			}
		}
		assert_true(n > 0);
		check(at_us, n, limit);
		stop(servers);
	}
}

/* Nor much less: what is earned comes through, wherever it is asked for. */
static void test_servers__let_a_steady_caller_through(void **state)
{
	struct house *h = *state;
	struct server servers[SERVERS];
	struct rate_limit limit = rate_limit_of(20, 1, 40);
	int64_t n = 0;

	start(h, servers);
	for (int64_t i = 0; i < 400; i++) /* 18 a second, at the one and the other in turn */
		n += call(&servers[i % SERVERS], limit, BEGIN_US + i * US_OF_S / 18);
	assert_true(n >= 396);
	stop(servers);
}

static void test_servers__give_a_burst_to_whoever_asks(void **state)
{
	struct house *h = *state;
	struct server servers[SERVERS];
	struct rate_limit limit = rate_limit_of(20, 1, 40);
	int64_t n = 0;

	start(h, servers);
	for (int i = 0; i < 100; i++)
		n += call(&servers[0], limit, BEGIN_US);
	assert_int_equal(n, 40);
	assert_false(call(&servers[1], limit, BEGIN_US));
	assert_true(call(&servers[1], limit, BEGIN_US + 3 * US_OF_S));
	stop(servers);
}

static void test_servers__say_so_when_the_database_is_away(void **state)
{
	struct house *h = *state;
	struct server servers[SERVERS];
	struct rate_limit limit = rate_limit_of(20, 1, 40);

	start(h, servers);
	server_run(h->url, "ALTER TABLE rate_lease RENAME TO rate_lease_away");
	assert_int_equal(rate_leases_take(servers[0].leases, 9001, 1, limit, BEGIN_US),
			 RATE_UNKNOWN);
	server_run(h->url, "ALTER TABLE rate_lease_away RENAME TO rate_lease");
	/* It is not asked again for a second. */
	assert_int_equal(rate_leases_take(servers[0].leases, 9001, 1, limit, BEGIN_US + 999999),
			 RATE_UNKNOWN);
	assert_true(call(&servers[0], limit, BEGIN_US + US_OF_S));
	stop(servers);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_lease__moves_a_time_as_far_as_it_may),
	CONTRACT_TEST(test_servers__never_let_through_more_than_one_would),
	CONTRACT_TEST(test_servers__let_a_steady_caller_through),
	CONTRACT_TEST(test_servers__give_a_burst_to_whoever_asks),
	CONTRACT_TEST(test_servers__say_so_when_the_database_is_away),
};

const struct contract_tests contract_rate_lease = {"rates of several servers", tests,
						   ARRAY_LEN(tests), .servers_only = true};
