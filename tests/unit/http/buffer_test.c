/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/compiler.h"
#include "http/buffer.h"

static void test_buffer__lends_no_more_than_the_limit_in_all(void **state)
{
	enum { BIG = 8 * 1024 * 1024, MANY = 16 };
	struct buffer_pool pool = {0};
	struct buffer *lent[MANY];
	size_t n = 0;

	(void)state;
	while (n < MANY && (lent[n] = buffer_take(&pool, BIG)))
		n++;
	assert_int_equal(n, BUFFER_LENT_MAX / BIG);
	assert_false(buffer_reserve(lent[0], (size_t)2 * BIG));
	lent[1] = buffer_give(&pool, lent[1]);
	assert_true(buffer_reserve(lent[0], (size_t)2 * BIG));
	for (size_t i = 0; i < n; i++)
		lent[i] = buffer_give(&pool, lent[i]);
	assert_int_equal(pool.lent_bytes, 0);
}

static void test_buffer__keeps_small_ones_for_the_next(void **state)
{
	struct buffer_pool pool = {0};
	struct buffer *b = buffer_take(&pool, 1);

	(void)state;
	assert_non_null(b);
	assert_null(buffer_give(&pool, b));
	assert_int_equal(pool.n_kept, 1);
	assert_ptr_equal(buffer_take(&pool, 1), b);
	assert_null(buffer_give(&pool, b));
	buffer_pool_fini(&pool);
	assert_int_equal(pool.lent_bytes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buffer__lends_no_more_than_the_limit_in_all),
		cmocka_unit_test(test_buffer__keeps_small_ones_for_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
