#include "command/find_customer.h"

#include "command/command.h"
#include "record/company.h"
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

enum status find_company_customer(struct call *call, int64_t company_id,
				  const struct customer_name *name, struct customer *ret_customer)
{
	struct company company;

	enum rc rc = store_company_get(call->store, &call->arena, company_id, &company);
	if (rc == RC_NOTFOUND)
		return ST_COMPANY;
	if (rc != RC_OK)
		return call_fail(call, rc, "looking up the company");
	call->scope.company_id = company_id;
	rc = find_customer(call, name, ret_customer);
	if (rc == RC_NOTFOUND)
		return ST_NO_CUSTOMER;
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "looking up a customer");
}
