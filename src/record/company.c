#include "record/company.h"

#include "base/zone.h"

enum field_fault company_check_timezone(void *member, const struct field_context *context,
					const char **reterr_rule)
{
	const struct str *name = member;
	const struct zone *zone;

	(void)context;
	if (zone_find(*name, &zone) == RC_OK)
		return FIELD_GOOD;
	*reterr_rule = "a time zone of this system such as Europe/London";
	return FIELD_RANGE;
}

const struct field company_fields[] = {
	FIELD_INT(company, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_ID | FIELD_REQUIRED,
		  .help = "The company's number."),
	FIELD_STRING(company, name, COMPANY_NAME_CHARS, .flags = FIELD_REQUIRED,
		     .help = "The company's name."),
	FIELD_STRING(company, timezone, ZONE_NAME_BYTES_MAX, .check = company_check_timezone,
		     .help = "Time zone of its local days and times."),
	FIELD_BOOLEAN(company, active, .absent = -1, .help = "False: nobody gets in."),
	FIELD_DATE(company, created, .flags = FIELD_ANSWER_ONLY, .help = "The day it was added."),
	FIELD_END,
};

const struct field branch_fields[] = {
	FIELD_INT(branch, company_id, 1, COMPANY_ID_MAX, .flags = FIELD_ID | FIELD_REQUIRED,
		  .help = "The company's number."),
	FIELD_INT(branch, branch_id, 1, INT64_MAX, .flags = FIELD_ID,
		  .help = "The branch's number within the company."),
	FIELD_STRING(branch, name, COMPANY_NAME_CHARS, .flags = FIELD_REQUIRED,
		     .help = "The branch's name."),
	FIELD_BOOLEAN(branch, active, .absent = -1, .help = "False: its keys do not work."),
	FIELD_END,
};
