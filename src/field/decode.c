/*
 * From JSON to a struct, by its table. Nothing stops at the first fault: the caller is
 * told of all of them at once, in the table's order.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/date.h"
#include "base/utf8.h"
#include "field/field.h"
#include "json/json.h"

/* Where we are, from the inside out; made into a text only when there is a fault. */
struct place {
	const struct place *outer;
	const char *name;
	size_t index; /* of an array's item, when name is NULL */
};

struct decoder {
	const struct field_context *context;
	struct faults *faults;
	bool partial;
	enum rc rc;
};

#define PATH_BYTES_MAX 512

static void add_place(struct text *t, const struct place *p)
{
	/* As deep as the tables are nested. */
	if (p->outer)
		add_place(t, p->outer);
	if (!p->name) {
		text_printf(t, "[%zu]", p->index);
		return;
	}
	text_add_c(t, p->outer ? "." : "");
	text_add_c(t, p->name);
}

/* `others`: names beside the place's own, of ONE_OF; NULL: none. */
static void add_fault(struct decoder *d, const struct place *place, const char *const *others,
		      enum field_fault kind, const char *rule)
{
	struct faults *f = d->faults;
	struct text path;

	if (f->n++ >= FAULTS_MAX)
		return;
	text_init(&path, PATH_BYTES_MAX);
	add_place(&path, place);
	for (; others && *others; others++) {
		text_add_c(&path, " or ");
		add_place(&path, &(struct place){.outer = place->outer, .name = *others});
	}
	struct fault *fault = arena_alloc(d->context->arena, sizeof(*fault));
	struct str kept = arena_str(d->context->arena, text_str(&path));
	bool good = !path.failed && fault && kept.p;
	text_fini(&path);
	if (!good) {
		d->rc = RC_NOMEM;
		return;
	}
	*fault = (struct fault){.kind = kind, .path = kept, .rule = rule};
	if (f->last)
		f->last->next = fault;
	else
		f->first = fault;
	f->last = fault;
}

/* Rules with a number in them are made where they are needed. */
static const char *make_rule(struct decoder *d, const char *format, ...) PRINTF_LIKE(2, 3);

static const char *make_rule(struct decoder *d, const char *format, ...)
{
	char text[96];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert(n > 0 && (size_t)n < sizeof(text));
	struct str kept = arena_str(d->context->arena, (struct str){text, (size_t)n});
	if (!kept.p)
		d->rc = RC_NOMEM;
	return kept.p;
}

static bool is_absent(const struct field *f, const struct json *value)
{
	if (!value || json_kind(value) == JSON_KIND_NULL)
		return true;
	if (json_kind(value) == JSON_KIND_STRING)
		return json_str(value).n == 0;
	return f->flags & FIELD_ID && json_kind(value) == JSON_KIND_INT && json_int(value) == 0;
}

static void *member_of(const struct field *f, void *struct_)
{
	return (char *)struct_ + f->offset;
}

static void decode_int(struct decoder *d, const struct field *f, const struct json *value,
		       const struct place *place, int64_t *member)
{
	if (json_kind(value) != JSON_KIND_INT) {
		add_fault(d, place, NULL, FIELD_TYPE, "int");
		return;
	}
	int64_t i = json_int(value);
	/* The rule names both ends: a number beyond int64 comes as -1, and nobody knows any more
	 * which end it passed. */
	if (i >= f->min && i <= f->max)
		*member = i;
	else
		add_fault(d, place, NULL, FIELD_RANGE,
			  make_rule(d, "%" PRId64 " to %" PRId64, f->min, f->max));
}

static void decode_boolean(struct decoder *d, const struct json *value, const struct place *place,
			   int8_t *member)
{
	if (json_kind(value) == JSON_KIND_BOOLEAN)
		*member = json_bool(value);
	else if (json_kind(value) == JSON_KIND_INT &&
		 (json_int(value) == 0 || json_int(value) == 1))
		*member = (int8_t)json_int(value);
	else
		add_fault(d, place, NULL, FIELD_TYPE, "true or false");
}

