/* What answers kept for Idempotency-Keys have of a person. */
#include "record/held_answer.h"

#include "store/query.h"

enum rc store_answer_list(struct store *s, struct arena *a, int64_t company_id, int64_t customer_id,
			  struct list *ret_answers)
{
	struct list list = {NULL, 0};
	size_t room = 0;
	struct query q;

	query_begin(&q, s, STATEMENT_ANSWER_LIST);
	query_int(&q, company_id);
	query_int(&q, customer_id);
	while (query_row(&q)) {
		struct held_answer *h = query_list_room(&q, a, &list, &room, sizeof(*h));
		if (!h)
			break;
		*h = (struct held_answer){.key_number = query_take_int(&q, 1, INT64_MAX)};
		query_take_text(&q, &h->idempotency_key);
		h->expires_us = query_take_int(&q, INT64_MIN, INT64_MAX);
		query_take_text(&q, &h->answer);
		query_keep(&q, a);
		list.n++;
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_answers = list;
	return rc;
}
