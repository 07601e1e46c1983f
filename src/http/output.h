#ifndef HTTP_OUTPUT_H
#define HTTP_OUTPUT_H

#include <stdbool.h>

struct connection;

/*
 * Bytes on their way out. Nearly always the system takes all of them at once, with one
 * call and nothing allocated; what it does not take keeps its memory until it does.
 */
enum output {
	OUTPUT_SENT,
	OUTPUT_LATER, /* for an answer: connection_written is called when it is */
	OUTPUT_LOST,  /* the connection is of no more use */
};

/* Sends the loop's `out`, encrypted where the connection is, and empties it. */
enum output output_send(struct connection *c, bool is_answer);

/* Sends the loop's `wrapped`, which is encrypted already, and empties it. */
enum output output_wrapped(struct connection *c);

#endif