/* Gives the text when it is one of good form. */
static bool take_text(struct decoder *d, const struct field *f, const struct json *value,
		      const struct place *place, struct str *ret_text)
{
	if (json_kind(value) != JSON_KIND_STRING) {
		add_fault(d, place, NULL, FIELD_TYPE, field_kind_name(f->kind));
		return false;
	}
	struct str s = json_str(value);
	if (utf8_has_control(s, f->flags & FIELD_MULTILINE)) {
		add_fault(d, place, NULL, FIELD_TYPE, "no control characters");
		return false;
	}
	*ret_text = s;
	return true;
}

static void decode_string(struct decoder *d, const struct field *f, const struct json *value,
			  const struct place *place, struct str *member)
{
	struct str s;

	if (!take_text(d, f, value, place, &s))
		return;
	/* Bytes are never fewer than characters: most texts need no counting. */
	if (s.n > (size_t)f->max && utf8_chars(s) > (size_t)f->max) {
		add_fault(d, place, NULL, FIELD_RANGE,
			  make_rule(d, "at most %" PRId64 " characters", f->max));
		return;
	}
	*member = s;
}

static void decode_date(struct decoder *d, const struct field *f, const struct json *value,
			const struct place *place, struct str *member)
{
	struct str s;

	if (!take_text(d, f, value, place, &s))
		return;
	switch (date_check(s)) {
	case DATE_OK:
		*member = s;
		return;
	case DATE_FORM:
		add_fault(d, place, NULL, FIELD_TYPE, "date as YYYY-MM-DD");
		return;
	case DATE_NO_DAY:
		add_fault(d, place, NULL, FIELD_RANGE, "a day of the calendar");
		return;
	}
}

static void decode_choice(struct decoder *d, const struct field *f, const struct json *value,
			  const struct place *place, int8_t *member)
{
	struct text rule;
	struct str s;

	if (!take_text(d, f, value, place, &s))
		return;
	text_init(&rule, 256);
	for (int8_t i = 0; f->choices[i]; i++) {
		if (str_equal_nocase(s, str_c(f->choices[i]))) {
			*member = (int8_t)(i + 1);
			text_fini(&rule);
			return;
		}
		text_add_c(&rule, i ? " or " : "");
		text_add_c(&rule, f->choices[i]);
	}
	struct str kept = arena_str(d->context->arena, text_str(&rule));
	text_fini(&rule);
	if (!kept.p)
		d->rc = RC_NOMEM;
	add_fault(d, place, NULL, FIELD_RANGE, kept.p);
}

static void decode_members(struct decoder *d, const struct field *fields, const struct json *object,
			   const struct place *outer, void *to);

static void decode_object(struct decoder *d, const struct field *f, const struct json *value,
			  const struct place *place, void *member)
{
	if (json_kind(value) == JSON_KIND_OBJECT)
		decode_members(d, f->fields, value, place, member);
	else
		add_fault(d, place, NULL, FIELD_TYPE, "object");
}

static void decode_value(struct decoder *d, const struct field *f, const struct json *value,
			 const struct place *place, void *member);

static void decode_item(struct decoder *d, const struct field *f, const struct json *value,
			const struct place *place, void *item)
{
	bool plain = f->fields[0].name[0] == '\0';

	if (!plain)
		decode_object(d, f, value, place, item);
	else if (is_absent(&f->fields[0], value))
		add_fault(d, place, NULL, FIELD_MISSING, NULL);
	else
		decode_value(d, &f->fields[0], value, place, member_of(&f->fields[0], item));
}

static void decode_array(struct decoder *d, const struct field *f, const struct json *value,
			 const struct place *place, struct list *member)
{
	if (json_kind(value) != JSON_KIND_ARRAY) {
		add_fault(d, place, NULL, FIELD_TYPE, "array");
		return;
	}
	size_t n = json_count(value);
	if (n > (size_t)f->max) {
		add_fault(d, place, NULL, FIELD_RANGE,
			  make_rule(d, "at most %" PRId64 " items", f->max));
		return;
	}
	char *items = arena_alloc(d->context->arena, n * f->item_bytes);
	if (!items) {
		d->rc = RC_NOMEM;
		return;
	}
	bool outside = d->partial;
	d->partial = outside || f->flags & FIELD_PARTIAL;
	for (size_t i = 0; i < n; i++)
		decode_item(d, f, json_item(value, i), &(struct place){.outer = place, .index = i},
			    items + i * f->item_bytes);
	d->partial = outside;
	*member = (struct list){items, n};
}

