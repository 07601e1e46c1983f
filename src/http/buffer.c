#include "http/buffer.h"

#include <stdlib.h>
#include <string.h>

static struct buffer *destroy(struct buffer *b)
{
	if (b && b->pool)
		b->pool->lent_bytes -= b->room;
	if (b)
		free(b->p);
	free(b);
	return NULL;
}

struct buffer *buffer_take(struct buffer_pool *pool, size_t bytes)
{
	struct buffer *b = pool->first;

	if (b) {
		pool->first = b->next;
		pool->n_kept--;
	} else {
		b = calloc(1, sizeof(*b));
		if (!b)
			return NULL;
		b->pool = pool;
	}
	if (!buffer_reserve(b, bytes > BUFFER_BYTES ? bytes : BUFFER_BYTES))
		return destroy(b);
	return b;
}

struct buffer *buffer_give(struct buffer_pool *pool, struct buffer *b)
{
	if (!b || b->room > BUFFER_BYTES || pool->n_kept == BUFFER_KEPT_MAX)
		return destroy(b);
	b->from = b->n = 0;
	b->next = pool->first;
	pool->first = b;
	pool->n_kept++;
	return NULL;
}

void buffer_pool_fini(struct buffer_pool *pool)
{
	while (pool->first) {
		struct buffer *b = pool->first;
		pool->first = b->next;
		(void)destroy(b); /* always NULL */
	}
	pool->n_kept = 0;
}

bool buffer_reserve(struct buffer *b, size_t bytes)
{
	size_t room = b->room ? b->room : BUFFER_BYTES;

	if (b->room - b->n >= bytes)
		return true;
	while (room - b->n < bytes)
		room *= 2;
	if (b->pool && b->pool->lent_bytes + (room - b->room) > BUFFER_LENT_MAX)
		return false;
	char *p = realloc(b->p, room);
	if (!p)
		return false;
	if (b->pool)
		b->pool->lent_bytes += room - b->room;
	b->p = p;
	b->room = room;
	return true;
}

void buffer_pack(struct buffer *b)
{
	if (b->from == 0)
		return;
	memmove(b->p, b->p + b->from, buffer_left(b));
	b->n -= b->from;
	b->from = 0;
}
