/*
 * CreateCustomer: a new customer of the branch whose key is used.
 */
#include "command/api/api.h"
#include "command/command.h"
#include "command/customer_ref.h"
#include "record/customer.h"

struct create_customer_in {
	struct customer customer;
};

struct create_customer_out {
	struct customer customer;
};

static const struct field in_fields[] = {
	FIELD_OBJECT(create_customer_in, customer, customer_new_fields, .flags = FIELD_REQUIRED,
		     .help = "The new customer."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(create_customer_out, customer, customer_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The customer as stored."),
	FIELD_END,
};

static enum status create_customer_run(struct call *call, const void *in_, void *out_)
{
	const struct create_customer_in *in = in_;
	struct create_customer_out *out = out_;
	struct customer *c = &out->customer;

	*c = in->customer;
	c->created = c->last_modified = call->today;
	c->active = in->customer.active != 0; /* left out: it is */
	c->branch_id = call->branch_id;
	c->version = 1;
	enum rc rc = store_customer_add(call->store, c, call->scope.company_id, &call->change,
					&c->customer_id);
	/* Who has the reference is asked only when somebody has it: as a rule nobody does. */
	if (rc == RC_EXISTS) {
		enum status status = customer_ref_free(call, c->external_customer_ref, 0);
		if (status != ST_OK)
			return status;
	}
	if (rc != RC_OK)
		return call_fail(call, rc, "adding a customer");
	call->customer_id = c->customer_id;
	call->etag = c->version;
	return ST_OK;
}

const struct command cmd_create_customer = {
	.name = "CreateCustomer",
	.summary = "Add a customer",
	.description =
		"The answer is the customer as GetCustomer gives it, with the number that it got. "
		"Of any number of calls with one `external_customer_ref` exactly one is answered "
		"with 101, the others with 402, which names the customer that has it. `active` "
		"left out is true. With an `Idempotency-Key` header the same call can be sent "
		"again without fear: it gets the first answer.",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION | CMD_WRITE | CMD_ONCE | CMD_ADDS,
	.mark = 'P',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct create_customer_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct create_customer_out),
	.statuses = ST_GATE | ST_BIT(ST_CUSTOMER_REF_TAKEN) | ST_BIT(ST_IDEMPOTENCY),
	.run = create_customer_run,
};
