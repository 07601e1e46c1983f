/*
 * From a struct to JSON, by its table: the only writer of answers. And of requests, as they were
 * understood.
 */
#include <assert.h>

#include "field/field.h"

static const void *member_of(const struct field *f, const void *struct_)
{
	return (const char *)struct_ + f->offset;
}

static void encode_string(struct str s, struct text *t)
{
	text_add_json(t, s);
}

static void encode_choice(const struct field *f, int8_t choice, struct text *t)
{
	encode_string(choice ? str_c(f->choices[choice - 1]) : (struct str){NULL, 0}, t);
}

/* The prefix and six digits; a seventh simply appears (contract section 4.2). */
void field_ref(const char *prefix, int64_t id, char ret_ref[FIELD_REF_CHARS_MAX + 1])
{
	char digits[20];
	size_t i = sizeof(digits);
	uint64_t left = (uint64_t)id;

	assert(id >= 0);
	assert(strlen(prefix) + sizeof(digits) <= FIELD_REF_CHARS_MAX);
	do {
		digits[--i] = (char)('0' + left % 10);
		left /= 10;
	} while (left || sizeof(digits) - i < 6);
	char *p = mempcpy(stpcpy(ret_ref, prefix), digits + i, sizeof(digits) - i);
	*p = '\0';
}

static void encode_ref(const struct field *f, int64_t id, struct text *t)
{
	char ref[FIELD_REF_CHARS_MAX + 1];

	field_ref(f->prefix, id, ref);
	text_add_char(t, '"');
	text_add_c(t, ref);
	text_add_char(t, '"');
}

/* Which of a record's fields are meant. */
enum part { PART_ANSWER, PART_REQUEST };

static void encode_value(const struct field *f, const void *member, enum part part, struct text *t);
static void encode_object(const struct field *fields, const void *from, enum part part,
			  struct text *t);

static void encode_array(const struct field *f, const struct list *list, enum part part,
			 struct text *t)
{
	bool plain = f->fields[0].name[0] == '\0';

	text_add_char(t, '[');
	for (size_t i = 0; i < list->n; i++) {
		const char *item = (const char *)list->items + i * f->item_bytes;
		if (i)
			text_add_char(t, ',');
		if (plain)
			encode_value(&f->fields[0], member_of(&f->fields[0], item), part, t);
		else
			encode_object(f->fields, item, part, t);
	}
	text_add_char(t, ']');
}

/* One that may be left out can be unknown only in a request. */
static void encode_boolean(int8_t value, enum part part, struct text *t)
{
	assert(value >= 0 || part == PART_REQUEST);
	text_add_c(t, value < 0 ? "null" : value ? "true" : "false");
}

static void encode_value(const struct field *f, const void *member, enum part part, struct text *t)
{
	switch (f->kind) {
	case FIELD_KIND_INT:
		text_add_int(t, *(const int64_t *)member);
		break;
	case FIELD_KIND_STRING:
	case FIELD_KIND_DATE:
		encode_string(*(const struct str *)member, t);
		break;
	case FIELD_KIND_BOOLEAN:
		encode_boolean(*(const int8_t *)member, part, t);
		break;
	case FIELD_KIND_CHOICE:
		encode_choice(f, *(const int8_t *)member, t);
		break;
	case FIELD_KIND_REF:
		encode_ref(f, *(const int64_t *)member, t);
		break;
	case FIELD_KIND_OBJECT:
		encode_object(f->fields, member, part, t);
		break;
	case FIELD_KIND_ARRAY:
		encode_array(f, member, part, t);
		break;
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		assert(false); /* not members */
	}
}

/* Names are ours and need no escaping; field_table_sound makes sure. */
static void add_name(const struct field *f, bool more, struct text *t)
{
	if (!text_reserve(t, f->name_bytes + 4)) /* with , and : and the quotation marks */
		return;
	char *p = t->p + t->n;
	if (more)
		*p++ = ',';
	*p++ = '"';
	p = mempcpy(p, f->name, f->name_bytes);
	*p++ = '"';
	*p++ = ':';
	t->n = (size_t)(p - t->p);
}

static void encode_members(const struct field *fields, const void *from, bool more, enum part part,
			   struct text *t)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (!(part == PART_ANSWER ? field_in_answer(f) : field_in_request(f)))
			continue;
		if (f->flags & FIELD_IF_ANY && ((const struct str *)member_of(f, from))->n == 0)
			continue;
		add_name(f, more, t);
		encode_value(f, member_of(f, from), part, t);
		more = true;
	}
}

static void encode_object(const struct field *fields, const void *from, enum part part,
			  struct text *t)
{
	text_add_char(t, '{');
	encode_members(fields, from, false, part, t);
	text_add_char(t, '}');
}

void field_encode_members(const struct field *fields, const void *from, bool more, struct text *t)
{
	encode_members(fields, from, more, PART_ANSWER, t);
}

void field_encode(const struct field *fields, const void *from, struct text *t)
{
	encode_object(fields, from, PART_ANSWER, t);
}

void field_encode_request(const struct field *fields, const void *from, struct text *t)
{
	encode_object(fields, from, PART_REQUEST, t);
}
