#include "store/owed.h"

#include <stdlib.h>
#include <string.h>

#include "field/field.h"
#include "record/customer.h"
#include "store/query.h"
#include "store/term.h"

/* Beyond that many, the customers are read again instead. */
#define ITEMS_MAX 1000000

/* How many customers are read at a time. */
#define CHUNK 5000

/* So many numbers may be left out in a bulk: of those who are there already, or were erased. */
#define GAP_MAX 100

/* How many terms one statement writes: STATEMENT_TERM_ADD_MANY. */
#define MANY 8

#define ARENA_BLOCK     (256 * 1024)
#define ARENA_BYTES_MAX (512UL * 1024 * 1024)

void owed_init(struct owed *o)
{
	*o = (struct owed){0};
	arena_init(&o->arena, ARENA_BLOCK, ARENA_BYTES_MAX);
}

void owed_fini(struct owed *o)
{
	arena_fini(&o->arena);
	free(o->items);
}

static void drop_items(struct owed *o)
{
	arena_reset(&o->arena);
	free(o->items); /* they may have been many */
	o->items = NULL;
	o->n = o->room = 0;
}

void owed_lost(struct store *s)
{
	drop_items(&s->owed);
	s->owed.company_id = 0;
	s->owed.dirty = false;
}

/* What the database has is right again, and is read when it is wanted. */
void owed_undone(struct store *s)
{
	if (s->owed.moved)
		owed_lost(s);
}

void owed_changed(struct store *s, int64_t company_id, int64_t customer_id)
{
	struct owed *o = &s->owed;

	if (o->company_id == company_id && customer_id >= o->from_id && customer_id < o->to_id)
		o->whole = false;
}

/* ---- the range ---------------------------------------------------------------------- */

enum rc owed_save(struct store *s)
{
	struct owed *o = &s->owed;
	struct query q;

	if (!o->dirty)
		return RC_OK;
	query_begin(&q, s, STATEMENT_OWED_PUT);
	query_int(&q, o->company_id);
	query_int(&q, o->from_id);
	query_int(&q, o->to_id);
	enum rc rc = query_write(&q, NULL);
	o->dirty = rc != RC_OK;
	o->moved = true;
	return rc;
}

enum rc owed_savepoint(struct store *s)
{
	enum rc rc = owed_save(s);

	s->owed.moved = false;
	return rc;
}

static enum rc load(struct store *s, int64_t company_id)
{
	struct owed *o = &s->owed;
	struct query q;
	int64_t from_id = 0, to_id = 0;

	if (o->company_id == company_id)
		return RC_OK;
	enum rc rc = owed_save(s);
	if (rc != RC_OK)
		return rc;
	query_begin(&q, s, STATEMENT_OWED_GET);
	query_int(&q, company_id);
	if (query_row(&q)) {
		from_id = query_take_int(&q, 1, INT64_MAX);
		to_id = query_take_int(&q, from_id + 1, INT64_MAX);
	}
	rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	drop_items(o);
	o->moved = true;
	o->company_id = company_id;
	o->from_id = from_id;
	o->to_id = to_id;
	o->whole = from_id == to_id;
	return RC_OK;
}

static bool add_item(struct owed *o, int64_t customer_id, const struct term *t)
{
	uint8_t head[sizeof(uint64_t)] = {0};
	struct owed_item item = {.customer_id = customer_id};

	if (o->n == o->room) {
		size_t room = o->room ? 2 * o->room : 1024;
		struct owed_item *items = reallocarray(o->items, room, sizeof(*items));
		if (!items)
			return false;
		o->items = items;
		o->room = room;
	}
	item.term = arena_str(&o->arena, term_str(t));
	if (!item.term.p)
		return false;
	memcpy(head, t->bytes, t->n < sizeof(head) ? t->n : sizeof(head));
	for (size_t i = 0; i < sizeof(head); i++)
		item.head = item.head << 8 | head[i];
	o->items[o->n++] = item;
	return true;
}

static bool add_items(struct owed *o, int64_t customer_id, const struct terms *terms)
{
	for (size_t i = 0; i < terms->n; i++)
		if (!add_item(o, customer_id, &terms->items[i]))
			return false;
	return true;
}

