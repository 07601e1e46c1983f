#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct access_key;
struct branch;
struct company;
struct customer;
struct list;

/*
 * The only door to the data. Two engines can stand behind it; nobody outside src/store
 * can tell which one is in use.
 *
 * RC_NOTFOUND, RC_EXISTS, RC_BUSY and RC_CHANGED are outcomes that callers plan for. After any
 * other failure store_error() has one line for the log, good until the next call on the same store.
 *
 * ret_ parameters are written on RC_OK and at no other time. What they point at lives in
 * the arena that was given, so callers free nothing.
 */

/* An operation: what one change of one record is called, in the record and in the audit. */
#define OP_BYTES 16

/* ---- the database: one per process, any thread ------------------------------------ */

struct database;

/* `url` is "sqlite:PATH" or "postgresql://…"; the scheme picks the engine. Opens nothing yet beyond
 * a look, which changes nothing: RC_NOTFOUND: there is no database there. RC_FOREIGN: something
 * else is there. RC_NEWER: made by a newer pdmd. RC_BUSY: made by an older one, see
 * database_migrate. RC_DENIED, RC_IO. On failure a sentence for people is appended to reterr. */
MUST_CHECK enum rc database_open(const char *url, struct database **ret_db, struct text *reterr);
struct database *database_close(struct database *db); /* takes NULL; gives NULL */

/* Makes a new, empty database. RC_EXISTS: there is one already. */
MUST_CHECK enum rc database_create(const char *url, struct text *reterr);

/* Brings the schema up to what this program needs; nothing to do is RC_OK. One process at
 * a time, with nobody else at work. */
MUST_CHECK enum rc database_migrate(const char *url, struct text *reterr);

/* The same, and where the engine is one for many servers makes the tables when there are none; any
 * number of processes at once. *ret_from is the schema that was there, 0: none. */
MUST_CHECK enum rc database_prepare(const char *url, int64_t *ret_from, int64_t *ret_to,
				    struct text *reterr);

/* The URL for people, without a password. */
void database_show(const char *url, struct text *t);

/* ---- copies of it, to be kept elsewhere --------------------------------------------- */

enum copy_part { COPY_COPYING, COPY_CHECKING };

/* Is told, on the thread that copies, how far it has come. */
struct copy_watch {
	void (*progress)(void *owner, enum copy_part part, int64_t bytes, int64_t bytes_all);
	void *owner;
};

enum copy_old { COPY_OLD_NONE, COPY_OLD_WHOLE, COPY_OLD_DAMAGED };

struct copy_facts {
	int64_t bytes, customers;
	enum copy_old old; /* restore: what was there before */
};

/*
 * Writes the database, as it is at one moment, into a new file that needs nothing beside it. Other
 * processes go on reading and writing; the database is only read. What is half made is "<to>.new",
 * which the next attempt replaces; the copy gets its name when it was checked and is on the disk.
 * RC_NOTFOUND: no database, or no directory for the copy. RC_EXISTS: there is something at `to`.
 * RC_BUSY: somebody is making it. RC_INVALID: `to` is a name that the database needs. RC_CORRUPT,
 * RC_FULL, RC_DENIED and others: a sentence in reterr; nothing was made.
 */
MUST_CHECK enum rc database_backup(const char *url, const char *to, const struct copy_watch *watch,
				   struct copy_facts *ret_facts, struct text *reterr);

/*
 * Puts a copy of the file `from` into the place of the database, all at once; `from` is only read.
 * Before anything is touched the copy is checked. What was there is kept beside it under its name
 * with `kept` behind it. Only with nobody else at work. RC_NOTFOUND: no such file. RC_FOREIGN: not
 * a database of ours, or a name of the database itself. RC_NEWER, RC_CORRUPT: `from` is. RC_BUSY:
 * somebody has the database open. Whatever fails, the database is as it was, or whole
 * as it was to be: that, when the very last step fails, which puts the new name on the disk.
 */
MUST_CHECK enum rc database_restore(const char *url, const char *from, const char *kept,
				    const struct copy_watch *watch, struct copy_facts *ret_facts,
				    struct text *reterr);

