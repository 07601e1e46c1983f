/*
 * An engine for tests: wraps another one ("faulty:sqlite:PATH") and lets one chosen call fail as a
 * failing disk would, see store_fail_at. What can fail is counted; what cannot is passed on.
 */
#include <assert.h>
#include <stdlib.h>

#include "store/engine.h"

struct faulty {
	struct engine base;
	struct engine *inner;
	int64_t calls;
	int64_t fail_at; /* -1: none */
	bool failed;     /* the last failure was ours */
};

struct faulty_statement {
	struct engine_statement base;
	struct faulty *engine;
	struct engine_statement *inner;
};

static struct faulty *of(struct engine *e)
{
	return (struct faulty *)e;
}

static struct faulty_statement *of_statement(struct engine_statement *st)
{
	return (struct faulty_statement *)st;
}

static bool fails(struct faulty *e)
{
	e->failed = e->calls++ == e->fail_at;
	return e->failed;
}

int64_t engine_fail_at(struct engine *e_, int64_t n)
{
	assert(e_->ops == &engine_faulty);
	struct faulty *e = of(e_);
	int64_t calls = e->calls;

	e->calls = 0;
	e->fail_at = n;
	return calls;
}

/* ---- the place --------------------------------------------------------------------- */

static struct engine *wrap(struct engine *inner)
{
	struct faulty *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->base.ops = &engine_faulty;
	e->inner = inner;
	e->fail_at = -1;
	return &e->base;
}

static enum rc open_engine(const char *where, enum engine_mode mode, struct engine **ret_engine,
			   int64_t *ret_schema, struct text *reterr)
{
	const struct engine_ops *ops;
	struct engine *inner;
	enum rc rc = engine_find(where, &ops, &where, reterr);

	if (rc == RC_OK)
		rc = ops->open(where, mode, &inner, ret_schema, reterr);
	if (rc != RC_OK)
		return rc;
	struct engine *e = wrap(inner);
	if (!e) {
		ops->close(inner);
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	*ret_engine = e;
	return RC_OK;
}

static void close_engine(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	inner->ops->close(inner);
	free(e);
}

static enum rc create(const char *where, const struct engine_filling *filling, struct text *reterr)
{
	const struct engine_ops *ops;
	enum rc rc = engine_find(where, &ops, &where, reterr);

	return rc == RC_OK ? ops->create(where, filling, reterr) : rc;
}

static enum rc backup(const char *where, const char *to, struct engine_copy *copy,
		      struct text *reterr)
{
	const struct engine_ops *ops;
	enum rc rc = engine_find(where, &ops, &where, reterr);

	return rc == RC_OK ? ops->backup(where, to, copy, reterr) : rc;
}

static enum rc restore(const char *where, const char *from, const char *kept,
		       struct engine_copy *copy, struct text *reterr)
{
	const struct engine_ops *ops;
	enum rc rc = engine_find(where, &ops, &where, reterr);

	return rc == RC_OK ? ops->restore(where, from, kept, copy, reterr) : rc;
}

static enum rc run(struct engine *e, const char *script)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->run(inner, script);
}

static enum rc set_schema(struct engine *e, int64_t number)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->set_schema(inner, number);
}

static const char *error(const struct engine *e_)
{
	const struct faulty *e = (const struct faulty *)e_;

	return e->failed ? "the disk fails, as a test has asked for"
			 : e->inner->ops->error(e->inner);
}

/* ---- transactions ------------------------------------------------------------------ */

static enum rc begin(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->begin(inner);
}

static enum rc commit(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	if (!fails(of(e)))
		return inner->ops->commit(inner);
	inner->ops->rollback(inner);
	return RC_IO;
}

static void rollback(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	inner->ops->rollback(inner);
}

static bool in_transaction(const struct engine *e)
{
	const struct engine *inner = ((const struct faulty *)e)->inner;

	return inner->ops->in_transaction(inner);
}

static enum rc savepoint(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->savepoint(inner);
}

static enum rc savepoint_keep(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->savepoint_keep(inner);
}

static enum rc savepoint_undo(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->savepoint_undo(inner);
}

static int64_t log_bytes(const struct engine *e)
{
	const struct engine *inner = ((const struct faulty *)e)->inner;

	return inner->ops->log_bytes(inner);
}

static int64_t log_unmoved(const struct engine *e)
{
	const struct engine *inner = ((const struct faulty *)e)->inner;

	return inner->ops->log_unmoved(inner);
}

static enum rc move_log(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->move_log(inner);
}

static enum rc empty_log(struct engine *e, bool wipe)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->empty_log(inner, wipe);
}

