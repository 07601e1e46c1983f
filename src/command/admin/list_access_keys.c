/*
 * ListAccessKeys: a company's access keys, by number.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/access_key.h"
#include "record/company.h"

struct list_access_keys_in {
	int64_t company_id;
};

struct list_access_keys_out {
	struct list access_keys;
};

static const struct field in_fields[] = {
	FIELD_INT(list_access_keys_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(list_access_keys_out, access_keys, access_key, access_key_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY, .help = "The keys, without the keys themselves."),
	FIELD_END,
};

static enum status list_access_keys_run(struct call *call, const void *in_, void *out_)
{
	const struct list_access_keys_in *in = in_;
	struct list_access_keys_out *out = out_;
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc == RC_OK)
		rc = store_access_key_list(call->store, &call->arena, in->company_id,
					   &out->access_keys);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing the keys");
	return ST_OK;
}

const struct command cmd_list_access_keys = {
	.name = "ListAccessKeys",
	.summary = "List a company's access keys",
	.description = "All of them, by number.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct list_access_keys_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct list_access_keys_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = list_access_keys_run,
};
