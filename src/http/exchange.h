#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include <stdbool.h>

#include "base/compiler.h"

struct connection;
struct work;

/*
 * From a request to a call, and from a call to an answer.
 */

/* What can be judged before the body is read. False: refused. */
bool exchange_head(struct connection *c, const char *bytes);

/* The request is complete: makes the call. */
void exchange_run(struct connection *c, const char *bytes);

/* Writes a call's answer to the loop's `out`, gives the call back and sends. */
void exchange_answer(struct connection *c, struct work *work);

/* Answers what never reaches a command, and closes. `bytes` are the request's so far; NULL: none.
 */
void exchange_refuse(struct connection *c, const char *bytes, int http_status, const char *format,
		     ...) PRINTF_LIKE(4, 5);

#endif
