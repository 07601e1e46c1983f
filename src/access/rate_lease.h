#ifndef ACCESS_RATE_LEASE_H
#define ACCESS_RATE_LEASE_H

#include <stdint.h>

#include "access/rate.h"

struct store;

/*
 * A rate that several servers share exactly: each leases permits from the key's row in the
 * database, some at a time. See struct rate_permits for what a permit is.
 */
struct rate_leases;

/* `store` is a writer's session that nobody else uses. NULL: no memory. */
struct rate_leases *rate_leases_create(struct store *store, int64_t servers);
struct rate_leases *rate_leases_destroy(struct rate_leases *l); /* takes NULL; gives NULL */

enum rate_outcome {
	RATE_ALLOWED,
	RATE_REFUSED,
	RATE_UNKNOWN, /* the database cannot be asked */
};

/* One call. May wait for the database, half a second at most. */
enum rate_outcome rate_leases_take(struct rate_leases *l, int64_t company_id, int64_t key_number,
				   struct rate_limit limit, int64_t now_us);

int64_t rate_leases_servers(const struct rate_leases *l);

#endif
