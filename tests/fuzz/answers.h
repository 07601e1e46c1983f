#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

#include <stdbool.h>

#include "base/str.h"
#include "base/text.h"

/*
 * What a server may send back on one connection, whatever it was sent: answers of HTTP/1.1, each
 * with a body of JSON that has the code which belongs to its status; nothing behind one that
 * closes.
 */
struct answers {
	size_t n;     /* without any 100 Continue */
	bool closing; /* the last one says that it is */
};

/* Aborts with a word on standard error where they are not like that. `sent` is what the client
 * sent. Request ids that are not in there are the server's own, different for every request; they
 * are made of dots afterwards. `date` is the value of every Date. */
struct answers answers_check(struct text *came, struct str sent, const char *date);

#endif
