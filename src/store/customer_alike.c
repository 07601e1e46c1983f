/*
 * Who is probably the same person. There is no index for that: it would cost every new customer a
 * row more, and only an import asks. We go along one of the terms that the two must have in common,
 * and since any of them may be shared by thousands (a postcode of a care home, a date of birth
 * that somebody made up), a little way along each first, and all the way along one only when none
 * of them is short.
 */
#include "store/customer_alike.h"

#include <string.h>

#include "base/fold.h"
#include "store/ahead.h"
#include "store/customer.h"

#define PART_BYTES_MAX     320 /* what is longer is cut, alike for all */
#define IDENTITY_BYTES_MAX (3 * (PART_BYTES_MAX + 1))

/* What is compared, made alike. */
struct identity {
	size_t n;
	char bytes[IDENTITY_BYTES_MAX];
};

struct looker {
	struct store *s;
	struct arena *arena;
	int64_t company_id, after_id;
	struct str dob;
	struct identity sought;
	struct customer found;
	bool is_found;
};

static void add_part(struct identity *i, struct str s)
{
	i->n += fold(s, FOLD_LETTERS, i->bytes + i->n, PART_BYTES_MAX);
	i->bytes[i->n++] = '\n'; /* no letter, so "Ann" "Abel" is not "Anna" "Bel" */
}

static void identify(const struct customer *c, struct identity *ret_identity)
{
	ret_identity->n = 0;
	add_part(ret_identity, c->first_name);
	add_part(ret_identity, c->last_name);
	add_part(ret_identity, c->address.postal_code);
}

static bool has_identity(const struct customer *c, struct str dob, const struct identity *sought)
{
	struct identity own;

	if (!str_equal(dob, c->dob))
		return false;
	identify(c, &own);
	return own.n == sought->n && memcmp(own.bytes, sought->bytes, own.n) == 0;
}

bool customer_is_alike(const struct customer *like, const struct customer *c)
{
	struct identity sought;

	identify(like, &sought);
	return has_identity(c, like->dob, &sought);
}

void customer_alike_terms(const struct customer *like, struct terms *ret_terms)
{
	const struct customer named = {
		.last_name = like->last_name,
		.dob = like->dob,
		.address.postal_code = like->address.postal_code,
	};

	terms_of(&named, ret_terms);
}

/* Looks at the first n_max that have the term; *ret_whole: there are no more. */
static enum rc look(struct looker *l, const struct term *t, int64_t n_max, bool *ret_whole)
{
	struct str term;
	struct query q;
	int64_t n = 0;

	query_begin(&q, l->s, STATEMENT_TERM_WALK);
	query_int(&q, l->company_id);
	query_text(&q, term_str(t));
	query_int(&q, l->after_id);
	query_int(&q, n_max);
	for (; !l->is_found && query_row(&q); n++) {
		query_take_text(&q, &term);
		customer_take(&q, &l->found);
		l->is_found = q.rc == RC_OK && has_identity(&l->found, l->dob, &l->sought);
		if (l->is_found)
			query_keep(&q, l->arena);
		else
			query_drop(&q);
	}
	enum rc rc = query_end(&q);
	*ret_whole = n < n_max;
	return rc;
}

enum rc store_customer_alike(struct store *s, struct arena *a, int64_t company_id,
			     const struct customer *like, int64_t after_id,
			     struct customer *ret_customer)
{
	static const int64_t lengths[] = {32, 1024, INT64_MAX};
	struct looker l = {.s = s,
			   .arena = a,
			   .company_id = company_id,
			   .after_id = after_id,
			   .dob = like->dob};
	struct terms terms;
	bool whole = false;
	enum rc rc = RC_OK;

	if (ahead_alike(s, a, company_id, like, after_id, ret_customer, &rc))
		return rc;
	identify(like, &l.sought);
	customer_alike_terms(like, &terms);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		for (size_t k = terms.n; k-- > 0 && rc == RC_OK && !whole && !l.is_found;)
			rc = look(&l, &terms.items[k], lengths[i], &whole);
	if (rc != RC_OK)
		return rc;
	if (!l.is_found)
		return RC_NOTFOUND;
	*ret_customer = l.found;
	return RC_OK;
}
