#include "base/arena.h"

#include <stdalign.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define ALIGN alignof(max_align_t)

static void test_arena__takes_no_memory_before_the_first_allocation(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024, 4096);
	assert_int_equal(a.bytes_held, 0);
	arena_reset(&a);
	arena_fini(&a);
}

static void test_arena__gives_aligned_memory_of_every_size(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 256, 1 << 20);
	for (size_t n = 0; n <= 600; n++) {
		unsigned char *p = arena_alloc_raw(&a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % ALIGN, 0);
		memset(p, 0xa5, n);
	}
	arena_fini(&a);
}

static void test_arena__gives_zeroed_memory_where_something_was_before(void **state)
{
	static const unsigned char zero[512];
	struct arena a;

	(void)state;
	arena_init(&a, 1024, 4096);
	void *dirty = arena_alloc_raw(&a, sizeof(zero));
	assert_non_null(dirty);
	memset(dirty, 0xff, sizeof(zero));
	arena_reset(&a);
	void *p = arena_alloc(&a, sizeof(zero));
	assert_ptr_equal(p, dirty);
	assert_memory_equal(p, zero, sizeof(zero));
	arena_fini(&a);
}

static void test_arena__keeps_allocations_apart(void **state)
{
	unsigned char *p[64];
	struct arena a;

	(void)state;
	arena_init(&a, 100, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		p[i] = arena_alloc_raw(&a, i + 1);
		assert_non_null(p[i]);
		memset(p[i], (int)i, i + 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(p); i++) {
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(p[i][k], i);
	}
	arena_fini(&a);
}

static void test_arena__refuses_what_passes_the_limit(void **state)
{
	struct arena a;
	size_t n = 0;

	(void)state;
	arena_init(&a, 1024, 4096);
	while (arena_alloc(&a, 512))
		n++;
	assert_int_equal(n, 8);
	assert_int_equal(a.bytes_held, 4096);
	arena_fini(&a);
}

static void test_arena__refuses_sizes_that_no_memory_has(void **state)
{
	static const size_t sizes[] = {4097, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - ALIGN,
				       SIZE_MAX};
	struct arena a;

	(void)state;
	arena_init(&a, 1024, 4096);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		assert_null(arena_alloc_raw(&a, sizes[i]));
	assert_non_null(arena_alloc(&a, 4096));
	arena_fini(&a);
}

static void test_arena__gives_all_of_the_limit_when_blocks_do_not_divide_it(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024, 1536);
	assert_non_null(arena_alloc(&a, 1024));
	assert_non_null(arena_alloc(&a, 512));
	assert_null(arena_alloc(&a, 1));
	arena_fini(&a);
}

static void test_arena__keeps_only_the_first_block_over_a_reset(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 1024, 1 << 20);
	void *first = arena_alloc(&a, 100);
	assert_non_null(first);
	assert_non_null(arena_alloc(&a, 5000));
	assert_non_null(arena_alloc(&a, 1000));
	assert_true(a.bytes_held > 1024);
	arena_reset(&a);
	assert_int_equal(a.bytes_held, 1024);
	assert_ptr_equal(arena_alloc(&a, 100), first);
	arena_fini(&a);
}

static void test_arena__is_usable_again_after_the_limit_was_met(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a, 64, 128);
	assert_null(arena_alloc(&a, 200));
	assert_non_null(arena_alloc(&a, 128));
	assert_null(arena_alloc(&a, 1));
	arena_reset(&a);
	assert_non_null(arena_alloc(&a, 128));
	arena_fini(&a);
	assert_int_equal(a.bytes_held, 0);
	arena_fini(&a);
}

static void test_arena__copies_text_and_ends_it_with_nul(void **state)
{
	const char source[] = "a\0b";
	struct arena a;

	(void)state;
	arena_init(&a, 64, 128);
	struct str copy = arena_str(&a, (struct str){source, 3});
	assert_ptr_not_equal(copy.p, source);
	assert_int_equal(copy.n, 3);
	assert_memory_equal(copy.p, "a\0b", 4);
	struct str empty = arena_str(&a, (struct str){NULL, 0});
	assert_non_null(empty.p);
	assert_int_equal(empty.n, 0);
	assert_string_equal(empty.p, "");
	arena_fini(&a);
}

static void test_arena__gives_no_text_without_room_for_its_nul(void **state)
{
	char source[128] = {0};
	struct arena a;

	(void)state;
	arena_init(&a, 64, sizeof(source));
	struct str copy = arena_str(&a, (struct str){source, sizeof(source)});
	assert_null(copy.p);
	assert_int_equal(copy.n, 0);
	assert_non_null(arena_str(&a, (struct str){source, sizeof(source) - 1}).p);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arena__takes_no_memory_before_the_first_allocation),
		cmocka_unit_test(test_arena__gives_aligned_memory_of_every_size),
		cmocka_unit_test(test_arena__gives_zeroed_memory_where_something_was_before),
		cmocka_unit_test(test_arena__keeps_allocations_apart),
		cmocka_unit_test(test_arena__refuses_what_passes_the_limit),
		cmocka_unit_test(test_arena__refuses_sizes_that_no_memory_has),
		cmocka_unit_test(test_arena__gives_all_of_the_limit_when_blocks_do_not_divide_it),
		cmocka_unit_test(test_arena__keeps_only_the_first_block_over_a_reset),
		cmocka_unit_test(test_arena__is_usable_again_after_the_limit_was_met),
		cmocka_unit_test(test_arena__copies_text_and_ends_it_with_nul),
		cmocka_unit_test(test_arena__gives_no_text_without_room_for_its_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
