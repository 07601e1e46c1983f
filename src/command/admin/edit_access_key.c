/*
 * EditAccessKey: changes what is given, leaves the rest. The key itself, its number and its
 * branch never change.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/access_key.h"
#include "record/company.h"

struct edit_access_key_in {
	struct access_key access_key;
	struct list deny;
};

struct edit_access_key_out {
	struct access_key access_key;
};

#define KEY_MEMBER(member) .offset = offsetof(struct edit_access_key_in, access_key.member)

static const struct field in_fields[] = {
	{FIELD_NAME("company_id"), .kind = FIELD_KIND_INT, KEY_MEMBER(company_id), .min = 1,
	 .max = COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
	 .help = "The company's number."},
	{FIELD_NAME("key_number"), .kind = FIELD_KIND_INT, KEY_MEMBER(key_number), .min = 1,
	 .max = KEY_NUMBER_MAX, .flags = FIELD_REQUIRED | FIELD_ID, .help = "The key's number."},
	{FIELD_NAME("label"), .kind = FIELD_KIND_STRING, KEY_MEMBER(label), .max = KEY_LABEL_CHARS,
	 .help = "What or whom it is for."},
	{FIELD_NAME("allow"), .kind = FIELD_KIND_ARRAY, KEY_MEMBER(allow), .fields = network_fields,
	 .item_bytes = sizeof(struct network), .max = KEY_NETWORKS_MAX,
	 .help = "Networks to add to its allow list."},
	FIELD_ARRAY(edit_access_key_in, deny, network, network_fields, KEY_NETWORKS_MAX,
		    .help = "Networks to take off its allow list, as they are listed."),
	{FIELD_NAME("rate"), .kind = FIELD_KIND_INT, KEY_MEMBER(rate), .min = 1,
	 .max = KEY_RATE_MAX, .help = "Calls per second, sustained."},
	{FIELD_NAME("burst"), .kind = FIELD_KIND_INT, KEY_MEMBER(burst), .min = 1,
	 .max = KEY_RATE_MAX, .help = "Calls that may come at once."},
	{FIELD_NAME("branch_only"), .kind = FIELD_KIND_BOOLEAN, KEY_MEMBER(branch_only),
	 .absent = -1, .help = "Whether it sees only its own branch's customers."},
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(edit_access_key_out, access_key, access_key_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "What belongs to the key now."),
	FIELD_END,
};

static bool listed(const struct network *networks, size_t n, struct str cidr)
{
	for (size_t i = 0; i < n; i++)
		if (str_equal(networks[i].cidr, cidr))
			return true;
	return false;
}

/* What was there without `deny`, then what `allow` adds. At most KEY_NETWORKS_MAX of each. */
static enum status merge(struct call *call, const struct edit_access_key_in *in, struct list *allow)
{
	const struct network *old = allow->items, *more = in->access_key.allow.items;
	const struct network *less = in->deny.items;
	struct network *merged = arena_alloc(&call->arena, (allow->n + in->access_key.allow.n) *
								   sizeof(struct network));
	size_t n = 0;

	if (!merged)
		return call_fail(call, RC_NOMEM, "making room for the networks");
	for (size_t i = 0; i < in->deny.n; i++)
		if (!listed(old, allow->n, less[i].cidr))
			return call_refuse(call, ST_NOT_FOUND, "deny[%zu] is not on the allow list",
					   i);
	for (size_t i = 0; i < allow->n; i++)
		if (!listed(less, in->deny.n, old[i].cidr))
			merged[n++] = old[i];
	for (size_t i = 0; i < in->access_key.allow.n; i++)
		if (!listed(merged, n, more[i].cidr))
			merged[n++] = more[i];
	if (n > KEY_NETWORKS_MAX)
		return call_refuse(call, ST_RANGE, "allow (at most %d networks in all)",
				   KEY_NETWORKS_MAX);
	if (n == 0 && allow->n > 0)
		return call_refuse(
			call, ST_RANGE,
			"deny (the last network stays: an empty list means any address)");
	*allow = (struct list){merged, n};
	return ST_OK;
}

static enum status edit_access_key_run(struct call *call, const void *in_, void *out_)
{
	const struct edit_access_key_in *in = in_;
	const struct access_key *new = &in->access_key;
	struct edit_access_key_out *out = out_;
	struct access_key *k = &out->access_key;

	enum rc rc = store_access_key_get(call->store, &call->arena, new->company_id,
					  new->key_number, k);
	if (rc == RC_NOTFOUND)
		return call_refuse(call, ST_NOT_FOUND, "key_number");
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the key");
	const struct access_key before = *k;
	enum status status = merge(call, in, &k->allow);
	if (status != ST_OK)
		return status;
	if (new->label.n)
		k->label = new->label;
	if (new->rate)
		k->rate = new->rate;
	if (new->burst)
		k->burst = new->burst;
	if (new->branch_only >= 0)
		k->branch_only = new->branch_only;
	rc = store_access_key_edit(call->store, &before, k, &call->change);
	if (rc != RC_OK)
		return call_fail(call, rc, "changing the key");
	return ST_OK;
}

const struct command cmd_edit_access_key = {
	.name = "EditAccessKey",
	.summary = "Change an access key's particulars",
	.description = "What is not given stays as it is. Acts at once, on running sessions too.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct edit_access_key_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct edit_access_key_out),
	.statuses = ST_ADMIN | ST_BIT(ST_NOT_FOUND),
	.run = edit_access_key_run,
};
