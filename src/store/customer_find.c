/*
 * Several customers: listed, searched for, and in the order of their changes. What the size of the
 * data could make long looks at a bounded number of rows and says where to go on.
 */
#include <string.h>

#include "store/customer.h"
#include "store/term.h"

/* So many rows one call looks at. A customer costs 1 us where they lie side by side, 4 where they
 * lie all over the table, as those do who have a term in common. */
#define LOOK_LIST_MAX    1000
#define LOOK_SEARCH_MAX  500
#define LOOK_CHANGES_MAX 1000

static bool sees(struct scope scope, int64_t branch_id)
{
	return scope.branch_id == 0 || scope.branch_id == branch_id;
}

/* Takes the row's customer into the list's room. True: it is one that is wanted. */
static bool take_seen(struct query *q, struct arena *a, struct scope scope, struct customer *room)
{
	customer_take(q, room);
	if (q->rc != RC_OK)
		return false;
	if (!sees(scope, room->branch_id)) {
		query_drop(q);
		return false;
	}
	query_keep(q, a);
	return q->rc == RC_OK;
}

enum rc store_customer_list(struct store *s, struct arena *a, struct scope scope, int64_t after_id,
			    size_t n_max, struct list *ret_customers, int64_t *ret_after_id)
{
	/* One more than is wanted tells whether there is more. */
	size_t look_max = scope.branch_id ? LOOK_LIST_MAX : n_max + 1;
	struct list list = {NULL, 0};
	size_t room = 0, looked = 0;
	bool more = false;
	struct query q;

	query_begin(&q, s, STATEMENT_CUSTOMER_LIST);
	query_int(&q, scope.company_id);
	query_int(&q, after_id);
	query_int(&q, (int64_t)look_max);
	while (!more && query_row(&q)) {
		struct customer *c = query_list_room(&q, a, &list, &room, sizeof(*c));
		if (list.n == n_max) {
			more = true;
		} else if (c) {
			list.n += take_seen(&q, a, scope, c);
			after_id = c->customer_id;
			looked++;
		}
	}
	enum rc rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	*ret_customers = list;
	*ret_after_id = more || looked == look_max ? after_id : 0;
	return RC_OK;
}

/* ---- searching ----------------------------------------------------------------------- */

/* A search on its way along one of its terms. */
struct walk {
	struct store *s;
	struct query q;
	struct arena *arena;
	struct scope scope;
	struct terms sought;
	const struct term *along;
	struct list found;
	size_t room, looked;
	struct term at; /* where it has come to */
	int64_t at_id;
};

/* How many customers have the term, as far as it matters. */
static enum rc count(struct walk *w, const struct term *t, int64_t *ret_n)
{
	const struct term end = term_end(t);
	bool names = term_is_name(t);
	int64_t n = 0;
	struct query q;

	query_begin(&q, w->s, names ? STATEMENT_TERM_COUNT_NAMES : STATEMENT_TERM_COUNT);
	query_int(&q, w->scope.company_id);
	query_text(&q, term_str(t));
	query_int(&q, LOOK_SEARCH_MAX);
	if (names)
		query_text(&q, term_str(&end));
	if (query_row(&q))
		n = query_take_int(&q, 0, LOOK_SEARCH_MAX);
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_n = n;
	return rc;
}

/* Along the term that fewest have. */
static enum rc choose(struct walk *w)
{
	int64_t n, least = INT64_MAX;

	w->along = &w->sought.items[0];
	for (size_t i = 0; i < w->sought.n && w->sought.n > 1 && least > 0; i++) {
		enum rc rc = count(w, &w->sought.items[i], &n);
		if (rc != RC_OK)
			return rc;
		if (n < least) {
			w->along = &w->sought.items[i];
			least = n;
		}
	}
	w->at = *w->along;
	return RC_OK;
}

/* Along the term of the page before: the order must stay what it was. */
static enum rc go_on(struct walk *w, const struct customer_place *from)
{
	if (from->term.n > TERM_BYTES_MAX)
		return RC_INVALID;
	w->at.n = from->term.n;
	memcpy(w->at.bytes, from->term.p, from->term.n);
	w->at_id = from->customer_id;
	for (size_t i = 0; i < w->sought.n && !w->along; i++)
		if (term_covers(&w->sought.items[i], &w->at))
			w->along = &w->sought.items[i];
	return w->along ? RC_OK : RC_INVALID;
}

/* The row that the query is on: wanted or not, the walk has come to it. */
static void look(struct walk *w)
{
	struct customer *c = query_list_room(&w->q, w->arena, &w->found, &w->room, sizeof(*c));
	struct str term;

	if (!c)
		return;
	query_take_text(&w->q, &term);
	customer_take(&w->q, c);
	if (w->q.rc != RC_OK)
		return;
	w->looked++;
	w->at.n = term.n < TERM_BYTES_MAX ? term.n : TERM_BYTES_MAX;
	memcpy(w->at.bytes, term.p, w->at.n);
	w->at_id = c->customer_id;
	if (!sees(w->scope, c->branch_id) || !terms_match(&w->sought, c)) {
		query_drop(&w->q);
		return;
	}
	query_keep(&w->q, w->arena);
	w->found.n++;
}

