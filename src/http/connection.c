#include "http/connection.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/buffer.h"
#include "http/exchange.h"
#include "http/input.h"
#include "http/limits.h"
#include "http/loop.h"
#include "http/output.h"
#include "http/tls.h"

#define MAY(state) (1u << CONNECTION_##state)

static const unsigned moves[CONNECTION_STATES] = {
	[CONNECTION_HANDSHAKE] =
		MAY(IDLE) | MAY(ANSWERED) | MAY(WRITING) | MAY(LINGER) | MAY(CLOSED),
	[CONNECTION_IDLE] = MAY(IDLE) | MAY(ANSWERED) | MAY(REQUEST) | MAY(CALL) | MAY(WRITING) |
			    MAY(LINGER) | MAY(CLOSED),
	[CONNECTION_REQUEST] =
		MAY(IDLE) | MAY(ANSWERED) | MAY(CALL) | MAY(WRITING) | MAY(LINGER) | MAY(CLOSED),
	[CONNECTION_CALL] = MAY(IDLE) | MAY(WRITING) | MAY(LINGER) | MAY(CLOSED),
	[CONNECTION_ANSWERED] = MAY(IDLE) | MAY(WRITING) | MAY(LINGER) | MAY(CLOSED),
	[CONNECTION_WRITING] = MAY(IDLE) | MAY(LINGER) | MAY(CLOSED),
	[CONNECTION_LINGER] = MAY(CLOSED),
};

/* ---- the state ----------------------------------------------------------------------------- */

static void unlink_from(struct connection_list *list, struct connection *c)
{
	*(c->previous ? &c->previous->next : &list->first) = c->next;
	*(c->next ? &c->next->previous : &list->last) = c->previous;
}

static void append_to(struct connection_list *list, struct connection *c)
{
	c->previous = list->last;
	c->next = NULL;
	*(list->last ? &list->last->next : &list->first) = c;
	list->last = c;
}

static void count_idle(struct loop *loop, enum connection_state from, enum connection_state to)
{
	size_t n = atomic_load_explicit(&loop->n_idle, memory_order_relaxed);

	if (from == to)
		return;
	/* Only this thread writes it. */
	n += to == CONNECTION_IDLE ? 1 : 0;
	n -= from == CONNECTION_IDLE ? 1 : 0;
	atomic_store_explicit(&loop->n_idle, n, memory_order_relaxed);
}

void connection_set_state(struct connection *c, enum connection_state state)
{
	struct loop *loop = c->loop;

	assert(moves[c->state] & 1u << state);
	unlink_from(&loop->lists[c->state], c);
	append_to(&loop->lists[state], c);
	count_idle(loop, c->state, state);
	c->state = state;
	c->since_ms = loop_now_ms(loop);
}

/* ---- the end ------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;

	c->input = buffer_give(&c->loop->buffers, c->input);
	unlink_from(&c->loop->lists[CONNECTION_CLOSED], c);
	loop_give_connection(c->loop, c);
}

void connection_close(struct connection *c)
{
	struct loop *loop = c->loop;

	if (c->state == CONNECTION_CLOSED)
		return;
	for (size_t i = 0; i < loop->n_gathered; i++)
		if (loop->gathered[i].connection == c)
			loop->gathered[i].connection = NULL;
	connection_set_state(c, CONNECTION_CLOSED);
	if (c->work)
		c->work->connection = NULL;
	c->work = NULL;
	c->tls = tls_close(c->tls);
	if (c->counted) {
		struct ip key = limits_key(&c->peer);
		limits_give(loop->common->limits, c->counted_ip ? &key : NULL);
	}
	uv_close(&c->uv.handle, on_closed);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
	struct connection *c = shutdown->handle->data;

	if (status < 0 && status != UV_ECANCELED)
		connection_close(c);
}

/* Whoever is still sending must be able to read our answer: closing now would make the system
 * reset the connection and throw the answer away. */
static void linger(struct connection *c)
{
	if (c->ended) {
		connection_close(c);
		return;
	}
	connection_set_state(c, CONNECTION_LINGER);
	if (uv_shutdown(&c->shutdown, &c->uv.stream, on_shut) != 0)
		connection_close(c);
}

/* ---- answering ----------------------------------------------------------------------------- */

static void begin_request(struct connection *c)
{
	/* The operator's commands are not bound by what the integrators' may be. */
	framing_init(&c->framing, c->door == DOOR_ADMIN ? ADMIN_BODY_BYTES_MAX
							: c->loop->common->options.body_bytes_max);
	c->command = NULL;
	c->probe = NULL;
	c->began_us = 0;
	c->head_only = false;
	c->said_1_0 = false;
}

static void answered(struct connection *c)
{
	if (!c->closing) {
		connection_set_state(c, CONNECTION_IDLE);
		begin_request(c);
		return;
	}
	if (c->tls) {
		tls_end(c->tls, &c->loop->wrapped);
		(void)output_wrapped(c); /* closing says the same */
	}
	if (c->unread)
		linger(c);
	else
		connection_close(c);
}

