#include "access/rate.h"

#include <sodium.h>
#include <string.h>

#include "access/internal.h"
#include "access/rate_lease.h"

#define NS_PER_US INT64_C(1000)
#define NS_PER_S  INT64_C(1000000000)

/* Tags that are nobody's. */
#define TAG_EMPTY 0
#define TAG_TAKEN 1 /* the slot is being given to a new owner: keep off */

#define CALLS_MAX INT64_C(1000000)

/* Threads look at the clock at different moments, but not that different: a TAT that is further
 * ahead than its limit allows by more than this comes from a clock that was set back. */
#define STEP_NS (10 * NS_PER_S)

/* How often a slot may be lost to others, while we are about to use it, before the call is let
 * through uncounted. Each loss takes a newcomer to the same set in just that moment. */
#define TRIES_MAX 64

_Static_assert(RATE_KEY_BYTES == crypto_shorthash_KEYBYTES, "the tag's key is SipHash's");

/* ---- arithmetic --------------------------------------------------------------------- */

static int64_t within(int64_t value, int64_t lowest, int64_t highest)
{
	return value < lowest ? lowest : value > highest ? highest : value;
}

static int64_t divide_up(int64_t value, int64_t by)
{
	return (value + by - 1) / by;
}

struct rate_limit rate_limit_of(int64_t calls, int64_t period_s, int64_t burst)
{
	/* Rounded up: a rate is never exceeded, not even by a rounding. */
	return (struct rate_limit){
		.interval_ns = divide_up(period_s * NS_PER_S, within(calls, 1, CALLS_MAX)),
		.burst = within(burst, 1, CALLS_MAX),
	};
}

/* How far ahead of now the TAT may be for one more call. */
static int64_t ahead_max(struct rate_limit limit)
{
	return (limit.burst - 1) * limit.interval_ns;
}

/* How far ahead of now the caller's TAT is; 0: at rest. */
static int64_t ahead(int64_t tat_ns, struct rate_limit limit, int64_t now_ns)
{
	int64_t most = limit.burst * limit.interval_ns + STEP_NS;

	return tat_ns <= now_ns || tat_ns - now_ns > most ? 0 : tat_ns - now_ns;
}

static void describe(int64_t ahead_ns, struct rate_limit limit, bool allowed, struct rate_answer *a)
{
	int64_t most = ahead_max(limit);

	a->allowed = allowed;
	a->remaining = ahead_ns > most ? 0 : (most - ahead_ns) / limit.interval_ns + 1;
	a->reset_s = divide_up(ahead_ns, NS_PER_S);
	a->retry_after_s = allowed ? 0 : divide_up(ahead_ns - most, NS_PER_S);
}

bool rate_permits_take(struct rate_permits *p, struct rate_limit limit, int64_t now_ns)
{
	if (p->next_ns < now_ns)
		p->next_ns += divide_up(now_ns - p->next_ns, limit.interval_ns) * limit.interval_ns;
	if (p->next_ns >= p->end_ns)
		return false;
	p->next_ns += limit.interval_ns;
	return true;
}

int64_t rate_lease_size(struct rate_limit limit, int64_t servers)
{
	int64_t of_second = NS_PER_S / limit.interval_ns / servers, of_burst = limit.burst / 4;

	return within(of_burst < of_second ? of_burst : of_second, 1, CALLS_MAX);
}

struct rate_limit rate_share(struct rate_limit limit, int64_t servers)
{
	return (struct rate_limit){
		.interval_ns = limit.interval_ns * servers,
		.burst = within(limit.burst / servers, 1, CALLS_MAX),
	};
}

/* ---- the table ---------------------------------------------------------------------- */

uint64_t rate_tag(const uint8_t key[RATE_KEY_BYTES], const uint8_t who[16])
{
	uint64_t tag;

	_Static_assert(sizeof(tag) == crypto_shorthash_BYTES, "a tag is a SipHash");
	(void)crypto_shorthash((unsigned char *)&tag, who, 16, key); /* cannot fail */
	return tag > TAG_TAKEN ? tag : tag + TAG_TAKEN + 1;
}

