/* What SQLite's failures are to us. */
#include <errno.h>
#include <stdio.h>

#include "store/sqlite.h"

static enum rc classify_constraint(int code)
{
	switch (code) {
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_ROWID:
		return RC_EXISTS;
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return RC_NOTFOUND;
	default:
		return RC_INVALID;
	}
}

/* SQLite knows one of the ways in which a system says that there is no room, and forgets the
 * others: each file of the connection keeps its own last error. */
static bool had_no_room(struct sqlite *e)
{
	sqlite3_file *log = NULL;
	int errors[3] = {sqlite3_system_errno(e->db), 0, 0};

	/* A file that does not answer leaves the 0. */
	(void)sqlite3_file_control(e->db, NULL, SQLITE_FCNTL_LAST_ERRNO, &errors[1]);
	(void)sqlite3_file_control(e->db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (log && log->pMethods)
		(void)log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &errors[2]);
	bool no_room = false;
	for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
		/* One of the others may be an old story; this is the worst that can be. */
		if (errors[i] == EIO)
			return false;
		no_room |= rc_errno(errors[i]) == RC_FULL || errors[i] == EFBIG;
	}
	return no_room;
}

/* A failed sync is never a matter of room: after it nobody knows what is on the disk. */
static enum rc classify_io(struct sqlite *e, int code)
{
	switch (code) {
	case SQLITE_IOERR_NOMEM:
		return RC_NOMEM;
	case SQLITE_IOERR_WRITE:
	case SQLITE_IOERR_SHMSIZE:
	case SQLITE_IOERR_TRUNCATE:
		return had_no_room(e) ? RC_FULL : RC_IO;
	default:
		return RC_IO;
	}
}

static enum rc classify(struct sqlite *e, int code)
{
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return classify_constraint(code);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_PROTOCOL:
		return RC_BUSY;
	case SQLITE_FULL:
		return RC_FULL;
	case SQLITE_IOERR:
		return classify_io(e, code);
	case SQLITE_NOMEM:
		return RC_NOMEM;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return RC_CORRUPT;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return RC_DENIED;
	case SQLITE_CANTOPEN:
		return rc_errno(sqlite3_system_errno(e->db)) == RC_DENIED ? RC_DENIED : RC_IO;
	default:
		return RC_IO;
	}
}

enum rc sqlite_fail(struct sqlite *e, int code)
{
	enum rc rc = classify(e, code);
	const char *words = sqlite3_errstr(code);

	if (rc == RC_FULL)
		words = "no room on the disk"; /* SQLite may call it "disk I/O error" */
	else if (sqlite3_extended_errcode(e->db) == code)
		words = sqlite3_errmsg(e->db);
	(void)snprintf(e->error, sizeof(e->error), "%s (SQLite %d)", words, code); /* may be cut */
	return rc;
}