/* Do other processes write to it, and may several sessions of this one? */
bool database_shared(const struct database *db);

/*
 * Sessions that are opened after this may read from replicas, which are at most so far behind; does
 * nothing where the engine has none. What is promised while the primary is away, when no bound can
 * be kept, is said in replica.c. Needs somebody who calls store_sample.
 */
void database_use_replicas(struct database *db, int64_t staleness_us);

/* What tells whether a server has the database's secret: see store_installation_get. */
#define STORE_CHECK_BYTES 32

/* How often this process has committed. Readers compare; never goes back. */
uint64_t database_commits(const struct database *db);

/* ---- a session: one thread at a time, at most one transaction ---------------------- */

enum store_mode { STORE_READER, STORE_WRITER };

struct store;

/* There is at most one writer on a database. RC_BUSY: there is one already. */
MUST_CHECK enum rc store_open(struct database *db, enum store_mode mode, struct store **ret_store);
struct store *store_close(struct store *s); /* rolls back what is open; takes NULL; gives NULL */
const char *store_error(const struct store *s);

/* Readers. From here on the session sees every commit that was finished before this call; a
 * snapshot that is still good is kept, which is what makes look-ups cheap. */
MUST_CHECK enum rc store_read(struct store *s);
/* The same, for customers' data of one company, where it may come from a replica: everything that
 * this process has committed for the company, and what anybody has by database_use_replicas's bound
 * before now. */
MUST_CHECK enum rc store_read_near(struct store *s, int64_t company_id);
/* Lets go of the snapshot; to be called when a thread has nothing to do, else checkpoints of the
 * write-ahead log cannot finish. */
void store_rest(struct store *s);

/* Writers. RC_BUSY from begin: nothing was changed, try again. From commit: RC_FULL (no room),
 * RC_BUSY and RC_EXISTS (of a bulk): nothing was changed; RC_IO: outcome unknown, the process must
 * stop writing. */
MUST_CHECK enum rc store_begin(struct store *s);
MUST_CHECK enum rc store_commit(struct store *s);
void store_rollback(struct store *s);
/*
 * Writers, where the database is shared: of the call that follows it is taken for granted that
 * nothing is in the way of what it adds, so that nobody waits to hear it. Several calls, each
 * behind a store_hope of its own, can share a transaction so. Where something was in the way the
 * commit fails, with whatever rc, and nothing of any of them has happened: each is to be run by
 * itself, without hope. Does nothing where the database is not shared.
 */
void store_hope(struct store *s);

/* Writers, between transactions, when there is nothing else to do: some of what must be done later
 * is done now. Is there something? */
bool store_untidy(const struct store *s);
void store_tidy(struct store *s);

/* Writers. A commit that erases somebody comes back when no file has anything of him any more, or
 * after two seconds in which some reader (a backup, say) did not let go of the write-ahead log. How
 * many bytes of the log may still have what was erased; 0: none. store_wipe tries again to empty
 * it, at once and between transactions; each store_begin and the store_close of a writer do, too.
 */
int64_t store_unwiped(const struct store *s);
void store_wipe(struct store *s);

/* Where the database is shared: the last commit erased somebody, and the dead rows could not be
 * vacuumed away at once; store_error() says why. */
bool store_kept_dead(const struct store *s);

/* A part of the transaction that can be taken back alone. Not nested. */
MUST_CHECK enum rc store_savepoint(struct store *s);
MUST_CHECK enum rc store_savepoint_keep(struct store *s);
MUST_CHECK enum rc store_savepoint_undo(struct store *s);

/* ---- a database that can be lost for a moment ---------------------------------------- */

/* Where the database is shared, calls on the session give up at this time of CLOCK_MONOTONIC (us);
 * 0: they wait as long as it takes. */
void store_deadline(struct store *s, int64_t mono_us);

/* Is the database there? Between transactions. */
MUST_CHECK enum rc store_ping(struct store *s);

/* Looks where the primary is, so that it is known how far behind a replica is: several times within
 * the bound, and always by the same thread. Between transactions of a writer. */
