/*
 * RevokeAccessKey: the key and every token that it was exchanged for stop working, at once
 * and for good.
 */
#include "command/admin/admin.h"
#include "command/admin/company_day.h"
#include "command/command.h"
#include "record/access_key.h"
#include "record/company.h"

struct revoke_access_key_in {
	int64_t company_id;
	int64_t key_number;
};

struct revoke_access_key_out {
	struct access_key access_key;
};

static const struct field in_fields[] = {
	FIELD_INT(revoke_access_key_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_INT(revoke_access_key_in, key_number, 1, KEY_NUMBER_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The key's number."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(revoke_access_key_out, access_key, access_key_fields,
		     .flags = FIELD_ANSWER_ONLY, .help = "What belongs to the key."),
	FIELD_END,
};

static enum status revoke_access_key_run(struct call *call, const void *in_, void *out_)
{
	const struct revoke_access_key_in *in = in_;
	struct revoke_access_key_out *out = out_;
	struct access_key *k = &out->access_key;

	enum rc rc =
		store_access_key_get(call->store, &call->arena, in->company_id, in->key_number, k);
	if (rc == RC_NOTFOUND)
		return call_refuse(call, ST_NOT_FOUND, "key_number");
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the key");
	if (!k->active)
		return ST_OK; /* done before; the day it was done stays */
	const struct access_key before = *k;
	enum status status = company_day(call, in->company_id, &k->revoked);
	if (status != ST_OK)
		return status;
	k->active = 0;
	k->generation++; /* part of what the tokens sign */
	rc = store_access_key_edit(call->store, &before, k, &call->change);
	if (rc != RC_OK)
		return call_fail(call, rc, "revoking the key");
	return ST_OK;
}

const struct command cmd_revoke_access_key = {
	.name = "RevokeAccessKey",
	.summary = "Revoke an access key and all its sessions",
	.description = "At once and for good. Revoking again changes nothing.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct revoke_access_key_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct revoke_access_key_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY) | ST_BIT(ST_NOT_FOUND),
	.run = revoke_access_key_run,
};
