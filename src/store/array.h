#ifndef STORE_ARRAY_H
#define STORE_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/text.h"

/*
 * An array as a parameter of a statement that only PostgreSQL runs, in its binary form: it is bound
 * as a blob. As with struct text, failure sticks, and is looked for at the end.
 */
enum array_kind { ARRAY_INTS, ARRAY_TEXTS, ARRAY_BLOBS };

struct array {
	enum array_kind kind;
	uint32_t n;
	struct text bytes;
};

/* Takes no memory until the first item; bytes_max is for all of it. */
void array_init(struct array *a, enum array_kind kind, size_t bytes_max);
void array_fini(struct array *a);
void array_clear(struct array *a); /* the memory is kept */

void array_add_int(struct array *a, int64_t value);
void array_add(struct array *a, struct str value); /* of the other kinds */
void array_add_null(struct array *a);

/* What is to be bound, good until the array is changed; p is NULL: there was no room for all. */
struct str array_bytes(struct array *a);

#endif
