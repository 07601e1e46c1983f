#ifndef TESTS_HTTP_FEED_H
#define TESTS_HTTP_FEED_H

#include <stddef.h>

#include "http/framing.h"

/*
 * Gives bytes to the framing piece by piece, as a network does, and keeps what came of it.
 * For the tests and for the fuzzer. The buffer is as large as what is in it, so that reading
 * beyond shows under asan.
 */
struct outcome {
	enum framing_result result;
	bool had_head; /* FRAMING_HEAD was said */
	struct framing framing;
	char *bytes; /* of the request, as the framing left them */
	size_t n;
	struct str method, target, content_type, request_id, body;
	char *rest; /* what belongs to the next request */
	size_t n_rest;
};

/* How long the next piece is; 0 or more than there is: all the rest. */
typedef size_t feed_piece(void *owner, size_t at);

struct outcome feed(struct str bytes, size_t body_bytes_max, feed_piece *piece, void *owner);
void outcome_fini(struct outcome *o);

/* The first thing in which they differ, or NULL. */
const char *outcome_difference(const struct outcome *a, const struct outcome *b);

#endif
