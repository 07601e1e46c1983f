/*
 * Look-ups that go to the database together: of several calls, or of many rows of one.
 *
 * What one look-up costs a database server is mostly the message and the start and end of a
 * statement, not the row. So those that wait at the same time are sent as one statement for each
 * company and way of looking (a statement names one company, so that it goes to one shard), all of
 * them in one pipeline: one message out, one back.
 */
#include "store/ahead.h"

#include <stdlib.h>
#include <string.h>

#include "store/alikes.h"
#include "store/customer.h"
#include "store/gather.h"

#define REFS_BLOCK      (8 * 1024)
#define REFS_BYTES_MAX  (1024 * 1024)
#define ARRAY_BYTES_MAX ((size_t)STORE_AHEAD_MAX * 512)

#define GROUPS_MAX 8 /* companies, for each way; the rest are looked up one by one */

enum way { BY_ID, BY_REF, ERASED, WAYS };

struct wanted {
	enum way way;
	int64_t company_id;
	int64_t customer_id;
	struct str external_customer_ref; /* BY_REF */
	bool asked;
};

struct group {
	struct engine_statement *st;
	int64_t company_id;
};

struct erased {
	int64_t company_id, customer_id;
};

struct ahead {
	bool fetched;
	unsigned n_wanted, n_found, n_erased;
	unsigned n_groups[WAYS];
	struct group groups[WAYS][GROUPS_MAX];
	struct wanted wanted[STORE_AHEAD_MAX];
	int64_t found_company[STORE_AHEAD_MAX];
	struct customer found[STORE_AHEAD_MAX];
	struct erased erased[STORE_AHEAD_MAX];
	struct array arrays[WAYS]; /* of the group that is being sent */
	/* The references of `wanted`: those who asked for them go one after the other, and the rest
	 * still compare theirs with all. */
	struct arena refs;
	struct alikes *alikes; /* NULL: never used */
};

static const struct {
	enum statement_id statement;
	enum array_kind kind;
} ways[WAYS] = {
	[BY_ID] = {STATEMENT_CUSTOMER_GET_MANY, ARRAY_INTS},
	[BY_REF] = {STATEMENT_CUSTOMER_FIND_MANY, ARRAY_TEXTS},
	[ERASED] = {STATEMENT_AUDIT_ERASED_MANY, ARRAY_INTS},
};

