#ifndef STORE_CUSTOMER_H
#define STORE_CUSTOMER_H

#include "record/customer.h"
#include "store/query.h"

/* Takes the columns of CUSTOMER_COLUMNS from the row; query_keep is the caller's. */
void customer_take(struct query *q, struct customer *c);

#endif
