#ifndef HTTP_INPUT_H
#define HTTP_INPUT_H

struct connection;

/*
 * Bytes on their way in: read, decrypted, kept while a request is not complete, and taken
 * apart into requests, one after the other.
 */

/* From now on what comes is read. */
void input_read_on(struct connection *c);

/* Takes up what has come behind a request that is answered now, and has waited. */
void input_go_on(struct connection *c);

#endif
