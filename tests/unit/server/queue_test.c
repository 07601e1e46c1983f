/* The queue in front of session threads: its order, its bounds, its judgement of time. */
#include "server/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"
#include "command/command.h"

#define THREADS 2

static struct call calls[QUEUE_CALLS_MAX + 1];
static struct queue *queue;
static int64_t now_us;

static int64_t mono(void)
{
	return now_us;
}

static int setup(void **state)
{
	(void)state;
	queue = queue_create(THREADS);
	clock_replace(NULL, mono);
	return queue ? 0 : -1;
}

static int teardown(void **state)
{
	bool more = true;

	(void)state;
	queue_close(queue);
	while (more)
		(void)queue_take(queue, QUEUE_CALLS_MAX, &more); /* the test is over */
	queue = queue_destroy(queue);
	clock_replace(NULL, NULL);
	return 0;
}

static void put(size_t from, size_t n)
{
	for (size_t i = from; i < from + n; i++)
		assert_int_equal(queue_put(queue, &calls[i], 0), RC_OK);
}

static void test_queue__gives_calls_in_the_order_in_which_they_came(void **state)
{
	bool more;

	(void)state;
	put(0, 5);
	struct call *first = queue_take(queue, 3, &more);
	assert_true(more);
	for (size_t i = 0; i < 3; i++, first = first->next)
		assert_ptr_equal(first, &calls[i]);
	assert_null(first);
	first = queue_take(queue, 3, &more);
	assert_ptr_equal(first, &calls[3]);
	assert_ptr_equal(first->next, &calls[4]);
	assert_null(first->next->next);
}

static void test_queue__is_bounded(void **state)
{
	(void)state;
	put(0, QUEUE_CALLS_MAX);
	assert_int_equal(queue_put(queue, &calls[QUEUE_CALLS_MAX], 0), RC_BUSY);
}

static void test_queue__refuses_what_would_come_too_late_at_the_pace_of_now(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++)
		queue_worked(queue, 1, 100000);                  /* a tenth of a second each */
	assert_int_equal(queue_put(queue, &calls[0], 1), RC_OK); /* nobody is before it */
	put(1, 9);
	/* Ten wait for two threads: half a second. */
	assert_int_equal(queue_put(queue, &calls[10], 400000), RC_LOST);
	assert_int_equal(queue_put(queue, &calls[10], 600000), RC_OK);
	assert_int_equal(queue_put(queue, &calls[11], 0), RC_OK);
	/* It learns that things have become better. */
	for (int i = 0; i < 200; i++)
		queue_worked(queue, 10, 10000);
	assert_int_equal(queue_put(queue, &calls[12], 400000), RC_OK);
}

static void test_queue__that_is_closed_gives_what_it_has_and_then_ends(void **state)
{
	bool more;

	(void)state;
	put(0, 2);
	queue_close(queue);
	assert_non_null(queue_take(queue, 1, &more));
	assert_true(more);
	assert_non_null(queue_take(queue, 1, &more));
	assert_null(queue_take(queue, 1, &more));
	assert_false(more);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_queue__gives_calls_in_the_order_in_which_they_came, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue__is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(
			test_queue__refuses_what_would_come_too_late_at_the_pace_of_now, setup,
			teardown),
		cmocka_unit_test_setup_teardown(
			test_queue__that_is_closed_gives_what_it_has_and_then_ends, setup,
			teardown),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
