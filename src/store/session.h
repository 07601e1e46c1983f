#ifndef STORE_SESSION_H
#define STORE_SESSION_H

#include <stdatomic.h>

#include "store/counter.h"
#include "store/engine.h"
#include "store/id_lease.h"
#include "store/owed.h"
#include "store/replica.h"
#include "store/statements.h"
#include "store/store.h"

/*
 * What is behind `struct database` and `struct store`; for the files of this folder.
 */
struct ahead;
struct gather;

struct database {
	const struct engine_ops *ops;
	char *url;
	const char *where;         /* points into url */
	_Atomic uint64_t commits;  /* of this process */
	_Atomic uint64_t epoch;    /* moves when readers should take a new snapshot */
	_Atomic unsigned sessions; /* that are open */
	atomic_bool has_writer;
	_Atomic int64_t id;        /* 0: see session_database */
	struct id_lease *id_lease; /* NULL where one process writes alone */
	struct replicas replicas;
};

/* RC_NEWER, RC_BUSY (an older one): it is not what this program needs; a sentence says so.
 * `shown` is the place for people. */
MUST_CHECK enum rc database_check_schema(const char *shown, int64_t schema, struct text *reterr);

/* The write-ahead log is emptied when it has grown to this: long enough to save work on pages that
 * are written again and again (measured: a third more creates than with 4 MiB), short enough for
 * readers to find pages in it, and to be emptied in a moment. */
#define SESSION_LOG_BYTES_MAX (16 * 1024 * 1024)

/* When so much has come into it, a writer who has nothing to do brings it into the file already.
 * Measured, half load of reads with 500 creates a second beside it on one core: p99 of the reads is
 * 0.8 ms, and 2.3 ms when all is done at once in the end. */
#define SESSION_LOG_BYTES_IDLE (256 * 1024)

/* So many random bytes are asked of the system at a time. */
#define OP_RANDOM_BYTES 1024

#define STORE_CHANGES_MANY (-1)

struct store {
	struct database *db;
	struct engine *engine;
	enum store_mode mode;
	bool open;             /* a reader's snapshot, a writer's transaction */
	bool part;             /* in a savepoint */
	enum rc lost;          /* why the engine has given the transaction up; RC_OK: it has not */
	enum rc passing;       /* see store_passing */
	unsigned n_ops;        /* made in this transaction, or since store_hope */
	bool hopes;            /* see store_hope */
	unsigned n_fetched;    /* how often it has looked ahead */
	bool counts;           /* it holds the row of some company's counter of customers */
	int64_t deadline_us;   /* as store_deadline was told */
	uint64_t epoch;        /* the snapshot's */
	int64_t changes;       /* the company that this transaction changes something of; 0: none */
	int64_t op_company_id; /* whom the last op was made for; 0: none yet */
	int64_t op_us;         /* and its time */
	uint8_t op_random[OP_RANDOM_BYTES]; /* for ops, from the end; so many are left: */
	size_t op_random_n;
	struct bulk_counter bulk;
	struct owed owed;      /* what the writer knows of it */
	struct ahead *ahead;   /* NULL: never used */
	struct gather *gather; /* as above */
	int64_t tidy_at;       /* length of the log from which emptying it is tried */
	bool erases;           /* the open transaction takes somebody's data out */
	bool wipe;             /* the log may still have what was erased */
	bool kept;             /* the last erasure left dead rows, where the database is shared */
	struct engine_statement *prepared[STATEMENTS];
	char error[320];
};

/* Notes the engine's words, and whether the transaction is still there; gives rc. */
MUST_CHECK enum rc session_failed(struct store *s, enum rc rc);

/* Where the database is shared: a number that no other one has, and a copy of it has not. */
MUST_CHECK enum rc session_database(struct store *s, int64_t *ret_id);

/* Something that was there a moment ago is not any more, or the other way round; gives rc. Where
 * the database is shared somebody else was quicker, and who looks again sees what he did. */
enum rc session_beaten(struct store *s, enum rc rc);

#endif