static struct rate_set *set_of(struct rate_table *t, uint64_t tag)
{
	return &t->sets[tag % RATE_SETS];
}

/*
 * A slot changes hands in three steps: its tag is exchanged for TAG_TAKEN (by compare-and-swap, so
 * by one thread only), the TAT is set to now, the new owner's tag is put in. In between nobody
 * finds it. Whoever found it before, for its old owner, either fails to swap the TAT, since that
 * has changed, or swaps it before it is set, and then his call is forgotten with all the others of
 * the old owner.
 *
 * Two threads may give the same newcomer a slot each. From then on all threads use the one of the
 * later TAT, and the other soon lies at rest and is given away; what was counted there, at most
 * one call for each of the threads, is lost.
 */
static struct rate_slot *find(struct rate_set *set, uint64_t tag)
{
	struct rate_slot *found = NULL;
	int64_t found_tat = 0;

	for (size_t i = 0; i < RATE_WAYS; i++) {
		struct rate_slot *slot = &set->ways[i];

		if (atomic_load(&slot->tag) != tag)
			continue;
		int64_t tat = atomic_load(&slot->tat_ns);
		if (!found || tat > found_tat) {
			found = slot;
			found_tat = tat;
		}
	}
	return found;
}

/* Gives the slot of the oldest TAT to a newcomer; an empty one's is the oldest of all. */
static void settle(struct rate_set *set, uint64_t tag, int64_t now_ns)
{
	struct rate_slot *oldest = NULL;
	int64_t oldest_tat = 0;
	uint64_t owner = TAG_TAKEN;

	for (size_t i = 0; i < RATE_WAYS; i++) {
		struct rate_slot *slot = &set->ways[i];
		uint64_t slot_owner = atomic_load(&slot->tag);
		int64_t tat = atomic_load(&slot->tat_ns);

		if (slot_owner == TAG_TAKEN || (oldest && tat >= oldest_tat))
			continue;
		oldest = slot;
		oldest_tat = tat;
		owner = slot_owner;
	}
	if (!oldest || !atomic_compare_exchange_strong(&oldest->tag, &owner, TAG_TAKEN))
		return;
	atomic_store(&oldest->tat_ns, now_ns);
	atomic_store(&oldest->tag, tag);
}

enum outcome { ALLOWED, REFUSED, SLOT_LOST };

/*
 * One call of the slot's owner; *ret_ahead_ns is where it leaves him. Swapping fails only when
 * another thread took a call of the same owner; since he runs out of calls, it fails a limited
 * number of times.
 */
static enum outcome take(struct rate_slot *slot, uint64_t tag, struct rate_limit limit,
			 int64_t now_ns, int64_t *ret_ahead_ns)
{
	int64_t tat = atomic_load(&slot->tat_ns);

	for (;;) {
		int64_t from = ahead(tat, limit, now_ns);

		if (atomic_load(&slot->tag) != tag)
			return SLOT_LOST;
		*ret_ahead_ns = from;
		if (from > ahead_max(limit))
			return REFUSED;
		*ret_ahead_ns = from + limit.interval_ns;
		if (atomic_compare_exchange_weak(&slot->tat_ns, &tat, now_ns + *ret_ahead_ns))
			return ALLOWED;
	}
}

void rate_table_take(struct rate_table *t, uint64_t tag, struct rate_limit limit, int64_t now_us,
		     struct rate_answer *ret_answer)
{
	struct rate_set *set = set_of(t, tag);
	int64_t now_ns = now_us * NS_PER_US;
	int64_t ahead_ns = 0;

