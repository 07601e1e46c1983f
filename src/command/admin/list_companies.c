/*
 * ListCompanies: all of them, by number.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct list_companies_out {
	struct list companies;
};

static const struct field in_fields[] = {
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(list_companies_out, companies, company, company_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY, .help = "The companies."),
	FIELD_END,
};

static enum status list_companies_run(struct call *call, const void *in_, void *out_)
{
	struct list_companies_out *out = out_;

	(void)in_;
	enum rc rc = store_company_list(call->store, &call->arena, &out->companies);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing the companies");
	return ST_OK;
}

const struct command cmd_list_companies = {
	.name = "ListCompanies",
	.summary = "List the companies",
	.description = "All of them, by number.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.out_fields = out_fields,
	.out_bytes = sizeof(struct list_companies_out),
	.statuses = ST_ADMIN,
	.run = list_companies_run,
};