enum rc owed_put(struct store *s, int64_t company_id, int64_t customer_id,
		 const struct terms *terms, bool *ret_owed)
{
	struct owed *o = &s->owed;
	enum rc rc = load(s, company_id);

	if (rc != RC_OK)
		return rc;
	bool none = o->from_id == o->to_id;
	*ret_owed = none || (customer_id >= o->to_id && customer_id - o->to_id <= GAP_MAX);
	if (!*ret_owed)
		return RC_OK;
	if (none)
		o->from_id = customer_id;
	o->to_id = customer_id + 1;
	o->dirty = o->moved = true;
	/* Without memory for them they are read again. */
	o->whole = o->whole && o->n < ITEMS_MAX && add_items(o, customer_id, terms);
	return RC_OK;
}

/* ---- settling ----------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct owed_item *x = a, *y = b;

	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	size_t n = x->term.n < y->term.n ? x->term.n : y->term.n;
	int order = memcmp(x->term.p, y->term.p, n);
	if (order != 0)
		return order;
	if (x->term.n != y->term.n)
		return x->term.n < y->term.n ? -1 : 1;
	return (x->customer_id > y->customer_id) - (x->customer_id < y->customer_id);
}

static enum rc write_some(struct store *s, const struct owed_item *items, size_t n)
{
	struct query q;

	query_begin(&q, s, n == 1 ? STATEMENT_TERM_ADD : STATEMENT_TERM_ADD_MANY);
	query_int(&q, s->owed.company_id);
	for (size_t i = 0; i < n; i++) {
		query_text(&q, items[i].term);
		query_int(&q, items[i].customer_id);
	}
	return query_write(&q, NULL);
}

static enum rc write_items(struct store *s)
{
	struct owed *o = &s->owed;
	enum rc rc = RC_OK;

	if (o->n > 0)
		qsort(o->items, o->n, sizeof(o->items[0]), compare);
	for (size_t i = 0, n; i < o->n && rc == RC_OK; i += n) {
		n = o->n - i >= MANY ? MANY : 1;
		rc = write_some(s, o->items + i, n);
	}
	return rc;
}

/* The terms of the customers behind *after_id, which becomes where to go on; 0 at the end. */
static enum rc read_chunk(struct store *s, struct arena *a, int64_t *after_id)
{
	struct owed *o = &s->owed;
	const struct scope scope = {.company_id = o->company_id};
	struct list customers;
	struct terms terms;
	enum rc rc = store_customer_list(s, a, scope, *after_id, CHUNK, &customers, after_id);

	for (size_t i = 0; rc == RC_OK && i < customers.n; i++) {
		const struct customer *c = (const struct customer *)customers.items + i;
		if (c->customer_id >= o->to_id) {
			*after_id = 0;
			break;
		}
		terms_of(c, &terms);
		rc = add_items(o, c->customer_id, &terms) ? RC_OK : RC_NOMEM;
	}
	return rc;
}

static enum rc settle_from_customers(struct store *s)
{
	int64_t after_id = s->owed.from_id - 1;
	struct arena arena;
	enum rc rc;

	arena_init(&arena, ARENA_BLOCK, ARENA_BYTES_MAX);
	do {
		drop_items(&s->owed);
		arena_reset(&arena);
		rc = read_chunk(s, &arena, &after_id);
		if (rc == RC_OK)
			rc = write_items(s);
	} while (after_id && rc == RC_OK);
	arena_fini(&arena);
	return rc;
}

enum rc store_terms_settle(struct store *s, int64_t company_id, int64_t at_least, bool *ret_any)
{
	struct owed *o = &s->owed;
	struct query q;
	enum rc rc = load(s, company_id);

	if (rc != RC_OK)
		return rc;
	*ret_any = o->from_id < o->to_id && o->to_id - o->from_id >= at_least;
	if (!*ret_any)
		return RC_OK;
	rc = o->whole ? write_items(s) : settle_from_customers(s);
	if (rc != RC_OK)
		return rc;
	query_begin(&q, s, STATEMENT_OWED_REMOVE);
	query_int(&q, company_id);
	rc = query_write(&q, NULL);
	if (rc != RC_OK)
		return rc;
	drop_items(o);
	o->moved = true;
	o->from_id = o->to_id = 0;
	o->whole = true;
	o->dirty = false;
	return RC_OK;
}
