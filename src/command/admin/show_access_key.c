/*
 * ShowAccessKey: what belongs to a key, without the key.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/access_key.h"
#include "record/company.h"

struct show_access_key_in {
	int64_t company_id;
	int64_t key_number;
};

struct show_access_key_out {
	struct access_key access_key;
};

static const struct field in_fields[] = {
	FIELD_INT(show_access_key_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_INT(show_access_key_in, key_number, 1, KEY_NUMBER_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The key's number."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(show_access_key_out, access_key, access_key_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "What belongs to the key."),
	FIELD_END,
};

static enum status show_access_key_run(struct call *call, const void *in_, void *out_)
{
	const struct show_access_key_in *in = in_;
	struct show_access_key_out *out = out_;

	enum rc rc = store_access_key_get(call->store, &call->arena, in->company_id, in->key_number,
					  &out->access_key);
	if (rc == RC_NOTFOUND)
		return call_refuse(call, ST_NOT_FOUND, "key_number");
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the key");
	return ST_OK;
}

const struct command cmd_show_access_key = {
	.name = "ShowAccessKey",
	.summary = "Show an access key's particulars",
	.description = "Never the key itself, which is not stored.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct show_access_key_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct show_access_key_out),
	.statuses = ST_ADMIN | ST_BIT(ST_NOT_FOUND),
	.run = show_access_key_run,
};
