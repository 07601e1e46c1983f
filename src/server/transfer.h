#ifndef SERVER_TRANSFER_H
#define SERVER_TRANSFER_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct transfer_facts;
struct transfer_watch;

/* `pdmd db copy`: database_transfer of `from`, or with NULL of the directory's database. Where the
 * source is the database of a data directory, that is locked meanwhile: RC_BUSY: a server (or
 * another command) has it. */
MUST_CHECK enum rc server_transfer(const char *dir, const char *from, const char *to,
				   const struct transfer_watch *watch,
				   struct transfer_facts *ret_facts, struct text *reterr);

#endif
