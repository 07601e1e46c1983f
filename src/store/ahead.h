#ifndef STORE_AHEAD_H
#define STORE_AHEAD_H

#include "record/customer.h"
#include "store/session.h"

/* Behind store_ahead_*; for the files of this folder. True: the look-up has been made ahead, and
 * *ret_rc is what it comes to. */
bool ahead_customer(struct store *s, struct arena *a, struct scope scope, int64_t customer_id,
		    struct str external_customer_ref, struct customer *ret_customer,
		    enum rc *ret_rc);
/* The same for store_customer_was_erased, which cannot fail then, and for store_customer_alike. */
bool ahead_erased(struct store *s, int64_t company_id, int64_t customer_id, bool *ret_erased);
bool ahead_alike(struct store *s, struct arena *a, int64_t company_id, const struct customer *like,
		 int64_t after_id, struct customer *ret_customer, enum rc *ret_rc);

/* The session has changed a customer, added (no `before`) or erased him (no `after`): what was
 * looked up and could tell of him is not known any more, and is looked up again. */
void ahead_changed(struct store *s, int64_t company_id, const struct customer *before,
		   const struct customer *after);

/* Nothing is known any more. */
void ahead_forget(struct store *s);
void ahead_fini(struct store *s);

#endif