MUST_CHECK enum rc store_sample(struct store *s);

/* Why the last transaction, or what was read since store_read, came to nothing, when it is worth
 * trying again: RC_BUSY or RC_LOST. RC_OK: nothing of the kind. */
enum rc store_passing(const struct store *s);

/* What an operation has made of its record. */
struct happened {
	bool any;
	int64_t record_id, new_version;
};

/* Writers, between transactions. Has somebody committed this operation? Where he may have and it
 * is answered, store_confirm has to have said that what this server of the database has
 * committed, all its standbys that it waits for have too. */
MUST_CHECK enum rc store_happened(struct store *s, int64_t company_id, const uint8_t op[OP_BYTES],
				  struct happened *ret_happened);
MUST_CHECK enum rc store_confirm(struct store *s);

/*
 * Look-ups that several calls, or one call for many rows, are going to make, sent together where
 * the database is shared. begin, then each look-up (at most STORE_AHEAD_MAX; what is more is looked
 * up as ever), then fetch; until the next begin, and in a writer's transaction, store_customer_get,
 * _find, _was_erased and _alike give what came, but for what the session has changed since; what
 * was not fetched, or is looked up otherwise, is looked up as ever. For a reader what comes is as
 * new as store_read_near promises. Nothing fails here: a writer's transaction may, and who looks up
 * is told.
 */
#define STORE_AHEAD_MAX 256
void store_ahead_begin(struct store *s);
void store_ahead_customer(struct store *s, int64_t company_id, int64_t customer_id,
			  struct str external_customer_ref); /* that one when customer_id is 0 */
void store_ahead_erased(struct store *s, int64_t company_id, int64_t customer_id);
void store_ahead_alike(struct store *s, int64_t company_id, const struct customer *like);
void store_ahead_fetch(struct store *s);

/* ---- records ----------------------------------------------------------------------- */

/* Whose data: every call is scoped, and what is outside counts as not found. */
struct scope {
	int64_t company_id;
	int64_t branch_id; /* 0: all branches of the company */
};

/*
 * On whose behalf something is changed. Every function that changes a record takes it and writes
 * a row of the audit with it, in the same transaction. The row's `op`, which the record keeps as
 * its last_op, is made by the store: the microsecond (never one that the company's audit has
 * passed already), then random bytes; so ops of a company are in the order of its changes. An
 * edit's row names the fields in which `before` and `after` differ.
 */
struct change {
	int64_t now_us;
	int64_t key_number;   /* 0: not by an access key */
	int64_t operator_uid; /* -1: not by an operator */
	struct str command;
	struct str request_id;
	struct str server; /* kept only where several may write */
	/* Many customers come. They get ids in the order in which they are added, above all that
	 * were there. A search finds them behind store_terms_settle, unless terms_now; and where
	 * the database is shared see store_customer_add. */
	bool bulk, terms_now;
	/* The call's own, so that it can be run again without being done twice: its first op (see
	 * store_make_op); those behind it count on. Only where the database is shared. */
	bool has_op;
	uint8_t op[OP_BYTES];
};

/* Gives the change its op, for a call that may be run again. */
void store_make_op(struct change *change);

/* Customers. RC_NOTFOUND. */
MUST_CHECK enum rc store_customer_get(struct store *s, struct arena *a, struct scope scope,
				      int64_t customer_id, struct customer *ret_customer);
MUST_CHECK enum rc store_customer_find(struct store *s, struct arena *a, struct scope scope,
				       struct str external_customer_ref,
				       struct customer *ret_customer);
/* Adds with the id that `c` names, or with the company's next one when that is 0. All members
 * are stored as they are, `version` as 1. RC_EXISTS: id or reference is taken; in a bulk where the
 * database is shared a later call may tell it, the commit at the latest, and the transaction is
 * lost: so whoever adds in bulk looks up before whether it is taken, and runs again what fails. The
 * texts of `change` must stay until then. */
MUST_CHECK enum rc store_customer_add(struct store *s, const struct customer *c, int64_t company_id,
				      const struct change *change, int64_t *ret_customer_id);
