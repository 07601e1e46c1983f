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

/* ---- the database: one per process, any thread ------------------------------------ */

struct database;

/* `url` is "sqlite:PATH"; the scheme picks the engine. Opens nothing yet beyond a look,
 * which changes nothing:
 * RC_NOTFOUND: there is no database there. RC_FOREIGN: something else is there. RC_NEWER: made
 * by a newer pdmd. RC_BUSY: made by an older one, see database_migrate. RC_DENIED, RC_IO.
 * On failure a sentence for people is appended to reterr. */
MUST_CHECK enum rc database_open(const char *url, struct database **ret_db, struct text *reterr);
struct database *database_close(struct database *db); /* takes NULL; gives NULL */

/* Makes a new, empty database. RC_EXISTS: there is one already. */
MUST_CHECK enum rc database_create(const char *url, struct text *reterr);

/* Brings the schema up to what this program needs; nothing to do is RC_OK. One process at
 * a time, with nobody else at work. */
MUST_CHECK enum rc database_migrate(const char *url, struct text *reterr);

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
/* Lets go of the snapshot; to be called when a thread has nothing to do, else checkpoints of the
 * write-ahead log cannot finish. */
void store_rest(struct store *s);

/* Writers. RC_BUSY from begin: nothing was changed, try again. From commit: RC_FULL (no room) and
 * RC_BUSY: nothing was changed; RC_IO: outcome unknown, the process must stop writing. */
MUST_CHECK enum rc store_begin(struct store *s);
MUST_CHECK enum rc store_commit(struct store *s);
void store_rollback(struct store *s);

/* A part of the transaction that can be taken back alone. Not nested. */
MUST_CHECK enum rc store_savepoint(struct store *s);
MUST_CHECK enum rc store_savepoint_keep(struct store *s);
MUST_CHECK enum rc store_savepoint_undo(struct store *s);

/* ---- records ----------------------------------------------------------------------- */

/* Whose data: every call is scoped, and what is outside counts as not found. */
struct scope {
	int64_t company_id;
	int64_t branch_id; /* 0: all branches of the company */
};

/* Customers. RC_NOTFOUND. */
MUST_CHECK enum rc store_customer_get(struct store *s, struct arena *a, struct scope scope,
				      int64_t customer_id, struct customer *ret_customer);
MUST_CHECK enum rc store_customer_find(struct store *s, struct arena *a, struct scope scope,
				       struct str external_customer_ref,
				       struct customer *ret_customer);
/* Adds with the id that `c` names, or with the company's next one when that is 0. All members
 * are stored as they are, `version` as 1. `op`: 16 bytes, the operation that writes. RC_EXISTS: id
 * or reference is taken. */
MUST_CHECK enum rc store_customer_add(struct store *s, const struct customer *c, int64_t company_id,
				      const uint8_t op[16], int64_t *ret_customer_id);

/* Companies. count counts keys that were not revoked. add: RC_EXISTS. edit writes name, timezone
 * and active; RC_NOTFOUND. */
MUST_CHECK enum rc store_company_add(struct store *s, const struct company *c);
MUST_CHECK enum rc store_company_get(struct store *s, struct arena *a, int64_t company_id,
				     struct company *ret_company);
MUST_CHECK enum rc store_company_edit(struct store *s, const struct company *c);
MUST_CHECK enum rc store_company_list(struct store *s, struct arena *a, struct list *ret_companies);
MUST_CHECK enum rc store_company_count(struct store *s, int64_t *ret_companies, int64_t *ret_keys);

/* Branches. add: numbers it (1, 2, …); RC_NOTFOUND: no such company. edit: name and active. */
MUST_CHECK enum rc store_branch_add(struct store *s, const struct branch *b,
				    int64_t *ret_branch_id);
MUST_CHECK enum rc store_branch_get(struct store *s, struct arena *a, int64_t company_id,
				    int64_t branch_id, struct branch *ret_branch);
MUST_CHECK enum rc store_branch_edit(struct store *s, const struct branch *b);
MUST_CHECK enum rc store_branch_list(struct store *s, struct arena *a, int64_t company_id,
				     struct list *ret_branches);

/* Access keys. add: numbers it; RC_NOTFOUND: no such company or branch; RC_EXISTS: that hash is
 * there already. edit writes label, allow, rate, burst, branch_only, active, revoked and
 * generation. list gives key_hash and branch_active too: it is what the directory of companies is
 * filled by. */
MUST_CHECK enum rc store_access_key_add(struct store *s, const struct access_key *k,
					int64_t *ret_key_number);
MUST_CHECK enum rc store_access_key_get(struct store *s, struct arena *a, int64_t company_id,
					int64_t key_number, struct access_key *ret_key);
MUST_CHECK enum rc store_access_key_edit(struct store *s, const struct access_key *k);
MUST_CHECK enum rc store_access_key_list(struct store *s, struct arena *a, int64_t company_id,
					 struct list *ret_keys);

/* ---- for tests ---------------------------------------------------------------------- */

/* The n-th engine call from now on this session (0: the next) fails as a failing disk would, once;
 * -1: none. Gives how many calls were made since it was last set. */
int64_t store_fail_at(struct store *s, int64_t n);

#endif
