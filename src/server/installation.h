#ifndef SERVER_INSTALLATION_H
#define SERVER_INSTALLATION_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct access;
struct database;

/*
 * Servers that share a database must have the same secret.key: under another one no access key is
 * known, and each would make tokens that the others refuse. The database keeps what tells.
 */

/* RC_FOREIGN: the database belongs to another secret. RC_INVALID: to none yet. Others as store.h. A
 * sentence in reterr; `dir` and `url` are for it. */
MUST_CHECK enum rc installation_check(struct database *db, const struct access *access,
				      const char *dir, const char *url, struct text *reterr);
/* The same, but one that belongs to none belongs to this secret from now on. */
MUST_CHECK enum rc installation_claim(struct database *db, const struct access *access,
				      const char *dir, const char *url, struct text *reterr);

/* Logs what an operator should see to: a role that may too much, clocks that differ. */
void installation_warn(struct database *db);

#endif