/* *ret_more: there may be more behind where it has come to. */
static enum rc walk(struct walk *w, size_t n_max, bool *ret_more)
{
	const struct term from = w->at, end = term_end(w->along);
	bool names = term_is_name(w->along), full = false;

	query_begin(&w->q, w->s, names ? STATEMENT_TERM_WALK_NAMES : STATEMENT_TERM_WALK);
	query_int(&w->q, w->scope.company_id);
	query_text(&w->q, term_str(&from));
	query_int(&w->q, w->at_id);
	query_int(&w->q, LOOK_SEARCH_MAX);
	if (names)
		query_text(&w->q, term_str(&end));
	while (!full && query_row(&w->q)) {
		full = w->found.n == n_max;
		if (!full)
			look(w);
	}
	*ret_more = full || w->looked == LOOK_SEARCH_MAX;
	return query_end(&w->q);
}

static enum rc keep_place(const struct walk *w, struct customer_place *ret_place)
{
	char *term = arena_alloc_raw(w->arena, w->at.n);

	if (!term)
		return RC_NOMEM;
	memcpy(term, w->at.bytes, w->at.n);
	*ret_place = (struct customer_place){{term, w->at.n}, w->at_id};
	return RC_OK;
}

enum rc store_customer_search(struct store *s, struct arena *a, struct scope scope,
			      const struct customer_search *search,
			      const struct customer_place *from, size_t n_max,
			      struct list *ret_customers, struct customer_place *ret_place)
{
	struct walk w = {.s = s, .arena = a, .scope = scope};
	struct customer_place place = {0};
	bool more;

	if (!terms_sought(search, &w.sought))
		return RC_INVALID;
	enum rc rc = from->customer_id ? go_on(&w, from) : choose(&w);
	if (rc == RC_OK)
		rc = walk(&w, n_max, &more);
	if (rc == RC_OK && more)
		rc = keep_place(&w, &place);
	if (rc != RC_OK)
		return rc;
	*ret_customers = w.found;
	*ret_place = place;
	return RC_OK;
}

/* ---- changes ------------------------------------------------------------------------- */

/* What a row of the audit says of its customer today. */
enum outcome {
	OUTCOME_PAST, /* changed again since, or erased: another row tells of it */
	OUTCOME_LAST, /* as it is now */
	OUTCOME_ERASED,
};

/* True: the row's customer is in the list's room. */
static bool take_outcome(struct query *q, struct arena *a, struct scope scope,
			 struct change_place *ret_place, struct customer *room)
{
	query_take_blob(q, ret_place->op, OP_BYTES);
	ret_place->tx = q->ops->shared ? query_take_int(q, 0, INT64_MAX) : 0;
	bool seen = sees(scope, query_take_int(q, 0, INT64_MAX));
	switch ((enum outcome)query_take_int(q, OUTCOME_PAST, OUTCOME_ERASED)) {
	case OUTCOME_LAST:
		return take_seen(q, a, scope, room);
	case OUTCOME_ERASED:
		*room = (struct customer){.customer_id = query_take_int(q, 1, INT64_MAX),
					  .erased = 1};
		return q->rc == RC_OK && seen;
	case OUTCOME_PAST:
		break;
	}
	return false;
}

enum rc store_customer_changes(struct store *s, struct arena *a, struct scope scope,
			       const struct change_place *after, size_t n_max,
			       struct list *ret_customers, struct change_place *ret_after,
			       bool *ret_more)
{
	bool shared = s->db->ops->shared;
	struct list list = {NULL, 0};
	size_t room = 0, looked = 0;
	struct change_place at = *after;
	struct query q;

	int64_t database = 0;
	enum rc rc = shared ? session_database(s, &database) : RC_OK;
	if (rc != RC_OK)
		return rc;
	if (at.tx && at.database != database)
		at = (struct change_place){0}; /* see struct change_place */
	query_begin(&q, s, STATEMENT_CUSTOMER_CHANGES);
	query_int(&q, scope.company_id);
	uint8_t from[OP_BYTES];
	memcpy(from, at.op, sizeof(from)); /* `at` moves */
	query_blob(&q, from, OP_BYTES);
	query_int(&q, LOOK_CHANGES_MAX);
	if (shared)
		query_int(&q, at.tx);
	while (list.n < n_max && query_row(&q)) {
		struct customer *c = query_list_room(&q, a, &list, &room, sizeof(*c));
		looked++;
		if (c && take_outcome(&q, a, scope, &at, c))
			list.n++;
	}
	rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	at.database = at.tx ? database : 0;
	*ret_customers = list;
	*ret_more = list.n == n_max || looked == LOOK_CHANGES_MAX;
	*ret_after = at;
	return RC_OK;
}
