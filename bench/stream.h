#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "connection.h"
#include "histogram.h"

/*
 * Requests of one kind, on connections of their own: what is asked, when, and how the answers are
 * judged. Whatever makes the figures worthless ends the program with a sentence.
 */
#define CONNECTIONS_MAX 1024
#define EXPECTS_MAX     8
#define BODY_BYTES_MAX  4096
#define NS_PER_S        1000000000u

struct stream {
	/* Set before stream_open. ID_MARK (see stream.c) in a body and in what is expected of its
	 * answer stands for an id: a random one up to `ids`, or the number of the line. */
	const char *path;
	const char *body; /* one of the two */
	char *next_line;  /* bodies, a line each, sent once each */
	const char *expects[EXPECTS_MAX];
	size_t n_expects;
	unsigned n_connections;
	double rate; /* requests a second; 0: on each connection as fast as it is answered */
	int64_t ids;

	struct connection *connections;
	struct connection *idle[CONNECTIONS_MAX];
	unsigned n_idle;
	uint64_t random;
	int64_t n_lines; /* sent */
	uint64_t begin_ns, end_ns, count_from_ns;
	uint64_t n_due, due_ns;
	uint64_t n_sent, n_answers, n_bad;
	uint64_t last_ns; /* when the last answer came */
	struct histogram latency;
};

uint64_t now_ns(void);

/* Adds its connections to `epoll`, with themselves as data. `context` NULL: plain. */
void stream_open(struct stream *s, const struct sockaddr_in *address, SSL_CTX *context, int epoll);
void stream_close(struct stream *s);

/* Requests that are due before count_from_ns are sent and judged, not counted. */
void stream_begin(struct stream *s, uint64_t begin_ns, uint64_t count_from_ns, uint64_t end_ns);

/* Sends what can be sent now. False when there will be nothing more: the time or the lines are
 * over. */
bool stream_send(struct stream *s);

/* What epoll has reported of one of the stream's connections. */
void stream_receive(struct connection *c);

#endif
