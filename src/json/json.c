#include "json/json.h"

#include <assert.h>
#include <jansson.h>
#include <pthread.h>

/* A document may have this many numbers too big for the library; more is refused outright. */
#define BIG_NUMBERS_MAX 8

/*
 * The library takes its memory from the arena of the call that is being parsed: a bump
 * instead of some twenty calls of malloc, and nothing to free. Objects never outlive
 * the arena, and nothing outside this file calls the library.
 */
static _Thread_local struct arena *parsing;
static _Thread_local bool no_room; /* the library does not always say so itself */

static void *from_arena(size_t bytes)
{
	assert(parsing);
	void *p = arena_alloc_raw(parsing, bytes);
	no_room = no_room || !p;
	return p;
}

static void leave_to_arena(void *p)
{
	(void)p;
}

static void set_up_library(void)
{
	json_set_alloc_funcs(from_arena, leave_to_arena);
	json_object_seed(0);
}

static const struct json *wrap(const json_t *value)
{
	return (const struct json *)value;
}

static const json_t *unwrap(const struct json *value)
{
	return (const json_t *)value;
}

static const char *error_words(enum json_error_code code)
{
	if (code == json_error_invalid_utf8)
		return "not valid UTF-8";
	if (code == json_error_duplicate_key)
		return "the same name twice";
	if (code == json_error_end_of_input_expected)
		return "more text behind the object";
	if (code == json_error_premature_end_of_input)
		return "ends too early";
	return "not valid JSON";
}

/* Line and column, in characters, of the byte at `at`. */
static void set_position(struct str body, size_t at, struct json_error *e)
{
	e->line = 1;
	e->column = 1;
	for (size_t i = 0; i < at; i++) {
		unsigned char c = (unsigned char)body.p[i];
		if (c == '\n') {
			e->line++;
			e->column = 1;
		} else if ((c & 0xc0u) != 0x80u) {
			e->column++;
		}
	}
}

/*
 * Brackets are counted before the library sees the text: its own limit is thousands deep.
 * Gives the position of the first bracket too many, or the body's length.
 */
static size_t too_deep_at(struct str body, int depth_max)
{
	int depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < body.n; i++) {
		char c = body.p[i];
		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
		} else if (c == '"') {
			quoted = true;
		} else if (c == '{' || c == '[') {
			if (++depth > depth_max)
				return i;
		} else if (c == '}' || c == ']') {
			depth--;
		}
	}
	return body.n;
}

static bool in_number(char c)
{
	return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Puts -1 or 0.5 in the place of the number that ends before `end`; both are shorter than any
 * number that is too big. The header says why. */
static void replace_number(char *text, size_t end)
{
	size_t from = end;
	bool whole = true;

	while (from > 0 && in_number(text[from - 1])) {
		from--;
		if (text[from] == '.' || text[from] == 'e' || text[from] == 'E')
			whole = false;
	}
	assert(end - from >= 4);
	memset(text + from, ' ', end - from);
	memcpy(text + from, whole ? "-1" : "0.5", whole ? 2 : 3);
}

static json_t *load(struct arena *a, struct str body, json_error_t *e)
{
	static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	json_t *root = json_loadb(body.n ? body.p : "", body.n, flags, e);
	struct str copy = body;

	for (int i = 0; !root && i < BIG_NUMBERS_MAX; i++) {
		if (json_error_code(e) != json_error_numeric_overflow)
			return NULL;
		if (i == 0)
			copy = arena_str(a, body);
		if (!copy.p) {
			no_room = true;
			return NULL;
		}
		/* Our own copy, in the arena: casting the const away is fine. */
		replace_number((char *)copy.p, (size_t)e->position);
		root = json_loadb(copy.p, copy.n, flags, e);
	}
	return root;
}

enum rc json_parse(struct arena *a, struct str body, int depth_max, const struct json **ret_object,
		   struct json_error *reterr)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	json_error_t e;

	(void)pthread_once(&once, set_up_library); /* cannot fail with a good `once` */
	size_t deep = too_deep_at(body, depth_max);
	if (deep < body.n) {
		set_position(body, deep, reterr);
		reterr->what = "nested too deeply";
		return RC_INVALID;
	}

	parsing = a;
	no_room = false;
	json_t *root = load(a, body, &e);
	parsing = NULL;
	if (no_room)
		return RC_NOMEM;
	if (!root) {
		*reterr = (struct json_error){e.line, e.column > 0 ? e.column : 1,
					      error_words(json_error_code(&e))};
		return RC_INVALID;
	}
	if (!json_is_object(root)) {
		*reterr = (struct json_error){1, 1, "not a JSON object"};
		return RC_INVALID;
	}
	*ret_object = wrap(root);
	return RC_OK;
}

enum json_kind json_kind(const struct json *value)
{
	switch (json_typeof(unwrap(value))) {
	case JSON_OBJECT:
		return JSON_KIND_OBJECT;
	case JSON_ARRAY:
		return JSON_KIND_ARRAY;
	case JSON_STRING:
		return JSON_KIND_STRING;
	case JSON_INTEGER:
		return JSON_KIND_INT;
	case JSON_REAL:
		return JSON_KIND_REAL;
	case JSON_TRUE:
	case JSON_FALSE:
		return JSON_KIND_BOOLEAN;
	case JSON_NULL:
		break;
	}
	return JSON_KIND_NULL;
}

const struct json *json_member(const struct json *object, const char *name)
{
	return wrap(json_object_get(unwrap(object), name));
}

size_t json_count(const struct json *array)
{
	return json_array_size(unwrap(array));
}

const struct json *json_item(const struct json *array, size_t i)
{
	return wrap(json_array_get(unwrap(array), i));
}

int64_t json_int(const struct json *value)
{
	assert(json_is_integer(unwrap(value)));
	return json_integer_value(unwrap(value));
}

bool json_bool(const struct json *value)
{
	assert(json_is_boolean(unwrap(value)));
	return json_is_true(unwrap(value));
}

struct str json_str(const struct json *value)
{
	assert(json_is_string(unwrap(value)));
	return (struct str){json_string_value(unwrap(value)), json_string_length(unwrap(value))};
}
