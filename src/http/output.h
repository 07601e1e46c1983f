#ifndef HTTP_OUTPUT_H
#define HTTP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct connection;
struct loop;

/*
 * Bytes on their way out. Nearly always the system takes all of them at once, with one
 * call and nothing allocated; what it does not take keeps its memory until it does.
 */
enum output {
	OUTPUT_SENT,
	OUTPUT_LATER, /* for an answer: connection_written is called when it is */
	OUTPUT_LOST,  /* the connection is of no more use */
};

/* Sends `n` bytes of the loop's `out` from `from` on, encrypted where the connection is. */
enum output output_send(struct connection *c, size_t from, size_t n, bool is_answer);

/* Cuts the loop's `out` to `n` bytes: what is behind has been sent. */
void output_cut(struct loop *loop, size_t n);

/* Sends the loop's `wrapped`, which is encrypted already, and empties it. */
enum output output_wrapped(struct connection *c);

#endif
