#include "store/query.h"

#define FORGOTTEN_AFTER_US (INT64_C(30) * 24 * 3600 * 1000000)

enum rc store_import_get(struct store *s, int64_t company_id, struct str import_id,
			 struct import_run *ret_run)
{
	struct import_run run = {0};
	struct query q;

	query_begin(&q, s, STATEMENT_IMPORT_GET);
	query_int(&q, company_id);
	query_text(&q, import_id);
	bool found = query_row(&q);
	if (found) {
		run.rows_done = query_take_int(&q, 0, INT64_MAX);
		run.before_id = query_take_int(&q, 0, INT64_MAX);
		run.claimed_id = query_take_int(&q, 0, INT64_MAX);
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK && !found)
		return RC_NOTFOUND;
	if (rc == RC_OK)
		*ret_run = run;
	return rc;
}

enum rc store_import_put(struct store *s, int64_t company_id, struct str import_id, int64_t now_us,
			 const struct import_run *run)
{
	struct query q;

	query_begin(&q, s, STATEMENT_IMPORT_PUT);
	query_int(&q, company_id);
	query_text(&q, import_id);
	query_int(&q, run->rows_done);
	query_int(&q, run->before_id);
	query_int(&q, run->claimed_id);
	query_int(&q, now_us);
	return query_write(&q, NULL);
}

enum rc store_import_end(struct store *s, int64_t company_id, struct str import_id, int64_t now_us)
{
	struct query q;

	query_begin(&q, s, STATEMENT_IMPORT_END);
	query_int(&q, company_id);
	query_text(&q, import_id);
	query_int(&q, now_us - FORGOTTEN_AFTER_US);
	return query_write(&q, NULL);
}
