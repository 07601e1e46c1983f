#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

/* With AddressSanitizer, memory that is not handed out counts as not ours: a pointer kept over a
 * reset is found out. Otherwise these do nothing. */
#include <sanitizer/asan_interface.h>

#define ALIGN alignof(max_align_t)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t room;
	alignas(max_align_t) unsigned char bytes[];
};

void arena_init(struct arena *a, size_t block_bytes, size_t bytes_max)
{
	assert(block_bytes > 0);
	assert(bytes_max >= block_bytes);
	*a = (struct arena){.block_bytes = block_bytes, .bytes_max = bytes_max};
}

static void free_from(struct arena *a, struct arena_block *b)
{
	while (b) {
		struct arena_block *next = b->next;
		a->bytes_held -= b->room;
		free(b);
		b = next;
	}
}

void arena_fini(struct arena *a)
{
	free_from(a, a->first);
	a->first = a->last = NULL;
}

void arena_reset(struct arena *a)
{
	if (!a->first)
		return;
	free_from(a, a->first->next);
	a->first->next = NULL;
	a->first->used = 0;
	ASAN_POISON_MEMORY_REGION(a->first->bytes, a->first->room);
	a->last = a->first;
}

static struct arena_block *add_block(struct arena *a, size_t bytes)
{
	size_t left = a->bytes_max - a->bytes_held;
	size_t room = a->block_bytes < left ? a->block_bytes : left;

	if (bytes > left)
		return NULL;
	if (room < bytes)
		room = bytes;
	struct arena_block *b = malloc(sizeof(*b) + room);
	if (!b)
		return NULL;
	b->next = NULL;
	b->used = 0;
	b->room = room;
	if (a->last)
		a->last->next = b;
	else
		a->first = b;
	a->last = b;
	a->bytes_held += room;
	ASAN_POISON_MEMORY_REGION(b->bytes, b->room);
	return b;
}

void *arena_alloc_raw(struct arena *a, size_t wanted)
{
	struct arena_block *b = a->last;

	if (wanted > SIZE_MAX / 2)
		return NULL;
	size_t bytes = (wanted + ALIGN - 1) & ~(ALIGN - 1);
	if (!b || b->room - b->used < bytes) {
		b = add_block(a, bytes);
		if (!b)
			return NULL;
	}
	void *p = b->bytes + b->used;
	b->used += bytes;
	ASAN_UNPOISON_MEMORY_REGION(p, wanted);
	return p;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	void *p = arena_alloc_raw(a, bytes);

	if (p)
		memset(p, 0, bytes);
	return p;
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc_raw(a, s.n + 1);

	if (!p)
		return (struct str){NULL, 0};
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return (struct str){p, s.n};
}
