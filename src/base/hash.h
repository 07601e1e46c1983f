#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define HASH_BYTES 32

/* A hash (BLAKE2b) of texts, of each with its length: the same bytes cut in another way are
 * something else. Not a secret. Any thread. */
void hash_texts(const struct str *texts, size_t n, uint8_t ret_hash[HASH_BYTES]);

/* The same hash of bytes that come piece by piece, where the cuts do not matter. It stays where it
 * is from init to end. */
struct hash {
	uint8_t room[384 + 63]; /* for a state that lies at a multiple of 64 */
};

void hash_init(struct hash *h);
void hash_add(struct hash *h, const void *bytes, size_t n);
void hash_end(struct hash *h, uint8_t ret_hash[HASH_BYTES]);

#endif
