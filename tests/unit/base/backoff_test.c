/* Pauses become longer, up to a bound, and are a part of that by chance. */
#include "base/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

#define MIN_US 50
#define MAX_US 400

/* One less than a number that all bounds of the test divide: the most that chance can give. */
static void most(void *ret_bytes, size_t n)
{
	const uint32_t value = 50 * 8 * 1000 - 1;

	assert_int_equal(n, sizeof(value));
	memcpy(ret_bytes, &value, sizeof(value));
}

static void test_backoff__doubles_up_to_its_bound_and_begins_anew(void **state)
{
	static const int64_t longest[] = {50, 100, 200, 400, 400};
	struct backoff b = {0};

	(void)state;
	random_replace(most);
	for (size_t i = 0; i < sizeof(longest) / sizeof(longest[0]); i++)
		assert_int_equal(backoff_next(&b, MIN_US, MAX_US), longest[i]);
	b = (struct backoff){0};
	assert_int_equal(backoff_next(&b, MIN_US, MAX_US), MIN_US);
	random_replace(NULL);
}

static void test_backoff__is_never_nothing_and_never_more_than_its_bound(void **state)
{
	struct backoff b = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_in_range(backoff_next(&b, MIN_US, MAX_US), 1, MAX_US);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff__doubles_up_to_its_bound_and_begins_anew),
		cmocka_unit_test(test_backoff__is_never_nothing_and_never_more_than_its_bound),
	};

	return cmocka_run_group_tests_name("backoff", tests, NULL, NULL);
}
