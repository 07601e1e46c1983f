/*
 * AddAccessKey: a new key for a branch. The answer is the only place where the key itself is
 * ever seen; the store has its hash.
 */
#include "access/access.h"
#include "base/zone.h"
#include "command/admin/admin.h"
#include "command/admin/company_day.h"
#include "command/command.h"
#include "record/access_key.h"
#include "record/company.h"

struct add_access_key_out {
	struct str key;
	struct access_key access_key;
};

static const struct field in_fields[] = {
	FIELD_INT(access_key, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The company's number."),
	FIELD_INT(access_key, branch_id, 1, INT64_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The branch that the key belongs to."),
	FIELD_STRING(access_key, label, KEY_LABEL_CHARS, .flags = FIELD_REQUIRED,
		     .help = "What or whom it is for."),
	FIELD_ARRAY(access_key, allow, network, network_fields, KEY_NETWORKS_MAX,
		    .help = "Networks it may be used from; none: any address."),
	FIELD_INT(access_key, rate, 1, KEY_RATE_MAX, .absent = KEY_RATE_DEFAULT,
		  .help = "Calls per second, sustained."),
	FIELD_INT(access_key, burst, 1, KEY_RATE_MAX, .absent = KEY_BURST_DEFAULT,
		  .help = "Calls that may come at once."),
	FIELD_BOOLEAN(access_key, branch_only, .help = "Sees only its own branch's customers."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_STRING(add_access_key_out, key, ACCESS_KEY_CHARS,
		     .flags = FIELD_ANSWER_ONLY | FIELD_SECRET,
		     .help = "The key. It is not shown again."),
	FIELD_OBJECT(add_access_key_out, access_key, access_key_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "What belongs to it."),
	FIELD_END,
};

static enum status add_access_key_run(struct call *call, const void *in_, void *out_)
{
	const struct access_key *in = in_;
	struct add_access_key_out *out = out_;
	char key[ACCESS_KEY_CHARS + 1];

	out->access_key = *in;
	out->access_key.active = 1;
	enum status status = company_day(call, in->company_id, &out->access_key.created);
	if (status != ST_OK)
		return status;
	access_key_make(key);
	access_key_hash(call->services->access, str_c(key), out->access_key.key_hash);
	out->key = arena_str(&call->arena, str_c(key));
	if (!out->key.p)
		return call_fail(call, RC_NOMEM, "making the key");
	enum rc rc = store_access_key_add(call->store, &out->access_key, &call->change,
					  &out->access_key.key_number);
	if (rc == RC_NOTFOUND)
		return call_refuse(call, ST_NOT_FOUND, "branch_id");
	if (rc != RC_OK)
		return call_fail(call, rc, "adding a key");
	return ST_OK;
}

const struct command cmd_add_access_key = {
	.name = "AddAccessKey",
	.summary = "Make an access key for a branch",
	.description = "The key is shown once; give it to the vendor over a safe way.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct access_key),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct add_access_key_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY) | ST_BIT(ST_NOT_FOUND),
	.run = add_access_key_run,
};
