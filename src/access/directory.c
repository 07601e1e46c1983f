/*
 * The directory of companies: what a thread remembers of who may call, so that a call
 * asks the store for its own data only.
 *
 * A table of fixed size, in sets of four entries. What strangers can fill it with is companies
 * that do not exist; such entries push out each other before they push out a company that does.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "access/internal.h"
#include "base/clock.h"
#include "base/zone.h"
#include "record/access_key.h"
#include "record/company.h"
#include "store/store.h"

#define WAYS 4
#define SETS 256 /* a power of two */

/* What filling an entry may take: a company with very many keys and networks. */
#define ARENA_BLOCK     (16 * 1024)
#define ARENA_BYTES_MAX (64 * 1024 * 1024)

/* The company, its keys, their networks and its ended tokens, in one piece of memory. */
struct block {
	struct directory_company company;
	struct directory_key keys[];
};

struct entry {
	int64_t company_id;
	uint64_t generation; /* 0: nothing is here */
	int64_t read_us;
	struct block *block; /* NULL: there is no such company */
};

struct directory {
	struct access *access;
	struct store *store;
	struct arena arena;
	struct entry entries[SETS][WAYS];
};

struct directory *directory_create(struct access *a, struct store *store)
{
	struct directory *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->access = a;
	d->store = store;
	arena_init(&d->arena, ARENA_BLOCK, ARENA_BYTES_MAX);
	return d;
}

struct directory *directory_destroy(struct directory *d)
{
	if (!d)
		return NULL;
	for (size_t set = 0; set < SETS; set++)
		for (size_t way = 0; way < WAYS; way++)
			free(d->entries[set][way].block);
	arena_fini(&d->arena);
	free(d);
	return NULL;
}

/* ---- from the store ----------------------------------------------------------------- */

/* Networks that cannot be read let nobody in; the key stays restricted. */
static uint32_t fill_networks(const struct list *allow, struct cidr *networks)
{
	const struct network *items = allow->items;
	const char *why;
	uint32_t n = 0;

	for (size_t i = 0; i < allow->n; i++)
		if (cidr_parse(items[i].cidr, &networks[n], &why) == RC_OK)
			n++;
	return n;
}

static void fill_key(const struct access_key *from, struct cidr *networks, struct directory_key *to)
{
	*to = (struct directory_key){
		.key_number = from->key_number,
		.branch_id = from->branch_id,
		.generation = from->generation,
		.rate = from->rate,
		.burst = from->burst,
		.active = from->active && from->branch_active,
		.branch_only = from->branch_only,
		.restricted = from->allow.n > 0,
		.n_networks = fill_networks(&from->allow, networks),
		.networks = networks,
	};
	memcpy(to->hash, from->key_hash, sizeof(to->hash));
}

static int by_number(const void *a, const void *b)
{
	const struct directory_key *x = a, *y = b;

	return (x->key_number > y->key_number) - (x->key_number < y->key_number);
}

/* What the store has of a company; in the directory's arena. */
struct stored {
	struct company company;
	struct list keys;  /* of struct access_key */
	struct list ended; /* of KILL_BYTES each */
};

static struct block *make_block(const struct stored *s, const struct zone *zone)
{
	const struct access_key *from = s->keys.items;
	size_t keys_bytes = s->keys.n * sizeof(struct directory_key);
	size_t ended_bytes = s->ended.n * KILL_BYTES;
	size_t n_networks = 0;

	for (size_t i = 0; i < s->keys.n; i++)
		n_networks += from[i].allow.n;
	struct block *b =
		malloc(sizeof(*b) + keys_bytes + n_networks * sizeof(struct cidr) + ended_bytes);
	if (!b)
		return NULL;
	struct cidr *networks = (struct cidr *)(void *)(b->keys + s->keys.n);
	uint8_t *ended = (uint8_t *)(networks + n_networks);
	b->company = (struct directory_company){
		.company_id = s->company.company_id,
		.active = s->company.active,
		.zone = zone,
		.n_keys = (uint32_t)s->keys.n,
		.keys = b->keys,
		.n_ended = (uint32_t)s->ended.n,
		.ended = ended,
	};
	for (size_t i = 0; i < s->keys.n; i++) {
		fill_key(&from[i], networks, &b->keys[i]);
		networks += b->keys[i].n_networks;
	}
	if (s->keys.n)
		qsort(b->keys, s->keys.n, sizeof(b->keys[0]), by_number);
	if (ended_bytes)
		memcpy(ended, s->ended.items, ended_bytes);
	return b;
}

/* All is asked for also where there is no company: the time it takes must not tell. */
static enum rc read_stored(struct directory *d, int64_t company_id, struct stored *ret_stored)
{
	struct stored s = {0};
	enum rc rc = store_read(d->store);

	if (rc != RC_OK)
		return rc;
	enum rc found = store_company_get(d->store, &d->arena, company_id, &s.company);
	if (found != RC_OK && found != RC_NOTFOUND)
		return found;
	rc = store_access_key_list(d->store, &d->arena, company_id, &s.keys);
	if (rc == RC_OK)
		rc = store_kill_list(d->store, &d->arena, company_id, clock_now_us(), &s.ended);
	if (rc == RC_OK && found == RC_OK)
		*ret_stored = s;
	return rc == RC_OK ? found : rc;
}

