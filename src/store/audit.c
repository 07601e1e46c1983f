/*
 * The audit: a row for every change, in the same transaction as the change, for ever.
 */
#include "store/audit.h"

#include <assert.h>

#include "base/random.h"
#include "record/audit.h"
#include "store/ahead.h"
#include "store/query.h"

#define TIME_BYTES       8
#define COUNT_BYTES      2 /* at the end of an op that was made before: the call's to count with */
#define FIELDS_BYTES_MAX 1024 /* all names of the longest table are a quarter of it */

static void put_time(int64_t us, uint8_t op[OP_BYTES])
{
	for (size_t i = 0; i < TIME_BYTES; i++)
		op[i] = (uint8_t)((uint64_t)us >> (8 * (TIME_BYTES - 1 - i)));
}

static int64_t op_time(const uint8_t op[OP_BYTES])
{
	uint64_t us = 0;

	for (size_t i = 0; i < TIME_BYTES; i++)
		us = us << 8 | op[i];
	return (int64_t)us;
}

/* 0: the company has no changes yet. */
static enum rc last_time(struct store *s, int64_t company_id, int64_t *ret_us)
{
	uint8_t op[OP_BYTES] = {0};
	struct query q;

	query_begin(&q, s, STATEMENT_AUDIT_LAST);
	query_int(&q, company_id);
	if (query_row(&q))
		query_take_blob(&q, op, sizeof(op));
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_us = op_time(op);
	return rc;
}

static void put_random(struct store *s, uint8_t to[OP_BYTES - TIME_BYTES])
{
	if (s->op_random_n < OP_BYTES - TIME_BYTES) {
		random_bytes(s->op_random, sizeof(s->op_random));
		s->op_random_n = sizeof(s->op_random);
	}
	s->op_random_n -= OP_BYTES - TIME_BYTES;
	memcpy(to, s->op_random + s->op_random_n, OP_BYTES - TIME_BYTES);
}

void store_make_op(struct change *change)
{
	put_time(change->now_us, change->op);
	random_bytes(change->op + TIME_BYTES, OP_BYTES - TIME_BYTES - COUNT_BYTES);
	memset(change->op + OP_BYTES - COUNT_BYTES, 0, COUNT_BYTES);
	change->has_op = true;
}

/* Where others write too, the order of changes is not that of their ops. */
static enum rc shared_op(struct store *s, const struct change *change, uint8_t ret_op[OP_BYTES])
{
	unsigned n = s->n_ops++;

	if (!change->has_op) {
		/* At least those of one session are in the order of its changes. */
		s->op_us = change->now_us > s->op_us ? change->now_us : s->op_us + 1;
		put_time(s->op_us, ret_op);
		put_random(s, ret_op + TIME_BYTES);
		return RC_OK;
	}
	assert(n <= UINT16_MAX);
	memcpy(ret_op, change->op, OP_BYTES);
	ret_op[OP_BYTES - 2] = (uint8_t)(n >> 8);
	ret_op[OP_BYTES - 1] = (uint8_t)n;
	return RC_OK;
}

enum rc store_happened(struct store *s, int64_t company_id, const uint8_t op[OP_BYTES],
		       struct happened *ret_happened)
{
	struct happened happened = {.any = false};
	struct query q;

	query_begin(&q, s, STATEMENT_AUDIT_HAPPENED);
	query_int(&q, company_id);
	query_blob(&q, op, OP_BYTES);
	if (query_row(&q)) {
		happened.any = true;
		happened.record_id = query_take_int(&q, 1, INT64_MAX);
		happened.new_version = query_take_int(&q, 0, INT64_MAX);
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_happened = happened;
	return rc;
}

enum rc store_confirm(struct store *s)
{
	struct query q;
	enum rc rc = store_begin(s);

