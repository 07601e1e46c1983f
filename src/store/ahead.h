#ifndef STORE_AHEAD_H
#define STORE_AHEAD_H

#include "record/customer.h"
#include "store/session.h"

/* Behind store_ahead_*; for the files of this folder. True: the look-up has been made ahead, and
 * *ret_rc is what it comes to. */
bool ahead_customer(struct store *s, struct arena *a, struct scope scope, int64_t customer_id,
		    struct str external_customer_ref, struct customer *ret_customer,
		    enum rc *ret_rc);
void ahead_fini(struct store *s);

#endif
