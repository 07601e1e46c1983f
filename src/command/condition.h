#ifndef COMMAND_CONDITION_H
#define COMMAND_CONDITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * The headers with which a caller of a writing command takes care (contract section 4.6): If-Match
 * and Idempotency-Key. Each has a rule, for `details`.
 */
#define CONDITION_RULE "the ETag of the record in quotation marks, or *"
#define ONCE_KEY_RULE  "1 to 128 visible ASCII characters"

/* Is it `*`, or one or more entity tags with commas between them (RFC 9110, 13.1.1)? */
bool condition_valid(struct str if_match);

/* Is one of the tags that of `version`? A weak one (W/"…") never is. */
bool condition_holds(struct str if_match, int64_t version);

bool once_key_valid(struct str idempotency_key);

#endif
