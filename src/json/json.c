/*
 * What was read, as others see it.
 */
#include <assert.h>

#include "json/reader.h"

enum json_kind json_kind(const struct json *value)
{
	return value->kind;
}

/* Callers ask for the few names of a table, so that the work grows with the body and no faster. */
const struct json *json_member(const struct json *object, const char *name)
{
	struct str wanted = str_c(name);

	assert(object->kind == JSON_KIND_OBJECT);
	for (size_t i = 0; i < object->children.n; i++) {
		if (str_equal(object->children.all[i].name, wanted))
			return &object->children.all[i];
	}
	return NULL;
}

size_t json_count(const struct json *array)
{
	assert(array->kind == JSON_KIND_ARRAY);
	return array->children.n;
}

const struct json *json_item(const struct json *array, size_t i)
{
	assert(array->kind == JSON_KIND_ARRAY);
	assert(i < array->children.n);
	return &array->children.all[i];
}

int64_t json_int(const struct json *value)
{
	assert(value->kind == JSON_KIND_INT);
	return value->integer;
}

bool json_bool(const struct json *value)
{
	assert(value->kind == JSON_KIND_BOOLEAN);
	return value->boolean;
}

struct str json_str(const struct json *value)
{
	assert(value->kind == JSON_KIND_STRING);
	return value->text;
}
