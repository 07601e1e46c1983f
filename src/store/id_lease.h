#ifndef STORE_ID_LEASE_H
#define STORE_ID_LEASE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/turn.h"

struct database;
struct engine;
struct engine_statement;
struct store;

/*
 * Ids of customers where several servers write. A counter's row that is moved in the transaction of
 * the change stays locked until that has committed, so one company's customers would come one
 * commit after the other. Instead a process leases blocks of ids, each in a short transaction
 * of its own, and hands them out from memory, ascending. What is leased and not used, after a
 * crash or a rollback, is a gap; at an orderly end the rest of a block is given back.
 *
 * An id that somebody chooses himself is never given again:
 *
 * - One at or above the counter moves it (counter_pass): no block that is leased later has it, and
 *   none that was leased before has it, since all of them lie below the counter.
 * - One below the counter may lie in a block that this or another server holds in memory, where
 *   nothing reaches it. So an id out of a block counts as free only when it is used: the
 *   insert gives way to a row of that id, and to any row of the audit that tells of one, since
 *   who had it may be erased (STATEMENT_CUSTOMER_ADD_LEASED). One that is taken is passed over;
 *   only a reference that is taken is RC_EXISTS. Whoever chooses while we insert holds the key
 *   until he has committed, and we wait for him. There is one gap in this, which nobody can aim
 *   at: the row and the audit are looked at as of the statement's begin, so somebody who is added
 *   under that id, committed, erased and committed again while this one statement runs is missed.
 * - Giving back takes the counter below what was leased. Whoever chooses an id holds the counter's
 *   row until he has committed, whether or not he moves it; we hold it as well, and only then look
 *   whether the audit knows of an id in the rest: if so, it stays a gap. So what lies at or above
 *   the counter was never used, which the first point rests on.
 *
 * A bulk does not lease: it counts in its transaction, behind all blocks. An import that is run
 * again finds its customers by their ids being above all that were there, in order (import_run.c).
 */
#define ID_LEASE_IDS  64
#define ID_LEASE_SETS 512 /* a power of two */
#define ID_LEASE_WAYS 4

/* `next` to before `end`; equal: none. */
struct id_block {
	int64_t company_id; /* 0: free */
	int64_t next, end;
	uint64_t used; /* by the pool's count of uses */
};

struct id_lease {
	pthread_mutex_t lock; /* of the blocks; never held while the database is asked */
	uint64_t uses;
	struct id_block blocks[ID_LEASE_SETS][ID_LEASE_WAYS];

	struct turn connection; /* of what follows; taken before `lock` */
	struct engine *engine;  /* NULL: none yet */
	struct engine_statement *lease;
};

/* NULL: no memory. */
struct id_lease *id_lease_create(void);
/* Gives back what is left, as far as the database can be reached. Takes NULL; gives NULL. */
struct id_lease *id_lease_destroy(struct id_lease *l);

/* The next id of the company. RC_LOST, RC_BUSY and others: nothing is given, and the session has
 * the words. */
MUST_CHECK enum rc id_lease_next(struct store *s, int64_t company_id, int64_t *ret_id);

#endif
