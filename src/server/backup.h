#ifndef SERVER_BACKUP_H
#define SERVER_BACKUP_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct copy_facts;
struct copy_watch;

/* With a `url` both refuse, and name the tools of the database's own. */

/* `pdmd backup`: database_backup of the directory's database, while a server runs or not. */
MUST_CHECK enum rc server_backup(const char *dir, const char *url, const char *to,
				 const struct copy_watch *watch, struct copy_facts *ret_facts,
				 struct text *reterr);

/* `pdmd restore`: database_restore into the directory, under its lock. It has its secret; the
 * database need not be there. RC_BUSY: a server (or another command) has the directory. Appends to
 * ret_kept the path under which the database that was there before is kept, where there was one. */
MUST_CHECK enum rc server_restore(const char *dir, const char *url, const char *from,
				  const struct copy_watch *watch, struct copy_facts *ret_facts,
				  struct text *ret_kept, struct text *reterr);

#endif