/* ---- statements -------------------------------------------------------------------- */

static enum rc prepare(struct engine *e, const char *text, struct engine_statement **ret)
{
	struct engine *inner = of(e)->inner;
	struct faulty_statement *st;

	if (fails(of(e)))
		return RC_IO;
	st = calloc(1, sizeof(*st));
	if (!st)
		return RC_NOMEM;
	enum rc rc = inner->ops->prepare(inner, text, &st->inner);
	if (rc != RC_OK) {
		free(st);
		return rc;
	}
	st->engine = of(e);
	st->base.n_params = st->inner->n_params;
	*ret = &st->base;
	return RC_OK;
}

static void finalize(struct engine_statement *st_)
{
	struct faulty_statement *st = of_statement(st_);

	if (!st)
		return;
	st->engine->inner->ops->finalize(st->inner);
	free(st);
}

static enum rc bind_int(struct engine_statement *st_, unsigned n, int64_t value)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->bind_int(st->inner, n, value);
}

static enum rc bind_text(struct engine_statement *st_, unsigned n, struct str value)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->bind_text(st->inner, n, value);
}

static enum rc bind_blob(struct engine_statement *st_, unsigned n, struct str bytes)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->bind_blob(st->inner, n, bytes);
}

static enum rc bind_null(struct engine_statement *st_, unsigned n)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->bind_null(st->inner, n);
}

/* Like SQLite after a failed read or write, takes the whole transaction back. */
static enum rc step(struct engine_statement *st_, bool *ret_row)
{
	struct faulty_statement *st = of_statement(st_);
	struct engine *inner = st->engine->inner;

	if (!fails(st->engine))
		return inner->ops->step(st->inner, ret_row);
	inner->ops->reset(st->inner);
	inner->ops->rollback(inner);
	return RC_IO;
}

static int64_t changes(struct engine_statement *st_)
{
	struct faulty_statement *st = of_statement(st_);

	return st->engine->inner->ops->changes(st->inner);
}

static void reset(struct engine_statement *st_)
{
	struct faulty_statement *st = of_statement(st_);

	st->engine->inner->ops->reset(st->inner);
}

static enum rc bulk_begin(struct engine *e, const char *table, const char *columns, unsigned n)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->bulk_begin(inner, table, columns, n);
}

static enum rc bulk_row(struct engine *e, const struct engine_value *values)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->bulk_row(inner, values);
}

static enum rc bulk_end(struct engine *e)
{
	struct engine *inner = of(e)->inner;

	return fails(of(e)) ? RC_IO : inner->ops->bulk_end(inner);
}

static enum rc column_int(struct engine_statement *st_, unsigned i, int64_t *ret)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->column_int(st->inner, i, ret);
}

static enum rc column_text(struct engine_statement *st_, unsigned i, struct str *ret)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->column_text(st->inner, i, ret);
}

static enum rc column_blob(struct engine_statement *st_, unsigned i, struct str *ret)
{
	struct faulty_statement *st = of_statement(st_);
	const struct engine_ops *ops = st->engine->inner->ops;

	return fails(st->engine) ? RC_IO : ops->column_blob(st->inner, i, ret);
}

static void show(const char *where, struct text *t)
{
	text_add_c(t, where);
}

static enum rc look(const char *where, struct arena *a, struct database_facts *facts,
		    struct text *reterr)
{
	const struct engine_ops *ops;
	enum rc rc = engine_find(where, &ops, &where, reterr);

	return rc == RC_OK ? ops->look(where, a, facts, reterr) : rc;
}

const struct engine_ops engine_faulty = {
	.scheme = "faulty",
	.show = show,
	.look = look,
	.one_key = true, /* what it wraps is SQLite */
	.open = open_engine,
	.close = close_engine,
	.create = create,
	.backup = backup,
	.restore = restore,
	.run = run,
	.set_schema = set_schema,
	.error = error,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.in_transaction = in_transaction,
	.savepoint = savepoint,
	.savepoint_keep = savepoint_keep,
	.savepoint_undo = savepoint_undo,
	.log_bytes = log_bytes,
	.empty_log = empty_log,
	.log_unmoved = log_unmoved,
	.move_log = move_log,
	.prepare = prepare,
	.finalize = finalize,
	.bind_int = bind_int,
	.bind_text = bind_text,
	.bind_blob = bind_blob,
	.bind_null = bind_null,
	.step = step,
	.changes = changes,
	.reset = reset,
	.bulk_begin = bulk_begin,
	.bulk_row = bulk_row,
	.bulk_end = bulk_end,
	.column_int = column_int,
	.column_text = column_text,
	.column_blob = column_blob,
};
