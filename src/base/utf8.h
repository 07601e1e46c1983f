#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. NUL is allowed. */
bool utf8_valid(struct str s);

/* Bytes of the well-formed character of two to four bytes that begins at `i`, which is below s.n;
 * 0: there is none. */
size_t utf8_sequence(struct str s, size_t i);

/* Code points; `s` must be valid. This is what the API's lengths count (contract section 3). */
size_t utf8_chars(struct str s);

/* True when `s` (valid) has a control character: U+0000 to U+001F, U+007F to U+009F.
 * With multiline, tab and newline are let through. */
bool utf8_has_control(struct str s, bool multiline);

#endif
