#include "store/migrate.h"

#include <inttypes.h>

#include "base/clock.h"
#include "store/engine.h"
#include "store/statements.h"

int64_t migrate_newest(void)
{
	return migrations[n_migrations - 1].number;
}

static enum rc add_row(struct engine *e, const struct migration *m)
{
	const struct engine_ops *ops = e->ops;
	struct engine_statement *st;
	bool row;
	enum rc rc =
		ops->prepare(e, statement_text(&statements[STATEMENT_MIGRATION_ADD], ops), &st);

	if (rc != RC_OK)
		return rc;
	rc = ops->bind_int(st, 1, m->number);
	if (rc == RC_OK)
		rc = ops->bind_text(st, 2, str_c(m->name));
	if (rc == RC_OK)
		rc = ops->bind_int(st, 3, clock_now_us());
	if (rc == RC_OK)
		rc = ops->step(st, &row);
	ops->finalize(st);
	return rc;
}

/* In the open transaction. */
static enum rc apply(struct engine *e, const struct migration *m)
{
	enum rc rc = e->ops->run(e, e->ops->one_key ? m->text_sqlite : m->text);

	if (rc == RC_OK)
		rc = add_row(e, m);
	return rc == RC_OK ? e->ops->set_schema(e, m->number) : rc;
}

/* Where several may migrate at once, another one may have been faster. */
static enum rc run_one(struct engine *e, const struct migration *m)
{
	int64_t there = 0;
	enum rc rc = e->ops->begin(e);

	if (rc == RC_OK && e->ops->lock_schema)
		rc = e->ops->lock_schema(e, &there);
	if (rc == RC_OK && m->number <= there) {
		e->ops->rollback(e);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = apply(e, m);
	return rc == RC_OK ? e->ops->commit(e) : rc;
}

static enum rc fail(struct engine *e, const struct migration *m, enum rc rc, struct text *reterr)
{
	text_printf(reterr, "migration %" PRId64 " (%s) failed: %s", m->number, m->name,
		    e->ops->error(e));
	return rc;
}

enum rc migrate_up(struct engine *e, int64_t from, struct text *reterr)
{
	for (size_t i = 0; i < n_migrations; i++) {
		const struct migration *m = &migrations[i];
		if (m->number <= from)
			continue;
		enum rc rc = run_one(e, m);
		if (rc != RC_OK)
			return fail(e, m, rc, reterr);
	}
	return RC_OK;
}

enum rc migrate_within(struct engine *e, struct text *reterr)
{
	int64_t there = 0;
	enum rc rc = e->ops->lock_schema ? e->ops->lock_schema(e, &there) : RC_OK;

	if (rc == RC_OK && there > 0) {
		text_add_c(reterr, "somebody else has made the tables at this moment; try again");
		return RC_BUSY;
	}
	for (size_t i = 0; i < n_migrations; i++) {
		if (rc == RC_OK)
			rc = apply(e, &migrations[i]);
		if (rc != RC_OK)
			return fail(e, &migrations[i], rc, reterr);
	}
	return RC_OK;
}
