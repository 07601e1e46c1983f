#include "store/alikes.h"

#include <stdlib.h>

#include "store/array.h"
#include "store/customer.h"
#include "store/customer_alike.h"
#include "store/term.h"

/* So many who have the rarest term are looked at, and so many who have all are taken. */
#define WALKED_MAX 64
#define FOUND_MAX  STORE_AHEAD_MAX

#define TERMS_EACH      3 /* of an identity: see customer_alike_terms */
#define TERMS_BLOCK     (16 * 1024)
#define TERMS_BYTES_MAX (1024 * 1024)

struct alike {
	struct str terms[TERMS_EACH]; /* the rarest first; empty: it has fewer */
	size_t first, n;              /* in `found` */
	bool known;
};

struct alikes {
	struct engine_statement *st;
	int64_t company_id; /* of all that are wanted */
	unsigned n_wanted, n_found;
	struct alike wanted[STORE_AHEAD_MAX];
	struct customer found[FOUND_MAX];
	struct array terms[TERMS_EACH];
	struct arena arena; /* of the terms */
};

struct alikes *alikes_create(void)
{
	struct alikes *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	for (size_t i = 0; i < TERMS_EACH; i++)
		array_init(&a->terms[i], ARRAY_TEXTS, TERMS_BYTES_MAX);
	arena_init(&a->arena, TERMS_BLOCK, TERMS_BYTES_MAX);
	return a;
}

struct alikes *alikes_destroy(struct store *s, struct alikes *a)
{
	if (!a)
		return NULL;
	s->engine->ops->finalize(a->st); /* takes NULL */
	for (size_t i = 0; i < TERMS_EACH; i++)
		array_fini(&a->terms[i]);
	arena_fini(&a->arena);
	free(a);
	return NULL;
}

void alikes_begin(struct store *s, struct alikes *a)
{
	if (a->st)
		s->engine->ops->reset(a->st);
	arena_reset(&a->arena);
	a->n_wanted = a->n_found = 0;
}

unsigned alikes_wanted(const struct alikes *a)
{
	return a ? a->n_wanted : 0;
}

void alikes_want(struct alikes *a, int64_t company_id, const struct customer *like)
{
	struct alike *w = &a->wanted[a->n_wanted];
	struct terms terms;

	if (a->n_wanted == STORE_AHEAD_MAX || (a->n_wanted && a->company_id != company_id))
		return;
	*w = (struct alike){.known = false};
	customer_alike_terms(like, &terms);
	if (terms.n == 0)
		return;
	for (size_t i = 0; i < terms.n; i++) {
		w->terms[i] = arena_str(&a->arena, term_str(&terms.items[terms.n - 1 - i]));
		if (!w->terms[i].p)
			return; /* one by one, then */
	}
	a->company_id = company_id;
	a->n_wanted++;
}

/* ---- asking --------------------------------------------------------------------------- */

enum rc alikes_send(struct store *s, struct alikes *a)
{
	const struct engine_ops *ops = s->engine->ops;
	const char *text = statement_text(&statements[STATEMENT_CUSTOMER_ALIKE_MANY], ops);

	if (a->n_wanted == 0)
		return RC_OK;
	enum rc rc = a->st ? RC_OK : ops->prepare(s->engine, text, &a->st);
	if (rc == RC_OK)
		rc = ops->bind_int(a->st, 1, a->company_id);
	for (unsigned k = 0; k < TERMS_EACH && rc == RC_OK; k++) {
		array_clear(&a->terms[k]);
		for (unsigned i = 0; i < a->n_wanted; i++)
			array_add(&a->terms[k], a->wanted[i].terms[k]);
		struct str bytes = array_bytes(&a->terms[k]);
		rc = bytes.p ? ops->bind_blob(a->st, 2 + k, bytes) : RC_NOMEM;
	}
	if (rc == RC_OK)
		rc = ops->bind_int(a->st, 2 + TERMS_EACH, WALKED_MAX);
	return rc == RC_OK ? ops->send(a->st) : rc;
}

/* The texts stay with the engine until the statement is used again. */
static void take_row(struct query *q, struct alikes *a)
{
	struct alike *w = &a->wanted[query_take_int(q, 1, a->n_wanted) - 1];
	int64_t walked = query_take_int(q, 1, WALKED_MAX);

	customer_take(q, &a->found[a->n_found]);
	query_drop(q);
	if (w->n++ == 0)
		w->first = a->n_found;
	if (walked == WALKED_MAX)
		w->known = false; /* there may be more */
	a->n_found++;
}

enum rc alikes_take(struct store *s, struct alikes *a)
{
	struct query q;

	if (a->n_wanted == 0)
		return RC_OK;
	for (unsigned i = 0; i < a->n_wanted; i++)
		a->wanted[i].known = true;
	query_begin_on(&q, s, STATEMENT_CUSTOMER_ALIKE_MANY, a->st);
	while (a->n_found < FOUND_MAX && query_row(&q))
		take_row(&q, a);
	/* Whose rows were not all taken is the last that has one, or is behind it. */
	if (a->n_found == FOUND_MAX)
		for (unsigned i = a->n_wanted; i-- > 0;) {
			a->wanted[i].known = false;
			if (a->wanted[i].n > 0)
				break;
		}
	return q.rc;
}

/* ---- being asked ---------------------------------------------------------------------- */

static bool same_terms(const struct alike *w, const struct terms *terms)
{
	for (size_t i = 0; i < TERMS_EACH; i++) {
		struct str other =
			i < terms->n ? term_str(&terms->items[terms->n - 1 - i]) : STR("");
		if (!str_equal(w->terms[i], other))
			return false;
	}
	return true;
}

bool alikes_find(const struct alikes *a, struct arena *arena, int64_t company_id,
		 const struct customer *like, int64_t after_id, struct customer *ret_customer,
		 enum rc *ret_rc)
{
	const struct alike *w = a->wanted, *end = a->wanted + a->n_wanted;
	struct terms terms;

	customer_alike_terms(like, &terms);
	while (w < end && !(w->known && same_terms(w, &terms)))
		w++;
	if (w == end || a->company_id != company_id)
		return false;
	*ret_rc = RC_NOTFOUND;
	for (size_t i = w->first; i < w->first + w->n; i++) {
		const struct customer *c = &a->found[i];
		if (c->customer_id <= after_id || !customer_is_alike(like, c))
			continue;
		*ret_rc = customer_copy(arena, c, ret_customer);
		break;
	}
	return true;
}

void alikes_changed(struct alikes *a, int64_t company_id, const struct customer *c)
{
	struct terms terms;

	if (a->n_wanted == 0 || a->company_id != company_id)
		return;
	terms_of(c, &terms);
	for (unsigned i = 0; i < a->n_wanted; i++)
		for (size_t k = 0; k < terms.n && a->wanted[i].known; k++)
			if (str_equal(a->wanted[i].terms[0], term_str(&terms.items[k])))
				a->wanted[i].known = false;
}
