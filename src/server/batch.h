#ifndef SERVER_BATCH_H
#define SERVER_BATCH_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/rc.h"

struct access;
struct call;
struct store;

/*
 * Several calls in one transaction: what the writer does with those that wait, and what a command
 * without a server does with its only one.
 */

/*
 * Runs the calls of the list (linked by `next`), each in a savepoint of its own so that a refused
 * one is taken back and harms nobody, and commits once. Answers none of them. Whatever comes back,
 * no transaction is left open, and a failure is in the log.
 *
 * On failure nothing of any call was kept, unless *reterr_unknown says that the commit failed in a
 * way that leaves open whether it happened. RC_BUSY: nothing was begun, try again; not logged.
 */
MUST_CHECK enum rc batch_write(struct store *store, struct access *access, struct call *first,
			       bool *reterr_unknown);

/* Takes out of the database what has expired, at most BATCH_SWEPT_MAX rows; on failure as above. */
#define BATCH_SWEPT_MAX 1000
MUST_CHECK enum rc batch_sweep(struct store *store, bool *reterr_unknown);

/* Makes the answer of each, and gives it back to its owner; `rc` is that of batch_write. */
void batch_answer(struct call *first, enum rc rc);

#endif
