#ifndef HTTP_FRAMING_INNER_H
#define HTTP_FRAMING_INNER_H

#include "http/framing.h"

/*
 * What framing.c (the head) and body.c share. Nobody else includes this.
 */
enum phase {
	PHASE_REQUEST_LINE,
	PHASE_HEADERS,
	PHASE_BODY,       /* of a known length */
	PHASE_CHUNK_SIZE, /* the line before a chunk */
	PHASE_CHUNK_DATA,
	PHASE_CHUNK_END, /* CR LF behind it */
	PHASE_TRAILERS,
	PHASE_READY,
	PHASE_REFUSED,
};

enum seen {
	SEEN_HOST = 1u << 0,
	SEEN_LENGTH = 1u << 1,
	SEEN_CODING = 1u << 2,
	SEEN_OTHER_CODING = 1u << 3,
	SEEN_TYPE = 1u << 4,
	SEEN_REQUEST_ID = 1u << 5,
	SEEN_CLOSE = 1u << 6,
	SEEN_KEEP_ALIVE = 1u << 7,
	SEEN_OTHER_EXPECTATION = 1u << 8,
};

enum framing_result framing_refuse(struct framing *f, int http_status, const char *why);

/* FRAMING_READY: *ret_line is the next line, without its CR LF, and was taken. */
enum framing_result framing_line(struct framing *f, const char *bytes, size_t n,
				 struct str *ret_line);

/* FRAMING_READY: name and trimmed value of a line that is not empty. */
enum framing_result framing_split_header(struct framing *f, struct str line, struct str *ret_name,
					 struct str *ret_value);

enum framing_result framing_body(struct framing *f, char *bytes, size_t *n);

#endif
