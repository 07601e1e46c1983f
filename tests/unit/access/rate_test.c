#include "rate_case.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct rate_answer take(struct access *a, int64_t company_id,
			       const struct directory_key *key, int64_t now_us)
{
	struct rate_answer answer;

	rate_take(a, company_id, key, now_us, &answer);
	return answer;
}

/* How many of `n` calls at that moment are allowed. */
static int64_t count(struct access *a, const struct directory_key *key, int64_t now_us, int64_t n)
{
	int64_t allowed = 0;

	for (int64_t i = 0; i < n; i++)
		allowed += take(a, 1, key, now_us).allowed;
	return allowed;
}

/* ---- one key ------------------------------------------------------------------------ */

struct step {
	int64_t at_us;
	bool allowed;
	int64_t remaining, reset_s, retry_after_s;
};

static void run(struct access *a, const struct directory_key *key, const struct step *steps,
		size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct step *s = &steps[i];
		struct rate_answer got = take(a, 1, key, T0 + s->at_us);

		if (got.allowed != s->allowed || got.remaining != s->remaining ||
		    got.reset_s != s->reset_s || got.retry_after_s != s->retry_after_s ||
		    got.limit != key->rate)
			fail_msg("step %zu: %d %d %d %d", i, got.allowed, (int)got.remaining,
				 (int)got.reset_s, (int)got.retry_after_s);
	}
}

static void test_rate__allows_a_burst_from_rest_and_then_the_rate(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 2, .burst = 3};
	static const struct step steps[] = {
		{0, true, 2, 1, 0},       {0, true, 1, 1, 0},       {0, true, 0, 2, 0},
		{0, false, 0, 2, 1},      {499999, false, 0, 2, 1}, {500000, true, 0, 2, 0},
		{500000, false, 0, 2, 1}, {1000000, true, 0, 2, 0}, {1499999, false, 0, 2, 1},
		{2000000, true, 1, 1, 0}, /* two had grown back */
		{2999999, true, 1, 1, 0}, /* nearly at rest */
		{9000000, true, 2, 1, 0}, /* long at rest: no more than the burst */
		{9000000, true, 1, 1, 0}, {9000000, true, 0, 2, 0}, {9000000, false, 0, 2, 1},
	};
	struct fixture *f = *state;

	run(f->access, &key, steps, ARRAY_LEN(steps));
}

static void test_rate__with_a_burst_of_one_spaces_calls_evenly(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 1, .burst = 1};
	static const struct step steps[] = {{0, true, 0, 1, 0},        {1, false, 0, 1, 1},
					    {999999, false, 0, 1, 1},  {1000000, true, 0, 1, 0},
					    {1999999, false, 0, 1, 1}, {2000000, true, 0, 1, 0},
					    {2000000, false, 0, 1, 1}};
	struct fixture *f = *state;

	run(f->access, &key, steps, ARRAY_LEN(steps));
}

static void test_rate__tells_how_long_to_wait_rounded_up(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 1, .burst = 90};
	struct fixture *f = *state;

	assert_int_equal(count(f->access, &key, T0, 90), 90);
	struct rate_answer refused = take(f->access, 1, &key, T0 + 1);
	assert_false(refused.allowed);
	assert_int_equal(refused.reset_s, 90);
	assert_int_equal(refused.retry_after_s, 1);
	assert_int_equal(refused.remaining, 0);
}

static void test_rate__takes_nothing_for_a_refused_call(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 10, .burst = 1};
	struct fixture *f = *state;

	assert_true(take(f->access, 1, &key, T0).allowed);
	assert_int_equal(count(f->access, &key, T0 + 99999, 1000), 0);
	assert_true(take(f->access, 1, &key, T0 + 100000).allowed);
}

static void test_rate__is_never_exceeded_however_calls_come(void **state)
{
	static const int64_t rates[] = {1, 3, 7, 20, 999, 100000, 999999, 1000000};
	struct fixture *f = *state;
	uint64_t random = 1;

	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		struct directory_key key = {
			.key_number = (int64_t)i + 1, .rate = rates[i], .burst = 5};
		int64_t now_us = T0, allowed = 0;

		for (int n = 0; n < 20000; n++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			now_us += (int64_t)((random >> 40) % (uint64_t)(1500000 / rates[i] + 1));
			allowed += take(f->access, 1, &key, now_us).allowed;
			assert_true(allowed <= key.burst + (now_us - T0) * key.rate / S);
		}
		/* Nor much less, since calls came faster than the rate. */
		assert_true(allowed * 10 > (now_us - T0) * key.rate / S * 8);
	}
}

static void test_rate__of_nonsense_is_read_as_one(void **state)
{
	static const struct directory_key zero = {.key_number = 1};
	static const struct directory_key negative = {.key_number = 2, .rate = -5, .burst = -5};
	struct fixture *f = *state;

	assert_int_equal(count(f->access, &zero, T0, 5), 1);
	assert_int_equal(count(f->access, &zero, T0 + S, 5), 1);
	assert_int_equal(count(f->access, &negative, T0, 5), 1);
}

