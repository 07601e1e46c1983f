#ifndef STORE_ENGINE_H
#define STORE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "store/store.h"

struct database_facts;
struct database_peer;

/*
 * What a database must be able to do for the store, and nothing more. The record functions are
 * written once over this; an engine is one file and one table of functions.
 *
 * A `struct engine` is one connection: one thread at a time, at most one transaction. An engine
 * gives every failure its class: RC_EXISTS (a key is taken), RC_NOTFOUND (a row that is pointed
 * at is not there), RC_BUSY, RC_INVALID (a rule of the schema), RC_FULL, RC_IO, RC_LOST,
 * RC_CORRUPT, RC_DENIED, RC_NOMEM.
 */
struct engine {
	const struct engine_ops *ops;
};

/* A prepared statement. Parameters are $1 to $n, columns count from 0. */
struct engine_statement {
	unsigned n_params;
};

#define ENGINE_PARAMS_MAX 32

enum engine_mode {
	ENGINE_LOOK,   /* a reader that leaves nothing beside a database that nobody has open */
	ENGINE_READER, /* can never write */
	ENGINE_WRITER,
};

/* How a copy is made: who is told how far it is, what is asked of it before it is used, and what is
 * found out about it. */
struct engine_copy {
	const struct copy_watch *watch; /* NULL: nobody */
	enum rc (*inspect)(struct engine *e, int64_t schema, const char *name,
			   struct engine_copy *copy, struct text *reterr);
	struct copy_facts facts;
};

/* What a replica must have to answer. Positions are those of the database's log of changes, counted
 * in bytes; they only grow. */
struct engine_need {
	int64_t position; /* it has done what the log has up to here */
	bool received;    /* and all that it has been given of it */
};

/* Puts into a new database what shall be in it. */
struct engine_filling {
	enum rc (*fill)(struct engine *e, void *owner, struct text *reterr);
	void *owner;
};

/* What a column holds, and what of it a row of many has: see bulk_begin. */
enum engine_kind { ENGINE_SMALLINT, ENGINE_BIGINT, ENGINE_TEXT, ENGINE_BYTES };

struct engine_value {
	enum engine_kind kind;
	bool is_null;
	int64_t number;
	struct str bytes; /* of a text, too */
};

struct engine_ops {
	const char *scheme;
	bool one_key; /* a key of company and id is one number; see statements.h */
	bool shared;  /* other processes write too, and more than one session of this one may */

	/* The place. Failures append a sentence for people to reterr. RC_NOTFOUND: nothing there;
	 * RC_FOREIGN: something else; otherwise *ret_schema is the newest migration it has. */
	enum rc (*open)(const char *where, enum engine_mode mode, struct engine **ret_engine,
			int64_t *ret_schema, struct text *reterr);
	/* Every statement must be finalized. Rolls back what is open. */
	void (*close)(struct engine *e);
	/* Makes a database with all in it that is filled in, in one transaction where other
	 * processes can see it, or nothing. RC_EXISTS: something is there already. */
	enum rc (*create)(const char *where, const struct engine_filling *filling,
			  struct text *reterr);

	/* As database_backup and database_restore say; both are NULL in an engine that has tools of
	 * its own for that. */
	enum rc (*backup)(const char *where, const char *to, struct engine_copy *copy,
			  struct text *reterr);
	enum rc (*restore)(const char *where, const char *from, const char *kept,
			   struct engine_copy *copy, struct text *reterr);

	/* The place for people, without a password in it. */
	void (*show)(const char *where, struct text *t);

	/* As database_look and database_peer say; `facts` has the place already. peer is NULL in an
	 * engine without another side. */
	enum rc (*look)(const char *where, struct arena *a, struct database_facts *facts,
			struct text *reterr);
	enum rc (*peer)(struct engine *e, struct database_peer *ret_peer);

	/* In an open transaction: waits until no other process migrates, keeps others from it until
	 * the transaction's end, and gives the newest migration there is then. NULL: an engine
	 * whose writers are one at a time. */
	enum rc (*lock_schema)(struct engine *e, int64_t *ret_schema);

	/* From here on calls give up at this time of CLOCK_MONOTONIC, in us, with RC_LOST; 0: they
	 * take as long as they take. NULL: nothing is waited for. */
	void (*set_deadline)(struct engine *e, int64_t mono_us);

	/* Several statements without results or parameters, in an open transaction. */
	enum rc (*run)(struct engine *e, const char *script);
	/* Notes, in an open transaction, the newest migration. */
	enum rc (*set_schema)(struct engine *e, int64_t number);
	/* One line about the last failure, good until the next call. */
	const char *(*error)(const struct engine *e);

