#ifndef SERVER_REPLAY_H
#define SERVER_REPLAY_H

#include <stdint.h>

#include "command/status.h"

struct access;
struct call;
struct store;

/*
 * Runs a call on a database that can be lost for a moment, until it has an outcome or its deadline
 * (CLOCK_MONOTONIC, us) is over. Nothing is done twice, however often it is tried: a call that
 * changes something has one operation id, under which its change is committed once or not at all.
 */
/* Takes it through the gate: who may call is read from the database too, and it may be away. */
enum status replay_check(struct call *call, struct store *store, int64_t deadline_us);
void replay_read(struct call *call, struct store *store, int64_t deadline_us);
void replay_write(struct call *call, struct store *store, struct access *access,
		  int64_t deadline_us);

#endif
