/*
 * Access keys: 128 random bits, so that nobody guesses one, stored as a keyed hash, so
 * that who reads the database cannot use what he finds there.
 */
#include <sodium.h>

#include "access/internal.h"
#include "base/random.h"

#define KEY_BYTES (ACCESS_KEY_CHARS / 2)

void access_key_make(char ret_key[ACCESS_KEY_CHARS + 1])
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t bytes[KEY_BYTES];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		ret_key[2 * i] = digits[bytes[i] >> 4];
		ret_key[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_key[ACCESS_KEY_CHARS] = '\0';
	sodium_memzero(bytes, sizeof(bytes));
}

void access_check_value(const struct access *a, uint8_t ret_check[ACCESS_HASH_BYTES])
{
	/* A key has no blanks, so this is no key's hash. */
	access_key_hash(a, STR("one installation"), ret_check);
}

void access_key_hash(const struct access *a, struct str key, uint8_t ret_hash[ACCESS_HASH_BYTES])
{
	/* Fails only for lengths that it does not know; these are constants. */
	(void)crypto_generichash(ret_hash, ACCESS_HASH_BYTES, (const unsigned char *)key.p, key.n,
				 a->secrets.keys, SECRET_BYTES);
}
