/*
 * ShowCompany: one company.
 */
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct show_company_in {
	int64_t company_id;
};

struct show_company_out {
	struct company company;
};

static const struct field in_fields[] = {
	FIELD_INT(show_company_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(show_company_out, company, company_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The company."),
	FIELD_END,
};

static enum status show_company_run(struct call *call, const void *in_, void *out_)
{
	const struct show_company_in *in = in_;
	struct show_company_out *out = out_;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &out->company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the company");
	return ST_OK;
}

const struct command cmd_show_company = {
	.name = "ShowCompany",
	.summary = "Show a company",
	.description = "Its branches and keys are lists of their own.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct show_company_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct show_company_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = show_company_run,
};
