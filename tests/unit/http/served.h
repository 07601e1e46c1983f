#ifndef TESTS_HTTP_SERVED_H
#define TESTS_HTTP_SERVED_H

#include <stdbool.h>

#include "base/text.h"
#include "http/http.h"

/*
 * The http floor on a thread of its own, over a gate that answers at once: {"n":BYTES} for a body
 * of so many. GetCustomer is a read; CreateCustomer goes to a writer, which waits while it is
 * told to.
 */
struct served {
	struct http *http;
	const char *address; /* of the first listener; NULL: there is none */
};

/* Short deadlines, one thread, one free port; change what the test is about. */
struct http_options served_options(void);
void served_open(struct served *s, const struct http_options *options);
/* Stops it, waits for its end, and checks that it was an orderly one. */
void served_close(struct served *s);

void served_hold_writer(bool hold);
int served_rests(void);              /* how often a thread had nothing to do, since it was opened */
int served_threads(void);            /* with their services open */
int served_waiting(void);            /* calls that the writer has */
void served_fail_thread(int number); /* its services cannot be opened; -1: none */

/* A connection to it; the same in two steps. */
int client_open(const struct served *s);
int client_socket(void);
void client_connect(int fd, const struct served *s);
int client_open_unix(const char *path);
void client_send(int fd, const char *bytes);
/* Everything until the server closes, which it must. */
void client_read_all(int fd, struct text *ret_text);
/* Waits for exactly these HTTP statuses, "200 200 400 end"; "end" and "reset" are how the server
 * closes. Where neither is expected, nothing more may come for a moment. */
void client_expect(int fd, const char *statuses);

#define HEADERS "Host: a\r\nContent-Type: application/json\r\n"
#define READ    "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Content-Length: 2\r\n\r\n{}"
#define WRITE   "POST /CreateCustomer HTTP/1.1\r\n" HEADERS "Content-Length: 3\r\n\r\n{ }"
#define STATUS  "POST /GetStatus HTTP/1.1\r\n" HEADERS "Content-Length: 2\r\n\r\n{}"

#endif
