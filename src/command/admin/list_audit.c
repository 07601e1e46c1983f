/*
 * ListAudit: who changed what of a company, and when; a page at a time.
 */
#include "access/access.h"
#include "base/date.h"
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/audit.h"
#include "record/company.h"

#define PAGE_ROWS       1000
#define SINCE_CHARS_MAX (DATETIME_CHARS + 1) /* with its Z */
#define US_OF_SECOND    INT64_C(1000000)

struct list_audit_in {
	int64_t company_id;
	int64_t customer_id;
	struct str since;
	struct str cursor;
};

struct list_audit_out {
	struct list audit;
	struct str cursor;
};

static enum field_fault check_since(void *member, const struct field_context *context,
				    const char **reterr_rule)
{
	int64_t utc_s;

	(void)context;
	*reterr_rule = "must be YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, in UTC";
	switch (datetime_parse(*(const struct str *)member, &utc_s)) {
	case DATE_OK:
		return FIELD_GOOD;
	case DATE_NO_DAY:
		*reterr_rule = "there is no such day or time";
		return FIELD_RANGE;
	case DATE_FORM:
		break;
	}
	return FIELD_TYPE;
}

static const struct field in_fields[] = {
	FIELD_INT(list_audit_in, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The company's number."),
	FIELD_INT(list_audit_in, customer_id, 1, INT64_MAX, .flags = FIELD_ID,
		  .help = "Only what was done to this customer, who may be erased since."),
	FIELD_STRING(list_audit_in, since, SINCE_CHARS_MAX, .check = check_since,
		     .help = "Only what was done since then, in UTC: YYYY-MM-DD, or YYYY-MM-DD "
			     "HH:MM:SS, also with T and Z."),
	FIELD_STRING(list_audit_in, cursor, CURSOR_CHARS_MAX,
		     .help = "Where to go on: the cursor of the answer before."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(list_audit_out, audit, audit, audit_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY, .help = "The changes, oldest first."),
	FIELD_STRING(list_audit_out, cursor, CURSOR_CHARS_MAX, .flags = FIELD_ANSWER_ONLY,
		     .help = "Where the list goes on; empty at its end."),
	FIELD_END,
};

static struct cursor_use use_of(const struct call *call, const struct list_audit_in *in)
{
	struct cursor_use use = {.company_id = in->company_id,
				 .command = str_c(call->command->name)};
	const struct str filter = {(const char *)&in->customer_id, sizeof(in->customer_id)};

	hash_texts(&filter, 1, use.filter);
	return use;
}

/* Where the page begins: `ret_after` points into `op`, or is NULL for the start. */
static enum status find_place(struct call *call, const struct list_audit_in *in,
			      struct audit_filter *filter, uint8_t bytes[CURSOR_BYTES_MAX],
			      const uint8_t **ret_after)
{
	const struct cursor_use use = use_of(call, in);
	int64_t since_s = 0;
	size_t n;

	/* It was looked at when it came in. */
	if (in->since.n && datetime_parse(in->since, &since_s) == DATE_OK && since_s > 0)
		filter->since_us = since_s * US_OF_SECOND;
	*ret_after = NULL;
	if (!in->cursor.n)
		return ST_OK;
	enum rc rc = cursor_open(call->services->access, &use, in->cursor, bytes, &n);
	if (rc != RC_OK || n != OP_BYTES)
		return call_refuse(call, ST_RANGE, "cursor (must be one that this list gave)");
	*ret_after = bytes;
	return ST_OK;
}

/* One row more than a page was asked for: it says whether there are more. */
static enum rc end_page(struct call *call, const struct list_audit_in *in,
			struct list_audit_out *out)
{
	const struct cursor_use use = use_of(call, in);
	struct audit *rows = out->audit.items;
	enum rc rc = RC_OK;

	if (out->audit.n > PAGE_ROWS) {
		out->audit.n = PAGE_ROWS;
		rc = cursor_seal(call->services->access, &use, rows[PAGE_ROWS - 1].op, OP_BYTES,
				 &call->arena, &out->cursor);
	}
	return rc == RC_OK ? audit_tell(rows, out->audit.n, &call->arena) : rc;
}

static enum status list_audit_run(struct call *call, const void *in_, void *out_)
{
	const struct list_audit_in *in = in_;
	struct list_audit_out *out = out_;
	struct audit_filter filter = {.company_id = in->company_id,
				      .record = in->customer_id ? AUDIT_CUSTOMER : 0,
				      .record_id = in->customer_id};
	uint8_t bytes[CURSOR_BYTES_MAX];
	const uint8_t *after;
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the company");
	enum status status = find_place(call, in, &filter, bytes, &after);
	if (status != ST_OK)
		return status;
	rc = store_audit_list(call->store, &call->arena, &filter, after, PAGE_ROWS + 1,
			      &out->audit);
	if (rc == RC_OK)
		rc = end_page(call, in, out);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing the audit");
	return ST_OK;
}

const struct command cmd_list_audit = {
	.name = "ListAudit",
	.summary = "List who changed what of a company",
	.description = "Oldest first, a thousand rows at a time: send the answer's `cursor` to get "
		       "the next.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct list_audit_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct list_audit_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = list_audit_run,
};
