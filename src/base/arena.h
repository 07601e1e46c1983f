#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/str.h"

/*
 * Memory that belongs to one piece of work, usually one call of the API: taken bit
 * by bit, given back all at once. Nothing that came from an arena is ever freed by
 * hand. One thread at a time.
 *
 * An arena has a limit. At the limit, or when the system has no memory, arena_alloc
 * gives NULL and the caller answers RC_NOMEM.
 */
struct arena_block;

struct arena {
	struct arena_block *first; /* kept across resets */
	struct arena_block *last;
	size_t block_bytes;
	size_t bytes_max;
	size_t bytes_held; /* over all blocks */
};

/* Takes no memory yet. block_bytes: what is asked of the system at a time. */
void arena_init(struct arena *a, size_t block_bytes, size_t bytes_max);
void arena_fini(struct arena *a);

/* Everything handed out is void from now on. The first block stays for the next call. */
void arena_reset(struct arena *a);

/* Aligned for any type, zeroed. NULL when out of memory or over the limit. */
MUST_CHECK void *arena_alloc(struct arena *a, size_t bytes);

/* As arena_alloc, without the zeroing. */
MUST_CHECK void *arena_alloc_raw(struct arena *a, size_t bytes);

/* Copies `s` and puts a NUL behind it. ret->p is NULL when out of memory. */
MUST_CHECK struct str arena_str(struct arena *a, struct str s);

#endif
