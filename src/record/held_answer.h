#ifndef RECORD_HELD_ANSWER_H
#define RECORD_HELD_ANSWER_H

#include <stdint.h>

#include "base/str.h"
#include "field/field.h"

/*
 * An answer that is kept for an Idempotency-Key and tells of a person: what it has of him.
 */
struct held_answer {
	int64_t key_number;
	struct str idempotency_key;
	int64_t expires_us;
	struct str expires; /* the same as a text; the store leaves it empty */
	struct str answer;
};

extern const struct field held_answer_fields[];

/* Fills `expires`. RC_NOMEM. */
MUST_CHECK enum rc held_answer_tell(struct held_answer *all, size_t n, struct arena *a);

#endif