void ahead_fini(struct store *s)
{
	struct ahead *ahead = s->ahead;

	if (!ahead)
		return;
	for (size_t w = 0; w < WAYS; w++) {
		for (size_t i = 0; i < GROUPS_MAX; i++)
			s->engine->ops->finalize(ahead->groups[w][i].st); /* takes NULL */
		array_fini(&ahead->arrays[w]);
	}
	ahead->alikes = alikes_destroy(s, ahead->alikes);
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

void ahead_forget(struct store *s)
{
	struct ahead *ahead = s->ahead;

	if (!ahead)
		return;
	forget_groups(s);
	arena_reset(&ahead->refs);
	ahead->n_wanted = ahead->n_found = ahead->n_erased = 0;
	ahead->fetched = false;
	if (ahead->alikes)
		alikes_begin(s, ahead->alikes);
}

static struct ahead *create(void)
{
	struct ahead *ahead = calloc(1, sizeof(*ahead));

	if (!ahead)
		return NULL; /* one by one, then */
	for (size_t w = 0; w < WAYS; w++)
		array_init(&ahead->arrays[w], ways[w].kind, ARRAY_BYTES_MAX);
	arena_init(&ahead->refs, REFS_BLOCK, REFS_BYTES_MAX);
	return ahead;
}

void store_ahead_begin(struct store *s)
{
	if (!s->engine->ops->send)
		return;
	if (!s->ahead)
		s->ahead = create();
	ahead_forget(s);
}

static void want(struct store *s, struct wanted wanted)
{
	struct ahead *ahead = s->ahead;

	if (ahead && ahead->n_wanted < STORE_AHEAD_MAX)
		ahead->wanted[ahead->n_wanted++] = wanted;
}

void store_ahead_customer(struct store *s, int64_t company_id, int64_t customer_id,
			  struct str external_customer_ref)
{
	struct wanted wanted = {.way = customer_id ? BY_ID : BY_REF,
				.company_id = company_id,
				.customer_id = customer_id};

	if (!s->ahead)
		return;
	if (wanted.way == BY_REF)
		wanted.external_customer_ref = arena_str(&s->ahead->refs, external_customer_ref);
	if (wanted.way == BY_ID || wanted.external_customer_ref.p) /* else one by one */
		want(s, wanted);
}

void store_ahead_erased(struct store *s, int64_t company_id, int64_t customer_id)
{
	want(s,
	     (struct wanted){.way = ERASED, .company_id = company_id, .customer_id = customer_id});
}

void store_ahead_alike(struct store *s, int64_t company_id, const struct customer *like)
{
	struct ahead *ahead = s->ahead;

	if (ahead && !ahead->alikes)
		ahead->alikes = alikes_create();
	if (ahead && ahead->alikes)
		alikes_want(ahead->alikes, company_id, like);
}

/* ---- asking --------------------------------------------------------------------------- */

static void add_item(struct array *array, struct wanted *w)
{
	w->asked = true;
	if (w->way == BY_REF)
		array_add(array, w->external_customer_ref);
	else
		array_add_int(array, w->customer_id);
}

static struct str items(struct ahead *ahead, enum way way, int64_t company_id)
{
	struct array *array = &ahead->arrays[way];

	array_clear(array); /* what was sent was copied */
	for (unsigned i = 0; i < ahead->n_wanted; i++) {
		struct wanted *w = &ahead->wanted[i];
		if (w->company_id == company_id && w->way == way)
			add_item(array, w);
	}
	return array_bytes(array);
}

static enum rc ask(struct store *s, enum way way, int64_t company_id)
{
	const struct engine_ops *ops = s->engine->ops;
	struct ahead *ahead = s->ahead;
	struct group *g = &ahead->groups[way][ahead->n_groups[way]];
	const char *text = statement_text(&statements[ways[way].statement], ops);
	enum rc rc = g->st ? RC_OK : ops->prepare(s->engine, text, &g->st);

	if (rc != RC_OK)
		return rc;
	ahead->n_groups[way]++;
	g->company_id = company_id;
	struct str array = items(ahead, way, company_id);
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
		if (!w->asked && ahead->n_groups[w->way] < GROUPS_MAX)
			rc = ask(s, w->way, w->company_id);
	}
	if (rc == RC_OK && ahead->alikes)
		rc = alikes_send(s, ahead->alikes);
	return rc == RC_OK ? s->engine->ops->collect(s->engine) : rc;
}

static void take_customer(struct query *q, struct ahead *ahead, int64_t company_id)
{
	ahead->found_company[ahead->n_found] = company_id;
	customer_take(q, &ahead->found[ahead->n_found]);
	query_drop(q);
	ahead->n_found++;
}

/* The texts stay with the engine until its statements are used again. */
static enum rc take(struct store *s, enum way way, const struct group *g)
{
	struct ahead *ahead = s->ahead;
	struct query q;

	query_begin_on(&q, s, ways[way].statement, g->st);
	while (ahead->n_found < STORE_AHEAD_MAX && ahead->n_erased < STORE_AHEAD_MAX &&
	       query_row(&q)) {
		if (way == ERASED)
			ahead->erased[ahead->n_erased++] =
				(struct erased){g->company_id, query_take_int(&q, 1, INT64_MAX)};
		else
			take_customer(&q, ahead, g->company_id);
	}
	return q.rc;
}

static enum rc take_all(struct store *s)
{
	struct ahead *ahead = s->ahead;
	enum rc rc = RC_OK;

	for (enum way w = 0; w < WAYS; w++)
		for (size_t i = 0; i < ahead->n_groups[w] && rc == RC_OK; i++)
			rc = take(s, w, &ahead->groups[w][i]);
	return rc == RC_OK && ahead->alikes ? alikes_take(s, ahead->alikes) : rc;
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

static enum rc fetch_to_read(struct store *s)
{
	replica_allow(s, position_for_all(s));
	enum rc rc = ask_all(s);
	if (s->db->replicas.used && (rc == RC_BUSY || rc == RC_LOST))
		rc = ask_again(s); /* no replica is good enough, and the primary is asked now */
	return rc == RC_OK ? take_all(s) : rc;
}

/* A bulk makes large tables of small ones, for which other plans are right. So they are made anew
 * as a transaction begins, and whenever it has come twice as far. */
static enum rc plan_anew(struct store *s)
{
	unsigned n = ++s->n_fetched;
	struct query q;

