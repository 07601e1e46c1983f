#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "http/buffer.h"

/*
 * TLS 1.2 and 1.3 over memory: bytes from the socket go in, bytes for the socket come out;
 * no descriptor is touched here. The only file that knows OpenSSL is tls.c.
 */
struct tls_context; /* certificate and key, shared by the threads */
struct tls;         /* one connection's side */

/* PEM files. A sentence is appended to reterr; RC_INVALID, RC_DENIED, RC_NOTFOUND, RC_NOMEM. */
MUST_CHECK enum rc tls_context_open(const char *cert, const char *key,
				    struct tls_context **ret_context, struct text *reterr);
struct tls_context *tls_context_close(struct tls_context *context); /* takes NULL; gives NULL */

/* Reads the files again; on failure the old ones stay. Connections that are open keep what they
 * began with. Any thread. */
MUST_CHECK enum rc tls_context_reload(struct tls_context *context, const char *cert,
				      const char *key, struct text *reterr);

/* NULL: out of memory. */
struct tls *tls_open(struct tls_context *context);
struct tls *tls_close(struct tls *t); /* takes NULL; gives NULL */

enum tls_result {
	TLS_GOOD,
	TLS_END,    /* the peer says that no more will come */
	TLS_BROKEN, /* whatever is in `out` is still to be sent (an alert) */
};

/* Takes bytes from the socket. Plain ones are appended to `plain`, answers of the protocol
 * itself to `out`. */
enum tls_result tls_read(struct tls *t, struct str bytes, struct buffer *plain, struct text *out);
bool tls_established(const struct tls *t);

/* Appends `plain`, wrapped. False: broken. */
bool tls_write(struct tls *t, struct str plain, struct text *out);
/* Appends the word that no more will come. */
void tls_end(struct tls *t, struct text *out);

#endif
