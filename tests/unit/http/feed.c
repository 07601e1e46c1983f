#include "feed.h"

#include <stdlib.h>

static void *checked(void *p)
{
	if (!p)
		abort();
	return p;
}

static char *copy(const char *from, size_t n)
{
	char *p = checked(malloc(n + 1));

	if (n)
		memcpy(p, from, n);
	return p;
}

static void parse(struct outcome *o)
{
	/* Moved each time, as a buffer that grows may be. */
	char *moved = copy(o->bytes, o->n);

	free(o->bytes);
	o->bytes = checked(realloc(moved, o->n ? o->n : 1));
	do {
		o->result = framing_parse(&o->framing, o->bytes, &o->n);
		if (o->result == FRAMING_HEAD)
			o->had_head = true;
	} while (o->result == FRAMING_HEAD);
}

static void add(struct outcome *o, struct str piece)
{
	char *bigger = checked(realloc(o->bytes, o->n + piece.n + 1));

	o->bytes = bigger;
	memcpy(o->bytes + o->n, piece.p, piece.n);
	o->n += piece.n;
}

static void name_parts(struct outcome *o, struct str unfed)
{
	size_t over = o->n - o->framing.at;

	o->method = framing_str(o->framing.method, o->bytes);
	o->target = framing_str(o->framing.target, o->bytes);
	o->content_type = framing_str(o->framing.content_type, o->bytes);
	o->request_id = framing_str(o->framing.request_id, o->bytes);
	o->body = (struct str){o->bytes + o->framing.body_at, o->framing.body_n};
	o->n_rest = over + unfed.n;
	o->rest = checked(malloc(o->n_rest + 1));
	memcpy(o->rest, o->bytes + o->framing.at, over);
	memcpy(o->rest + over, unfed.p, unfed.n);
}

struct outcome feed(struct str bytes, size_t body_bytes_max, feed_piece *piece, void *owner)
{
	struct outcome o = {.result = FRAMING_MORE};
	size_t at = 0;

	framing_init(&o.framing, body_bytes_max);
	while (at < bytes.n && o.result == FRAMING_MORE) {
		size_t n = piece(owner, at);
		if (n == 0 || n > bytes.n - at)
			n = bytes.n - at;
		add(&o, (struct str){bytes.p + at, n});
		at += n;
		parse(&o);
	}
	if (o.result == FRAMING_READY)
		name_parts(&o, (struct str){bytes.p + at, bytes.n - at});
	return o;
}

void outcome_fini(struct outcome *o)
{
	free(o->bytes);
	free(o->rest);
	*o = (struct outcome){0};
}

static const char *request_difference(const struct outcome *a, const struct outcome *b)
{
	const struct framing *f = &a->framing, *g = &b->framing;

	if (!str_equal(a->method, b->method) || !str_equal(a->target, b->target))
		return "request line";
	if (!str_equal(a->content_type, b->content_type) ||
	    !str_equal(a->request_id, b->request_id))
		return "headers";
	if (f->http_1_0 != g->http_1_0 || f->keep_alive != g->keep_alive ||
	    f->expects_continue != g->expects_continue || f->has_forwarded != g->has_forwarded)
		return "flags";
	if (!str_equal(a->body, b->body))
		return "body";
	if (!str_equal((struct str){a->rest, a->n_rest}, (struct str){b->rest, b->n_rest}))
		return "what follows";
	return NULL;
}

const char *outcome_difference(const struct outcome *a, const struct outcome *b)
{
	if (a->result != b->result)
		return "result";
	if (a->had_head != b->had_head)
		return "head";
	if (a->result == FRAMING_REFUSED)
		return a->framing.http_status != b->framing.http_status ||
				       a->framing.why != b->framing.why
			       ? "refusal"
			       : NULL;
	return a->result == FRAMING_READY ? request_difference(a, b) : NULL;
}
