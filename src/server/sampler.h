#ifndef SERVER_SAMPLER_H
#define SERVER_SAMPLER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"

struct database;

/* A thread with sessions of its own that looks where the primary of a database is, several times
 * within the bound that replicas are held to, and whether there is anybody to read from. */
struct sampler;

MUST_CHECK enum rc sampler_open(struct database *db, int64_t staleness_us,
				struct sampler **ret_sampler);
struct sampler *sampler_close(struct sampler *s); /* takes NULL; gives NULL */

/* Any thread. Could customers be read when that was last tried? NULL: false. */
bool sampler_reads(const struct sampler *s);

#endif
