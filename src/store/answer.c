/* First answers to calls with an Idempotency-Key. */
#include "store/query.h"

/* How many that have expired are taken out when one is put in: more than come in, so that the table
 * stays as large as a day's calls. */
#define SWEPT_WITH_ONE 2

enum rc store_answer_get(struct store *s, struct arena *a, int64_t company_id, int64_t key_number,
			 struct str idempotency_key, int64_t now_us, struct kept_answer *ret_answer)
{
	struct kept_answer kept;
	struct query q;

	query_begin(&q, s, STATEMENT_ANSWER_GET);
	query_int(&q, company_id);
	query_int(&q, key_number);
	query_text(&q, idempotency_key);
	query_int(&q, now_us);
	bool found = query_row(&q);
	if (found) {
		query_take_blob(&q, kept.request_hash, sizeof(kept.request_hash));
		kept.expires_us = query_take_int(&q, 0, INT64_MAX);
		kept.etag = query_take_int(&q, 0, INT64_MAX);
		kept.customer_id = query_take_int(&q, 0, INT64_MAX);
		query_take_text(&q, &kept.answer);
		query_keep(&q, a);
	}
	enum rc rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return RC_NOTFOUND;
	*ret_answer = kept;
	return RC_OK;
}

static enum rc sweep_some(struct store *s, int64_t company_id, int64_t now_us)
{
	struct query q;

	query_begin(&q, s, STATEMENT_ANSWER_SWEEP);
	query_int(&q, company_id);
	query_int(&q, now_us);
	query_int(&q, SWEPT_WITH_ONE);
	return query_write(&q, NULL);
}

enum rc store_answer_claim(struct store *s, int64_t company_id, int64_t key_number,
			   struct str idempotency_key, int64_t now_us,
			   const uint8_t request_hash[32])
{
	struct query q;
	int64_t changes;

	if (!s->db->ops->shared)
		return RC_OK; /* nobody writes beside us */
	query_begin(&q, s, STATEMENT_ANSWER_CLAIM);
	query_int(&q, company_id);
	query_int(&q, key_number);
	query_text(&q, idempotency_key);
	query_blob(&q, request_hash, 32);
	query_int(&q, now_us + 1); /* put says how long; without put it is taken back */
	query_int(&q, now_us);
	enum rc rc = query_write(&q, &changes);
	return rc == RC_OK && changes == 0 ? RC_EXISTS : rc;
}

enum rc store_answer_put(struct store *s, int64_t company_id, int64_t key_number,
			 struct str idempotency_key, int64_t now_us,
			 const struct kept_answer *answer)
{
	struct query q;

	query_begin(&q, s, STATEMENT_ANSWER_PUT);
	query_int(&q, company_id);
	query_int(&q, key_number);
	query_text(&q, idempotency_key);
	query_blob(&q, answer->request_hash, sizeof(answer->request_hash));
	query_int(&q, answer->expires_us);
	query_int(&q, answer->etag);
	query_int(&q, answer->customer_id);
	query_text(&q, answer->answer);
	enum rc rc = query_write(&q, NULL);
	return rc == RC_OK ? sweep_some(s, company_id, now_us) : rc;
}
