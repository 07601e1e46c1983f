#ifndef TESTS_HTTP_CASES_H
#define TESTS_HTTP_CASES_H

#include "feed.h"

/*
 * Cases for the framing. Each is fed in one piece, byte by byte, and cut in two, and must come out
 * the same.
 */
#define BODY_MAX 100
#define LINE     "POST /GetCustomer HTTP/1.1\r\n"
#define HOST     "Host: a\r\n"
#define END      "\r\n"
#define CHUNKED  LINE HOST "Transfer-Encoding: chunked\r\n" END
#define NEXT     "GET /next HTTP/1.1\r\nHost: b\r\n\r\n"
#define TAKEN    0

struct row {
	const char *bytes;
	int http_status; /* TAKEN, or that of the refusal */
};

/* What came of it; the same however it is cut. `step`: from one cut to the next. */
struct outcome feed_all_ways(struct str bytes, size_t step);

/* `bytes` end with NEXT, which must be left alone when they are taken. */
void check_status(struct str bytes, int http_status, size_t step);

/* The same for every row, with NEXT behind it. */
void check_rows(const struct row *rows, size_t n);

#endif
