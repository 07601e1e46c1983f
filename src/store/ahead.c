/*
 * Look-ups of several calls that go to the database together.
 *
 * What one look-up costs a database server is mostly the message and the start and end of a
 * statement, not the row. So those that wait at the same time are sent as one statement for each
 * company and way of looking (a statement names one company, so that it goes to one shard), all of
 * them in one pipeline: one message out, one back.
 */
#include "store/ahead.h"

#include <stdlib.h>
#include <string.h>

#include "store/customer.h"

#define REFS_BLOCK     (8 * 1024)
#define REFS_BYTES_MAX (1024 * 1024)

#define GROUPS_MAX 8 /* companies, for each way; the rest are looked up one by one */

enum way { BY_ID, BY_REF, WAYS };

struct wanted {
	int64_t company_id;
	int64_t customer_id;
	struct str external_customer_ref; /* where customer_id is 0 */
	bool asked;
};

struct group {
	struct engine_statement *st;
	int64_t company_id;
};

struct ahead {
	bool fetched;
	unsigned n_wanted, n_found;
	unsigned n_groups[WAYS];
	struct group groups[WAYS][GROUPS_MAX];
	struct wanted wanted[STORE_AHEAD_MAX];
	int64_t found_company[STORE_AHEAD_MAX];
	struct customer found[STORE_AHEAD_MAX];
	/* Arrays in PostgreSQL's binary form, for all groups one behind the other. */
	struct text arrays;
	/* The references of `wanted`: those who asked for them go one after the other, and the rest
	 * still compare theirs with all. */
	struct arena refs;
};

static const enum statement_id statement_of[WAYS] = {
	[BY_ID] = STATEMENT_CUSTOMER_GET_MANY,
	[BY_REF] = STATEMENT_CUSTOMER_FIND_MANY,
};

static enum way way_of(const struct wanted *w)
{
	return w->customer_id ? BY_ID : BY_REF;
}

void ahead_fini(struct store *s)
{
	struct ahead *ahead = s->ahead;

	if (!ahead)
		return;
	for (size_t w = 0; w < WAYS; w++)
		for (size_t i = 0; i < GROUPS_MAX; i++)
			s->engine->ops->finalize(ahead->groups[w][i].st); /* takes NULL */
	text_fini(&ahead->arrays);
	arena_fini(&ahead->refs);
	free(ahead);
	s->ahead = NULL;
}

static void forget_groups(struct store *s)
{
	struct ahead *ahead = s->ahead;

	for (size_t w = 0; w < WAYS; w++) {
		for (size_t i = 0; i < ahead->n_groups[w]; i++)
			s->engine->ops->reset(ahead->groups[w][i].st);
		ahead->n_groups[w] = 0;
	}
}

void store_ahead_begin(struct store *s)
{
	struct ahead *ahead = s->ahead;

	if (!s->engine->ops->send)
		return;
	if (!ahead) {
		ahead = s->ahead = calloc(1, sizeof(*ahead));
		if (!ahead)
			return; /* one by one, then */
		text_init(&ahead->arrays, STORE_AHEAD_MAX * 512);
		arena_init(&ahead->refs, REFS_BLOCK, REFS_BYTES_MAX);
	}
	forget_groups(s);
	arena_reset(&ahead->refs);
	ahead->n_wanted = ahead->n_found = 0;
	ahead->fetched = false;
}

void store_ahead_customer(struct store *s, int64_t company_id, int64_t customer_id,
			  struct str external_customer_ref)
{
	struct ahead *ahead = s->ahead;
	struct str ref = STR("");

	if (!ahead || ahead->n_wanted == STORE_AHEAD_MAX)
		return;
	if (customer_id == 0)
		ref = arena_str(&ahead->refs, external_customer_ref);
	if (customer_id == 0 && !ref.p)
		return; /* one by one, then */
	ahead->wanted[ahead->n_wanted++] = (struct wanted){
		.company_id = company_id,
		.customer_id = customer_id,
		.external_customer_ref = ref,
	};
}

/* ---- asking --------------------------------------------------------------------------- */

static void add_number(struct text *t, uint64_t value, size_t bytes)
{
	char digits[8];

	for (size_t i = 0; i < bytes; i++)
		digits[i] = (char)(value >> (8 * (bytes - 1 - i)));
	text_add_str(t, (struct str){digits, bytes});
}

/* As array_recv of PostgreSQL reads it: dimensions, any NULLs, type; length, first index; items. */
static struct str add_array(struct ahead *ahead, enum way way, int64_t company_id)
{
	enum { OID_INT8 = 20, OID_TEXT = 25 };
	struct text *t = &ahead->arrays;
	size_t from = t->n, n_at;
	uint32_t n = 0;

	add_number(t, 1, 4);
	add_number(t, 0, 4);
	add_number(t, way == BY_ID ? OID_INT8 : OID_TEXT, 4);
	n_at = t->n;
	add_number(t, 0, 4);
	add_number(t, 1, 4);
	for (unsigned i = 0; i < ahead->n_wanted; i++) {
		struct wanted *w = &ahead->wanted[i];
		if (w->company_id != company_id || way_of(w) != way)
			continue;
		w->asked = true;
		n++;
		add_number(t, way == BY_ID ? 8 : w->external_customer_ref.n, 4);
		if (way == BY_ID)
			add_number(t, (uint64_t)w->customer_id, 8);
		else
			text_add_str(t, w->external_customer_ref);
	}
	if (t->failed)
		return (struct str){NULL, 0};
	for (size_t i = 0; i < 4; i++)
		t->p[n_at + i] = (char)(n >> (8 * (3 - i)));
	return (struct str){t->p + from, t->n - from};
}

