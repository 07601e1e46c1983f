#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/ip.h"
#include "command/command.h"
#include "http/framing.h"

struct buffer;
struct loop;
struct tls;
struct work;

/*
 * One connection, from accept to close. It belongs to one loop and its thread.
 *
 *                  ┌───────────── pipelined, or the next one ────────────┐
 *                  ▼                                                     │
 *   HANDSHAKE ──▶ IDLE ──▶ REQUEST ──▶ CALL / ANSWERED ──▶ WRITING ──▶───┤
 *     (TLS)        │          │         │          │                     ▼
 *                  │          │         │          │     LINGER ──▶ CLOSED
 *                  └──────────┴─────────┴──────────┴───────────────────▶ ▲
 *
 *   HANDSHAKE  TLS is being agreed on
 *   IDLE       no byte of a request is there
 *   REQUEST    a part of one is
 *   CALL       the writer has it
 *   ANSWERED   the answer goes out at the end of the loop's turn, with those of others
 *   WRITING    the system did not take all of the answer at once
 *   LINGER     answered and half-closed; what still comes is dropped
 *   CLOSED     waits for the loop to let go of it
 *
 * A request that comes in one piece goes from IDLE to ANSWERED.
 */
enum connection_state {
	CONNECTION_HANDSHAKE,
	CONNECTION_IDLE,
	CONNECTION_REQUEST,
	CONNECTION_CALL,
	CONNECTION_ANSWERED,
	CONNECTION_WRITING,
	CONNECTION_LINGER,
	CONNECTION_CLOSED,
	CONNECTION_STATES,
};

struct connection {
	/* In the loop's list of those in the same state, the longest there first. */
	struct connection *previous, *next;
	struct loop *loop;
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} uv;
	uv_shutdown_t shutdown;
	int fd; /* of `uv`, which closes it */

	enum connection_state state;
	int64_t since_ms; /* in that state; when IDLE: without a request */
	struct framing framing;
	struct buffer *input;          /* NULL: nothing is kept */
	struct tls *tls;               /* NULL: none */
	struct work *work;             /* in CALL */
	const struct command *command; /* that the request is for, or: */
	const struct probe *probe;
	int64_t began_us; /* of a request that came in pieces; else 0 */
	size_t dropped;   /* bytes, in LINGER */

	struct ip peer;
	int64_t operator_uid; /* who is at the other end of the admin door; -1: nobody */
	enum door door;
	bool counted;    /* in the limits, in all */
	bool counted_ip; /* and with its address */
	bool from_proxy; /* the peer is a trusted one */
	bool unread;     /* something may still come that nobody will answer: linger */
	bool closing;    /* after the answer */
	bool reading;    /* we want to */
	bool ended;      /* the peer will send no more */
	bool tls_begun;  /* its first byte was TLS */
	bool head_only;  /* the request is a HEAD */
	bool said_1_0;   /* the request is of HTTP/1.0 */
};

_Static_assert(sizeof(struct connection) <= 1024, "a connection is at most 1 KiB when idle");

struct connection_origin {
	struct ip peer;
	int64_t operator_uid; /* -1: not through the admin door */
	enum door door;
	bool tls;
	bool counted, counted_ip, from_proxy;
	bool turned_away; /* the server is full: answer 503 and close */
};

/* Takes the descriptor, whatever comes of it. */
void connection_open(struct loop *loop, int fd, const struct connection_origin *origin);

/* At once. May be called in any state, also again. */
void connection_close(struct connection *c);

/* Its time in its state is over. */
void connection_expire(struct connection *c);

/* An idle one that has to go; leaves it alone when a request is already there to be read: false. */
bool connection_dismiss(struct connection *c);

/* Sends the answers that were gathered in this turn of the loop. The first of them wakes the other
 * side's thread, and while that is up the others cost less than if each had to wake it anew. */
void connection_end_turn(struct loop *loop);

/* The call that was with the writer is done. */
void connection_call_done(struct connection *c, struct work *work);

/* ---- for exchange.c and output.c
 * -------------------------------------------------------- */

void connection_set_state(struct connection *c, enum connection_state state);

/* The answer is in the loop's `out` from `from` on. It is sent now or at the end of the turn. */
void connection_answer(struct connection *c, size_t from);
/* The answer has gone out. */
void connection_written(struct connection *c);
/* Sends what is in `out` from `from` on, in the midst of a request. False: the connection is lost.
 */
bool connection_interject(struct connection *c, size_t from);

#endif
