/*
 * Any text read as JSON by us and by jansson: both take it or both refuse it, and what they take
 * is the same.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

/* To count an object's members, for which the program has no use. */
#include "json/reader.h"

#define DEPTH_MAX 8

static struct arena arena;

static void shut(void)
{
	arena_fini(&arena);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	arena_init(&arena, 65536, (size_t)512 * 1024 * 1024);
	return atexit(shut);
}

/* Known difference: jansson goes thousands of brackets deep. */
static bool too_deep(const uint8_t *bytes, size_t n)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (quoted && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			quoted = !quoted;
		else if (!quoted && (bytes[i] == '{' || bytes[i] == '['))
			depth++;
		else if (!quoted && (bytes[i] == '}' || bytes[i] == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

/* No deeper than DEPTH_MAX. */
static void compare(const struct json *ours, json_t *theirs)
{
	const char *name;
	json_t *value;
	size_t i;

	switch (json_kind(ours)) {
	case JSON_KIND_NULL:
		assert(json_is_null(theirs));
		return;
	case JSON_KIND_BOOLEAN:
		assert(json_is_boolean(theirs) && json_bool(ours) == json_is_true(theirs));
		return;
	case JSON_KIND_INT:
		assert(json_is_integer(theirs) && json_int(ours) == json_integer_value(theirs));
		return;
	case JSON_KIND_REAL:
		assert(json_is_real(theirs));
		return;
	case JSON_KIND_STRING:
		assert(json_is_string(theirs));
		assert(str_equal(json_str(ours), (struct str){json_string_value(theirs),
							      json_string_length(theirs)}));
		return;
	case JSON_KIND_OBJECT:
		assert(json_is_object(theirs));
		assert(ours->children.n == json_object_size(theirs));
		json_object_foreach(theirs, name, value)
		{
			const struct json *member = json_member(ours, name);
			assert(member);
			compare(member, value);
		}
		return;
	case JSON_KIND_ARRAY:
		assert(json_is_array(theirs));
		assert(json_count(ours) == json_array_size(theirs));
		json_array_foreach(theirs, i, value) compare(json_item(ours, i), value);
		return;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const size_t flags = JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL;
	struct str body = {(const char *)bytes, n};
	const struct json *ours = NULL;
	struct json_error e = {0};
	json_error_t their_error = {0};

	if (too_deep(bytes, n))
		return 0;
	arena_reset(&arena);
	enum rc rc = json_parse(&arena, body, DEPTH_MAX, &ours, &e);
	assert(rc == RC_OK || rc == RC_INVALID);
	assert(rc == RC_OK || (e.what && e.line >= 1 && e.column >= 1));

	/* Known difference: jansson overlooks a NUL behind a number or a word. */
	if (n && memchr(bytes, '\0', n)) {
		assert(rc == RC_INVALID);
		return 0;
	}
	json_t *theirs = json_loadb(n ? body.p : "", n, flags, &their_error);
	/* Known difference: numbers that are too big are no fault of the document for us. */
	if (theirs || json_error_code(&their_error) != json_error_numeric_overflow)
		assert((rc == RC_OK) == json_is_object(theirs));
	if (rc == RC_OK && theirs)
		compare(ours, theirs);
	json_decref(theirs);
	return 0;
}
