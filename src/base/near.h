#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * "Did you mean …?": which known word a mistyped one was probably meant to be.
 */
#define NEAR_CHARS_MAX 64

/* How many single mistakes (a byte too many, too few, another, or two neighbours swapped) lie
 * between the two; ASCII case does not count. Where either is longer than NEAR_CHARS_MAX: the
 * longer one's length, as if they had nothing in common. */
size_t near_distance(struct str a, struct str b);

/* Near enough to be worth a question: about one mistake in three characters. */
bool near_enough(struct str wrong, struct str known);

/* The nearest of the names that is near enough, or NULL; the first of equals. */
const char *near_word(struct str wrong, const char *const *names, size_t n);

#endif
