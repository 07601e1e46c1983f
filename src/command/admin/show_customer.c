/*
 * ShowCustomer: one customer of any company, for the operator.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "command/find_customer.h"
#include "record/company.h"
#include "record/customer.h"

struct show_customer_in {
	struct customer_name name;
	int64_t company_id;
};

struct show_customer_out {
	struct customer customer;
};

static const struct field in_fields[] = {
	FIELD_INT(show_customer_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	CUSTOMER_NAME_FIELDS(show_customer_in),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(show_customer_out, customer, customer_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The customer."),
	FIELD_END,
};

static enum status show_customer_run(struct call *call, const void *in_, void *out_)
{
	const struct show_customer_in *in = in_;
	struct show_customer_out *out = out_;
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the company");
	call->scope.company_id = in->company_id;
	rc = find_customer(call, &in->name, &out->customer);
	if (rc == RC_NOTFOUND)
		return ST_NO_CUSTOMER;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up a customer");
	return ST_OK;
}

const struct command cmd_show_customer = {
	.name = "ShowCustomer",
	.summary = "Show a customer",
	.description = "By number or by the vendor's reference.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct show_customer_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct show_customer_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY) | ST_BIT(ST_NO_CUSTOMER),
	.run = show_customer_run,
};