/* Writes all members of `after` over `before`, as it was read in this transaction; its version
 * counts up. RC_EXISTS: the reference is taken. RC_CHANGED: the record is not `before` any more. */
MUST_CHECK enum rc store_customer_edit(struct store *s, int64_t company_id,
				       const struct customer *before, const struct customer *after,
				       const struct change *change);
/* Takes every byte of a person out: the record, what it is searched by, answers kept for
 * Idempotency-Keys. The audit keeps that it happened. */
MUST_CHECK enum rc store_customer_erase(struct store *s, int64_t company_id,
					const struct customer *c, const struct change *change);

/* In the order of their ids, those behind after_id, at most n_max. Of one branch it looks at a
 * bounded number of the company's, so there may be fewer, or none, and more behind: *ret_after_id
 * is where to go on, 0 at the end. */
MUST_CHECK enum rc store_customer_list(struct store *s, struct arena *a, struct scope scope,
				       int64_t after_id, size_t n_max, struct list *ret_customers,
				       int64_t *ret_after_id);

/* Was there a customer of this id who has been erased? */
MUST_CHECK enum rc store_customer_was_erased(struct store *s, int64_t company_id,
					     int64_t customer_id, bool *ret_erased);
/* The highest id of the company; 0: it has no customers. */
MUST_CHECK enum rc store_customer_last(struct store *s, int64_t company_id, int64_t *ret_id);
/* The first one behind after_id who is probably the same person as `like`: the same names, date of
 * birth and postcode, where case, accents, blanks and marks do not count. RC_NOTFOUND. */
MUST_CHECK enum rc store_customer_alike(struct store *s, struct arena *a, int64_t company_id,
					const struct customer *like, int64_t after_id,
					struct customer *ret_customer);

/* What customers are looked for by. Empty: does not matter. Case, accents, blanks and marks do not
 * count; last_name is the beginning of one, the others are whole. */
struct customer_search {
	struct str last_name, postal_code, tel_number, email_address, dob;
};

/* Where a search goes on: behind this customer, under this term of the index, which is at most
 * CUSTOMER_TERM_BYTES_MAX long. */
struct customer_place {
	struct str term;
	int64_t customer_id; /* 0: from the start */
};

#define CUSTOMER_TERM_BYTES_MAX 252

/* Those that match all of `search`, by last name where it is all that is given. Looks at a bounded
 * number of candidates, so there may be fewer than n_max, or none, and more behind: *ret_place is
 * where to go on with the same search, with customer_id 0 at the end. RC_INVALID: nothing to look
 * for is left of one of the texts when case, blanks and marks are taken away, or there is none, or
 * `from` is not of this search. */
MUST_CHECK enum rc store_customer_search(struct store *s, struct arena *a, struct scope scope,
					 const struct customer_search *search,
					 const struct customer_place *from, size_t n_max,
					 struct list *ret_customers,
					 struct customer_place *ret_place);

/* Customers that were added in bulk are found by a search only behind this. Does it where the
 * company has at least so many of them, as far as their ids tell: *ret_any. To be called on the way
 * of a bulk and at its end; store_sweep does it for what a crash has left. */
MUST_CHECK enum rc store_terms_settle(struct store *s, int64_t company_id, int64_t at_least,
				      bool *ret_any);

/* ---- the installation: where several servers share a database ------------------------ */

/* What tells whether a server has the database's secret. RC_NOTFOUND: nobody has said yet. */
MUST_CHECK enum rc store_installation_get(struct store *s, uint8_t ret_check[STORE_CHECK_BYTES]);
/* In a transaction. RC_EXISTS: there is one, which stays. */
MUST_CHECK enum rc store_installation_put(struct store *s, const uint8_t check[STORE_CHECK_BYTES]);

/* ---- the audit ---------------------------------------------------------------------- */

enum audit_record { AUDIT_COMPANY = 1, AUDIT_BRANCH, AUDIT_ACCESS_KEY, AUDIT_CUSTOMER };

struct audit_filter {
	int64_t company_id;
	enum audit_record record; /* 0: any */
	int64_t record_id;        /* with `record`; 0: any */
	int64_t since_us;         /* 0: from the start */
};

