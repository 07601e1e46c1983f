#ifndef ACCESS_INTERNAL_H
#define ACCESS_INTERNAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "access/access.h"
#include "access/rate.h"
#include "access/secret.h"

struct rate_leases;

/*
 * What the files of this folder share, and nobody else sees.
 */
struct access {
	struct access_options options;
	uint64_t number; /* of all that this process has opened; not 0 */
	struct secrets secrets;
	uint8_t slot_key[RATE_KEY_BYTES]; /* new with every start; see rate.h */
	struct rate_table keys;
	struct rate_table failures;
	struct rate_leases *leases; /* NULL: each server counts for itself */

	/* Counts up with every change; on a line of its own, since every request reads it. */
	_Alignas(64) _Atomic uint64_t generation;
};

#endif
