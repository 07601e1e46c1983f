#include "base/metrics.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_THREADS 4
#define N_COUNTS  20000

/* Sets live as long as the process, so each test looks at what it added itself. */
static struct metrics_sum added_since(const struct metrics_sum *before)
{
	struct metrics_sum now;

	metrics_sum(&now);
	for (size_t i = 0; i < METRICS_ROWS; i++) {
		now.requests[i] -= before->requests[i];
		now.refused[i] -= before->refused[i];
		now.failed[i] -= before->failed[i];
	}
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		now.buckets[i] -= before->buckets[i];
	now.total -= before->total;
	return now;
}

static void test_metrics__are_zero_before_anything_was_counted(void **state)
{
	struct metrics_sum zero, sum;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	memset(&sum, 0xff, sizeof(sum));
	metrics_sum(&sum);
	assert_memory_equal(&sum, &zero, sizeof(sum));
	assert_int_equal(metrics_percentile_us(&sum, 99), 0);
}

static void test_metrics__count_each_row_and_outcome_by_itself(void **state)
{
	struct metrics_sum before;

	(void)state;
	metrics_sum(&before);
	metrics_count(0, METRICS_GOOD, 10);
	metrics_count(0, METRICS_GOOD, 10);
	metrics_count(0, METRICS_REFUSED, 10);
	metrics_count(METRICS_ROWS - 1, METRICS_FAILED, 10);
	struct metrics_sum sum = added_since(&before);
	assert_int_equal(sum.requests[0], 3);
	assert_int_equal(sum.refused[0], 1);
	assert_int_equal(sum.failed[0], 0);
	assert_int_equal(sum.requests[METRICS_ROWS - 1], 1);
	assert_int_equal(sum.refused[METRICS_ROWS - 1], 0);
	assert_int_equal(sum.failed[METRICS_ROWS - 1], 1);
	assert_int_equal(sum.requests[1], 0);
	assert_int_equal(sum.total, 4);
}

static void test_metrics__know_every_duration_within_a_quarter(void **state)
{
	(void)state;
	for (int64_t us = 0; us < INT64_C(1) << 32; us += us / 50 + 1) {
		struct metrics_sum before;
		metrics_sum(&before);
		metrics_count(1, METRICS_GOOD, us);
		struct metrics_sum sum = added_since(&before);
		assert_int_equal(sum.total, 1);
		int64_t shown_us = metrics_percentile_us(&sum, 50);
		assert_true(shown_us >= us);
		assert_true(shown_us - us <= us / 4);
		if (us < 8)
			assert_int_equal(shown_us, us);
	}
}

static void test_metrics__take_any_duration_at_all(void **state)
{
	static const int64_t odd_us[] = {INT64_MIN, -1, INT64_MAX, INT64_C(1) << 33};
	struct metrics_sum before;

	(void)state;
	metrics_sum(&before);
	for (size_t i = 0; i < ARRAY_LEN(odd_us); i++)
		metrics_count(2, METRICS_GOOD, odd_us[i]);
	struct metrics_sum sum = added_since(&before);
	assert_int_equal(sum.total, 4);
	assert_int_equal(sum.buckets[0], 2);
	assert_int_equal(sum.buckets[METRICS_BUCKETS - 1], 2);
	assert_true(metrics_percentile_us(&sum, 100) > 1000000);
}

static void test_metrics__count_what_is_not_timed(void **state)
{
	struct metrics_sum before;

	(void)state;
	metrics_sum(&before);
	metrics_count_untimed(3, METRICS_GOOD);
	metrics_count_untimed(3, METRICS_FAILED);
	struct metrics_sum sum = added_since(&before);
	assert_int_equal(sum.requests[3], 2);
	assert_int_equal(sum.failed[3], 1);
	assert_int_equal(sum.total, 0);
}

static void test_metrics__give_percentiles(void **state)
{
	static const struct {
		double percent;
		int64_t least_us, most_us;
	} cases[] = {
		{0, 1, 1},       {0.1, 1, 1},     {1, 10, 12},       {50, 500, 625},
		{90, 900, 1125}, {99, 990, 1238}, {99.9, 999, 1249}, {100, 1000, 1250},
	};
	struct metrics_sum before;

	(void)state;
	metrics_sum(&before);
	for (int64_t us = 1; us <= 1000; us++)
		metrics_count(3, METRICS_GOOD, us);
	struct metrics_sum sum = added_since(&before);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t us = metrics_percentile_us(&sum, cases[i].percent);
		assert_in_range(us, cases[i].least_us, cases[i].most_us);
	}
}

static void test_metrics__tell_a_rare_long_duration_from_the_common_ones(void **state)
{
	struct metrics_sum before;

	(void)state;
	metrics_sum(&before);
	for (int i = 0; i < 99; i++)
		metrics_count(3, METRICS_GOOD, 2);
	metrics_count(3, METRICS_GOOD, 100000);
	struct metrics_sum sum = added_since(&before);
	assert_int_equal(metrics_percentile_us(&sum, 50), 2);
	assert_int_equal(metrics_percentile_us(&sum, 99), 2);
	assert_in_range(metrics_percentile_us(&sum, 99.5), 100000, 125000);
}

static void *count_many(void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < N_COUNTS; i++)
		metrics_count(4 + i % 2, METRICS_REFUSED, i);
	return NULL;
}

static void test_metrics__add_up_all_threads_even_those_that_ended(void **state)
{
	pthread_t threads[N_THREADS];
	struct metrics_sum before, sum;

	(void)state;
	metrics_sum(&before);
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
	uint64_t last = 0;
	for (int i = 0; i < 200; i++) {
		sum = added_since(&before);
		assert_true(sum.total >= last);
		last = sum.total;
	}
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	sum = added_since(&before);
	assert_int_equal(sum.requests[4], N_THREADS * N_COUNTS / 2);
	assert_int_equal(sum.requests[5], N_THREADS * N_COUNTS / 2);
	assert_int_equal(sum.refused[4], N_THREADS * N_COUNTS / 2);
	assert_int_equal(sum.total, N_THREADS * N_COUNTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: it looks at the sums of the whole process. */
		cmocka_unit_test(test_metrics__are_zero_before_anything_was_counted),
		cmocka_unit_test(test_metrics__count_each_row_and_outcome_by_itself),
		cmocka_unit_test(test_metrics__know_every_duration_within_a_quarter),
		cmocka_unit_test(test_metrics__take_any_duration_at_all),
		cmocka_unit_test(test_metrics__count_what_is_not_timed),
		cmocka_unit_test(test_metrics__give_percentiles),
		cmocka_unit_test(test_metrics__tell_a_rare_long_duration_from_the_common_ones),
		cmocka_unit_test(test_metrics__add_up_all_threads_even_those_that_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
