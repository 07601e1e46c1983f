#ifndef STORE_COUNTER_H
#define STORE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"

struct store;

/*
 * Numbers that count per company: 1, 2, … . A number is given once, also when what it was for has
 * not come to be; after a rollback it may be given again. Where several servers write, customers
 * that come one by one have theirs from id_lease.h.
 */
enum counter {
	COUNTER_BRANCH = 1, /* stored: these numbers are for ever */
	COUNTER_ACCESS_KEY = 2,
	COUNTER_CUSTOMER = 3,
};

MUST_CHECK enum rc counter_next(struct store *s, int64_t company_id, enum counter counter,
				int64_t *ret_id);

/*
 * A bulk counts in memory, and writes where it has come to before anybody else counts, before each
 * savepoint and before the commit. A rollback makes it forget, as it must. Where several servers
 * write, the counter's row is its own from the first number to the end of the transaction.
 */
struct bulk_counter {
	int64_t company_id; /* whose customers; 0: nobody's */
	int64_t next_id;
	bool dirty;
};

/* For customers alone. 0 in *id: the next one; else counter_pass for it. */
MUST_CHECK enum rc counter_bulk(struct store *s, int64_t company_id, int64_t *id);
MUST_CHECK enum rc counter_save(struct store *s);
void counter_lost(struct store *s);

/* Somebody has chosen `id` himself: it is not given any more, nor any below. */
MUST_CHECK enum rc counter_pass(struct store *s, int64_t company_id, enum counter counter,
				int64_t id);

#endif
