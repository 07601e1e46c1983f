#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/text.h"

/*
 * An answer as bytes: status line, headers, body, in one piece.
 */
struct response {
	int http_status;
	struct str body;
	struct str date; /* see response_date */
	struct str request_id;
	struct str allow;      /* the methods that there are; empty: no header */
	int64_t etag;          /* 0: no header */
	int64_t retry_after_s; /* 0: no header */
	bool has_rate;
	int64_t rate_limit, rate_remaining, rate_reset_s;
	bool closing;    /* nothing follows on this connection */
	bool keep_alive; /* must be said (HTTP/1.0) */
	bool head_only;  /* the answer to a HEAD has no body */
};

#define RESPONSE_DATE_CHARS 29

/* "Sun, 06 Nov 1994 08:49:37 GMT"; years 1970 to 9999. Writes a NUL behind it. */
void response_date(int64_t utc_s, char ret_text[RESPONSE_DATE_CHARS + 1]);

/* Appends the answer. */
void response_write(struct text *out, const struct response *r);

extern const struct str response_continue; /* what Expect: 100-continue waits for */

#endif