static void test_rate__is_each_keys_own(void **state)
{
	static const struct directory_key one = {.key_number = 1, .rate = 1, .burst = 1};
	static const struct directory_key two = {.key_number = 2, .rate = 1, .burst = 1};
	struct fixture *f = *state;

	assert_true(take(f->access, 1, &one, T0).allowed);
	assert_true(take(f->access, 1, &two, T0).allowed);
	assert_true(take(f->access, 2, &one, T0).allowed);
	assert_false(take(f->access, 1, &one, T0).allowed);
	assert_false(take(f->access, 1, &two, T0).allowed);
	assert_false(take(f->access, 2, &one, T0).allowed);
}

static void test_rate__begins_afresh_when_the_clock_was_set_back(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 10, .burst = 5};
	struct fixture *f = *state;

	assert_int_equal(count(f->access, &key, T0, 10), 5);
	/* A thread whose clock is a little behind gets nothing by it. */
	assert_int_equal(count(f->access, &key, T0 - S, 10), 0);
	assert_int_equal(count(f->access, &key, T0 - 3600 * S, 10), 5);
	assert_int_equal(count(f->access, &key, T0 - 3600 * S + 100000, 10), 1);
}

static void test_rate__follows_a_changed_limit_at_once(void **state)
{
	static const struct directory_key before = {.key_number = 1, .rate = 1, .burst = 2};
	static const struct directory_key after = {.key_number = 1, .rate = 100, .burst = 300};
	struct fixture *f = *state;

	assert_int_equal(count(f->access, &before, T0, 10), 2);
	assert_int_equal(count(f->access, &after, T0, 1000),
			 100); /* what two seconds leave of it */
}

/* ---- the table ---------------------------------------------------------------------- */

static void test_rate__table_full_of_strangers_shuts_nobody_out(void **state)
{
	static const struct directory_key honest = {.key_number = 1, .rate = 1, .burst = 3};
	struct fixture *f = *state;

	for (int64_t i = 0; i < 20 * RATE_SETS * RATE_WAYS; i++) {
		struct directory_key stranger = {.key_number = i, .rate = 1, .burst = 100};
		assert_true(take(f->access, 999, &stranger, T0).allowed);
	}
	assert_int_equal(count(f->access, &honest, T0, 10), 3);
}

static void test_rate__table_gives_away_those_at_rest_before_the_others(void **state)
{
	struct rate_table *t = aligned_alloc(_Alignof(struct rate_table), sizeof(*t));
	const struct rate_limit limit = rate_limit_of(1, 1, 1);
	struct rate_answer answer;
	uint64_t tag = 12345;

	(void)state;
	assert_non_null(t);
	*t = (struct rate_table){0};
	/* One set: a caller who has just called, and then many who are at rest soon. */
	rate_table_take(t, tag, rate_limit_of(1, 3600, 1), T0, &answer);
	assert_true(answer.allowed);
	for (uint64_t i = 1; i <= 1000; i++) {
		rate_table_take(t, tag + i * RATE_SETS, limit, T0 + (int64_t)i * S, &answer);
		assert_true(answer.allowed);
	}
	rate_table_take(t, tag, rate_limit_of(1, 3600, 1), T0 + 1000 * S, &answer);
	assert_false(answer.allowed);
	assert_int_equal(answer.retry_after_s, 2600);
	free(t);
}

static void test_rate__tag_is_never_one_that_is_nobodys(void **state)
{
	static const uint8_t key[RATE_KEY_BYTES], other_key[RATE_KEY_BYTES] = {1};
	uint8_t a[16] = {0}, b[16] = {0};

	(void)state;
	b[15] = 1;
	assert_true(rate_tag(key, a) > 1);
	assert_true(rate_tag(key, a) != rate_tag(key, b));
	assert_true(rate_tag(key, a) != rate_tag(other_key, a));
	assert_true(rate_tag(key, a) == rate_tag(key, a));
}

/* ---- threads ------------------------------------------------------------------------ */

#define THREADS          8
#define CALLS_PER_THREAD 5000

struct hammer {
	struct access *access;
	struct directory_key key;
	int64_t now_us;
	int64_t allowed;
	int64_t strangers; /* calls of others in between, each a new one */
	pthread_barrier_t *start;
};

static void *hammer(void *arg)
{
	struct hammer *h = arg;

	(void)pthread_barrier_wait(h->start);
	for (int i = 0; i < CALLS_PER_THREAD; i++) {
		h->allowed += take(h->access, 1, &h->key, h->now_us).allowed;
		if (!h->strangers)
			continue;
		struct directory_key stranger = {.key_number = h->strangers++, .rate = 1000000};
		(void)take(h->access, 2, &stranger, h->now_us);
	}
	return NULL;
}

