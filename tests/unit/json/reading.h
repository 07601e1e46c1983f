#ifndef UNIT_JSON_READING_H
#define UNIT_JSON_READING_H

#include "json/json.h"

/*
 * Reading one body after the other: what the last one gave is void when the next is read.
 */
#define READING_DEPTH 8

int reading_set_up(void **state);
int reading_tear_down(void **state);

/* The test fails unless it is taken. */
const struct json *parse_good(struct str body);
const struct json *parse_good_c(const char *body);

/* The test fails unless it is refused just like this. */
void parse_bad(struct str body, const char *what, int line, int column);

/* A body of a value and what is around it, in memory of exactly its size, so that reading beyond it
 * shows. Good until the next call. */
struct str wrap(const char *before, struct str value, const char *after);

#endif
