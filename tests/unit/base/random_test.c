#include "base/random.h"

#include <pthread.h>
#include <string.h>

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_THREADS 4

static void counting_bytes(void *ret_bytes, size_t n)
{
	unsigned char *p = ret_bytes;

	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)i;
}

static void test_random__never_gives_the_same_twice(void **state)
{
	unsigned char drawn[64][16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(drawn); i++) {
		random_bytes(drawn[i], sizeof(drawn[i]));
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(drawn[i], drawn[k], sizeof(drawn[i]));
	}
}

static void test_random__writes_all_it_was_asked_for_and_no_more(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 40; n++) {
		unsigned char bytes[42] = {0}, seen[42] = {0};
		/* A byte that stays 0 over 16 draws is not written. */
		for (int draw = 0; draw < 16; draw++) {
			random_bytes(bytes + 1, n);
			for (size_t i = 0; i < sizeof(bytes); i++)
				seen[i] |= bytes[i];
		}
		for (size_t i = 0; i < sizeof(bytes); i++)
			assert_int_equal(seen[i] != 0, i >= 1 && i <= n);
	}
}

static void *draw(void *bytes)
{
	random_bytes(bytes, 16);
	return NULL;
}

static void test_random__serves_many_threads_at_once(void **state)
{
	unsigned char drawn[N_THREADS][16] = {0};
	pthread_t threads[N_THREADS];

	(void)state;
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, draw, drawn[i]), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(drawn[i], drawn[k], sizeof(drawn[i]));
	}
}

static void test_random__can_be_replaced_and_put_back(void **state)
{
	unsigned char bytes[16];
	const unsigned char counted[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

	(void)state;
	random_replace(counting_bytes);
	random_bytes(bytes, sizeof(bytes));
	assert_memory_equal(bytes, counted, sizeof(bytes));
	random_replace(NULL);
	random_bytes(bytes, sizeof(bytes));
	assert_memory_not_equal(bytes, counted, sizeof(bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First, so that the generator is started by several threads at once. */
		cmocka_unit_test(test_random__serves_many_threads_at_once),
		cmocka_unit_test(test_random__never_gives_the_same_twice),
		cmocka_unit_test(test_random__writes_all_it_was_asked_for_and_no_more),
		cmocka_unit_test(test_random__can_be_replaced_and_put_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