	if (rc != RC_OK)
		return rc;
	replica_changes(s, STORE_CHANGES_MANY); /* whosever it was that is confirmed */
	query_begin(&q, s, STATEMENT_CONFIRM);
	(void)query_row(&q); /* a failure sticks */
	rc = query_end(&q);
	if (rc == RC_OK)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

enum rc audit_op(struct store *s, int64_t company_id, const struct change *change,
		 uint8_t ret_op[OP_BYTES])
{
	int64_t last_us = s->op_us;

	replica_changes(s, company_id);
	if (s->db->ops->shared)
		return shared_op(s, change, ret_op);

	/* Nobody but this session writes, so what it has given to a company is the company's last:
	 * or later, where it was rolled back, which does no harm. */
	if (s->op_company_id != company_id) {
		enum rc rc = last_time(s, company_id, &last_us);
		if (rc != RC_OK)
			return rc;
	}
	int64_t us = change->now_us > last_us ? change->now_us : last_us + 1;
	s->op_company_id = company_id;
	s->op_us = us;
	put_time(us, ret_op);
	put_random(s, ret_op + TIME_BYTES);
	return RC_OK;
}

enum rc audit_add(struct store *s, int64_t company_id, const struct change *change,
		  const struct audit_row *row, const struct field *fields, const void *before,
		  const void *after)
{
	CLEANUP(text_fini) struct text names;
	struct query q;

	text_init(&names, FIELDS_BYTES_MAX);
	if (fields)
		field_diff(fields, before, after, &names);
	if (names.failed)
		return RC_NOMEM;
	query_begin(&q, s, STATEMENT_AUDIT_ADD);
	query_int(&q, company_id);
	query_int(&q, row->record_branch_id);
	query_blob(&q, row->op, OP_BYTES);
	query_int(&q, change->key_number);
	query_int(&q, change->operator_uid);
	query_text(&q, change->command);
	query_text(&q, change->request_id);
	query_int(&q, row->record);
	query_int(&q, row->record_id);
	query_text(&q, text_str(&names));
	query_int(&q, row->old_version);
	query_int(&q, row->new_version);
	if (q.ops->shared)
		query_text(&q, change->server);
	return query_write(&q, NULL);
}

enum rc audit_note(struct store *s, int64_t company_id, const struct change *change,
		   enum audit_record record, int64_t record_id, const struct field *fields,
		   const void *before, const void *after)
{
	uint8_t op[OP_BYTES];
	const struct audit_row row = {.op = op, .record = record, .record_id = record_id};

	if (fields && field_same(fields, before, after))
		return RC_OK; /* it was not changed */
	enum rc rc = audit_op(s, company_id, change, op);
	return rc == RC_OK ? audit_add(s, company_id, change, &row, fields, before, after) : rc;
}

enum rc store_audit_list(struct store *s, struct arena *a, const struct audit_filter *filter,
			 const uint8_t after[OP_BYTES], size_t n_max, struct list *ret_rows)
{
	uint8_t start[OP_BYTES] = {0};
	struct list list = {NULL, 0};
	size_t room = 0;
	struct query q;

	put_time(filter->since_us, start);
	query_begin(&q, s,
		    filter->record && filter->record_id ? STATEMENT_AUDIT_OF_RECORD
							: STATEMENT_AUDIT_LIST);
	query_int(&q, filter->company_id);
	query_blob(&q, after ? after : start, OP_BYTES);
	query_int(&q, (int64_t)n_max);
	query_int(&q, filter->record);
	if (filter->record && filter->record_id)
		query_int(&q, filter->record_id);
	while (query_row(&q)) {
		struct audit *row = query_list_room(&q, a, &list, &room, sizeof(*row));
		if (!row)
			break;
		query_take_blob(&q, row->op, OP_BYTES);
		row->at_us = op_time(row->op);
		row->key_number = query_take_int(&q, 0, INT64_MAX);
		row->operator_uid = query_take_int(&q, -1, INT64_MAX);
		query_take_text(&q, &row->command);
		query_take_text(&q, &row->request_id);
		row->record = (int8_t)query_take_int(&q, AUDIT_COMPANY, AUDIT_CUSTOMER);
		row->record_id = query_take_int(&q, 1, INT64_MAX);
		query_take_text(&q, &row->fields);
		row->old_version = query_take_int(&q, 0, INT64_MAX);
		row->new_version = query_take_int(&q, 0, INT64_MAX);
		row->server = (struct str){NULL, 0};
		if (q.ops->shared)
			query_take_text(&q, &row->server);
		query_keep(&q, a);
		list.n++;
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_rows = list;
	return rc;
}

enum rc store_customer_was_erased(struct store *s, int64_t company_id, int64_t customer_id,
				  bool *ret_erased)
{
	struct query q;

	if (ahead_erased(s, company_id, customer_id, ret_erased))
		return RC_OK;
	query_begin(&q, s, STATEMENT_AUDIT_ERASED);
	query_int(&q, company_id);
	query_int(&q, customer_id);
	bool erased = query_row(&q);
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_erased = erased;
	return rc;
}
