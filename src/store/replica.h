#ifndef STORE_REPLICA_H
#define STORE_REPLICA_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * How new a replica has to be; for the files of this folder. The clocks of other machines are not
 * asked: what is compared are positions in the primary's log, and when we learned of them.
 */
#define REPLICA_SAMPLES   32   /* that are remembered: twice what the bound needs */
#define REPLICA_COMPANIES 1024 /* slots; companies that share one wait for each other's writes */

struct store;

struct replica_sample {
	_Atomic int64_t mono_us; /* before the primary was asked; 0: nothing is here */
	_Atomic int64_t position;
};

struct replicas {
	bool used;
	int64_t staleness_us;
	_Atomic int64_t sampled_us; /* when the newest sample was begun */
	/* Written by one thread, read by all. */
	struct replica_sample samples[REPLICA_SAMPLES];
	unsigned next;
	int64_t kept_us; /* the newest in `samples` */
	/* Positions behind the commits of this process. */
	_Atomic int64_t own[REPLICA_COMPANIES];
	_Atomic int64_t own_all; /* of those that are not one company's */
	_Atomic int64_t own_any; /* the last of all */
};

/* A session's next statements: from the primary, unless it is away. */
void replica_avoid(struct store *s);
/* From a replica that is not more than the bound behind, and has everything up to `position`. */
void replica_allow(struct store *s, int64_t position);
/* Where this process has written for the company. */
int64_t replica_own(const struct store *s, int64_t company_id);

/* A change for the company is in the open transaction. */
void replica_changes(struct store *s, int64_t company_id);
/* It was committed; before anybody is told. */
void replica_committed(struct store *s);

#endif
