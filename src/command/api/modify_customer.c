/*
 * ModifyCustomer: the complete record again.
 */
#include "base/text.h"
#include "command/api/api.h"
#include "command/command.h"
#include "command/customer_ref.h"
#include "command/find_customer.h"
#include "record/customer.h"

struct modify_customer_in {
	struct customer customer;
};

struct modify_customer_out {
	struct customer customer;
};

static const struct field in_fields[] = {
	FIELD_OBJECT(modify_customer_in, customer, customer_known_fields, .flags = FIELD_REQUIRED,
		     .help = "The complete customer."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(modify_customer_out, customer, customer_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The customer as stored."),
	FIELD_END,
};

/* What is sent takes the place of what was there, with the exceptions of contract section 4.4. */
static struct customer merge(const struct customer *before, const struct customer *sent)
{
	struct customer after = *sent;

	after.customer_id = before->customer_id;
	after.created = before->created;
	after.last_modified = before->last_modified;
	after.branch_id = before->branch_id;
	after.version = before->version;
	if (sent->active < 0)
		after.active = before->active;
	if (sent->external_customer_ref.n == 0)
		after.external_customer_ref = before->external_customer_ref;
	return after;
}

static enum status find(struct call *call, const struct customer *sent, struct customer *ret_before)
{
	const struct customer_name name = {sent->customer_id, sent->external_customer_ref};
	enum rc rc = find_customer(call, &name, ret_before);

	if (rc == RC_NOTFOUND)
		return ST_NO_CUSTOMER;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up a customer");
	if (!call_matches(call, ret_before->version))
		return call_refuse(call, ST_CHANGED, "read the customer again");
	return ST_OK;
}

static enum status modify_customer_run(struct call *call, const void *in_, void *out_)
{
	const struct modify_customer_in *in = in_;
	struct modify_customer_out *out = out_;
	struct customer before, *after = &out->customer;

	enum status status = find(call, &in->customer, &before);
	if (status != ST_OK)
		return status;
	*after = merge(&before, &in->customer);
	call->etag = before.version;
	call->customer_id = before.customer_id;
	if (field_same(customer_fields, &before, after))
		return ST_OK;
	status = customer_ref_free(call, after->external_customer_ref, before.customer_id);
	if (status != ST_OK)
		return status;
	after->last_modified = call->today;
	after->version++;
	enum rc rc = store_customer_edit(call->store, call->scope.company_id, &before, after,
					 &call->change);
	if (rc != RC_OK)
		return call_fail(call, rc, "changing a customer");
	call->etag = after->version;
	return ST_OK;
}

const struct command cmd_modify_customer = {
	.name = "ModifyCustomer",
	.summary = "Change a customer",
	.description =
		"Send the complete record: an optional text, date or gender that is left out is "
		"cleared. Two things stay as they are when they are left out: `active` and "
		"`external_customer_ref`. The customer is found as by GetCustomer; when "
		"`customer_id` found it, another `external_customer_ref` becomes its reference. "
		"`last_modified` moves only when something has changed. With an `If-Match` header "
		"that has the `ETag` of the record as you read it, a record that somebody else has "
		"changed since is left alone (405).",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION | CMD_WRITE | CMD_MATCH,
	.mark = 'P',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct modify_customer_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct modify_customer_out),
	.statuses = ST_GATE | ST_BIT(ST_NO_CUSTOMER) | ST_BIT(ST_CUSTOMER_REF_TAKEN) |
		    ST_BIT(ST_CHANGED),
	.run = modify_customer_run,
};
