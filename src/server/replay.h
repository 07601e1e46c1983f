#ifndef SERVER_REPLAY_H
#define SERVER_REPLAY_H

#include <stdbool.h>

#include "command/status.h"

/* How long an operator's call may take, with all its attempts: he has time. */
#define REPLAY_PATIENT_US 60000000

struct access;
struct call;
struct store;

/*
 * Runs a call on a database that can be lost for a moment, until it has an outcome or its deadline
 * is over. Nothing is done twice, however often it is tried: a call that changes something has one
 * operation id, under which its change is committed once or not at all.
 */
/* Takes it through the gate: who may call is read from the database too, and it may be away. */
enum status replay_check(struct call *call, struct store *store);
void replay_read(struct call *call, struct store *store);
void replay_write(struct call *call, struct store *store, struct access *access);

/* Several of one company that only add (CMD_ADDS), linked by `next`: in one transaction, without
 * looking whether anything is in the way. True: that is how it went. False: it was, or the database
 * was lost; then each was run by itself. */
bool replay_add(struct call *first, struct store *store);

#endif
