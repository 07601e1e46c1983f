/*
 * Several customers: listed, searched for, and in the order of their changes. What the size of the
 * data could make long looks at no more than LOOK_MAX rows and says where to go on.
 */
#include <string.h>

#include "store/customer.h"
#include "store/term.h"

#define LOOK_MAX 1000

enum rc store_customer_list(struct store *s, struct arena *a, struct scope scope, int64_t after_id,
			    size_t n_max, struct list *ret_customers)
{
	struct list list = {NULL, 0};
	size_t room = 0;
	struct query q;

	query_begin(&q, s, STATEMENT_CUSTOMER_LIST);
	query_int(&q, scope.company_id);
	query_int(&q, after_id);
	query_int(&q, (int64_t)n_max);
	query_int(&q, scope.branch_id);
	while (query_row(&q)) {
		struct customer *c = query_list_room(&q, a, &list, &room, sizeof(*c));
		if (!c)
			break;
		customer_take(&q, c);
		query_keep(&q, a);
		list.n++;
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_customers = list;
	return rc;
}

/* ---- searching ----------------------------------------------------------------------- */

/* A search on its way along the rarest of its terms. */
struct walk {
	struct query q;
	struct arena *arena;
	struct scope scope;
	const struct terms *sought;
	struct list found;
	size_t room;
	struct term from, at; /* where it begins, and has come to */
	int64_t from_id, at_id;
};

static void walk_begin(struct walk *w, struct store *s, const struct term *end)
{
	bool names = term_is_name(&w->sought->items[0]);

	query_begin(&w->q, s, names ? STATEMENT_TERM_WALK_NAMES : STATEMENT_TERM_WALK);
	query_int(&w->q, w->scope.company_id);
	query_text(&w->q, term_str(&w->from));
	query_int(&w->q, w->from_id);
	query_int(&w->q, LOOK_MAX);
	if (names)
		query_text(&w->q, term_str(end));
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
	w->at.n = term.n < TERM_BYTES_MAX ? term.n : TERM_BYTES_MAX;
	memcpy(w->at.bytes, term.p, w->at.n);
	w->at_id = c->customer_id;
	bool seen = w->scope.branch_id == 0 || w->scope.branch_id == c->branch_id;
	if (!seen || !terms_match(w->sought, c)) {
		query_drop(&w->q);
		return;
	}
	query_keep(&w->q, w->arena);
	w->found.n++;
}

static enum rc keep_place(const struct walk *w, bool ended, struct customer_place *ret_place)
{
	if (ended) {
		*ret_place = (struct customer_place){0};
		return RC_OK;
	}
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
	struct terms sought;
	size_t looked = 0;

	if (!terms_sought(search, &sought) || from->term.n > TERM_BYTES_MAX)
		return RC_INVALID;
	struct walk w = {.arena = a, .scope = scope, .sought = &sought, .from = sought.items[0]};
	const struct term end = term_end(&sought.items[0]);
	if (from->customer_id) {
		w.from.n = from->term.n;
		memcpy(w.from.bytes, from->term.p, from->term.n);
		w.from_id = from->customer_id;
	}
	walk_begin(&w, s, &end);
	while (w.found.n < n_max && query_row(&w.q)) {
		looked++;
		look(&w);
	}
	bool ended = w.found.n < n_max && looked < LOOK_MAX;
	enum rc rc = query_end(&w.q);
	if (rc == RC_OK)
		rc = keep_place(&w, ended, ret_place);
	if (rc == RC_OK)
		*ret_customers = w.found;
	return rc;
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
			 uint8_t ret_op[OP_BYTES], struct customer *room)
{
	query_take_blob(q, ret_op, OP_BYTES);
	switch ((enum outcome)query_take_int(q, OUTCOME_PAST, OUTCOME_ERASED)) {
	case OUTCOME_LAST:
		customer_take(q, room);
		if (q->rc == RC_OK && scope.branch_id && scope.branch_id != room->branch_id) {
			query_drop(q);
			return false;
		}
		query_keep(q, a);
		return q->rc == RC_OK;
	case OUTCOME_ERASED:
		/* Nobody knows any more whose branch it was. */
		*room = (struct customer){.customer_id = query_take_int(q, 1, INT64_MAX)};
		return q->rc == RC_OK && scope.branch_id == 0;
	case OUTCOME_PAST:
		break;
	}
	return false;
}

enum rc store_customer_changes(struct store *s, struct arena *a, struct scope scope,
			       const uint8_t after[OP_BYTES], size_t n_max,
			       struct list *ret_customers, uint8_t ret_after[OP_BYTES],
			       bool *ret_more)
{
	struct list list = {NULL, 0};
	size_t room = 0, looked = 0;
	uint8_t at[OP_BYTES];
	struct query q;

	memcpy(at, after, sizeof(at));
	query_begin(&q, s, STATEMENT_CUSTOMER_CHANGES);
	query_int(&q, scope.company_id);
	query_blob(&q, after, OP_BYTES);
	query_int(&q, LOOK_MAX);
	while (list.n < n_max && query_row(&q)) {
		struct customer *c = query_list_room(&q, a, &list, &room, sizeof(*c));
		looked++;
		if (c && take_outcome(&q, a, scope, at, c))
			list.n++;
	}
	enum rc rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	*ret_customers = list;
	*ret_more = list.n == n_max || looked == LOOK_MAX;
	memcpy(ret_after, at, sizeof(at));
	return RC_OK;
}
