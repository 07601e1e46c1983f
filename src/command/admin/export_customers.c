/*
 * ExportCustomers: a company's customers by number, a page at a time.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"
#include "record/customer.h"

#define PAGE_MAX 1000

struct export_customers_in {
	int64_t company_id, after_id, limit;
};

struct export_customers_out {
	struct list customers;
	int64_t after_id;
};

static const struct field in_fields[] = {
	FIELD_INT(export_customers_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_INT(export_customers_in, after_id, 0, INT64_MAX,
		  .help = "Customers behind this one; 0: from the first on."),
	FIELD_INT(export_customers_in, limit, 1, PAGE_MAX, .absent = PAGE_MAX,
		  .help = "At most so many."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(export_customers_out, customers, customer, customer_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY, .help = "The customers."),
	FIELD_INT(export_customers_out, after_id, 0, INT64_MAX, .flags = FIELD_ANSWER_ONLY,
		  .help = "Where to go on; 0: that was all."),
	FIELD_END,
};

static enum status export_customers_run(struct call *call, const void *in_, void *out_)
{
	const struct export_customers_in *in = in_;
	struct export_customers_out *out = out_;
	const struct scope scope = {.company_id = in->company_id};
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc == RC_OK)
		rc = store_customer_list(call->store, &call->arena, scope, in->after_id,
					 (size_t)in->limit, &out->customers, &out->after_id);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing customers");
	return ST_OK;
}

const struct command cmd_export_customers = {
	.name = "ExportCustomers",
	.summary = "Export a page of a company's customers",
	.description = "By number. `pdmd customer export` asks for page after page.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct export_customers_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct export_customers_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = export_customers_run,
};
