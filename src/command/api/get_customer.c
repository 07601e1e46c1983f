/*
 * GetCustomer: one customer, by number or by the vendor's own reference.
 */
#include "command/api/api.h"
#include "command/command.h"
#include "command/find_customer.h"
#include "record/customer.h"

struct get_customer_in {
	struct customer_name name;
};

struct get_customer_out {
	struct customer customer;
};

static const struct field in_fields[] = {
	CUSTOMER_NAME_FIELDS(get_customer_in),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(get_customer_out, customer, customer_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The customer."),
	FIELD_END,
};

static enum status get_customer_run(struct call *call, const void *in_, void *out_)
{
	const struct get_customer_in *in = in_;
	struct get_customer_out *out = out_;

	enum rc rc = find_customer(call, &in->name, &out->customer);
	if (rc == RC_NOTFOUND)
		return ST_NO_CUSTOMER;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up a customer");
	call->etag = out->customer.version;
	return ST_OK;
}

static void get_customer_ahead(struct call *call, const void *in_)
{
	const struct get_customer_in *in = in_;

	store_ahead_customer(call->store, call->scope.company_id, in->name.customer_id,
			     in->name.external_customer_ref);
}

const struct command cmd_get_customer = {
	.name = "GetCustomer",
	.summary = "Look a customer up by number or by your own reference",
	.description =
		"Send `customer_id`, `external_customer_ref`, or both. With both, `customer_id` is "
		"tried first, then the reference; the first match wins. An inactive customer is "
		"found and says so. Unset texts and dates come as `\"\"`. The `ETag` header has "
		"the record's version.",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION | CMD_REPLICA,
	.mark = 'P',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct get_customer_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct get_customer_out),
	.statuses = ST_GATE | ST_BIT(ST_NO_CUSTOMER),
	.run = get_customer_run,
	.ahead = get_customer_ahead,
};
