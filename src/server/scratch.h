#ifndef SERVER_SCRATCH_H
#define SERVER_SCRATCH_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"
#include "server/dir.h"

/*
 * A copy of the database to try things on, in the data directory itself, since it has the same
 * patients in it: `dir`/dry-run, mode 0700. Its maker takes its name away as soon as he has opened
 * it, so that it is gone with him however he ends. What was left by one who was killed before that
 * is removed when the directory is next opened for writing.
 */

/* Appends its path to `path`. RC_BUSY: somebody else has one. As dir_check and database_backup; a
 * sentence in reterr. The lock is what keeps others away. */
MUST_CHECK enum rc scratch_make(const char *dir, struct dir_lock *ret_lock, struct text *path,
				struct text *reterr);
/* Takes its name away, and that of all that lies beside it. While it is locked. What cannot be
 * removed is left to the next one. */
void scratch_remove(const char *path);

/* Removes what was left over in `dir`, if nobody is at it. */
void scratch_sweep(const char *dir);

#endif