	if (n & (n - 1))
		return RC_OK;
	query_begin(&q, s, STATEMENT_PLAN_ANEW);
	return query_write(&q, NULL);
}

/* What was sent before is told of here, and a failure is one of the transaction, which whoever asks
 * for himself is told. */
static enum rc fetch_to_write(struct store *s)
{
	enum rc rc = s->lost == RC_OK ? gather_send(s) : s->lost;

	if (rc == RC_OK)
		rc = plan_anew(s);
	if (rc != RC_OK)
		return rc;
	rc = ask_all(s);
	return rc == RC_OK ? take_all(s) : session_failed(s, rc);
}

void store_ahead_fetch(struct store *s)
{
	struct ahead *ahead = s->ahead;

	if (!ahead || ahead->n_wanted + alikes_wanted(ahead->alikes) < 2)
		return;
	enum rc rc = s->mode == STORE_WRITER ? fetch_to_write(s) : fetch_to_read(s);
	ahead->fetched = rc == RC_OK; /* else each asks for himself, and tells what is the matter */
}

/* ---- being asked ---------------------------------------------------------------------- */

static bool was_asked(const struct ahead *ahead, enum way way, int64_t company_id,
		      int64_t customer_id, struct str external_customer_ref)
{
	if (!ahead || !ahead->fetched)
		return false;
	for (unsigned i = 0; i < ahead->n_wanted; i++) {
		const struct wanted *w = &ahead->wanted[i];
		if (w->asked && w->way == way && w->company_id == company_id &&
		    w->customer_id == customer_id &&
		    (way != BY_REF || str_equal(w->external_customer_ref, external_customer_ref)))
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

	if (!was_asked(ahead, customer_id ? BY_ID : BY_REF, scope.company_id, customer_id,
		       external_customer_ref))
		return false;
	const struct customer *c =
		find(ahead, scope.company_id, customer_id, external_customer_ref);
	if (!c || (scope.branch_id && c->branch_id != scope.branch_id))
		*ret_rc = RC_NOTFOUND;
	else
		*ret_rc = customer_copy(a, c, ret_customer);
	return true;
}

bool ahead_erased(struct store *s, int64_t company_id, int64_t customer_id, bool *ret_erased)
{
	const struct ahead *ahead = s->ahead;
	bool erased = false;

	if (!was_asked(ahead, ERASED, company_id, customer_id, STR("")))
		return false;
	for (unsigned i = 0; i < ahead->n_erased && !erased; i++)
		erased = ahead->erased[i].company_id == company_id &&
			 ahead->erased[i].customer_id == customer_id;
	*ret_erased = erased;
	return true;
}

bool ahead_alike(struct store *s, struct arena *a, int64_t company_id, const struct customer *like,
		 int64_t after_id, struct customer *ret_customer, enum rc *ret_rc)
{
	const struct ahead *ahead = s->ahead;

	return ahead && ahead->fetched && ahead->alikes &&
	       alikes_find(ahead->alikes, a, company_id, like, after_id, ret_customer, ret_rc);
}

/* ---- changes ---------------------------------------------------------------------------- */

static bool tells_of(const struct wanted *w, const struct customer *c)
{
	return w->way == BY_REF ? str_equal(w->external_customer_ref, c->external_customer_ref)
				: w->customer_id == c->customer_id;
}

void ahead_changed(struct store *s, int64_t company_id, const struct customer *before,
		   const struct customer *after)
{
	struct ahead *ahead = s->ahead;

	if (!ahead || !ahead->fetched)
		return;
	for (unsigned i = 0; i < ahead->n_wanted; i++) {
		struct wanted *w = &ahead->wanted[i];
		if (w->company_id == company_id &&
		    ((before && tells_of(w, before)) || (after && tells_of(w, after))))
			w->asked = false;
	}
	if (before && ahead->alikes)
		alikes_changed(ahead->alikes, company_id, before);
	if (after && ahead->alikes)
		alikes_changed(ahead->alikes, company_id, after);
}
