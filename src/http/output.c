#include "http/output.h"

#include <stdlib.h>

#include "http/connection.h"
#include "http/loop.h"
#include "http/tls.h"

#define OUT_KEPT_BYTES (256 * 1024)

/* What the system did not take at once. It has its own memory. */
struct pending {
	uv_write_t write;
	struct connection *connection;
	struct text bytes;
	bool is_answer;
};

static void on_written(uv_write_t *write, int status)
{
	struct pending *pending = write->data;
	struct connection *c = pending->connection;
	bool is_answer = pending->is_answer;

	text_fini(&pending->bytes);
	free(pending);
	if (c->state == CONNECTION_CLOSED)
		return;
	if (status < 0) {
		connection_close(c);
		return;
	}
	if (is_answer)
		connection_written(c);
}

static enum output write_later(struct connection *c, struct text *bytes, size_t from,
			       bool is_answer)
{
	struct pending *pending = malloc(sizeof(*pending));
	uv_buf_t rest = uv_buf_init(bytes->p + from, (unsigned)(bytes->n - from));

	if (!pending)
		return OUTPUT_LOST;
	pending->write.data = pending;
	pending->connection = c;
	pending->bytes = *bytes;
	pending->is_answer = is_answer;
	if (uv_write(&pending->write, &c->uv.stream, &rest, 1, on_written) != 0) {
		free(pending);
		return OUTPUT_LOST;
	}
	text_init(bytes, bytes->bytes_max); /* the memory went with it */
	return OUTPUT_LATER;
}

/* One large answer must not hold its memory for ever. */
static void empty(struct text *t)
{
	if (t->room > OUT_KEPT_BYTES)
		text_fini(t);
	text_clear(t);
}

/* Sends and empties `bytes`. */
static enum output write_bytes(struct connection *c, struct text *bytes, bool is_answer)
{
	enum output sent = OUTPUT_SENT;

	if (bytes->failed) {
		sent = OUTPUT_LOST;
	} else if (bytes->n) {
		uv_buf_t buf = uv_buf_init(bytes->p, (unsigned)bytes->n);
		int n = uv_try_write(&c->uv.stream, &buf, 1);
		if (n < 0 && n != UV_EAGAIN)
			sent = OUTPUT_LOST;
		else if (n < 0 || (size_t)n < bytes->n)
			sent = write_later(c, bytes, n > 0 ? (size_t)n : 0, is_answer);
	}
	empty(bytes);
	return sent;
}

enum output output_wrapped(struct connection *c)
{
	return write_bytes(c, &c->loop->wrapped, false);
}

enum output output_send(struct connection *c, bool is_answer)
{
	struct loop *loop = c->loop;

	if (!c->tls)
		return write_bytes(c, &loop->out, is_answer);
	bool good = !loop->out.failed && tls_write(c->tls, text_str(&loop->out), &loop->wrapped);
	empty(&loop->out);
	return good ? write_bytes(c, &loop->wrapped, is_answer) : OUTPUT_LOST;
}
