#include "command/customer_ref.h"

#include <inttypes.h>

#include "command/command.h"
#include "record/customer.h"

enum status customer_ref_free(struct call *call, struct str ref, int64_t customer_id)
{
	const struct scope company = {.company_id = call->scope.company_id};
	struct customer other;

	if (ref.n == 0)
		return ST_OK;
	enum rc rc = store_customer_find(call->store, &call->arena, company, ref, &other);
	if (rc == RC_NOTFOUND)
		return ST_OK;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up a reference");
	if (other.customer_id == customer_id)
		return ST_OK;
	/* A key of one branch does not see the customers of others. */
	if (call->scope.branch_id && call->scope.branch_id != other.branch_id)
		return ST_CUSTOMER_REF_TAKEN;
	return call_refuse(call, ST_CUSTOMER_REF_TAKEN, "customer_id %" PRId64, other.customer_id);
}
