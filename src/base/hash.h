#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define HASH_BYTES 32

/* A hash (BLAKE2b) of texts, of each with its length: the same bytes cut in another way are
 * something else. Not a secret. Any thread. */
void hash_texts(const struct str *texts, size_t n, uint8_t ret_hash[HASH_BYTES]);

#endif
