#include "store/counter.h"

#include "store/query.h"

enum rc counter_next(struct store *s, int64_t company_id, enum counter counter, int64_t *ret_id)
{
	struct query q;
	int64_t id = 0;

	query_begin(&q, s, STATEMENT_COUNTER_NEXT);
	query_int(&q, company_id);
	query_int(&q, counter);
	if (query_row(&q)) {
		id = query_take_int(&q, 1, INT64_MAX);
		(void)query_row(&q); /* runs the statement to its end; a failure sticks */
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_id = id;
	return rc;
}

enum rc counter_pass(struct store *s, int64_t company_id, enum counter counter, int64_t id)
{
	struct query q;

	query_begin(&q, s, STATEMENT_COUNTER_PASS);
	query_int(&q, company_id);
	query_int(&q, counter);
	query_int(&q, id);
	return query_write(&q, NULL);
}