	/* A reader's transaction is a snapshot: it is taken between begin and the end of the first
	 * step. A failed commit has ended the transaction; RC_FULL: nothing was changed. */
	enum rc (*begin)(struct engine *e);
	enum rc (*commit)(struct engine *e);
	void (*rollback)(struct engine *e); /* nothing to do is fine */
	/* An engine may give up a whole transaction when a statement fails. */
	bool (*in_transaction)(const struct engine *e);
	enum rc (*savepoint)(struct engine *e);
	enum rc (*savepoint_keep)(struct engine *e);
	enum rc (*savepoint_undo)(struct engine *e);

	/* A writer's write-ahead log: how long it has become, and emptying it, between
	 * transactions. With `wipe` nothing that was deleted is left in a file, the log's or the
	 * database's. RC_BUSY: some reader still needs it; nobody has waited for him. */
	int64_t (*log_bytes)(const struct engine *e);
	enum rc (*empty_log)(struct engine *e, bool wipe);
	/* Brings what is in the log into the database, too, as far as no reader needs it to stay,
	 * so that there is less to be done when it is emptied; and how much has come into it since
	 * that was last done. NULL: there is no log of ours. */
	int64_t (*log_unmoved)(const struct engine *e);
	enum rc (*move_log)(struct engine *e);

	/* Statements. What is bound must stay where it is until the statement is reset. */
	enum rc (*prepare)(struct engine *e, const char *text, struct engine_statement **ret);
	void (*finalize)(struct engine_statement *st); /* takes NULL */
	enum rc (*bind_int)(struct engine_statement *st, unsigned n, int64_t value);
	enum rc (*bind_text)(struct engine_statement *st, unsigned n, struct str value);
	enum rc (*bind_blob)(struct engine_statement *st, unsigned n, struct str bytes);
	enum rc (*bind_null)(struct engine_statement *st, unsigned n);
	enum rc (*step)(struct engine_statement *st, bool *ret_row);
	/* Runs a statement that writes, together with the next one that is stepped or with the
	 * commit; that is who tells of its failure. NULL: there is nothing to be gained by it. */
	enum rc (*post)(struct engine_statement *st);
	/* Several statements that read, at once: each is sent, then all are collected, then each is
	 * stepped. A statement can be sent once at a time. NULL: there is no such way. */
	enum rc (*send)(struct engine_statement *st);
	enum rc (*collect)(struct engine *e);

	/*
	 * Replicas: servers that do what the log of the primary says, a little later, and answer
	 * those who only read. All NULL: there are none.
	 *
	 * use_replicas, once and before any statement: a reader looks for one and keeps a
	 * connection to it, and never waits for that; a writer asks with each commit for its
	 * position. allow_replica: from here on a reader's statements may be answered by a replica
	 * that has what is needed (NULL: by the primary alone). Where none does, the primary is
	 * asked, and all that follows goes there; with send and collect RC_BUSY or RC_LOST says
	 * that, and all is to be sent again.
	 */
	enum rc (*use_replicas)(struct engine *e);
	void (*allow_replica)(struct engine *e, const struct engine_need *need);
	int64_t (*committed)(const struct engine *e);        /* the last commit's position, or 0 */
	enum rc (*position)(struct engine *e, int64_t *ret); /* of what the primary has written */

	int64_t (*changes)(struct engine_statement *st); /* rows written, when stepped to the end */
	void (*reset)(struct engine_statement *st);

	/* Many new rows of one table, in an open transaction: nothing else is done between begin
	 * and end. `columns` are their names with commas between, `n` how many each row has. What
	 * has been given need not stay, and what it comes to may be told by the end alone. Behind a
	 * failure there is only the rollback. Deadlines do not hold here. */
	enum rc (*bulk_begin)(struct engine *e, const char *table, const char *columns, unsigned n);
	enum rc (*bulk_row)(struct engine *e, const struct engine_value *values);
	enum rc (*bulk_end)(struct engine *e);

	/* Good until the next step or reset. RC_CORRUPT: something of another type is stored. NULL
	 * is given as the empty text. */
	enum rc (*column_int)(struct engine_statement *st, unsigned i, int64_t *ret);
	enum rc (*column_text)(struct engine_statement *st, unsigned i, struct str *ret);
	enum rc (*column_blob)(struct engine_statement *st, unsigned i, struct str *ret);
};

extern const struct engine_ops engine_sqlite;
extern const struct engine_ops engine_postgres;
extern const struct engine_ops engine_faulty;

/* The engine of "scheme:where"; PostgreSQL's `where` is the whole URL. RC_INVALID: no such scheme,
 * or nothing behind it. */
MUST_CHECK enum rc engine_find(const char *url, const struct engine_ops **ret_ops,
			       const char **ret_where, struct text *reterr);

/* See store_fail_at. `e` is a faulty one. */
int64_t engine_fail_at(struct engine *e, int64_t n);

#endif
