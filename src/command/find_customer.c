#include "command/find_customer.h"

#include "command/command.h"
#include "record/customer.h"
#include "store/store.h"

enum rc find_customer(struct call *call, const struct customer_name *name,
		      struct customer *ret_customer)
{
	enum rc rc = RC_NOTFOUND;

	if (name->customer_id)
		rc = store_customer_get(call->store, &call->arena, call->scope, name->customer_id,
					ret_customer);
	if (rc == RC_NOTFOUND && name->external_customer_ref.n)
		rc = store_customer_find(call->store, &call->arena, call->scope,
					 name->external_customer_ref, ret_customer);
	return rc;
}
