#include "base/clock.h"

#include <time.h>

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t fixed_now_us(void)
{
	return 1500000000123456;
}

static int64_t fixed_mono_us(void)
{
	return 42;
}

static void test_clock__agrees_with_the_systems_time(void **state)
{
	(void)state;
	int64_t before_s = time(NULL);
	int64_t now_us = clock_now_us();
	int64_t after_s = time(NULL);
	/* time() may show the tick before the present one. */
	assert_true(now_us >= (before_s - 1) * 1000000);
	assert_true(now_us < (after_s + 2) * 1000000);
}

static void test_clock__measures_durations_in_microseconds(void **state)
{
	const struct timespec pause = {.tv_nsec = 2000000};

	(void)state;
	int64_t before_us = clock_mono_us();
	(void)nanosleep(&pause, NULL);
	int64_t passed_us = clock_mono_us() - before_us;
	assert_true(passed_us >= 2000);
	assert_true(passed_us < 60 * 1000000);
}

static void test_clock__can_be_replaced_and_put_back(void **state)
{
	(void)state;
	clock_replace(fixed_now_us, fixed_mono_us);
	assert_int_equal(clock_now_us(), 1500000000123456);
	assert_int_equal(clock_mono_us(), 42);
	clock_replace(fixed_now_us, NULL);
	assert_int_equal(clock_now_us(), 1500000000123456);
	assert_int_not_equal(clock_mono_us(), 42);
	clock_replace(NULL, NULL);
	assert_true(clock_now_us() > 1500000000123456);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock__agrees_with_the_systems_time),
		cmocka_unit_test(test_clock__measures_durations_in_microseconds),
		cmocka_unit_test(test_clock__can_be_replaced_and_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
