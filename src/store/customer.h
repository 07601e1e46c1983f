#ifndef STORE_CUSTOMER_H
#define STORE_CUSTOMER_H

#include "record/customer.h"
#include "store/query.h"

/* Takes the columns of CUSTOMER_COLUMNS from the row; query_keep is the caller's. */
/* *ret_copy has its texts in the arena. RC_NOMEM. */
MUST_CHECK enum rc customer_copy(struct arena *a, const struct customer *c,
				 struct customer *ret_copy);

void customer_take(struct query *q, struct customer *c);

#endif
