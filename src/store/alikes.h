#ifndef STORE_ALIKES_H
#define STORE_ALIKES_H

#include "record/customer.h"
#include "store/session.h"

/*
 * Who is alike, looked up ahead for many at once: a part of ahead.c. One statement gives, for each
 * who is wanted, the customers who have all terms that the two must have in common, among the first
 * few who have the rarest of them. Where there may be more, it is looked for one by one, as
 * store_customer_alike does.
 */
struct alikes;

struct alikes *alikes_create(void);                               /* NULL: no memory */
struct alikes *alikes_destroy(struct store *s, struct alikes *a); /* takes NULL */
void alikes_begin(struct store *s, struct alikes *a);             /* nothing is wanted */
void alikes_want(struct alikes *a, int64_t company_id, const struct customer *like);
unsigned alikes_wanted(const struct alikes *a); /* how many; takes NULL */

/* Sends the statement; takes what has come. */
MUST_CHECK enum rc alikes_send(struct store *s, struct alikes *a);
MUST_CHECK enum rc alikes_take(struct store *s, struct alikes *a);

/* True: it is known what store_customer_alike comes to, *ret_rc. */
bool alikes_find(const struct alikes *a, struct arena *arena, int64_t company_id,
		 const struct customer *like, int64_t after_id, struct customer *ret_customer,
		 enum rc *ret_rc);

/* Whom this one could be alike to is not known any more. */
void alikes_changed(struct alikes *a, int64_t company_id, const struct customer *c);

#endif
