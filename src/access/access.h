#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/hash.h"
#include "base/ip.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"

struct store;
struct zone;

/*
 * Who may call: keys, tokens, allow lists, rates; contract section 5, design section 5.
 * Nothing here knows commands or status codes.
 *
 * One `struct access` per process, shared by all threads, without locks on the way of
 * a request. One `struct directory` per thread.
 */
struct access;

struct access_options {
	int64_t failures_per_minute; /* of GetSessionToken, from one address; 0: no limit */
	int64_t directory_us;        /* how long an entry of the directory is good */
};

/*
 * Reads the secret of a data directory (`secret.key`, mode 0600), or the one that was handed over.
 * A sentence for people is appended to reterr: RC_NOTFOUND: no secret there. RC_DENIED: others may
 * read it, or we may not. RC_INVALID: damaged, or there are two that differ. RC_NOMEM, RC_IO.
 */
MUST_CHECK enum rc access_open(const char *dir, const struct access_options *options,
			       struct access **ret_access, struct text *reterr);
struct access *access_close(struct access *a); /* wipes the secret; takes NULL; gives NULL */

/* Has systemd handed a secret over ($CREDENTIALS_DIRECTORY/pdmd-secret)? Then `dir` needs none. */
bool access_secret_handed_over(void);

/* Makes a new secret in `dir`, synced to disk. RC_EXISTS: there is one. */
MUST_CHECK enum rc access_create_secret(const char *dir, struct text *reterr);

/* From here on the rates of keys are shared with the other servers, `servers` in all, through
 * the database: rate_take may wait for it, half a second at most. `store` is a writer's session
 * that nobody else uses, and is closed behind `a`'s last call. RC_NOMEM. */
MUST_CHECK enum rc access_lease_rates(struct access *a, struct store *store, int64_t servers);

/* Something the directories hold was changed and committed: they look again at once. Any thread. */
void access_changed(struct access *a);

/* ---- access keys ------------------------------------------------------------------- */

#define ACCESS_KEY_CHARS  32 /* upper-case hexadecimal digits */
#define ACCESS_HASH_BYTES 32

void access_key_make(char ret_key[ACCESS_KEY_CHARS + 1]);

/* What is stored in the key's place. `key` is anything the caller sent. */
void access_key_hash(const struct access *a, struct str key, uint8_t ret_hash[ACCESS_HASH_BYTES]);

/*
 * Tells whether two have the same secret for keys, and nothing about it: kept in a database that
 * several servers share.
 */
void access_check_value(const struct access *a, uint8_t ret_check[ACCESS_HASH_BYTES]);

/* ---- the directory of companies ---------------------------------------------------- */

struct directory;

struct directory_key {
	int64_t key_number;
	int64_t branch_id;
	int64_t generation;
	int64_t rate; /* per second */
	int64_t burst;
	uint8_t hash[ACCESS_HASH_BYTES];
	bool active; /* the key and its branch are */
	bool branch_only;
	bool restricted; /* has an allow list, even where no entry of it could be read */
	uint32_t n_networks;
	const struct cidr *networks;
};

struct directory_company {
	int64_t company_id;
	bool active;
	const struct zone *zone;
	uint32_t n_keys;
	const struct directory_key *keys;
	uint32_t n_ended;
	const uint8_t *ended; /* macs of tokens, KILL_BYTES each, sorted */
};

/* `store` is the thread's own reader session and must outlive the directory. NULL: no memory. */
MUST_CHECK struct directory *directory_create(struct access *a, struct store *store);
struct directory *directory_destroy(struct directory *d); /* takes NULL; gives NULL */

/*
 * RC_NOTFOUND: no such company (which is remembered as well, so that asking again costs no
 * look-up). *ret_company is good until the next call on the same directory. RC_IO and other
 * failures of the store: nothing is known.
 */
MUST_CHECK enum rc directory_find(struct directory *d, int64_t company_id,
				  const struct directory_company **ret_company);

