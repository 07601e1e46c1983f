/*
 * In which fields two records differ.
 */
#include <assert.h>

#include "field/field.h"

/* Where a name stands: the objects it is in, innermost first. */
struct path {
	const struct path *outer;
	const struct field *field;
};

static void add_path(const struct path *path, struct text *t)
{
	if (path->outer) {
		add_path(path->outer, t); /* as deep as the tables are */
		text_add_char(t, '.');
	}
	text_add_c(t, path->field->name);
}

static bool differ(const struct field *f, const void *a, const void *b);

static bool items_differ(const struct field *f, const struct list *a, const struct list *b)
{
	if (a->n != b->n)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		const char *in_a = (const char *)a->items + i * f->item_bytes;
		const char *in_b = (const char *)b->items + i * f->item_bytes;
		for (const struct field *m = f->fields; m->kind != FIELD_KIND_END; m++)
			if (differ(m, in_a + m->offset, in_b + m->offset))
				return true;
	}
	return false;
}

/* Not for objects, of which only the members count. */
static bool differ(const struct field *f, const void *a, const void *b)
{
	switch (f->kind) {
	case FIELD_KIND_INT:
		return *(const int64_t *)a != *(const int64_t *)b;
	case FIELD_KIND_STRING:
	case FIELD_KIND_DATE:
		return !str_equal(*(const struct str *)a, *(const struct str *)b);
	case FIELD_KIND_BOOLEAN:
	case FIELD_KIND_CHOICE:
		return *(const int8_t *)a != *(const int8_t *)b;
	case FIELD_KIND_ARRAY:
		return items_differ(f, a, b);
	case FIELD_KIND_OBJECT:
	case FIELD_KIND_REF:
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		break;
	}
	return false;
}

/* Where `t` is NULL nobody wants the names. */
static bool diff(const struct field *fields, const void *a, const void *b, const struct path *outer,
		 size_t start, struct text *t)
{
	bool any = false;

	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		const struct path path = {outer, f};
		const char *in_a = (const char *)a + f->offset;
		const char *in_b = (const char *)b + f->offset;

		if (!field_in_request(f))
			continue;
		if (f->kind == FIELD_KIND_OBJECT) {
			any |= diff(f->fields, in_a, in_b, &path, start,
				    t); /* as deep as the tables */
		} else if (differ(f, in_a, in_b)) {
			any = true;
			if (!t)
				continue;
			text_add_c(t, t->n > start ? "," : "");
			add_path(&path, t);
		}
	}
	return any;
}

void field_diff(const struct field *fields, const void *a, const void *b, struct text *t)
{
	(void)diff(fields, a, b, NULL, t->n, t); /* the names say it */
}

bool field_same(const struct field *fields, const void *a, const void *b)
{
	return !diff(fields, a, b, NULL, 0, NULL);
}
