/*
 * Reads from replicas: what is promised, and by which rule.
 *
 * A caller of this server sees what he has written. Behind each commit the position of the
 * primary's log is noted for its company, and a replica answers the company only when it has done
 * what the log has up to there. Other servers of the same database note nothing here: a company
 * that is to see its own writes must be led to one server.
 *
 * The bound. Every so often the primary is asked for its position, and the time before the question
 * is kept with it. A replica that has done what the log has up to a sample shows everything that
 * was committed before that time. So it must have come to the oldest sample that is younger than
 * the bound; there is no other clock than this machine's.
 *
 * The primary is away when no sample has come for a while. Then there is no bound any more, and a
 * replica answers when it has done all that it was given, and our own writes. With a standby that
 * commits wait for (synchronous_standby_names; the one that is asked being among them) this is
 * nothing less than before: what was acknowledged to anybody had been given to it, so nothing
 * acknowledged is missing, however long the primary is away, and it is the one to be promoted. With
 * a standby that nobody waits for, what the primary acknowledged in its last moments, to the
 * callers of other servers, may be missing; what this server's own callers wrote is not, for then
 * the replica is refused. A replica that was cut off from the primary before we were is not known
 * from one that has everything: it shows a state that is older, and may be older than the bound.
 *
 * Who may call (the directory of companies) is read from a replica only while the primary is away:
 * a revocation acts within the second or so that the directory keeps its entries, not the bound
 * later.
 */
#include "store/replica.h"

#include "base/clock.h"
#include "store/session.h"

#define AWAY_US 600000 /* three samples that have not come */

/* ---- what was written --------------------------------------------------------------- */

static void raise(_Atomic int64_t *to, int64_t position)
{
	int64_t old = atomic_load(to);

	while (old < position && !atomic_compare_exchange_weak(to, &old, position))
		;
}

static _Atomic int64_t *slot(struct replicas *r, int64_t company_id)
{
	return &r->own[(uint64_t)company_id % REPLICA_COMPANIES];
}

void replica_changes(struct store *s, int64_t company_id)
{
	if (s->changes == 0)
		s->changes = company_id;
	else if (s->changes != company_id)
		s->changes = STORE_CHANGES_MANY;
}

void replica_committed(struct store *s)
{
	struct replicas *r = &s->db->replicas;

	/* Leases and what is swept away are nothing that a caller has written. */
	if (!r->used || s->changes == 0)
		return;
	int64_t position = s->engine->ops->committed(s->engine);
	raise(s->changes > 0 ? slot(r, s->changes) : &r->own_all, position);
	raise(&r->own_any, position);
}

int64_t replica_own(const struct store *s, int64_t company_id)
{
	struct replicas *r = &s->db->replicas;
	int64_t own = atomic_load(slot(r, company_id)), all = atomic_load(&r->own_all);

	return own > all ? own : all;
}

/* ---- where the primary is ------------------------------------------------------------ */

void database_use_replicas(struct database *db, int64_t staleness_us)
{
	struct replicas *r = &db->replicas;

	if (!db->ops->use_replicas)
		return;
	r->used = true;
	r->staleness_us = staleness_us;
	atomic_store(&r->sampled_us, clock_mono_us()); /* it is not away before it was asked */
}

/* Whoever reads the time of a sample that is being replaced must not get an older position with it:
 * the position goes first. A newer one only asks for more. */
static void keep(struct replicas *r, int64_t now, int64_t position)
{
	struct replica_sample *sample = &r->samples[r->next];

	if (r->kept_us && now - r->kept_us < r->staleness_us * 2 / REPLICA_SAMPLES)
		return;
	r->kept_us = now;
	r->next = (r->next + 1) % REPLICA_SAMPLES;
	atomic_store(&sample->position, position);
	atomic_store(&sample->mono_us, now);
}

enum rc store_sample(struct store *s)
{
	struct replicas *r = &s->db->replicas;
	int64_t now = clock_mono_us(), position;

	if (!r->used)
		return RC_OK;
	enum rc rc = s->engine->ops->position(s->engine, &position);
	if (rc != RC_OK)
		return session_failed(s, rc);
	keep(r, now, position);
	atomic_store(&r->sampled_us, now);
	return RC_OK;
}

/* The oldest that is younger than the bound. False: there is none. */
static bool find_sample(const struct replicas *r, int64_t now, int64_t *ret_position)
{
	int64_t oldest = INT64_MAX;

	for (size_t i = 0; i < REPLICA_SAMPLES; i++) {
		int64_t at = atomic_load(&r->samples[i].mono_us);
		if (at == 0 || at >= oldest || now - at >= r->staleness_us)
			continue;
		oldest = at;
		*ret_position = atomic_load(&r->samples[i].position);
	}
	return oldest != INT64_MAX;
}

static bool is_away(const struct replicas *r, int64_t now)
{
	return now - atomic_load(&r->sampled_us) > AWAY_US;
}

/* ---- reading ------------------------------------------------------------------------- */

static void allow(struct store *s, const struct engine_need *need)
{
	s->engine->ops->allow_replica(s->engine, need);
}

void replica_avoid(struct store *s)
{
	struct replicas *r = &s->db->replicas;
	struct engine_need need = {.received = true};

	if (!r->used || s->mode != STORE_READER)
		return;
	need.position = atomic_load(&r->own_any);
	allow(s, is_away(r, clock_mono_us()) ? &need : NULL);
}

void replica_allow(struct store *s, int64_t position)
{
	struct replicas *r = &s->db->replicas;
	struct engine_need need = {.position = position};
	int64_t now = clock_mono_us(), sampled;

	if (!r->used || s->mode != STORE_READER)
		return;
	if (find_sample(r, now, &sampled)) {
		need.position = sampled > position ? sampled : position;
		allow(s, &need);
		return;
	}
	need.received = true;
	allow(s, is_away(r, now) ? &need : NULL);
}

enum rc store_read_near(struct store *s, int64_t company_id)
{
	enum rc rc = store_read(s);

	if (rc == RC_OK)
		replica_allow(s, replica_own(s, company_id));
	return rc;
}