static void send_answer(struct connection *c, size_t from, size_t n)
{
	switch (output_send(c, from, n, true)) {
	case OUTPUT_SENT:
		answered(c);
		break;
	case OUTPUT_LATER:
		connection_set_state(c, CONNECTION_WRITING);
		break;
	case OUTPUT_LOST:
		connection_close(c);
		break;
	}
}

void connection_answer(struct connection *c, size_t from)
{
	struct loop *loop = c->loop;
	size_t n = loop->out.n - from;

	if (loop->out.failed) {
		output_cut(loop, from);
		connection_close(c);
	} else if (loop->gathering && loop->n_gathered < GATHERED_MAX &&
		   loop->out.n <= GATHERED_BYTES_MAX) {
		loop->gathered[loop->n_gathered++] = (struct gathered){c, from, n};
		connection_set_state(c, CONNECTION_ANSWERED);
	} else {
		send_answer(c, from, n);
		output_cut(loop, from);
	}
}

void connection_end_turn(struct loop *loop)
{
	for (size_t i = 0; i < loop->n_gathered; i++) {
		struct gathered g = loop->gathered[i];
		if (!g.connection)
			continue;
		loop->gathered[i].connection = NULL;
		send_answer(g.connection, g.from, g.n);
		input_go_on(g.connection);
	}
	if (loop->n_gathered) {
		loop->n_gathered = 0;
		output_cut(loop, 0);
	}
}

void connection_written(struct connection *c)
{
	answered(c);
	input_go_on(c);
}

bool connection_interject(struct connection *c, size_t from)
{
	struct loop *loop = c->loop;
	bool failed = loop->out.failed;

	/* It may go out later than now; the answer will stand behind it in the same queue. */
	bool sent = !failed && output_send(c, from, loop->out.n - from, false) != OUTPUT_LOST;
	output_cut(loop, from);
	if (!sent)
		connection_close(c);
	return sent;
}

/* ---- from and to the loop ------------------------------------------------------------------ */

static bool open_stream(struct connection *c, int fd)
{
	uv_loop_t *uv = &c->loop->uv;
	int r;

	if (c->door == DOOR_ADMIN) {
		r = uv_pipe_init(uv, &c->uv.pipe, 0);
		assert(r == 0);
		r = uv_pipe_open(&c->uv.pipe, fd);
	} else {
		r = uv_tcp_init(uv, &c->uv.tcp);
		assert(r == 0);
		r = uv_tcp_open(&c->uv.tcp, fd);
	}
	c->uv.handle.data = c;
	c->fd = fd;
	if (r != 0)
		(void)close(fd); /* nothing was written to it */
	return r == 0;
}

void connection_open(struct loop *loop, int fd, const struct connection_origin *origin)
{
	struct connection *c = loop_take_connection(loop);

	if (!c) {
		struct ip key = limits_key(&origin->peer);
		if (origin->counted)
			limits_give(loop->common->limits, origin->counted_ip ? &key : NULL);
		(void)close(fd); /* nothing was written to it */
		return;
	}
	c->peer = origin->peer;
	c->operator_uid = origin->operator_uid;
	c->door = origin->door;
	c->counted = origin->counted;
	c->counted_ip = origin->counted_ip;
	c->from_proxy = origin->from_proxy;
	if (c->door == DOOR_ADMIN)
		loop->n_admins++;
	else if (!c->counted)
		loop->n_turned_away++;
	c->state = origin->tls ? CONNECTION_HANDSHAKE : CONNECTION_IDLE;
	c->since_ms = loop_now_ms(loop);
	append_to(&loop->lists[c->state], c);
	count_idle(loop, CONNECTION_CLOSED, c->state);
	begin_request(c);
	if (origin->tls)
		c->tls = tls_open(loop->common->tls);
	if (!open_stream(c, fd) || (origin->tls && !c->tls)) {
		connection_close(c);
		return;
	}
	loop_tick_on(loop);
	if (origin->turned_away)
		exchange_refuse(c, NULL, 503, "the server has as many connections as it takes");
	if (c->state != CONNECTION_CLOSED)
		input_read_on(c);
}

void connection_expire(struct connection *c)
{
	if (c->state == CONNECTION_REQUEST)
		exchange_refuse(c, c->input->p, 408, "request: not complete in time");
	else
		connection_close(c);
}

bool connection_dismiss(struct connection *c)
{
	uv_os_fd_t fd;
	char byte;

	if (uv_fileno(&c->uv.handle, &fd) == 0 &&
	    recv(fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) > 0)
		return false;
	connection_close(c);
	return true;
}

void connection_call_done(struct connection *c, struct work *work)
{
	assert(c->state == CONNECTION_CALL && c->work == work);
	c->work = NULL;
	exchange_answer(c, work);
	input_go_on(c);
}
