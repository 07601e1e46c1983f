#ifndef HTTP_BUFFER_H
#define HTTP_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes that were read and are not used up. A thread has a pool of small ones to lend, so that a
 * connection holds memory only while a part of a request is there. One thread at a time.
 */
struct buffer {
	struct buffer *next;      /* in the pool */
	struct buffer_pool *pool; /* NULL: it is nobody's loan */
	char *p;
	size_t room;
	size_t from; /* the first byte that is still wanted */
	size_t n;    /* behind the last one */
};

struct buffer_pool {
	struct buffer *first;
	size_t n_kept;
	size_t lent_bytes;
};

#define BUFFER_BYTES    4096 /* of a new one */
#define BUFFER_KEPT_MAX 64   /* in the pool */
/* Lent by one pool at a time, kept ones included: strangers must not have all memory of the machine
 * by beginning many requests and ending none. */
#define BUFFER_LENT_MAX ((size_t)64 * 1024 * 1024)

/* Empty, with room for at least `bytes`. NULL: out of memory, or too much is lent. */
struct buffer *buffer_take(struct buffer_pool *pool, size_t bytes);
/* Back to the pool, or to the system. Takes NULL; gives NULL. */
struct buffer *buffer_give(struct buffer_pool *pool, struct buffer *b);
void buffer_pool_fini(struct buffer_pool *pool);

/* Makes room for `bytes` behind n. False: as for buffer_take, and nothing was changed. */
bool buffer_reserve(struct buffer *b, size_t bytes);
/* Moves what is wanted to the front. */
void buffer_pack(struct buffer *b);

static inline size_t buffer_left(const struct buffer *b)
{
	return b->n - b->from;
}

#endif