/* The active key that hashes to `hash`, or NULL. Compares with every key of the company in constant
 * time; costs about the same where `company` is NULL. */
const struct directory_key *directory_key_by_hash(const struct directory_company *company,
						  const uint8_t hash[ACCESS_HASH_BYTES]);
const struct directory_key *directory_key_by_number(const struct directory_company *company,
						    int64_t key_number);

bool directory_key_allows(const struct directory_key *key, const struct ip *peer);

/* ---- session tokens ---------------------------------------------------------------- */

#define TOKEN_CHARS_MAX 76 /* company | 36 | key number, both at most int64 */

struct token {
	int64_t company_id;
	int64_t key_number;
	uint32_t expires_s; /* since 1970, UTC: not valid from this second on */
	uint8_t mac[12];
};

/* Writes a NUL behind it. */
void token_make(const struct access *a, int64_t company_id, int64_t key_number, int64_t generation,
		uint32_t expires_s, char ret_token[TOKEN_CHARS_MAX + 1]);

/* Takes the text apart; only the one way of writing it is accepted (no leading zeros beyond the
 * four digits of the key, lower-case hexadecimal). RC_INVALID. Says nothing about truth. */
MUST_CHECK enum rc token_parse(struct str s, struct token *ret_token);

/* Was it made by us for this generation of the key, and is it still valid? One that this thread has
 * seen lately, and found to be ours, is known again for less; all others cost the same. */
bool token_good(const struct access *a, const struct token *t, int64_t generation, int64_t now_us);

/* Was this token of the company, which is good otherwise, ended before its time? */
bool token_ended(const struct directory_company *company, const struct token *t);

/* ---- cursors ------------------------------------------------------------------------ */

/*
 * Where a list goes on, as a text for the caller to bring back. It may hold part of a patient's
 * name, so nobody but us can read it; and it is good only for what it was made for.
 */
#define CURSOR_BYTES_MAX 264 /* of what it holds */
#define CURSOR_CHARS_MAX 406 /* A-Z a-z 0-9 - _ */

/* What a cursor is for. */
struct cursor_use {
	int64_t company_id;
	struct str command;         /* its name */
	uint8_t filter[HASH_BYTES]; /* hash_texts of what else the caller asked for */
};

/* `n` is at most CURSOR_BYTES_MAX. RC_NOMEM. */
MUST_CHECK enum rc cursor_seal(const struct access *a, const struct cursor_use *use,
			       const void *bytes, size_t n, struct arena *arena,
			       struct str *ret_cursor);

/* RC_INVALID: not a cursor of ours, or not one for this use. Any server with the secret for tokens
 * that it was sealed under opens it, after a restart too. */
MUST_CHECK enum rc cursor_open(const struct access *a, const struct cursor_use *use,
			       struct str cursor, uint8_t ret_bytes[CURSOR_BYTES_MAX],
			       size_t *ret_n);

/* ---- rates ------------------------------------------------------------------------- */

struct rate_answer {
	bool allowed;
	int64_t limit;         /* calls per second; failures: per minute */
	int64_t remaining;     /* that would be allowed right now */
	int64_t reset_s;       /* until all of the burst is there again, rounded up */
	int64_t retry_after_s; /* until one more is allowed, rounded up; 0 when allowed */
};

/* Takes one call of the key's rate (GCRA). Time is a parameter; any thread. */
void rate_take(struct access *a, int64_t company_id, const struct directory_key *key,
	       int64_t now_us, struct rate_answer *ret_answer);

/* Failed attempts to get a token: look before, count after a failure. An IPv6 address counts with
 * its /64. look takes nothing. */
void failure_look(struct access *a, const struct ip *peer, int64_t now_us,
		  struct rate_answer *ret_answer);
void failure_count(struct access *a, const struct ip *peer, int64_t now_us);

#endif
