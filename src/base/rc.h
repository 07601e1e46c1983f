#ifndef BASE_RC_H
#define BASE_RC_H

/*
 * What a call inside the program comes back with. 0 is good. The first group are
 * outcomes that a caller plans for (its header says which apply); the second are
 * failures, which callers pass up until someone logs them.
 */
enum rc {
	RC_OK = 0,

	RC_NOTFOUND = -1, /* no such thing, in this company */
	RC_EXISTS = -2,   /* the name, number or reference is taken */
	RC_BUSY = -3,     /* someone else holds it; nothing was changed */
	RC_INVALID = -4,  /* what came from outside is not well formed */
	RC_CHANGED = -5,  /* the record has another version than the caller read */

	RC_NOMEM = -10,   /* out of memory, or over a limit on it */
	RC_IO = -11,      /* the system or the database failed; after a commit: outcome unknown */
	RC_FULL = -12,    /* no room on the disk; nothing was changed */
	RC_CORRUPT = -13, /* stored data is not what we wrote */
	RC_NEWER = -14,   /* made by a newer version of the program */
	RC_FOREIGN = -15, /* not made by this program at all */
	RC_DENIED = -16,  /* the system does not let us */
	RC_LOST = -17,    /* the database cannot be reached; after a commit: outcome unknown */
};

/* "RC_IO" and so on, for logs. Never NULL. */
const char *rc_name(enum rc rc);

/* What a system call's errno means to us; RC_IO for all that has no name of its own. */
enum rc rc_errno(int error);

#endif
