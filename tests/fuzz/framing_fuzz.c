/*
 * Bytes on a connection: what the framing makes of them must not depend on the pieces in
 * which they come. The first byte of the input chooses how the rest is cut.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "feed.h"
#include "http/framing.h"

#define BODY_BYTES_MAX     1000
#define REQUESTS_AT_A_TIME 16

struct cuts {
	uint32_t state;
	size_t at_most;
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static size_t in_one(void *owner, size_t at)
{
	(void)owner;
	(void)at;
	return 0;
}

static size_t by_chance(void *cuts_, size_t at)
{
	struct cuts *cuts = cuts_;

	(void)at;
	cuts->state = cuts->state * 1664525u + 1013904223u;
	return 1 + (cuts->state >> 16) % cuts->at_most;
}

static bool inside(struct str part, const struct outcome *o)
{
	return part.n == 0 || (part.p >= o->bytes && part.p + part.n <= o->bytes + o->n);
}

/* Whatever was taken keeps the rules that commands rely on. */
static void check_taken(const struct outcome *o)
{
	struct str value;
	size_t at = 0;

	assert(o->had_head);
	assert(inside(o->method, o) && inside(o->target, o) && inside(o->body, o));
	assert(inside(o->content_type, o) && inside(o->request_id, o));
	assert(o->method.n > 0 && o->target.n > 0 && o->target.p[0] == '/');
	assert(o->body.n <= BODY_BYTES_MAX);
	assert(o->framing.headers_end <= FRAMING_HEAD_BYTES_MAX);
	while (framing_header(&o->framing, o->bytes, STR("X-Forwarded-For"), &at, &value))
		assert(inside(value, o));
}

static void check_outcome(const struct outcome *o)
{
	switch (o->result) {
	case FRAMING_MORE:
		break;
	case FRAMING_READY:
		check_taken(o);
		break;
	case FRAMING_REFUSED:
		assert(o->framing.http_status >= 400 && o->framing.http_status <= 505);
		assert(o->framing.why);
		break;
	case FRAMING_HEAD:
		assert(false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n == 0)
		return 0;
	struct cuts cuts = {.state = bytes[0], .at_most = (size_t)1 << bytes[0] % 8};
	struct str left = {(const char *)bytes + 1, n - 1};

	for (int i = 0; i < REQUESTS_AT_A_TIME && left.n > 0; i++) {
		struct outcome whole = feed(left, BODY_BYTES_MAX, in_one, NULL);
		struct outcome cut = feed(left, BODY_BYTES_MAX, by_chance, &cuts);

		assert(!outcome_difference(&whole, &cut));
		check_outcome(&whole);
		/* What belongs to the next request is the end of what came. */
		assert(whole.n_rest < left.n);
		bool more = whole.result == FRAMING_READY;
		left = (struct str){left.p + left.n - whole.n_rest, whole.n_rest};
		outcome_fini(&whole);
		outcome_fini(&cut);
		if (!more)
			break;
	}
	return 0;
}
