/*
 * What a table must be so that the other files can rely on it. Run over every table by
 * the tests, never while serving.
 */
#include <string.h>

#include "field/field.h"

#define DEPTH_MAX 4

const char *field_kind_name(enum field_kind kind)
{
	switch (kind) {
	case FIELD_KIND_INT:
		return "int";
	case FIELD_KIND_STRING:
	case FIELD_KIND_CHOICE:
	case FIELD_KIND_REF:
		return "string";
	case FIELD_KIND_BOOLEAN:
		return "boolean";
	case FIELD_KIND_DATE:
		return "date";
	case FIELD_KIND_OBJECT:
		return "object";
	case FIELD_KIND_ARRAY:
		return "array";
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		break;
	}
	return "";
}

static const struct field *find(const struct field *fields, const char *name)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++)
		if (f->kind != FIELD_KIND_ONE_OF && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static bool name_good(const char *name)
{
	return name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

static const char *number_fault(const struct field *f)
{
	if (f->kind == FIELD_KIND_INT && f->min < 0)
		return "an int's min is negative; the API has no negative numbers";
	if (f->kind == FIELD_KIND_INT && f->max < f->min)
		return "an int's max is below its min";
	if (f->kind == FIELD_KIND_STRING && f->max < 1)
		return "a string has no max";
	if (f->kind == FIELD_KIND_BOOLEAN && (f->absent < -1 || f->absent > 1))
		return "a boolean's absent is not -1, 0 or 1";
	if (f->kind == FIELD_KIND_ARRAY && (f->max < 1 || f->item_bytes == 0))
		return "an array has no max or no size of an item";
	return NULL;
}

static const char *shape_fault(const struct field *f)
{
	bool nested = f->kind == FIELD_KIND_OBJECT || f->kind == FIELD_KIND_ARRAY;

	if (!name_good(f->name))
		return "a name has other characters than a-z, 0-9 and _";
	if (strlen(f->name) != f->name_bytes)
		return "a name has not the length that the row says";
	if (!f->help || !*f->help)
		return "a row has no help";
	if (nested != (f->fields != NULL))
		return "an object or array has no table, or another kind has one";
	if ((f->kind == FIELD_KIND_CHOICE) != (f->choices != NULL))
		return "a choice has no words, or another kind has some";
	if ((f->kind == FIELD_KIND_REF) != (f->prefix != NULL))
		return "a ref has no prefix, or another kind has one";
	if (f->flags & FIELD_ID && f->kind != FIELD_KIND_INT)
		return "an id is not an int";
	if (f->flags & FIELD_ANSWER_ONLY && f->flags & (FIELD_REQUIRED | FIELD_REQUEST_ONLY))
		return "a row is for answers only, and required or for requests only as well";
	if (f->kind == FIELD_KIND_OBJECT && !(f->flags & (FIELD_REQUIRED | FIELD_ANSWER_ONLY)))
		return "an object is neither required nor for answers only";
	return number_fault(f);
}

static const char *table_fault(const struct field *fields, int depth);

static const char *row_fault(const struct field *fields, const struct field *f, int depth)
{
	if (f->kind == FIELD_KIND_ONE_OF) {
		for (size_t i = 0; f->choices[i]; i++)
			if (!find(fields, f->choices[i]))
				return "a one-of rule names a field that is not there";
		return NULL;
	}
	if (find(fields, f->name) != f)
		return "a name is there twice";
	const char *why = shape_fault(f);
	if (!why && f->fields)
		why = table_fault(f->fields, depth + 1);
	return why;
}

static const char *table_fault(const struct field *fields, int depth)
{
	if (depth > DEPTH_MAX)
		return "tables are nested too deeply";
	if (fields->kind == FIELD_KIND_END && depth > 0)
		return "a nested table is empty";
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		const char *why = row_fault(fields, f, depth);
		if (why)
			return why;
	}
	return NULL;
}

bool field_table_sound(const struct field *fields, const char **reterr_why)
{
	const char *why = table_fault(fields, 0);

	if (why)
		*reterr_why = why;
	return !why;
}
