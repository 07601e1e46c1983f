/*
 * EditCompany: changes what is given, leaves the rest.
 */
#include "base/zone.h"
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct edit_company_out {
	struct company company;
};

static const struct field in_fields[] = {
	FIELD_INT(company, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The company's number."),
	FIELD_STRING(company, name, COMPANY_NAME_CHARS, .help = "Its new name."),
	FIELD_STRING(company, timezone, ZONE_NAME_BYTES_MAX, .check = company_check_timezone,
		     .help = "Its new time zone."),
	FIELD_BOOLEAN(company, active, .absent = -1, .help = "Whether anybody gets in."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(edit_company_out, company, company_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The company as stored."),
	FIELD_END,
};

static enum status edit_company_run(struct call *call, const void *in_, void *out_)
{
	const struct company *in = in_;
	struct edit_company_out *out = out_;

	enum rc rc = store_company_get(call->store, &call->arena, in->company_id, &out->company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the company");
	const struct company before = out->company;
	if (in->name.n)
		out->company.name = in->name;
	if (in->timezone.n)
		out->company.timezone = in->timezone;
	if (in->active >= 0)
		out->company.active = in->active;
	rc = store_company_edit(call->store, &before, &out->company, &call->change);
	if (rc != RC_OK)
		return call_fail(call, rc, "changing the company");
	return ST_OK;
}

const struct command cmd_edit_company = {
	.name = "EditCompany",
	.summary = "Change a company",
	.description = "What is not given stays as it is. An inactive company's keys and tokens "
		       "are refused at once.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct company),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct edit_company_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY),
	.run = edit_company_run,
};
