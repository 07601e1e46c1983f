/* One thread at a time, and nobody waits longer than he has time. */
#include "base/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

#define LONG_US  INT64_C(20000000)
#define SHORT_US INT64_C(20000)
#define THREADS  4
#define TIMES    2000

static struct turn turn;
static int inside, count; /* guarded by nothing but the turn */

static void test_turn__that_is_taken_does_not_come_in_time(void **state)
{
	(void)state;
	turn_init(&turn);
	assert_true(turn_take(&turn, clock_mono_us()));
	int64_t begin = clock_mono_us();
	assert_false(turn_take(&turn, begin + SHORT_US));
	assert_true(clock_mono_us() - begin >= SHORT_US);
	turn_give(&turn);
	assert_true(turn_take(&turn, clock_mono_us()));
	turn_give(&turn);
	turn_fini(&turn);
}

static void *take_turns(void *all)
{
	for (int i = 0; i < TIMES; i++) {
		if (!turn_take(&turn, clock_mono_us() + LONG_US))
			return NULL;
		inside++;
		count += inside == 1;
		inside--;
		turn_give(&turn);
	}
	return all;
}

static void test_turn__is_one_threads_at_a_time(void **state)
{
	pthread_t threads[THREADS];
	void *good;

	(void)state;
	turn_init(&turn);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &turn), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &good), 0);
		assert_non_null(good);
	}
	assert_int_equal(count, THREADS * TIMES);
	turn_fini(&turn);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_turn__that_is_taken_does_not_come_in_time),
		cmocka_unit_test(test_turn__is_one_threads_at_a_time),
	};

	return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
