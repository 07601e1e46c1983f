#ifndef SERVER_TRANSFER_H
#define SERVER_TRANSFER_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct transfer_facts;
struct transfer_watch;

/*
 * `pdmd db copy`: database_transfer from one URL (empty: the directory's own file) to another. The
 * directory has the secret that the data belongs to; where the source is the file of a data
 * directory, it is that one, and is locked meanwhile: RC_BUSY: a server, or another command, has
 * it. A database that servers share must belong to the secret; as the target it is given to it.
 * RC_FOREIGN: it belongs to another.
 */
MUST_CHECK enum rc server_transfer(const char *dir, const char *from, const char *to,
				   const struct transfer_watch *watch,
				   struct transfer_facts *ret_facts, struct text *reterr);

#endif
