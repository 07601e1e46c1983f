/*
 * A record taken member by member, for what goes by single columns.
 */
#include <assert.h>
#include <stdio.h>

#include "field/field.h"

struct gatherer {
	struct field_leaf *leaves;
	size_t n, room;
};

static void gather(struct gatherer *g, const struct field *fields, const char *outer, size_t offset)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		struct field_leaf leaf = {.field = f, .offset = offset + f->offset};
		if (f->kind == FIELD_KIND_ONE_OF)
			continue;
		int n = snprintf(leaf.path, sizeof(leaf.path), "%s%s%s", outer, outer[0] ? "." : "",
				 f->name);

		assert(n > 0 && (size_t)n < sizeof(leaf.path));
		if (f->kind == FIELD_KIND_OBJECT) {
			gather(g, f->fields, leaf.path, leaf.offset); /* as deep as the tables */
			continue;
		}
		assert(g->n < g->room);
		g->leaves[g->n++] = leaf;
	}
}

size_t field_leaves(const struct field *fields, struct field_leaf *ret_leaves, size_t room)
{
	struct gatherer g = {.leaves = ret_leaves, .room = room};

	gather(&g, fields, "", 0);
	return g.n;
}

void field_leaf_copy(const struct field_leaf *leaf, const void *from, void *to)
{
	const char *source = (const char *)from + leaf->offset;
	char *target = (char *)to + leaf->offset;

	switch (leaf->field->kind) {
	case FIELD_KIND_INT:
		*(int64_t *)target = *(const int64_t *)source;
		return;
	case FIELD_KIND_STRING:
	case FIELD_KIND_DATE:
		*(struct str *)target = *(const struct str *)source;
		return;
	case FIELD_KIND_BOOLEAN:
	case FIELD_KIND_CHOICE:
		*(int8_t *)target = *(const int8_t *)source;
		return;
	case FIELD_KIND_REF:
	case FIELD_KIND_OBJECT:
	case FIELD_KIND_ARRAY:
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		assert(false); /* no value of their own */
	}
}

bool field_leaf_is_empty(const struct field_leaf *leaf, const void *from)
{
	const char *source = (const char *)from + leaf->offset;

	switch (leaf->field->kind) {
	case FIELD_KIND_INT:
		return *(const int64_t *)source == leaf->field->absent;
	case FIELD_KIND_STRING:
	case FIELD_KIND_DATE:
		return ((const struct str *)source)->n == 0;
	case FIELD_KIND_BOOLEAN:
	case FIELD_KIND_CHOICE:
		return *(const int8_t *)source == (int8_t)leaf->field->absent;
	case FIELD_KIND_REF:
	case FIELD_KIND_OBJECT:
	case FIELD_KIND_ARRAY:
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		assert(false); /* as above */
	}
	return true;
}
