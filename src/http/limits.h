#ifndef HTTP_LIMITS_H
#define HTTP_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/ip.h"

/*
 * How many connections there are, in all and from each address; shared by the threads, touched
 * when a connection opens and closes. An IPv6 address counts with its /64: whoever has one
 * address there has them all.
 */
struct limits;

enum limits_answer {
	LIMITS_GOOD,
	LIMITS_FULL,    /* no more connections at all */
	LIMITS_ADDRESS, /* no more from this address */
};

MUST_CHECK struct limits *limits_create(size_t connections_max, size_t per_address_max);
struct limits *limits_destroy(struct limits *l); /* takes NULL; gives NULL */

/* What an address counts as. */
struct ip limits_key(const struct ip *peer);

/* How far beyond the limit limits_take can be told to go. */
#define LIMITS_SPARE_MAX 64

/* Counts one more; `key` NULL: in all only. `spare`: so many more than the limit are good just now,
 * since others are being sent away. Any thread. */
enum limits_answer limits_take(struct limits *l, const struct ip *key, size_t spare);
/* One less, that was taken with the same key. */
void limits_give(struct limits *l, const struct ip *key);

size_t limits_count(const struct limits *l); /* in all; any thread */

#endif
