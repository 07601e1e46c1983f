#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * BLAKE2b-256 over bytes that come piece by piece: two contents with one hash are the same. No
 * secret goes in; for that see access/.
 */
#define HASH_BYTES 32

struct hash {
	_Alignas(64) uint8_t state[384];
};

void hash_init(struct hash *h);
void hash_add(struct hash *h, const void *bytes, size_t n);
void hash_end(struct hash *h, uint8_t ret_hash[HASH_BYTES]);

#endif
