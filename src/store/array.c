#include "store/array.h"

/* Of PostgreSQL's catalog. */
enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25 };

#define NULL_ITEM UINT32_MAX

/* As array_recv of PostgreSQL reads it: dimensions, any NULLs (it looks for itself), type, length,
 * first index, items. */
enum { LENGTH_AT = 12 };

static void put_number(char *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (char)(value >> (8 * (bytes - 1 - i)));
}

static void add_number(struct text *t, uint64_t value, size_t bytes)
{
	if (!text_reserve(t, bytes))
		return;
	put_number(t->p + t->n, value, bytes);
	t->n += bytes;
}

static uint32_t oid_of(enum array_kind kind)
{
	switch (kind) {
	case ARRAY_INTS:
		return OID_INT8;
	case ARRAY_TEXTS:
		return OID_TEXT;
	case ARRAY_BLOBS:
		break;
	}
	return OID_BYTEA;
}

void array_init(struct array *a, enum array_kind kind, size_t bytes_max)
{
	a->kind = kind;
	a->n = 0;
	text_init(&a->bytes, bytes_max);
}

void array_fini(struct array *a)
{
	text_fini(&a->bytes);
}

void array_clear(struct array *a)
{
	a->n = 0;
	text_clear(&a->bytes);
}

static void add_head(struct array *a)
{
	add_number(&a->bytes, 1, 4);
	add_number(&a->bytes, 0, 4);
	add_number(&a->bytes, oid_of(a->kind), 4);
	add_number(&a->bytes, 0, 4);
	add_number(&a->bytes, 1, 4);
}

static void begin_item(struct array *a, uint32_t length)
{
	if (a->n++ == 0)
		add_head(a);
	add_number(&a->bytes, length, 4);
}

void array_add_int(struct array *a, int64_t value)
{
	begin_item(a, sizeof(value));
	add_number(&a->bytes, (uint64_t)value, sizeof(value));
}

void array_add(struct array *a, struct str value)
{
	begin_item(a, (uint32_t)value.n);
	text_add_str(&a->bytes, value);
}

void array_add_null(struct array *a)
{
	begin_item(a, NULL_ITEM);
}

struct str array_bytes(struct array *a)
{
	if (a->n == 0)
		add_head(a);
	if (a->bytes.failed)
		return (struct str){NULL, 0};
	put_number(a->bytes.p + LENGTH_AT, a->n, 4);
	return text_str(&a->bytes);
}
