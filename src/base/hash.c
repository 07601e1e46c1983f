#include "base/hash.h"

#include <sodium.h>

#define ALIGNMENT 64

_Static_assert(sizeof(crypto_generichash_state) + ALIGNMENT - 1 <= sizeof(struct hash) &&
		       _Alignof(crypto_generichash_state) <= ALIGNMENT,
	       "there is room for it");

/* Where the struct itself lies is not left to the compiler: a sanitizer's stack knows no more than
 * 32 bytes. */
static crypto_generichash_state *state_of(struct hash *h)
{
	uint8_t *p = h->room;

	p += (ALIGNMENT - (uintptr_t)p % ALIGNMENT) % ALIGNMENT;
	return (crypto_generichash_state *)(void *)p;
}

/* Init and final fail only for lengths that they do not know, and these are constants; adding bytes
 * cannot fail. */
void hash_init(struct hash *h)
{
	(void)crypto_generichash_init(state_of(h), NULL, 0, HASH_BYTES);
}

void hash_add(struct hash *h, const void *bytes, size_t n)
{
	(void)crypto_generichash_update(state_of(h), bytes, n);
}

void hash_end(struct hash *h, uint8_t ret_hash[HASH_BYTES])
{
	(void)crypto_generichash_final(state_of(h), ret_hash, HASH_BYTES);
}

static void add(struct hash *h, struct str s)
{
	uint8_t length[sizeof(uint64_t)];

	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)((uint64_t)s.n >> (8 * i));
	hash_add(h, length, sizeof(length));
	hash_add(h, s.p, s.n);
}

void hash_texts(const struct str *texts, size_t n, uint8_t ret_hash[HASH_BYTES])
{
	struct hash h;

	hash_init(&h);
	for (size_t i = 0; i < n; i++)
		add(&h, texts[i]);
	hash_end(&h, ret_hash);
}
