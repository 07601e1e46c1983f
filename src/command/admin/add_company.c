/*
 * AddCompany: a new company, without branches or keys yet.
 */
#include "base/zone.h"
#include "command/admin/admin.h"
#include "command/command.h"
#include "record/company.h"

struct add_company_out {
	struct company company;
};

static const struct field in_fields[] = {
	FIELD_INT(company, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The company's number."),
	FIELD_STRING(company, name, COMPANY_NAME_CHARS, .flags = FIELD_REQUIRED,
		     .help = "The company's name."),
	FIELD_STRING(company, timezone, ZONE_NAME_BYTES_MAX, .check = company_check_timezone,
		     .help = "Time zone of its local days; " COMPANY_ZONE_DEFAULT " if not given."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(add_company_out, company, company_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The company as stored."),
	FIELD_END,
};

static enum status add_company_run(struct call *call, const void *in_, void *out_)
{
	const struct company *in = in_;
	struct add_company_out *out = out_;
	const struct zone *zone;

	out->company = *in;
	if (!in->timezone.n)
		out->company.timezone = STR(COMPANY_ZONE_DEFAULT);
	out->company.active = 1;
	enum rc rc = zone_find(out->company.timezone, &zone);
	if (rc != RC_OK)
		return call_fail(call, rc, "loading the time zone");
	out->company.created = call_day(call, zone);
	rc = store_company_add(call->store, &out->company, &call->change);
	if (rc == RC_EXISTS)
		return call_refuse(call, ST_EXISTS, "company_id");
	if (rc != RC_OK)
		return call_fail(call, rc, "adding a company");
	return ST_OK;
}

const struct command cmd_add_company = {
	.name = "AddCompany",
	.summary = "Add a company",
	.description = "Add a branch and a key to it next; nobody can use it before.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct company),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct add_company_out),
	.statuses = ST_ADMIN | ST_BIT(ST_EXISTS),
	.run = add_company_run,
};
