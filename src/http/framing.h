#ifndef HTTP_FRAMING_H
#define HTTP_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Where a request of HTTP/1.1 begins and ends, strictly (design section 8): what two
 * parsers could read in two ways is refused. Knows no sockets and no commands.
 *
 * The caller has a buffer that grows at its end, and calls framing_parse whenever it has grown.
 * Everything is decided by whole lines and counted bytes, so the outcome never depends on how
 * the bytes came in. Positions are kept as offsets: the buffer may move between two calls.
 */
#define FRAMING_HEAD_BYTES_MAX 16384 /* request line, headers, empty line and trailers */
#define FRAMING_LINES_MAX      64    /* headers and trailers */

enum framing_result {
	FRAMING_MORE,    /* good so far */
	FRAMING_HEAD,    /* said once: the head is complete and good; go on with framing_parse */
	FRAMING_READY,   /* the request is complete */
	FRAMING_REFUSED, /* http_status and why say what to answer; nothing behind is to be read */
};

struct span {
	uint32_t at;
	uint32_t n;
};

struct framing {
	/* Where we are. */
	size_t body_bytes_max;
	size_t at;         /* the first byte that is not yet understood */
	size_t scanned;    /* no line ends before here */
	size_t head_bytes; /* of lines that were accepted */
	size_t left;       /* of the body or of the chunk */
	size_t length;     /* Content-Length; SIZE_MAX when it is beyond a size_t */
	unsigned lines;
	unsigned seen; /* which of the headers below were there */
	unsigned phase;

	/* What was found. Spans are good from FRAMING_HEAD on. */
	bool http_1_0;
	bool keep_alive;
	bool expects_continue;
	bool has_forwarded; /* at least one X-Forwarded-For */
	struct span method, target, content_type, request_id;
	uint32_t headers_at, headers_end;
	size_t body_at, body_n; /* good from FRAMING_READY on */

	/* When refused. `why` is for the caller's eyes and shows nothing that he sent. */
	int http_status;
	const char *why;
};

void framing_init(struct framing *f, size_t body_bytes_max);

/*
 * Goes on with the request that begins at `bytes`, of which *n are there. A chunked body is put
 * together in place; then *n may become less, and the bytes are to be taken as moved down.
 * After FRAMING_READY the request has taken f->at bytes; what follows belongs to the next one.
 */
enum framing_result framing_parse(struct framing *f, char *bytes, size_t *n);

/* True when the head announces a body with at least one byte (or chunks). */
bool framing_has_body(const struct framing *f);

static inline struct str framing_str(struct span span, const char *bytes)
{
	return (struct str){bytes + span.at, span.n};
}

/* The next header of that name, from *at on (0: the first). For headers that may come more than
 * once or that few requests have. */
bool framing_header(const struct framing *f, const char *bytes, struct str name, size_t *at,
		    struct str *ret_value);

/* application/json, in any case and with any parameters. */
bool framing_is_json(struct str content_type);

#endif