	for (int tries = 0; tries < TRIES_MAX; tries++) {
		struct rate_slot *slot = find(set, tag);

		if (!slot) {
			settle(set, tag, now_ns);
			continue;
		}
		enum outcome outcome = take(slot, tag, limit, now_ns, &ahead_ns);
		if (outcome != SLOT_LOST) {
			describe(ahead_ns, limit, outcome == ALLOWED, ret_answer);
			return;
		}
	}
	describe(limit.interval_ns, limit, true, ret_answer);
}

void rate_table_look(struct rate_table *t, uint64_t tag, struct rate_limit limit, int64_t now_us,
		     struct rate_answer *ret_answer)
{
	struct rate_slot *slot = find(set_of(t, tag), tag);
	int64_t tat = slot ? atomic_load(&slot->tat_ns) : 0;
	int64_t ahead_ns = ahead(tat, limit, now_us * NS_PER_US);

	describe(ahead_ns, limit, ahead_ns <= ahead_max(limit), ret_answer);
}

/* ---- keys --------------------------------------------------------------------------- */

/* False: the database cannot be asked; *limit is our share then. */
static bool take_leased(struct access *a, int64_t company_id, const struct directory_key *key,
			struct rate_limit *limit, int64_t now_us, struct rate_answer *ret_answer)
{
	enum rate_outcome outcome =
		rate_leases_take(a->leases, company_id, key->key_number, *limit, now_us);

	if (outcome == RATE_UNKNOWN) {
		*limit = rate_share(*limit, rate_leases_servers(a->leases));
		return false;
	}
	/* How far the others have come is not known: as if they had taken all there was. */
	*ret_answer = (struct rate_answer){
		.allowed = outcome == RATE_ALLOWED,
		.reset_s = divide_up(limit->burst * limit->interval_ns, NS_PER_S),
		.retry_after_s =
			outcome == RATE_ALLOWED ? 0 : divide_up(limit->interval_ns, NS_PER_S),
	};
	return true;
}

void rate_take(struct access *a, int64_t company_id, const struct directory_key *key,
	       int64_t now_us, struct rate_answer *ret_answer)
{
	int64_t who[2] = {company_id, key->key_number};
	uint8_t bytes[sizeof(who)];

	memcpy(bytes, who, sizeof(who));
	struct rate_limit limit = rate_limit_of(key->rate, 1, key->burst);
	if (!a->leases || !take_leased(a, company_id, key, &limit, now_us, ret_answer))
		rate_table_take(&a->keys, rate_tag(a->slot_key, bytes), limit, now_us, ret_answer);
	ret_answer->limit = key->rate;
}

/* ---- addresses that fail to get a token --------------------------------------------- */

#define MINUTE_S      60
#define NETWORK_BYTES 8 /* an IPv6 /64: the least that one subscriber has */

static uint64_t peer_tag(const struct access *a, const struct ip *peer)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	bool is_ipv4 = memcmp(peer->bytes, mapped, sizeof(mapped)) == 0;
	uint8_t who[16] = {0};

	memcpy(who, peer->bytes, is_ipv4 ? sizeof(who) : NETWORK_BYTES);
	return rate_tag(a->slot_key, who);
}

static struct rate_limit failure_limit(const struct access *a)
{
	int64_t failures = a->options.failures_per_minute;

	return rate_limit_of(failures, MINUTE_S, failures);
}

void failure_look(struct access *a, const struct ip *peer, int64_t now_us,
		  struct rate_answer *ret_answer)
{
	if (a->options.failures_per_minute == 0) {
		*ret_answer = (struct rate_answer){.allowed = true};
		return;
	}
	rate_table_look(&a->failures, peer_tag(a, peer), failure_limit(a), now_us, ret_answer);
	ret_answer->limit = a->options.failures_per_minute;
}

void failure_count(struct access *a, const struct ip *peer, int64_t now_us)
{
	struct rate_answer ignored; /* whoever may not fail again has been told so by a look */

	if (a->options.failures_per_minute)
		rate_table_take(&a->failures, peer_tag(a, peer), failure_limit(a), now_us,
				&ignored);
}
