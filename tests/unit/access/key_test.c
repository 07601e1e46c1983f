#include "access/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "place.h"

static void count_up(void *ret_bytes, size_t n)
{
	static uint8_t next = 0x0f;
	uint8_t *bytes = ret_bytes;

	for (size_t i = 0; i < n; i++)
		bytes[i] = next++;
}

static void test_key__is_the_upper_case_digits_of_sixteen_random_bytes(void **state)
{
	char key[ACCESS_KEY_CHARS + 1];

	(void)state;
	random_replace(count_up);
	access_key_make(key);
	random_replace(NULL);
	assert_string_equal(key, "0F101112131415161718191A1B1C1D1E");
}

static void test_key__is_another_one_each_time(void **state)
{
	char a[ACCESS_KEY_CHARS + 1], b[ACCESS_KEY_CHARS + 1];

	(void)state;
	access_key_make(a);
	access_key_make(b);
	assert_string_not_equal(a, b);
}

static void assert_hash(const struct access *a, struct str key, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t hash[ACCESS_HASH_BYTES];
	char text[2 * ACCESS_HASH_BYTES + 1] = "";

	access_key_hash(a, key, hash);
	for (size_t i = 0; i < sizeof(hash); i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	assert_string_equal(text, hex);
}

static void test_key__is_hashed_under_the_secret_for_keys_whatever_signs_tokens(void **state)
{
	static const char *const files[] = {PLACE_KEYS PLACE_TOKENS, PLACE_KEYS PLACE_TOKENS2};
	struct place place;

	(void)state;
	place_make(&place);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		place_write_secret(&place, files[i]);
		struct access *a = place_open(&place, &(struct access_options){0});
		/* From another program's keyed BLAKE2b-256. */
		assert_hash(a, STR("0123456789ABCDEF0123456789ABCDEF"),
			    "723615a4dc5b6fa9b4bb88f90b8668141d0f0f3d84274d2acd71e7a6d467fce9");
		assert_hash(a, (struct str){NULL, 0},
			    "4e51e7a913fc80137da52880fecca175bf81e117d5c68126dc2774033517ea0d");
		a = access_close(a);
	}
	place_remove(&place);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key__is_the_upper_case_digits_of_sixteen_random_bytes),
		cmocka_unit_test(test_key__is_another_one_each_time),
		cmocka_unit_test(
			test_key__is_hashed_under_the_secret_for_keys_whatever_signs_tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