/* Rows behind `after` (NULL: from the start), oldest first, at most n_max; struct audit each. */
MUST_CHECK enum rc store_audit_list(struct store *s, struct arena *a,
				    const struct audit_filter *filter,
				    const uint8_t after[OP_BYTES], size_t n_max,
				    struct list *ret_rows);

/*
 * A place in the order of a company's changes. Where one server writes, that is the order of their
 * ops, and tx is 0. Where several do, clocks differ, and who has begun first may commit last: there
 * it is the order of transactions, then of ops. What was copied there from a database that one
 * server wrote has tx 0, so a place in that one is the same place here. A transaction's number says
 * nothing in another database, so `database` tells of which it is, where tx is not 0.
 */
struct change_place {
	int64_t tx, database;
	uint8_t op[OP_BYTES];
};

/* Customers in the order in which they were last changed, behind `after` (all zero: from the
 * start); one that has been erased comes with its id alone, and `erased`. Looks at a bounded
 * number of changes, so there may be fewer than n_max and more behind: *ret_more; *ret_after is
 * where to go on, later too. `items` are struct customer. Where several servers write, a change is
 * listed when every transaction that began before its own has ended: nobody comes in front of what
 * was listed. A place of theirs means nothing to another database, and begins there at the
 * start: a customer may be listed twice, none is left out. */
MUST_CHECK enum rc store_customer_changes(struct store *s, struct arena *a, struct scope scope,
					  const struct change_place *after, size_t n_max,
					  struct list *ret_customers,
					  struct change_place *ret_after, bool *ret_more);

/* ---- answers kept for Idempotency-Keys ---------------------------------------------- */

struct kept_answer {
	uint8_t request_hash[32];
	int64_t expires_us;
	int64_t etag;
	int64_t customer_id; /* whom it tells of; 0: nobody */
	struct str answer;   /* the whole body */
};

/* get: one that has expired counts as not there; RC_NOTFOUND. claim: where several write at the
 * same time, nobody else can claim it until this transaction has ended; RC_EXISTS: somebody has put
 * an answer there since it was looked for. put replaces it, and sweeps some of
 * the company's that have expired. sweep: takes out at most n_max of all companies' answers and
 * ended tokens that have expired, and settles terms; *ret_n is how many rows and companies. */
MUST_CHECK enum rc store_answer_get(struct store *s, struct arena *a, int64_t company_id,
				    int64_t key_number, struct str idempotency_key, int64_t now_us,
				    struct kept_answer *ret_answer);
MUST_CHECK enum rc store_answer_claim(struct store *s, int64_t company_id, int64_t key_number,
				      struct str idempotency_key, int64_t now_us,
				      const uint8_t request_hash[32]);
MUST_CHECK enum rc store_answer_put(struct store *s, int64_t company_id, int64_t key_number,
				    struct str idempotency_key, int64_t now_us,
				    const struct kept_answer *answer);
/* Those that tell of a customer, expired or not; struct held_answer each. */
MUST_CHECK enum rc store_answer_list(struct store *s, struct arena *a, int64_t company_id,
				     int64_t customer_id, struct list *ret_answers);
MUST_CHECK enum rc store_sweep(struct store *s, int64_t now_us, size_t n_max, size_t *ret_n);

/* ---- imports that have begun -------------------------------------------------------- */

/*
 * So that an import that was interrupted can be run again without doubling anybody. Customers that
 * it has added have ids above before_id, in the order of their rows; when it is run again, its
 * rows up to rows_done claim them in that order: claimed_id is the last one that was.
 */
struct import_run {
	int64_t rows_done;
	int64_t before_id; /* stays as it was first put */
	int64_t claimed_id;
};

/* get: RC_NOTFOUND. end: forgets it, and those of the company that nobody has gone on with for a
 * month. */
MUST_CHECK enum rc store_import_get(struct store *s, int64_t company_id, struct str import_id,
				    struct import_run *ret_run);
MUST_CHECK enum rc store_import_put(struct store *s, int64_t company_id, struct str import_id,
				    int64_t now_us, const struct import_run *run);
