#ifndef CLI_ANSWER_H
#define CLI_ANSWER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"

/*
 * An answer of the API, as the command line reads it.
 */
struct json;

struct answer {
	const struct json *json;
	int64_t code;       /* status.code */
	struct str details; /* status.details */
};

/* RC_INVALID: no answer of this API. RC_NOMEM. It lives in the arena. */
MUST_CHECK enum rc answer_parse(struct arena *a, struct str body, struct answer *ret_answer);

/* The text of a member of a member: ("session", "session_token"); with outer NULL of the answer
 * itself. Empty when there is none. */
struct str answer_text(const struct answer *answer, const char *outer, const char *name);

#endif
