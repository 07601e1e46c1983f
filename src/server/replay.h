#ifndef SERVER_REPLAY_H
#define SERVER_REPLAY_H

#include <stdint.h>

struct access;
struct call;
struct store;

/*
 * Runs a call on a database that can be lost for a moment, until it has an outcome or its deadline
 * (CLOCK_MONOTONIC, us) is over. Nothing is done twice, however often it is tried: a call that
 * changes something has one operation id, under which its change is committed once or not at all.
 */
void replay_read(struct call *call, struct store *store, int64_t deadline_us);
void replay_write(struct call *call, struct store *store, struct access *access,
		  int64_t deadline_us);

#endif