static void decode_value(struct decoder *d, const struct field *f, const struct json *value,
			 const struct place *place, void *member)
{
	const char *rule = NULL;
	size_t n_before = d->faults->n;

	switch (f->kind) {
	case FIELD_KIND_INT:
		decode_int(d, f, value, place, member);
		break;
	case FIELD_KIND_STRING:
		decode_string(d, f, value, place, member);
		break;
	case FIELD_KIND_BOOLEAN:
		decode_boolean(d, value, place, member);
		break;
	case FIELD_KIND_DATE:
		decode_date(d, f, value, place, member);
		break;
	case FIELD_KIND_CHOICE:
		decode_choice(d, f, value, place, member);
		break;
	case FIELD_KIND_OBJECT:
		decode_object(d, f, value, place, member);
		break;
	case FIELD_KIND_ARRAY:
		decode_array(d, f, value, place, member);
		break;
	case FIELD_KIND_REF:
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		assert(false); /* such rows are never asked for a value */
	}
	if (!f->check || d->faults->n > n_before || d->rc != RC_OK)
		return;
	enum field_fault fault = f->check(member, d->context, &rule);
	if (fault != FIELD_GOOD)
		add_fault(d, place, NULL, fault, rule);
}

static void set_absent(struct decoder *d, const struct field *f, const struct place *place,
		       void *to)
{
	bool required = f->flags & FIELD_REQUIRED && !d->partial;

	if (f->flags & FIELD_REQUIRED && f->kind == FIELD_KIND_OBJECT) {
		/* Name what is wanted, not the box that it comes in. */
		size_t n_before = d->faults->n;
		decode_members(d, f->fields, NULL, place, member_of(f, to));
		if (d->faults->n > n_before)
			return;
	}
	if (required)
		add_fault(d, place, NULL, FIELD_MISSING, NULL);
	else if (f->kind == FIELD_KIND_INT)
		*(int64_t *)member_of(f, to) = f->absent;
	else if (f->kind == FIELD_KIND_BOOLEAN)
		*(int8_t *)member_of(f, to) = (int8_t)f->absent;
}

static const struct field *field_named(const struct field *fields, const char *name)
{
	while (strcmp(fields->name, name) != 0 || fields->kind == FIELD_KIND_ONE_OF)
		fields++;
	return fields;
}

static void decode_one_of(struct decoder *d, const struct field *fields, const struct field *rule,
			  const struct json *object, const struct place *outer)
{
	const char *const *names = rule->choices;

	for (size_t i = 0; names[i]; i++) {
		const struct json *value = object ? json_member(object, names[i]) : NULL;
		if (!is_absent(field_named(fields, names[i]), value))
			return;
	}
	add_fault(d, &(struct place){.outer = outer, .name = names[0]}, names + 1, FIELD_MISSING,
		  NULL);
}

/* `object` is NULL where the whole object is absent. */
static void decode_members(struct decoder *d, const struct field *fields, const struct json *object,
			   const struct place *outer, void *to)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (f->flags & FIELD_ANSWER_ONLY)
			continue;
		if (f->kind == FIELD_KIND_ONE_OF) {
			if (!d->partial)
				decode_one_of(d, fields, f, object, outer);
			continue;
		}
		struct place place = {.outer = outer, .name = f->name};
		const struct json *value = object ? json_member(object, f->name) : NULL;
		if (is_absent(f, value))
			set_absent(d, f, &place, to);
		else
			decode_value(d, f, value, &place, member_of(f, to));
	}
}

enum rc field_decode(const struct field *fields, const struct json *object,
		     const struct field_context *context, void *ret_struct, struct faults *faults)
{
	struct decoder d = {
		.context = context, .faults = faults, .partial = context->partial, .rc = RC_OK};

	decode_members(&d, fields, object, NULL, ret_struct);
	return d.rc;
}
