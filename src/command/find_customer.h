#ifndef COMMAND_FIND_CUSTOMER_H
#define COMMAND_FIND_CUSTOMER_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "command/status.h"

struct call;
struct customer;

/* How a request names a customer: one of the two, or both. */
struct customer_name {
	int64_t customer_id;
	struct str external_customer_ref;
};

/* The rows of `struct s`'s table that name a customer; its first member is `name`. */
#define CUSTOMER_NAME_FIELDS(s)                                                                    \
	{                                                                                          \
		FIELD_NAME("customer_id"),                                                         \
		.kind = FIELD_KIND_INT,                                                            \
		.flags = FIELD_ID,                                                                 \
		.offset = offsetof(struct s, name.customer_id),                                    \
		.min = 1,                                                                          \
		.max = INT64_MAX,                                                                  \
		.help = "The customer's number within the company.",                               \
	},                                                                                         \
		{                                                                                  \
			FIELD_NAME("external_customer_ref"),                                       \
			.kind = FIELD_KIND_STRING,                                                 \
			.offset = offsetof(struct s, name.external_customer_ref),                  \
			.max = 50,                                                                 \
			.help = "Your own reference; looked for when customer_id is not given or " \
				"matches nobody.",                                                 \
		},                                                                                 \
		FIELD_ONE_OF("customer_id", "external_customer_ref")

/* With both, customer_id is tried first, then the reference; the first match wins (contract
 * section 4.2). RC_NOTFOUND. */
MUST_CHECK enum rc find_customer(struct call *call, const struct customer_name *name,
				 struct customer *ret_customer);

/* The same for the operator, who names the company as well; refuses with 201 and 401. */
enum status find_company_customer(struct call *call, int64_t company_id,
				  const struct customer_name *name, struct customer *ret_customer);

#endif
