#ifndef BASE_FOLD_H
#define BASE_FOLD_H

#include <stddef.h>

#include "base/str.h"

/*
 * Text made alike, for finding: two texts that people would call the same come out equal. What
 * comes out is for comparing only, never for showing.
 */
enum fold {
	FOLD_CASE,    /* case does not matter */
	FOLD_LETTERS, /* nor do accents; all but letters and digits is dropped */
};

/* Writes at most `room` bytes of whole characters and gives how many. `s` must be valid UTF-8. What
 * would be longer is cut off, alike for all. */
size_t fold(struct str s, enum fold how, char *ret_bytes, size_t room);

#endif
