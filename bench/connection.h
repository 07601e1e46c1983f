#ifndef BENCH_CONNECTION_H
#define BENCH_CONNECTION_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/ssl.h>

struct stream;

/*
 * One keep-alive connection with at most one request under way, so that an answer can only
 * be to what this connection asked. Whatever a working server never does (closing, a short
 * write of a few hundred bytes) ends the program with a sentence.
 */
struct connection {
	struct stream *stream; /* whose requests it carries */
	int fd;
	SSL *tls; /* NULL: plain */
	bool waiting;
	int64_t id;      /* of what was asked */
	uint64_t due_ns; /* when the request should have gone out */
	size_t n_in;
	char in[256 * 1024]; /* a page of customers has its place */
};

/* `context` NULL: plain. */
void connection_open(struct connection *c, const struct sockaddr_in *address, SSL_CTX *context);

void connection_send(struct connection *c, const char *message, size_t bytes);

/* Takes in what is there. True when the answer is complete: *ret_body then points into it, and the
 * connection is ready for the next request. */
bool connection_receive(struct connection *c, bool *ret_is_200, const char **ret_body,
			size_t *ret_bytes);

void connection_close(struct connection *c);

#endif
