#include "base/hash.h"

#include <sodium.h>

static void add(crypto_generichash_state *hash, struct str s)
{
	uint8_t length[sizeof(uint64_t)];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)s.n >> (8 * i));
	/* Adding bytes cannot fail. */
	(void)crypto_generichash_update(hash, length, sizeof(length));
	(void)crypto_generichash_update(hash, (const unsigned char *)s.p, s.n);
}

void hash_texts(const struct str *texts, size_t n, uint8_t ret_hash[HASH_BYTES])
{
	crypto_generichash_state hash;

	/* Both fail only for lengths that they do not know; these are constants. */
	(void)crypto_generichash_init(&hash, NULL, 0, HASH_BYTES);
	for (size_t i = 0; i < n; i++)
		add(&hash, texts[i]);
	(void)crypto_generichash_final(&hash, ret_hash, HASH_BYTES);
}
