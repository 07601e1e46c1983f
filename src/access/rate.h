#ifndef ACCESS_RATE_H
#define ACCESS_RATE_H

#include <stdatomic.h>
#include <stdint.h>

#include "access/access.h"

/*
 * Rates by GCRA: of each caller one time is kept, the theoretical arrival time of the next
 * call (TAT) if all came evenly. A call moves it on by one interval; a call that would move it
 * too far ahead of now is refused. At rest it lies in the past, and a caller at rest needs no
 * memory.
 *
 * Callers live in a table of fixed size, in sets of four slots, one cache line each. A slot
 * belongs to the caller whose tag it carries: a 64-bit hash of who he is, keyed anew with every
 * start, so that nobody can choose whom he shares a set with. Two callers of one tag would share
 * a rate; that is one chance in 2^64 for each pair.
 *
 * Where all four slots are taken, the one with the oldest TAT is given away. That is one at rest
 * whenever there is one, and then nothing is lost; else its owner gets his burst again early.
 * So strangers who fill the table shut nobody out, at the price of some calls too many.
 */
#define RATE_KEY_BYTES 16
#define RATE_WAYS      4
#define RATE_SETS      4096 /* a power of two */

struct rate_slot {
	_Atomic uint64_t tag;
	_Atomic int64_t tat_ns; /* since 1970 */
};

struct rate_set {
	_Alignas(64) struct rate_slot ways[RATE_WAYS];
};

/* All zero: empty. Any thread. */
struct rate_table {
	struct rate_set sets[RATE_SETS];
};

struct rate_limit {
	int64_t interval_ns; /* between calls that come evenly */
	int64_t burst;       /* calls at once from rest */
};

/* `calls` in each `period_s` evenly, `burst` at once. */
struct rate_limit rate_limit_of(int64_t calls, int64_t period_s, int64_t burst);

/*
 * Permits out of a lease: a piece of the time that a shared TAT was moved on by, one interval a
 * call. A permit's time is where it lies in that piece, and it is good until then: whoever does not
 * use it in time has it taken, as everybody's time passes. Since all permits there are lie an
 * interval apart, and none is further ahead than the burst allows, all servers together never let
 * more through than one would, in no stretch of time; but for the difference of their clocks.
 */
struct rate_permits {
	int64_t next_ns, end_ns;
};

/* False: none is left that is good. */
bool rate_permits_take(struct rate_permits *p, struct rate_limit limit, int64_t now_ns);

/* How many permits one of so many servers leases at a time: what it would have in a second, and no
 * more than a quarter of the burst; so that none keeps much from the others. */
int64_t rate_lease_size(struct rate_limit limit, int64_t servers);

/* What a server lets through by itself, when the others cannot be asked. */
struct rate_limit rate_share(struct rate_limit limit, int64_t servers);

/* The tag of sixteen bytes that name a caller. */
uint64_t rate_tag(const uint8_t key[RATE_KEY_BYTES], const uint8_t who[16]);

/* All but `limit` of the answer is filled. take: one call, if it is allowed. look: takes nothing,
 * and gives nobody a slot. */
void rate_table_take(struct rate_table *t, uint64_t tag, struct rate_limit limit, int64_t now_us,
		     struct rate_answer *ret_answer);
void rate_table_look(struct rate_table *t, uint64_t tag, struct rate_limit limit, int64_t now_us,
		     struct rate_answer *ret_answer);

#endif
