#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ip.h"
#include "base/rc.h"
#include "base/text.h"
#include "command/command.h"

/*
 * Commands over HTTP/1.1: sockets, strict framing (design section 8), TLS, deadlines
 * and limits. The only folder that knows libuv and OpenSSL.
 *
 * Every thread runs a loop of its own with a listening socket of its own on each public
 * address (the kernel spreads connections); the admin socket is served by the first.
 */
struct http;

struct http_options {
	const char *const *listen; /* "127.0.0.1:8080", "[::1]:0"; port 0: a free one */
	size_t n_listen;
	const char *admin_path; /* Unix socket, mode 0600; NULL: none */
	const char *base_path;  /* "" or "/api/v2" */
	unsigned n_threads;

	const char *tls_cert, *tls_key; /* PEM files; both or neither */

	const struct cidr *trusted_proxies;
	size_t n_trusted_proxies;

	size_t body_bytes_max;
	size_t connections_max;
	size_t connections_per_address_max;
	int64_t head_ms;  /* headers complete, from their first byte */
	int64_t whole_ms; /* request complete, from its first byte */
	int64_t write_ms; /* answer taken */
	int64_t idle_ms;
	int64_t drain_ms; /* from the stop to the end */

	/* Called on each new thread, and on it again before it ends. open gives what its calls
	 * work with, or NULL when it cannot (which makes http_run fail). */
	struct services *(*services_open)(void *owner, unsigned thread);
	void (*services_close)(void *owner, struct services *services);
	/* Called on a thread when it has had nothing to do for some milliseconds. */
	void (*services_rest)(struct services *services);
	void *owner;
};

/* Binds everything; nothing is answered yet. A sentence for people is appended to reterr:
 * RC_EXISTS: the port is in use (or the admin socket: another server). RC_INVALID: an address or
 * file cannot be read as one. RC_DENIED, RC_IO. The options' texts must outlive it. */
MUST_CHECK enum rc http_open(const struct http_options *options, struct http **ret_http,
			     struct text *reterr);

/* The address that the n-th listener really has, "127.0.0.1:41234"; good until http_close. */
const char *http_address(const struct http *h, size_t n);

/* How many connections there are just now. Any thread. */
size_t http_connections(const struct http *h);

/*
 * Serves until http_stop, then drains and comes back. The calling thread is the first loop's.
 * ready, on_stop and on_reload are called on that thread: ready when connections are answered;
 * SIGTERM and SIGINT stop (on_stop first), SIGHUP calls on_reload. Signals are held back from the
 * others.
 */
struct http_events {
	void (*ready)(void *owner);
	void (*on_stop)(void *owner, int signal); /* 0: http_stop was called */
	void (*on_reload)(void *owner);
	void *owner;
};
MUST_CHECK enum rc http_run(struct http *h, const struct http_events *events, struct text *reterr);

/* Any thread; may be called more than once. */
void http_stop(struct http *h);

/* Has a stop begun? Any thread. */
bool http_stopping(const struct http *h);

/* Reads the TLS files again. On failure the old ones stay in use. First loop's thread. */
MUST_CHECK enum rc http_reload_tls(struct http *h, struct text *reterr);

struct http *http_close(struct http *h); /* takes NULL; gives NULL */

#endif
