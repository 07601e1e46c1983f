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

	return find_company_customer(call, in->company_id, &in->name, &out->customer);
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
