#ifndef SERVER_KEEPER_H
#define SERVER_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct database;

/*
 * A thread with a session of its own that looks whether a shared database is there, and takes out
 * of it what has expired. When it is lost and when it comes back is in the log.
 */
struct keeper;

MUST_CHECK enum rc keeper_open(struct database *db, struct keeper **ret_keeper);
struct keeper *keeper_close(struct keeper *k); /* takes NULL; gives NULL */

/* Any thread. False: the database could not be reached when it was last looked for; says so in
 * ret_why (NULL: not wanted), in words for strangers. */
bool keeper_database_ready(const struct keeper *k, struct text *ret_why);

#endif
