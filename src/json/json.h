#ifndef JSON_JSON_H
#define JSON_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"

/*
 * Reading JSON, strictly by RFC 8259: one object, UTF-8 well formed, no name twice, no U+0000 in a
 * name, no lone surrogates, nothing behind the end.
 *
 * Values live in the arena that was given to json_parse. Texts point there or into the body: all
 * is good for as long as both are. They have no NUL behind them, and may have one inside.
 *
 * A number that is too big is good JSON, and a fault of the field that carries it, not of
 * the document: a whole number beyond int64 is given as the int -1 (out of range for every
 * field, as negative ones are: contract section 3). Reals have no value: nobody takes any.
 */
struct json;

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOLEAN,
	JSON_KIND_INT,
	JSON_KIND_REAL, /* with a fraction or an exponent */
	JSON_KIND_STRING,
	JSON_KIND_OBJECT,
	JSON_KIND_ARRAY,
};

struct json_error {
	int line;         /* from 1 */
	int column;       /* from 1, in characters */
	const char *what; /* "not valid JSON", "the same name twice"; a constant without values */
};

/* RC_INVALID: not one JSON object; *reterr says where and what. RC_NOMEM. Any thread; all memory
 * comes from `a`. Brackets may be at most depth_max deep; reading uses that much of the stack. */
MUST_CHECK enum rc json_parse(struct arena *a, struct str body, int depth_max,
			      const struct json **ret_object, struct json_error *reterr);

enum json_kind json_kind(const struct json *value);

/* The value under `name`, or NULL. `object` is one. */
const struct json *json_member(const struct json *object, const char *name);

/* `i` is below the count. */
size_t json_count(const struct json *array);
const struct json *json_item(const struct json *array, size_t i);

/* Each only on a value of its kind. */
int64_t json_int(const struct json *value);
bool json_bool(const struct json *value);
struct str json_str(const struct json *value);

#endif
