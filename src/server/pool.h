#ifndef SERVER_POOL_H
#define SERVER_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct database;
struct executor;
struct services;

/*
 * Session threads, for a database that is somewhere else: http's threads never wait for it. A call
 * comes in as it is; a thread that reads takes it through the gate, with a directory and a session
 * of its own, and runs it if it only reads; what writes goes on to a thread that writes, and has a
 * transaction to itself. Each thread has one connection; one that reads may have a second, to a
 * replica.
 *
 * A call that cannot be answered within its deadline is refused, at once where that can be seen
 * coming. Calls of the operator's door have longer.
 */
struct pool_options {
	struct database *db;
	const struct services
		*services; /* what the threads' own are like, but for their sessions */
	unsigned readers, writers;
	int64_t deadline_us;
	int64_t replica_staleness_us; /* replicas so far behind may be read from; 0: none */
};

struct pool;

MUST_CHECK enum rc pool_open(const struct pool_options *options, struct pool **ret_pool);
struct executor *pool_executor(struct pool *p);
/* As keeper_database_ready; but true where customers can be read from a replica meanwhile. */
bool pool_database_ready(const struct pool *p, struct text *ret_why);
/* Finishes what is queued, then ends the threads. Takes NULL; gives NULL. */
struct pool *pool_close(struct pool *p);

#endif