static int64_t hammer_with_threads(struct access *a, const struct directory_key *key,
				   int64_t now_us, bool strangers)
{
	pthread_t threads[THREADS];
	struct hammer hammers[THREADS];
	pthread_barrier_t start;
	int64_t allowed = 0;

	assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
	for (int64_t i = 0; i < THREADS; i++) {
		hammers[i] = (struct hammer){
			.access = a, .key = *key, .now_us = now_us, .start = &start};
		hammers[i].strangers = strangers ? i * CALLS_PER_THREAD + 1 : 0;
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, &hammers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		allowed += hammers[i].allowed;
	}
	assert_int_equal(pthread_barrier_destroy(&start), 0);
	return allowed;
}

static void test_rate__is_exact_among_threads(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 100, .burst = 20000};
	struct fixture *f = *state;

	assert_true(take(f->access, 1, &key, T0).allowed);
	assert_int_equal(hammer_with_threads(f->access, &key, T0, false), 19999);
	assert_int_equal(hammer_with_threads(f->access, &key, T0 + S, false), 100);
	assert_int_equal(hammer_with_threads(f->access, &key, T0 + 600 * S, false), 20000);
}

static void test_rate__of_a_newcomer_among_threads_passes_by_one_call_each_at_most(void **state)
{
	struct fixture *f = *state;

	for (int64_t n = 1; n <= 5; n++) {
		struct directory_key key = {.key_number = n, .rate = 1, .burst = 10};
		int64_t allowed = hammer_with_threads(f->access, &key, T0, false);
		assert_in_range(allowed, 10, 10 + THREADS - 1);
	}
}

static void test_rate__holds_while_strangers_come_and_go(void **state)
{
	static const struct directory_key key = {.key_number = 1, .rate = 1, .burst = 50};
	struct fixture *f = *state;

	/* Strangers are at rest within a microsecond, so that the one who is not keeps his slot. */
	assert_true(take(f->access, 1, &key, T0 - 1).allowed);
	assert_int_equal(hammer_with_threads(f->access, &key, T0, true), 49);
}

/* ---- permits out of a lease --------------------------------------------------------------- */

static void test_permits__are_good_until_their_time(void **state)
{
	static const struct {
		int64_t now_ns;
		bool good;
	} cases[] = {
		{100, true},  /* the one at 100 */
		{100, true},  /* at 110: ahead */
		{115, true},  /* at 120 */
		{131, true},  /* 130 has passed: at 140 */
		{131, false}, /* 150 is the end */
		{100, false},
	};
	struct rate_permits p = {.next_ns = 100, .end_ns = 150};
	const struct rate_limit limit = {.interval_ns = 10, .burst = 5};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(rate_permits_take(&p, limit, cases[i].now_ns), cases[i].good);
	p = (struct rate_permits){0};
	assert_false(rate_permits_take(&p, limit, T0));
}

static void test_permits__are_leased_some_at_a_time(void **state)
{
	static const struct {
		int64_t rate, burst, servers, n;
	} cases[] = {
		{20, 40, 2, 10}, {20, 40, 4, 5},    {20, 4, 2, 1},    {1, 1, 1, 1},
		{1, 1000, 2, 1}, {1000, 40, 2, 10}, {20, 40, 100, 1}, {1000, 100000, 2, 500},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct rate_limit limit = rate_limit_of(cases[i].rate, 1, cases[i].burst);
		assert_int_equal(rate_lease_size(limit, cases[i].servers), cases[i].n);
	}
}

static void test_share__of_a_rate_is_a_part_of_it(void **state)
{
	struct rate_limit whole = rate_limit_of(20, 1, 40), share = rate_share(whole, 4);

	(void)state;
	assert_int_equal(share.interval_ns, 4 * whole.interval_ns);
	assert_int_equal(share.burst, 10);
	assert_int_equal(rate_share(whole, 100).burst, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_rate__allows_a_burst_from_rest_and_then_the_rate),
		TEST(test_rate__with_a_burst_of_one_spaces_calls_evenly),
		TEST(test_rate__tells_how_long_to_wait_rounded_up),
		TEST(test_rate__takes_nothing_for_a_refused_call),
		TEST(test_rate__is_never_exceeded_however_calls_come),
		TEST(test_rate__of_nonsense_is_read_as_one),
		TEST(test_rate__is_each_keys_own),
		TEST(test_rate__begins_afresh_when_the_clock_was_set_back),
		TEST(test_rate__follows_a_changed_limit_at_once),
		TEST(test_rate__table_full_of_strangers_shuts_nobody_out),
		cmocka_unit_test(test_rate__table_gives_away_those_at_rest_before_the_others),
		cmocka_unit_test(test_rate__tag_is_never_one_that_is_nobodys),
		TEST(test_rate__is_exact_among_threads),
		TEST(test_rate__of_a_newcomer_among_threads_passes_by_one_call_each_at_most),
		TEST(test_rate__holds_while_strangers_come_and_go),
		cmocka_unit_test(test_permits__are_good_until_their_time),
		cmocka_unit_test(test_permits__are_leased_some_at_a_time),
		cmocka_unit_test(test_share__of_a_rate_is_a_part_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
