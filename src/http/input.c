#include "http/input.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "http/buffer.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/loop.h"
#include "http/output.h"
#include "http/tls.h"

/* So much may wait behind a request that is being answered; then reading stops. */
#define WAITING_BYTES_MAX (16 * 1024)

static bool takes_requests(const struct connection *c)
{
	return c->state == CONNECTION_IDLE || c->state == CONNECTION_REQUEST;
}

/* One step with what is there. False: more is needed, or nothing more is to be done. */
static bool advance(struct connection *c, struct buffer *b)
{
	char *bytes = b->p + b->from;
	size_t n = buffer_left(b);
	enum framing_result result = framing_parse(&c->framing, bytes, &n);

	b->n = b->from + n;
	switch (result) {
	case FRAMING_MORE:
		if (c->state == CONNECTION_IDLE) {
			connection_set_state(c, CONNECTION_REQUEST);
			c->began_us = clock_mono_us();
		}
		return false;
	case FRAMING_HEAD:
		return exchange_head(c, bytes);
	case FRAMING_READY:
		b->from += c->framing.at;
		c->unread = c->ended ? false : buffer_left(b) > 0;
		exchange_run(c, bytes);
		return true;
	case FRAMING_REFUSED:
		exchange_refuse(c, bytes, c->framing.http_status, "%s", c->framing.why);
		return false;
	}
	return false;
}

/* Keeps what is left for later. */
static void settle(struct connection *c, struct buffer *b)
{
	struct loop *loop = c->loop;
	bool wanted = c->state != CONNECTION_CLOSED && c->state != CONNECTION_LINGER;

	if (!wanted || buffer_left(b) == 0) {
		b->from = b->n = 0;
		if (b == c->input)
			c->input = buffer_give(&loop->buffers, b);
		return;
	}
	if (b == c->input) {
		buffer_pack(b);
		return;
	}
	c->input = buffer_take(&loop->buffers, buffer_left(b));
	if (c->input) {
		memcpy(c->input->p, b->p + b->from, buffer_left(b));
		c->input->n = buffer_left(b);
	}
	b->from = b->n = 0;
	if (!c->input)
		connection_close(c);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf);

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
	struct connection *c = handle->data;
	struct loop *loop = c->loop;
	struct buffer *b = c->input ? c->input : &loop->shared;

	(void)suggested;
	if (c->tls) {
		*ret_buf = uv_buf_init(loop->cipher, LOOP_READ_BYTES);
		return;
	}
	/* A connection's own buffer doubles, so what it holds is at most twice what has come. */
	if (!buffer_reserve(b, b->n == b->room ? b->room : 1)) {
		*ret_buf = uv_buf_init(NULL, 0);
		return;
	}
	*ret_buf = uv_buf_init(b->p + b->n, (unsigned)(b->room - b->n));
}

void input_read_on(struct connection *c)
{
	if (c->reading || c->ended)
		return;
	c->reading = true;
	if (uv_read_start(&c->uv.stream, on_room, on_read) != 0)
		connection_close(c);
}

static void read_no_more(struct connection *c)
{
	(void)uv_read_stop(&c->uv.stream); /* always 0 */
	c->reading = false;
}

/* The peer has said that nothing more will come, and waits for what it asked. */
static void look_at_end(struct connection *c)
{
	if (c->state == CONNECTION_REQUEST) {
		assert(c->input); /* a part of a request is somewhere */
		exchange_refuse(c, c->input->p, 400, "request: it ended before it was complete");
	} else if (c->state != CONNECTION_CALL && c->state != CONNECTION_ANSWERED &&
		   c->state != CONNECTION_WRITING) {
		connection_close(c);
	}
}

static void progress(struct connection *c, struct buffer *b)
{
	while (takes_requests(c) && buffer_left(b) > 0) {
		if (!advance(c, b))
			break;
	}
	settle(c, b);
	if (takes_requests(c)) {
		input_read_on(c);
		if (c->ended)
			look_at_end(c);
	}
}

static void drop(struct connection *c, size_t n)
{
	c->dropped += n;
	if (c->dropped > LINGER_BYTES_MAX)
		connection_close(c);
}

/* New bytes are at the end of `b`. */
static void take_bytes(struct connection *c, struct buffer *b)
{
	switch (c->state) {
	case CONNECTION_IDLE:
	case CONNECTION_REQUEST:
		progress(c, b);
		break;
	case CONNECTION_CALL:
	case CONNECTION_ANSWERED:
	case CONNECTION_WRITING:
		settle(c, b);
		if (c->input && buffer_left(c->input) > WAITING_BYTES_MAX)
			read_no_more(c);
		break;
	case CONNECTION_LINGER:
		drop(c, buffer_left(b));
		settle(c, b);
		break;
	case CONNECTION_HANDSHAKE:
	case CONNECTION_CLOSED:
	case CONNECTION_STATES:
		settle(c, b);
		break;
	}
}

static void read_end(struct connection *c)
{
	c->ended = true;
	c->reading = false;
	look_at_end(c);
}

/* Plain HTTP where TLS is spoken is answered in its own language. */
static bool refuse_plain(struct connection *c, char first)
{
	bool plain = !c->tls_begun && first != 0x16;

	c->tls_begun = true;
	if (!plain)
		return false;
	c->tls = tls_close(c->tls);
	exchange_refuse(c, NULL, 400, "request: plain HTTP, where TLS (https) is spoken");
	return true;
}

static void read_tls(struct connection *c, struct str bytes)
{
	struct loop *loop = c->loop;
	struct buffer *b = c->input ? c->input : &loop->shared;

	if (refuse_plain(c, bytes.p[0]))
		return;
	if (c->state == CONNECTION_LINGER) {
		drop(c, bytes.n);
		return;
	}
	enum tls_result result = tls_read(c->tls, bytes, b, &loop->wrapped);
	bool sent = output_wrapped(c) != OUTPUT_LOST;
	if (result == TLS_BROKEN || !sent) {
		connection_close(c);
		settle(c, b);
		return;
	}
	if (c->state == CONNECTION_HANDSHAKE && tls_established(c->tls))
		connection_set_state(c, CONNECTION_IDLE);
	take_bytes(c, b);
	if (result == TLS_END && c->state != CONNECTION_CLOSED && !c->ended) {
		read_no_more(c);
		read_end(c);
	}
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct connection *c = stream->data;

	if (n == 0 || c->state == CONNECTION_CLOSED)
		return;
	c->loop->gathering = true;
	if (n == UV_EOF) {
		read_end(c);
	} else if (n < 0) {
		connection_close(c);
	} else if (c->tls) {
		read_tls(c, (struct str){buf->base, (size_t)n});
	} else {
		struct buffer *b = c->input ? c->input : &c->loop->shared;
		b->n += (size_t)n;
		take_bytes(c, b);
	}
	c->loop->gathering = false;
}

/* What has come behind an answered request, and has waited. */
void input_go_on(struct connection *c)
{
	if (takes_requests(c))
		progress(c, c->input ? c->input : &c->loop->shared);
}
