#include "store/counter.h"

#include "store/query.h"

/* ---- bulks -------------------------------------------------------------------------- */

void counter_lost(struct store *s)
{
	s->bulk = (struct bulk_counter){0};
}

static enum rc pass(struct store *s, int64_t company_id, enum counter counter, int64_t id)
{
	struct query q;

	query_begin(&q, s, STATEMENT_COUNTER_PASS);
	query_int(&q, company_id);
	query_int(&q, counter);
	query_int(&q, id);
	return query_write(&q, NULL);
}

enum rc counter_save(struct store *s)
{
	struct bulk_counter *b = &s->bulk;

	if (!b->dirty)
		return RC_OK;
	enum rc rc = pass(s, b->company_id, COUNTER_CUSTOMER, b->next_id - 1);
	b->dirty = rc != RC_OK;
	return rc;
}

static enum rc end_bulk(struct store *s)
{
	enum rc rc = counter_save(s);

	if (rc == RC_OK)
		counter_lost(s);
	return rc;
}

static enum rc begin_bulk(struct store *s, int64_t company_id)
{
	int64_t next_id = 1;
	struct query q;
	enum rc rc = end_bulk(s);

	if (rc != RC_OK)
		return rc;
	query_begin(&q, s, s->db->ops->shared ? STATEMENT_COUNTER_TAKE : STATEMENT_COUNTER_GET);
	query_int(&q, company_id);
	query_int(&q, COUNTER_CUSTOMER);
	if (query_row(&q))
		next_id = query_take_int(&q, 1, INT64_MAX);
	rc = query_end(&q);
	if (rc == RC_OK)
		s->bulk = (struct bulk_counter){.company_id = company_id, .next_id = next_id};
	return rc;
}

enum rc counter_bulk(struct store *s, int64_t company_id, int64_t *id)
{
	struct bulk_counter *b = &s->bulk;
	enum rc rc = b->company_id == company_id ? RC_OK : begin_bulk(s, company_id);

	if (rc != RC_OK)
		return rc;
	if (*id == 0)
		*id = b->next_id;
	if (*id >= b->next_id) {
		b->next_id = *id + 1;
		b->dirty = true;
	}
	return RC_OK;
}

/* ---- one by one --------------------------------------------------------------------- */

enum rc counter_next(struct store *s, int64_t company_id, enum counter counter, int64_t *ret_id)
{
	struct query q;
	int64_t id = 0;

	enum rc rc = end_bulk(s);
	if (rc != RC_OK)
		return rc;
	query_begin(&q, s, STATEMENT_COUNTER_NEXT);
	query_int(&q, company_id);
	query_int(&q, counter);
	if (query_row(&q)) {
		id = query_take_int(&q, 1, INT64_MAX);
		(void)query_row(&q); /* runs the statement to its end; a failure sticks */
	}
	rc = query_end(&q);
	if (rc == RC_OK)
		*ret_id = id;
	return rc;
}

enum rc counter_pass(struct store *s, int64_t company_id, enum counter counter, int64_t id)
{
	enum rc rc = end_bulk(s);

	return rc == RC_OK ? pass(s, company_id, counter, id) : rc;
}
