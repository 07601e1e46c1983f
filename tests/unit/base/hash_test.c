#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_hash__of_pieces_is_that_of_the_whole(void **state)
{
	/* The known one of "abc". */
	static const char known[] =
		"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319";
	uint8_t hash[HASH_BYTES];
	char text[2 * HASH_BYTES + 1];

	(void)state;
	for (size_t cut = 0; cut <= 3; cut++) {
		struct hash h;
		hash_init(&h);
		hash_add(&h, "abc", cut);
		hash_add(&h, &"abc"[cut], 3 - cut);
		hash_end(&h, hash);
		for (size_t i = 0; i < HASH_BYTES; i++)
			(void)snprintf(text + 2 * i, 3, "%02x", hash[i]); /* fits */
		assert_string_equal(text, known);
	}
}

static void test_hash__of_texts_depends_on_where_they_are_cut(void **state)
{
	const struct str one[] = {STR_INIT("ab"), STR_INIT("c")};
	const struct str other[] = {STR_INIT("a"), STR_INIT("bc")};
	uint8_t x[HASH_BYTES], y[HASH_BYTES];

	(void)state;
	hash_texts(one, 2, x);
	hash_texts(other, 2, y);
	assert_memory_not_equal(x, y, HASH_BYTES);
	hash_texts(one, 2, y);
	assert_memory_equal(x, y, HASH_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash__of_pieces_is_that_of_the_whole),
		cmocka_unit_test(test_hash__of_texts_depends_on_where_they_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
