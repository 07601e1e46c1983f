#include "store/id_lease.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "store/session.h"

#define WAIT_US   INT64_C(1000000) /* for a block, with the queue before us */
#define WHY_BYTES 256

struct id_lease *id_lease_create(void)
{
	struct id_lease *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	/* With the standard attributes it never fails. */
	(void)pthread_mutex_init(&l->lock, NULL);
	turn_init(&l->connection);
	return l;
}

/* ---- the blocks, under their lock ------------------------------------------------------- */

static struct id_block *set_of(struct id_lease *l, int64_t company_id)
{
	return l->blocks[(uint64_t)company_id % ID_LEASE_SETS];
}

static struct id_block *find(struct id_lease *l, int64_t company_id)
{
	struct id_block *set = set_of(l, company_id);

	for (size_t i = 0; i < ID_LEASE_WAYS; i++)
		if (set[i].company_id == company_id)
			return &set[i];
	return NULL;
}

/* False: there is none left. */
static bool take(struct id_lease *l, int64_t company_id, int64_t *ret_id)
{
	(void)pthread_mutex_lock(&l->lock); /* an error would be our own mistake */
	struct id_block *block = find(l, company_id);
	bool any = block && block->next < block->end;
	if (any) {
		*ret_id = block->next++;
		block->used = ++l->uses;
	}
	(void)pthread_mutex_unlock(&l->lock); /* as above */
	return any;
}

/* In the place of the company's old block, or of the one in the set that was used longest ago. */
static void put(struct id_lease *l, int64_t company_id, int64_t first)
{
	(void)pthread_mutex_lock(&l->lock); /* as above */
	struct id_block *set = set_of(l, company_id), *block = find(l, company_id);
	for (size_t i = 0; !block && i < ID_LEASE_WAYS; i++)
		if (set[i].company_id == 0)
			block = &set[i];
	if (!block)
		block = &set[0];
	for (size_t i = 1;
	     block->company_id && block->company_id != company_id && i < ID_LEASE_WAYS; i++)
		if (set[i].used < block->used)
			block = &set[i];
	*block = (struct id_block){company_id, first, first + ID_LEASE_IDS, ++l->uses};
	(void)pthread_mutex_unlock(&l->lock); /* as above */
}

/* ---- the connection, under its own -------------------------------------------------------- */

static enum rc prepare(struct engine *e, enum statement_id id, struct engine_statement **ret)
{
	return e->ops->prepare(e, statement_text(&statements[id], e->ops), ret);
}

/* Runs a statement of n numbers; *ret_first (NULL: none) is what it gives. */
static enum rc run(struct engine *e, struct engine_statement *st, const int64_t *params, unsigned n,
		   int64_t *ret_first)
{
	const struct engine_ops *ops = e->ops;
	enum rc rc = RC_OK;
	bool row = false;

	assert(st->n_params == n);
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = ops->bind_int(st, i + 1, params[i]);
	if (rc == RC_OK)
		rc = ops->step(st, &row);
	if (rc == RC_OK && ret_first)
		rc = row ? ops->column_int(st, 0, ret_first) : RC_CORRUPT;
	ops->reset(st);
	return rc;
}

static enum rc run_once(struct engine *e, enum statement_id id, const int64_t *params, unsigned n)
{
	struct engine_statement *st;
	enum rc rc = prepare(e, id, &st);

	if (rc != RC_OK)
		return rc;
	rc = run(e, st, params, n, NULL);
	e->ops->finalize(st);
	return rc;
}

static enum rc end(struct engine *e, enum rc rc)
{
	if (rc == RC_OK)
		return e->ops->commit(e);
	e->ops->rollback(e);
	return rc;
}

static void set_deadline(struct engine *e, int64_t mono_us)
{
	if (e->ops->set_deadline)
		e->ops->set_deadline(e, mono_us);
}

static enum rc connect(struct id_lease *l, const struct database *db)
{
	struct text why;
	enum rc rc = RC_OK;
	int64_t schema;

	if (l->lease)
		return RC_OK;
	if (!l->engine) {
		text_init(&why, WHY_BYTES);
		rc = db->ops->open(db->where, ENGINE_WRITER, &l->engine, &schema, &why);
		text_fini(&why);
	}
	return rc == RC_OK ? prepare(l->engine, STATEMENT_COUNTER_LEASE, &l->lease) : rc;
}

static enum rc lease(struct id_lease *l, const struct database *db, int64_t company_id,
		     int64_t until_us)
{
	const int64_t params[] = {company_id, COUNTER_CUSTOMER, ID_LEASE_IDS};
	int64_t first = 0;
	enum rc rc = connect(l, db);

	if (rc != RC_OK)
		return rc;
	set_deadline(l->engine, until_us);
	rc = l->engine->ops->begin(l->engine);
	if (rc == RC_OK)
		rc = run(l->engine, l->lease, params, ARRAY_LEN(params), &first);
	rc = end(l->engine, rc);
	/* What was leased by a commit that nobody has told us of is a gap. */
	if (rc == RC_OK)
		put(l, company_id, first);
	return rc;
}

enum rc id_lease_next(struct store *s, int64_t company_id, int64_t *ret_id)
{
	struct id_lease *l = s->db->id_lease;
	int64_t until_us = clock_mono_us() + WAIT_US;
	if (s->deadline_us && s->deadline_us < until_us)
		until_us = s->deadline_us;

	if (take(l, company_id, ret_id))
		return RC_OK;
	if (!turn_take(&l->connection, until_us))
		return s->passing = RC_BUSY;
	enum rc rc = RC_OK;
	/* Somebody before us in the queue may have leased for the same company; and others may use
	 * a block up before we come to it. */
	while (rc == RC_OK && !take(l, company_id, ret_id))
		rc = lease(l, s->db, company_id, until_us);
	if (rc != RC_OK)
		(void)snprintf(s->error, sizeof(s->error), "leasing ids: %s", /* may be cut */
			       l->engine ? l->engine->ops->error(l->engine) : rc_name(rc));
	if (rc == RC_BUSY || rc == RC_LOST)
		s->passing = rc;
	turn_give(&l->connection);
	return rc;
}

/* ---- the end ------------------------------------------------------------------------------ */

static enum rc give_back(struct engine *e, const struct id_block *block)
{
	const int64_t hold[] = {block->company_id, COUNTER_CUSTOMER, block->end};
	const int64_t rest[] = {block->company_id, COUNTER_CUSTOMER, block->next, block->end};
	enum rc rc = e->ops->begin(e);

	if (rc == RC_OK)
		rc = run_once(e, STATEMENT_COUNTER_HOLD, hold, ARRAY_LEN(hold));
	if (rc == RC_OK)
		rc = run_once(e, STATEMENT_COUNTER_GIVE_BACK, rest, ARRAY_LEN(rest));
	return end(e, rc);
}

struct id_lease *id_lease_destroy(struct id_lease *l)
{
	enum rc rc = RC_OK;

	if (!l)
		return NULL;
	if (l->lease) {
		set_deadline(l->engine, clock_mono_us() + WAIT_US);
		/* What cannot be given back is a gap. */
		for (size_t i = 0; i < ID_LEASE_SETS * ID_LEASE_WAYS && rc == RC_OK; i++) {
			const struct id_block *block = &l->blocks[0][0] + i;
			if (block->next < block->end)
				rc = give_back(l->engine, block);
		}
		l->engine->ops->finalize(l->lease);
	}
	if (l->engine)
		l->engine->ops->close(l->engine);
	(void)pthread_mutex_destroy(&l->lock); /* nobody has it any more */
	turn_fini(&l->connection);
	free(l);
	return NULL;
}