MUST_CHECK enum rc store_import_end(struct store *s, int64_t company_id, struct str import_id,
				    int64_t now_us);

/* ---- rates that several servers share ------------------------------------------------- */

/* So much of a key's time is asked for: see access/rate.h. */
struct rate_wish {
	int64_t company_id, key_number;
	int64_t now_ns;       /* since 1970 */
	int64_t cost_ns;      /* by which its TAT is to be moved on */
	int64_t ahead_ns_max; /* how far ahead of now it may be then */
};

/* Where the database is shared; in a transaction of its own, which may be lost when PostgreSQL
 * fails. *ret_end_ns is the TAT then. RC_NOTFOUND: it would be too far ahead. */
MUST_CHECK enum rc store_rate_lease(struct store *s, const struct rate_wish *wish,
				    int64_t *ret_end_ns);

/* ---- session tokens that were ended ------------------------------------------------- */

#define KILL_BYTES 12 /* a token's mac */

/* add: doing it twice is RC_OK. list: those that have not expired, KILL_BYTES each, sorted. */
MUST_CHECK enum rc store_kill_add(struct store *s, int64_t company_id,
				  const uint8_t mac[KILL_BYTES], int64_t expires_us,
				  const struct change *change);
MUST_CHECK enum rc store_kill_list(struct store *s, struct arena *a, int64_t company_id,
				   int64_t now_us, struct list *ret_macs);

/* ---- access ------------------------------------------------------------------------- */

/* Companies. count counts keys that were not revoked. add: RC_EXISTS. edit writes name, timezone
 * and active; RC_NOTFOUND. */
MUST_CHECK enum rc store_company_add(struct store *s, const struct company *c,
				     const struct change *change);
MUST_CHECK enum rc store_company_get(struct store *s, struct arena *a, int64_t company_id,
				     struct company *ret_company);
MUST_CHECK enum rc store_company_edit(struct store *s, const struct company *before,
				      const struct company *after, const struct change *change);
MUST_CHECK enum rc store_company_list(struct store *s, struct arena *a, struct list *ret_companies);
MUST_CHECK enum rc store_company_count(struct store *s, int64_t *ret_companies, int64_t *ret_keys);

/* Branches. add: numbers it (1, 2, …); RC_NOTFOUND: no such company. edit: name and active. */
MUST_CHECK enum rc store_branch_add(struct store *s, const struct branch *b,
				    const struct change *change, int64_t *ret_branch_id);
MUST_CHECK enum rc store_branch_get(struct store *s, struct arena *a, int64_t company_id,
				    int64_t branch_id, struct branch *ret_branch);
MUST_CHECK enum rc store_branch_edit(struct store *s, const struct branch *before,
				     const struct branch *after, const struct change *change);
MUST_CHECK enum rc store_branch_list(struct store *s, struct arena *a, int64_t company_id,
				     struct list *ret_branches);

/* Access keys. add: numbers it; RC_NOTFOUND: no such company or branch; RC_EXISTS: that hash is
 * there already. edit writes label, allow, rate, burst, branch_only, active, revoked and
 * generation. list gives key_hash and branch_active too: it is what the directory of companies is
 * filled by. */
MUST_CHECK enum rc store_access_key_add(struct store *s, const struct access_key *k,
					const struct change *change, int64_t *ret_key_number);
MUST_CHECK enum rc store_access_key_get(struct store *s, struct arena *a, int64_t company_id,
					int64_t key_number, struct access_key *ret_key);
MUST_CHECK enum rc store_access_key_edit(struct store *s, const struct access_key *before,
					 const struct access_key *after,
					 const struct change *change);
MUST_CHECK enum rc store_access_key_list(struct store *s, struct arena *a, int64_t company_id,
					 struct list *ret_keys);

/* ---- for tests ---------------------------------------------------------------------- */

/* The n-th engine call from now on this session (0: the next) fails as a failing disk would, once;
 * -1: none. Gives how many calls were made since it was last set. */
int64_t store_fail_at(struct store *s, int64_t n);

#endif
