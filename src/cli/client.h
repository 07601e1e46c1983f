#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"

/*
 * Asking a server over HTTP. The only file that knows libcurl. Any thread.
 *
 * No redirects, no proxies, no credentials but those in the body; certificates are checked;
 * everything ends in time.
 */
#define CLIENT_ANSWER_BYTES_MAX (64 * 1024 * 1024)

struct client_request {
	const char *socket; /* of a server on this machine; NULL: url says where */
	const char *url;    /* scheme://host[:port][/base], with or without a slash behind it */
	const char *command;
	struct str body;
};

/*
 * Appends the answer's body to `t`, whatever the HTTP status. RC_NOTFOUND: nobody answers there,
 * and nothing was sent. RC_DENIED: the system does not let us. RC_INVALID: no such URL. RC_IO:
 * anything else; where the command writes, it may have been done. A sentence in reterr.
 */
MUST_CHECK enum rc client_post(const struct client_request *r, struct text *t, long *ret_http,
			       struct text *reterr);

/* The same again and again, over one connection where the server keeps it. One thread at a time. */
struct client;
struct client *client_open(void); /* NULL: out of memory */
MUST_CHECK enum rc client_ask(struct client *c, const struct client_request *r, struct text *t,
			      long *ret_http, struct text *reterr);
struct client *client_close(struct client *c); /* takes NULL; gives NULL */

/* Would what is sent to `url` go over a network unencrypted? */
bool client_in_clear(const char *url);

#endif