static enum rc ask(struct store *s, enum way way, int64_t company_id)
{
	const struct engine_ops *ops = s->engine->ops;
	struct ahead *ahead = s->ahead;
	struct group *g = &ahead->groups[way][ahead->n_groups[way]];
	const char *text = statement_text(&statements[statement_of[way]], ops);
	enum rc rc = g->st ? RC_OK : ops->prepare(s->engine, text, &g->st);

	if (rc != RC_OK)
		return rc;
	ahead->n_groups[way]++;
	g->company_id = company_id;
	text_clear(&ahead->arrays); /* what is sent is copied */
	struct str array = add_array(ahead, way, company_id);
	if (!array.p)
		return RC_NOMEM;
	rc = ops->bind_int(g->st, 1, company_id);
	if (rc == RC_OK)
		rc = ops->bind_blob(g->st, 2, array);
	return rc == RC_OK ? ops->send(g->st) : rc;
}

static enum rc ask_all(struct store *s)
{
	struct ahead *ahead = s->ahead;
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < ahead->n_wanted && rc == RC_OK; i++) {
		const struct wanted *w = &ahead->wanted[i];
		if (!w->asked && ahead->n_groups[way_of(w)] < GROUPS_MAX)
			rc = ask(s, way_of(w), w->company_id);
	}
	return rc == RC_OK ? s->engine->ops->collect(s->engine) : rc;
}

/* The texts stay with the engine until its statements are used again. */
static enum rc take(struct store *s, enum way way, const struct group *g)
{
	struct ahead *ahead = s->ahead;
	struct query q;

	query_begin_on(&q, s, statement_of[way], g->st);
	while (ahead->n_found < STORE_AHEAD_MAX && query_row(&q)) {
		ahead->found_company[ahead->n_found] = g->company_id;
		customer_take(&q, &ahead->found[ahead->n_found]);
		query_drop(&q);
		ahead->n_found++;
	}
	return q.rc;
}

/* A replica must have what was written for each of the companies. */
static int64_t position_for_all(const struct store *s)
{
	const struct ahead *ahead = s->ahead;
	int64_t position = 0;

	for (unsigned i = 0; i < ahead->n_wanted; i++) {
		int64_t own = replica_own(s, ahead->wanted[i].company_id);
		position = own > position ? own : position;
	}
	return position;
}

static enum rc ask_again(struct store *s)
{
	forget_groups(s);
	for (unsigned i = 0; i < s->ahead->n_wanted; i++)
		s->ahead->wanted[i].asked = false;
	return ask_all(s);
}

void store_ahead_fetch(struct store *s)
{
	struct ahead *ahead = s->ahead;
	enum rc rc = RC_OK;

	if (!ahead || ahead->n_wanted < 2)
		return;
	replica_allow(s, position_for_all(s));
	rc = ask_all(s);
	if (s->db->replicas.used && (rc == RC_BUSY || rc == RC_LOST))
		rc = ask_again(s); /* no replica is good enough, and the primary is asked now */
	for (size_t w = 0; w < WAYS; w++)
		for (size_t i = 0; i < ahead->n_groups[w] && rc == RC_OK; i++)
			rc = take(s, (enum way)w, &ahead->groups[w][i]);
	ahead->fetched = rc == RC_OK; /* else each asks for himself, and tells what is the matter */
}

/* ---- being asked ---------------------------------------------------------------------- */

static bool was_asked(const struct ahead *ahead, int64_t company_id, int64_t customer_id,
		      struct str external_customer_ref)
{
	for (unsigned i = 0; i < ahead->n_wanted; i++) {
		const struct wanted *w = &ahead->wanted[i];
		if (w->asked && w->company_id == company_id && w->customer_id == customer_id &&
		    (customer_id || str_equal(w->external_customer_ref, external_customer_ref)))
			return true;
	}
	return false;
}

static const struct customer *find(const struct ahead *ahead, int64_t company_id,
				   int64_t customer_id, struct str external_customer_ref)
{
	for (unsigned i = 0; i < ahead->n_found; i++) {
		const struct customer *c = &ahead->found[i];
		if (ahead->found_company[i] != company_id)
			continue;
		if (customer_id ? c->customer_id == customer_id
				: str_equal(c->external_customer_ref, external_customer_ref))
			return c;
	}
	return NULL;
}

bool ahead_customer(struct store *s, struct arena *a, struct scope scope, int64_t customer_id,
		    struct str external_customer_ref, struct customer *ret_customer,
		    enum rc *ret_rc)
{
	const struct ahead *ahead = s->ahead;

	if (!ahead || !ahead->fetched ||
	    !was_asked(ahead, scope.company_id, customer_id, external_customer_ref))
		return false;
	const struct customer *c =
		find(ahead, scope.company_id, customer_id, external_customer_ref);
	if (!c || (scope.branch_id && c->branch_id != scope.branch_id))
		*ret_rc = RC_NOTFOUND;
	else
		*ret_rc = customer_copy(a, c, ret_customer);
	return true;
}
