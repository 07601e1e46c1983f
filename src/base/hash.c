#include "base/hash.h"

#include <assert.h>
#include <sodium.h>

_Static_assert(sizeof(crypto_generichash_state) <= sizeof(struct hash), "there is room for it");

static crypto_generichash_state *state_of(struct hash *h)
{
	return (crypto_generichash_state *)(void *)h->state;
}

/* None of the three can fail with these lengths; they say 0 always. */
void hash_init(struct hash *h)
{
	int e = crypto_generichash_init(state_of(h), NULL, 0, HASH_BYTES);

	assert(e == 0);
}

void hash_add(struct hash *h, const void *bytes, size_t n)
{
	int e = crypto_generichash_update(state_of(h), bytes, n);

	assert(e == 0);
}

void hash_end(struct hash *h, uint8_t ret_hash[HASH_BYTES])
{
	int e = crypto_generichash_final(state_of(h), ret_hash, HASH_BYTES);

	assert(e == 0);
}
