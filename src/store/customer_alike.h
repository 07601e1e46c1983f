#ifndef STORE_CUSTOMER_ALIKE_H
#define STORE_CUSTOMER_ALIKE_H

#include "record/customer.h"
#include "store/term.h"

/* The terms that whoever is alike must have in common with `like`, three at most: the last is
 * likely to be the rarest. */
void customer_alike_terms(const struct customer *like, struct terms *ret_terms);

/* Are they probably the same person? */
bool customer_is_alike(const struct customer *like, const struct customer *c);

#endif