/* RC_OK also where there is no such company; then *ret_block is NULL. */
static enum rc read_company(struct directory *d, int64_t company_id, struct block **ret_block)
{
	struct stored stored = {0};
	const struct zone *zone;
	enum rc rc = read_stored(d, company_id, &stored);

	if (rc == RC_NOTFOUND) {
		*ret_block = NULL;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	/* A zone that this system does not know would put wrong times into answers. */
	rc = zone_find(stored.company.timezone, &zone);
	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_CORRUPT : rc;
	struct block *block = make_block(&stored, zone);
	if (!block)
		return RC_NOMEM;
	*ret_block = block;
	return RC_OK;
}

/* ---- the table ---------------------------------------------------------------------- */

static struct entry *set_of(struct directory *d, int64_t company_id)
{
	/* Ids that follow one another, as they do, go to sets that follow one another. */
	return d->entries[(uint64_t)company_id % SETS];
}

static struct entry *find(struct entry set[WAYS], int64_t company_id)
{
	for (size_t way = 0; way < WAYS; way++)
		if (set[way].company_id == company_id && set[way].generation)
			return &set[way];
	return NULL;
}

static bool is_good(const struct directory *d, const struct entry *e, uint64_t generation,
		    int64_t now_us)
{
	return e->generation == generation && now_us - e->read_us < d->access->options.directory_us;
}

/* Who goes first: what is empty, then what does not exist, then what was read longest ago. */
static bool goes_before(const struct entry *a, const struct entry *b)
{
	if (!a->block != !b->block)
		return !a->block;
	return a->read_us < b->read_us;
}

static struct entry *choose(struct entry set[WAYS])
{
	struct entry *chosen = &set[0];

	for (size_t way = 0; way < WAYS; way++) {
		if (!set[way].generation)
			return &set[way];
		if (goes_before(&set[way], chosen))
			chosen = &set[way];
	}
	return chosen;
}

static enum rc fill(struct directory *d, struct entry *e, int64_t company_id, uint64_t generation,
		    int64_t now_us)
{
	struct block *block = NULL;
	enum rc rc = read_company(d, company_id, &block);

	arena_reset(&d->arena);
	if (rc != RC_OK)
		return rc;
	free(e->block);
	*e = (struct entry){.company_id = company_id,
			    .generation = generation,
			    .read_us = now_us,
			    .block = block};
	return RC_OK;
}

enum rc directory_find(struct directory *d, int64_t company_id,
		       const struct directory_company **ret_company)
{
	struct entry *set = set_of(d, company_id);
	struct entry *e = find(set, company_id);
	/* Before the store is asked: a change that comes in between makes the entry void. */
	uint64_t generation = atomic_load(&d->access->generation);
	int64_t now_us = clock_mono_us();

	if (!e || !is_good(d, e, generation, now_us)) {
		e = e ? e : choose(set);
		enum rc rc = fill(d, e, company_id, generation, now_us);
		if (rc != RC_OK)
			return rc;
	}
	if (!e->block)
		return RC_NOTFOUND;
	*ret_company = &e->block->company;
	return RC_OK;
}

/* ---- keys --------------------------------------------------------------------------- */

const struct directory_key *directory_key_by_hash(const struct directory_company *company,
						  const uint8_t hash[ACCESS_HASH_BYTES])
{
	/* What an unknown company is compared with, for the same time as most have one key. */
	static const struct directory_key nobody;
	const struct directory_key *keys = company && company->n_keys ? company->keys : &nobody;
	size_t n = company && company->n_keys ? company->n_keys : 1;
	const struct directory_key *found = NULL;

	for (size_t i = 0; i < n; i++) {
		bool same = sodium_memcmp(keys[i].hash, hash, ACCESS_HASH_BYTES) == 0;
		found = (same & keys[i].active) ? &keys[i] : found;
	}
	return found;
}

const struct directory_key *directory_key_by_number(const struct directory_company *company,
						    int64_t key_number)
{
	const struct directory_key wanted = {.key_number = key_number};

	if (!company)
		return NULL;
	return bsearch(&wanted, company->keys, company->n_keys, sizeof(wanted), by_number);
}

bool directory_key_allows(const struct directory_key *key, const struct ip *peer)
{
	for (uint32_t i = 0; i < key->n_networks; i++)
		if (cidr_contains(&key->networks[i], peer))
			return true;
	return !key->restricted;
}

/* ---- tokens that were ended --------------------------------------------------------- */

_Static_assert(sizeof(((struct token *)NULL)->mac) == KILL_BYTES, "all of it is stored");

static int by_mac(const void *a, const void *b)
{
	return memcmp(a, b, KILL_BYTES);
}

bool token_ended(const struct directory_company *company, const struct token *t)
{
	if (company->n_ended == 0)
		return false;
	return bsearch(t->mac, company->ended, company->n_ended, KILL_BYTES, by_mac) != NULL;
}
