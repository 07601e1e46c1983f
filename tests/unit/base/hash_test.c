#include "base/compiler.h"
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

static void texts_hex(const struct str *texts, size_t n, char ret_hex[2 * HASH_BYTES + 1])
{
	uint8_t hash[HASH_BYTES];

	hash_texts(texts, n, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]);
}

static void test_hash_texts__is_a_hash_of_each_length_and_text(void **state)
{
	/* Made with another program. */
	static const char nothing[] = "0e5751c026e543b2e8ab2eb06099daa1"
				      "d1e5df47778f7787faab45cdf12fe3a8";
	static const char three[] = "e401b2fbb0c3fc20e563e7c4ba426841"
				    "94cf63328515832a43fc5876495df99d";
	const struct str texts[] = {STR("bloggs"), {NULL, 0}, STR("TT11 1TT")};
	char hex[2 * HASH_BYTES + 1];

	(void)state;
	texts_hex(NULL, 0, hex);
	assert_string_equal(hex, nothing);
	texts_hex(texts, ARRAY_LEN(texts), hex);
	assert_string_equal(hex, three);
}

static void test_hash_texts__tells_where_a_text_ends(void **state)
{
	static const struct str ways[][3] = {
		{STR_INIT("ab"), STR_INIT("c"), STR_INIT("")},
		{STR_INIT("a"), STR_INIT("bc"), STR_INIT("")},
		{STR_INIT("abc"), STR_INIT(""), STR_INIT("")},
		{STR_INIT(""), STR_INIT("abc"), STR_INIT("")},
		{STR_INIT(""), STR_INIT(""), STR_INIT("abc")},
		{STR_INIT("AB"), STR_INIT("c"), STR_INIT("")},
	};
	char a[2 * HASH_BYTES + 1], b[2 * HASH_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ways); i++)
		for (size_t k = 0; k < i; k++) {
			texts_hex(ways[i], 3, a);
			texts_hex(ways[k], 3, b);
			assert_string_not_equal(a, b);
		}
	texts_hex(ways[2], 1, a);
	texts_hex(ways[2], 2, b);
	assert_string_not_equal(a, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash__of_pieces_is_that_of_the_whole),
		cmocka_unit_test(test_hash__of_texts_depends_on_where_they_are_cut),
		cmocka_unit_test(test_hash_texts__is_a_hash_of_each_length_and_text),
		cmocka_unit_test(test_hash_texts__tells_where_a_text_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
