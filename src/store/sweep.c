/* What has expired and is of no use any more, of all companies. */
#include "store/query.h"

#include "record/company.h"

/* For the list of companies. */
#define ARENA_BYTES     (64 * 1024)
#define ARENA_BYTES_MAX (64 * 1024 * 1024)

static enum rc sweep_table(struct store *s, enum statement_id id, int64_t company_id,
			   int64_t now_us, size_t n_max, size_t *n)
{
	struct query q;
	int64_t changes;

	if (*n >= n_max)
		return RC_OK;
	query_begin(&q, s, id);
	query_int(&q, company_id);
	query_int(&q, now_us);
	query_int(&q, (int64_t)(n_max - *n));
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK)
		*n += (size_t)changes;
	return rc;
}

static enum rc settle(struct store *s, int64_t company_id, size_t *n)
{
	bool any = false;
	enum rc rc = store_terms_settle(s, company_id, 1, &any);

	*n += any;
	return rc;
}

static enum rc sweep_all(struct store *s, struct arena *a, int64_t now_us, size_t n_max,
			 size_t *ret_n)
{
	struct list companies;
	size_t n = 0;
	enum rc rc = store_company_list(s, a, &companies);

	for (size_t i = 0; rc == RC_OK && i < companies.n && n < n_max; i++) {
		const struct company *c = (const struct company *)companies.items + i;
		rc = sweep_table(s, STATEMENT_ANSWER_SWEEP, c->company_id, now_us, n_max, &n);
		if (rc == RC_OK)
			rc = sweep_table(s, STATEMENT_KILL_SWEEP, c->company_id, now_us, n_max, &n);
		if (rc == RC_OK)
			rc = settle(s, c->company_id, &n);
	}
	if (rc == RC_OK)
		*ret_n = n;
	return rc;
}

enum rc store_sweep(struct store *s, int64_t now_us, size_t n_max, size_t *ret_n)
{
	struct arena arena;

	arena_init(&arena, ARENA_BYTES, ARENA_BYTES_MAX);
	enum rc rc = sweep_all(s, &arena, now_us, n_max, ret_n);
	arena_fini(&arena);
	return rc;
}
