#include "command/admin/company_day.h"

#include "base/zone.h"
#include "command/command.h"
#include "record/company.h"

enum status company_day(struct call *call, int64_t company_id, struct str *ret_day)
{
	const struct zone *zone;
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc == RC_OK)
		rc = zone_find(company.timezone, &zone);
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the company and its time zone");
	struct str day = call_day(call, zone);
	if (!day.n)
		return call_fail(call, RC_NOMEM, "making room for the day");
	*ret_day = day;
	return ST_OK;
}
