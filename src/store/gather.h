#ifndef STORE_GATHER_H
#define STORE_GATHER_H

#include "record/customer.h"
#include "store/session.h"

/*
 * Customers that are added in bulk, or in hope (store_hope), where the database is shared. One by
 * one each would cost a message there and back, and seven statements; so they are gathered, and
 * written many to a statement: the customers, their terms, their rows of the audit. Those
 * statements go out without anybody waiting for them.
 *
 * Nobody in this transaction can tell: before any other statement what was gathered is on its way
 * (query_begin), and before a savepoint and the commit. What does not fit, a number or reference
 * that somebody else has taken since it was looked for, is told by a later statement or by
 * the commit; by then the whole transaction has failed, and is to be run again.
 */

/* Its op is made, its id known; `leased`: out of a leased block, so that somebody may have chosen
 * it since, and been erased. The texts of `change` stay until the transaction's end. */
MUST_CHECK enum rc gather_customer(struct store *s, int64_t company_id, const struct customer *c,
				   bool leased, const uint8_t op[OP_BYTES],
				   const struct change *change);

/* Sends what was gathered. */
MUST_CHECK enum rc gather_send(struct store *s);

/* What was gathered is not to be. */
void gather_lost(struct store *s);
void gather_fini(struct store *s);

#endif
