#include "http/output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "http/connection.h"
#include "http/loop.h"
#include "http/tls.h"

#define ASIDE_BYTES_MAX (64 * 1024) /* waiting, beside an answer */
#define OUT_KEPT_BYTES  (256 * 1024)

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

static enum output write_later(struct connection *c, struct str bytes, bool is_answer)
{
	struct pending *pending = malloc(sizeof(*pending));

	if (!pending)
		return OUTPUT_LOST;
	pending->write.data = pending;
	pending->connection = c;
	pending->is_answer = is_answer;
	text_init(&pending->bytes, bytes.n);
	text_add_str(&pending->bytes, bytes);
	uv_buf_t rest = uv_buf_init(pending->bytes.p, (unsigned)bytes.n);
	if (pending->bytes.failed ||
	    uv_write(&pending->write, &c->uv.stream, &rest, 1, on_written) != 0) {
		text_fini(&pending->bytes);
		free(pending);
		return OUTPUT_LOST;
	}
	return OUTPUT_LATER;
}

/* What the system takes just now. send costs less than the write that uv_try_write would do. */
static ssize_t try_send(struct connection *c, struct str bytes)
{
	/* Behind what still waits. */
	if (uv_stream_get_write_queue_size(&c->uv.stream) > 0)
		return 0;
	ssize_t n = send(c->fd, bytes.p, bytes.n, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	return n;
}

static enum output write_bytes(struct connection *c, struct str bytes, bool is_answer)
{
	if (bytes.n == 0)
		return OUTPUT_SENT;
	/* A peer can make TLS speak without end, and never listen. */
	if (!is_answer && uv_stream_get_write_queue_size(&c->uv.stream) > ASIDE_BYTES_MAX)
		return OUTPUT_LOST;
	ssize_t n = try_send(c, bytes);
	if (n < 0)
		return OUTPUT_LOST;
	size_t written = (size_t)n;
	if (written == bytes.n)
		return OUTPUT_SENT;
	return write_later(c, (struct str){bytes.p + written, bytes.n - written}, is_answer);
}

/* One large answer must not hold its memory for ever. */
static void cut(struct text *t, size_t n)
{
	if (n == 0 && t->room > OUT_KEPT_BYTES)
		text_fini(t);
	text_cut(t, n);
}

void output_cut(struct loop *loop, size_t n)
{
	cut(&loop->out, n);
}

static enum output write_wrapped(struct connection *c, bool is_answer)
{
	struct text *wrapped = &c->loop->wrapped;
	enum output sent =
		wrapped->failed ? OUTPUT_LOST : write_bytes(c, text_str(wrapped), is_answer);

	cut(wrapped, 0);
	return sent;
}

enum output output_wrapped(struct connection *c)
{
	return write_wrapped(c, false);
}

enum output output_send(struct connection *c, size_t from, size_t n, bool is_answer)
{
	struct loop *loop = c->loop;
	struct str bytes = {loop->out.p + from, n};

	if (!c->tls)
		return write_bytes(c, bytes, is_answer);
	return tls_write(c->tls, bytes, &loop->wrapped) ? write_wrapped(c, is_answer) : OUTPUT_LOST;
}
