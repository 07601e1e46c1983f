/*
 * A whole database from one engine to the other.
 *
 * All that is written belongs to one transaction, or to a file that has not got its name yet. So a
 * copy that is broken off leaves nothing that could be taken for a whole one, and is begun anew: at
 * the sizes that fit into a file that is a matter of minutes, and there is no state between that
 * every other command would have to know.
 */
#include "store/transfer.h"

#include <inttypes.h>
#include <string.h>

#include "store/migrate.h"
#include "store/session.h"
#include "store/statements.h"

#define SCRIPT_BYTES_MAX 4096
#define TELL_ROWS        4096

struct transfer {
	const struct engine_ops *from_ops;
	const char *from_where;
	struct engine *from, *to;
	const uint8_t *secret_check; /* NULL: none */
	const struct transfer_watch *watch;
	struct transfer_facts *facts;
	const struct transfer_table *table; /* the one that is at work */
	enum transfer_part part;
	int64_t rows;
	enum rc write_rc; /* of the row that could not be written */
};

static void tell(const struct transfer *t)
{
	if (t->watch)
		t->watch->progress(t->watch->owner, t->part, t->table->name, t->rows);
}

static void begin_part(struct transfer *t, enum transfer_part part)
{
	t->part = part;
	t->rows = 0;
	tell(t);
}

static void count_row(struct transfer *t)
{
	if (++t->rows % TELL_ROWS == 0)
		tell(t);
}

/* ---- holding still ---------------------------------------------------------------------- */

static void add_tables(struct text *t)
{
	for (size_t i = 0; i < n_transfer_tables; i++)
		text_printf(t, "%s%s", i > 0 ? ", " : "", transfer_tables[i].name);
}

/* Where others write as well: keeps them from it, without limits of time (one side waits while the
 * other works), and without plans that sort a table for each page of it. */
static enum rc hold(struct engine *e, const char *first, const char *lock)
{
	CLEANUP(text_fini) struct text script;

	text_init(&script, SCRIPT_BYTES_MAX);
	if (!e->ops->shared)
		return RC_OK;
	text_add_c(&script, first);
	text_add_c(&script, "SET LOCAL idle_in_transaction_session_timeout = 0;\n"
			    "SET LOCAL statement_timeout = 0;\n"
			    "SET LOCAL enable_sort = off;\n"
			    "LOCK TABLE ");
	add_tables(&script);
	text_printf(&script, " IN %s MODE", lock);
	return script.failed ? RC_NOMEM : e->ops->run(e, text_c(&script));
}

/* What has no statistics yet would be searched by guesswork until somebody gathers them. */
static enum rc analyze(struct engine *e)
{
	CLEANUP(text_fini) struct text script;

	text_init(&script, SCRIPT_BYTES_MAX);
	if (!e->ops->shared)
		return RC_OK;
	text_add_c(&script, "ANALYZE ");
	add_tables(&script);
	return script.failed ? RC_NOMEM : e->ops->run(e, text_c(&script));
}

/* ---- the source ------------------------------------------------------------------------- */

static enum rc begin_source(struct transfer *t, struct text *reterr)
{
	enum rc rc = t->from->ops->begin(t->from);

	/* One state of it all, and the others may read and nothing else. */
	if (rc == RC_OK)
		rc = hold(t->from, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;\n", "SHARE");
	if (rc != RC_OK)
		text_printf(reterr, "the source cannot be held still: %s",
			    t->from->ops->error(t->from));
	return rc;
}

/* One that others share is written to by taking locks; a file is left as it was, with nothing new
 * beside it. */
static enum rc open_source(struct transfer *t, struct text *reterr)
{
	enum engine_mode mode = t->from_ops->shared ? ENGINE_WRITER : ENGINE_LOOK;
	CLEANUP(text_fini) struct text why;
	int64_t schema;

	text_init(&why, SCRIPT_BYTES_MAX);
	enum rc rc = t->from_ops->open(t->from_where, mode, &t->from, &schema, &why);
	if (rc != RC_OK) {
		text_printf(reterr, "the source: %s", text_c(&why));
		return rc;
	}
	rc = database_check_schema("the source", schema, reterr);
	return rc == RC_OK ? begin_source(t, reterr) : rc;
}

static void close_source(struct transfer *t)
{
	if (!t->from)
		return;
	t->from_ops->rollback(t->from); /* it was only read */
	t->from_ops->close(t->from);
}

/* ---- a table ---------------------------------------------------------------------------- */

/* The source's row, and behind it what only the target has. */
static enum rc write_row(void *t_, const struct engine_value *read)
{
	struct transfer *t = t_;
	struct engine_value values[TRANSFER_COLUMNS_MAX + 1];
	unsigned n = t->table->n_columns;

	memcpy(values, read, n * sizeof(*read));
	values[n] = (struct engine_value){.kind = ENGINE_BIGINT};
	if (t->to->ops->one_key)
		values[n].number = read[0].number << 33 | read[1].number;
	count_row(t);
	t->write_rc = t->to->ops->bulk_row(t->to, values);
	return t->write_rc;
}

static enum rc compare_row(void *t_, const struct engine_value *read)
{
	(void)read; /* all that counts is its hash */
	count_row(t_);
	return RC_OK;
}

/* What a rule of the target does not let in is wrong where it stands, not in what was asked for. */
static enum rc fail_write(const struct transfer *t, enum rc rc, struct text *reterr)
{
	text_printf(reterr, "%s cannot be written to the target: %s", t->table->name,
		    t->to->ops->error(t->to));
	return rc == RC_INVALID || rc == RC_EXISTS || rc == RC_NOTFOUND ? RC_CORRUPT : rc;
}

static enum rc fail_read(const struct transfer *t, struct engine *e, enum rc rc,
			 struct text *reterr)
{
	text_printf(reterr, "%s cannot be read from the %s: %s", t->table->name,
		    e == t->from ? "source" : "target",
		    rc == RC_CORRUPT ? "a value has not the type that it should have"
				     : e->ops->error(e));
	return rc;
}

static enum rc begin_rows(struct transfer *t)
{
	const struct engine_ops *ops = t->to->ops;
	const char *extra = ops->one_key ? t->table->one_key : t->table->zero;
	CLEANUP(text_fini) struct text columns;

	text_init(&columns, SCRIPT_BYTES_MAX);
	transfer_add_columns(&columns, t->table, extra);
	return columns.failed ? RC_NOMEM
			      : ops->bulk_begin(t->to, t->table->name, text_c(&columns),
						t->table->n_columns + (extra != NULL));
}

static enum rc copy_rows(struct transfer *t, struct transfer_sum *ret_sum, struct text *reterr)
{
	begin_part(t, TRANSFER_COPYING);
	enum rc rc = begin_rows(t);
	if (rc != RC_OK)
		return fail_write(t, rc, reterr);
	t->write_rc = RC_OK;
	rc = transfer_read(t->from, t->table, write_row, t, ret_sum);
	if (t->write_rc != RC_OK)
		return fail_write(t, t->write_rc, reterr);
	if (rc != RC_OK)
		return fail_read(t, t->from, rc, reterr);
	rc = t->to->ops->bulk_end(t->to);
	return rc == RC_OK ? RC_OK : fail_write(t, rc, reterr);
}

static enum rc compare_rows(struct transfer *t, const struct transfer_sum *copied,
			    struct text *reterr)
{
	struct transfer_sum there;

	begin_part(t, TRANSFER_COMPARING);
	enum rc rc = transfer_read(t->to, t->table, compare_row, t, &there);
	if (rc != RC_OK)
		return fail_read(t, t->to, rc, reterr);
	if (there.rows == copied->rows &&
	    memcmp(there.checksum, copied->checksum, sizeof(there.checksum)) == 0)
		return RC_OK;
	text_printf(reterr,
		    "%s is not the same on both sides: %" PRId64 " rows were read and %" PRId64
		    " are there%s; nothing was kept",
		    t->table->name, copied->rows, there.rows,
		    there.rows == copied->rows ? ", with another checksum" : "");
	return RC_CORRUPT;
}

static enum rc copy_table(struct transfer *t, size_t i, struct text *reterr)
{
	struct transfer_sum sum;

	t->table = &transfer_tables[i];
	enum rc rc = copy_rows(t, &sum, reterr);
	if (rc == RC_OK)
		rc = compare_rows(t, &sum, reterr);
	if (rc != RC_OK)
		return rc;
	t->facts->tables[i].name = t->table->name;
	t->facts->tables[i].rows = sum.rows;
	memcpy(t->facts->tables[i].checksum, sum.checksum, sizeof(sum.checksum));
	t->facts->n_tables = i + 1;
	return RC_OK;
}

/* ---- the target ------------------------------------------------------------------------- */

static enum rc find_row(void *any, const struct engine_value *values)
{
	(void)values;
	*(bool *)any = true;
	return RC_EXISTS; /* one is enough */
}

static enum rc check_empty(struct transfer *t, struct text *reterr)
{
	for (size_t i = 0; i < n_transfer_tables; i++) {
		struct transfer_sum sum;
		bool any = false;
		t->table = &transfer_tables[i];
		enum rc rc = transfer_read(t->to, t->table, find_row, &any, &sum);
		if (any) {
			text_printf(reterr,
				    "the target has data of its own (in %s); it must be a new "
				    "database, or an empty one",
				    t->table->name);
			return RC_EXISTS;
		}
		if (rc != RC_OK)
			return fail_read(t, t->to, rc, reterr);
	}
	return RC_OK;
}

static enum rc fail_target(struct transfer *t, enum rc rc, const char *what, struct text *reterr)
{
	text_printf(reterr, "%s: %s", what, t->to->ops->error(t->to));
	return rc;
}

/* With the rows, so that there is never a copy that nobody's secret belongs to. */
static enum rc claim(struct transfer *t)
{
	const struct engine_ops *ops = t->to->ops;
	struct engine_statement *st;
	bool row;

	if (!ops->shared || !t->secret_check)
		return RC_OK;
	enum rc rc = ops->prepare(
		t->to, statement_text(&statements[STATEMENT_INSTALLATION_PUT], ops), &st);
	if (rc != RC_OK)
		return rc;
	rc = ops->bind_blob(st, 1, (struct str){(const char *)t->secret_check, STORE_CHECK_BYTES});
	if (rc == RC_OK)
		rc = ops->step(st, &row);
	ops->finalize(st);
	return rc;
}

static enum rc commit(struct transfer *t, struct text *reterr)
{
	enum rc rc = claim(t);

	if (rc == RC_OK)
		rc = analyze(t->to);
	if (rc == RC_OK)
		rc = t->to->ops->commit(t->to);
	if (rc == RC_LOST)
		return fail_target(t, rc,
				   "the target was lost at the very end, so it has all of the copy "
				   "or nothing; run this again, which refuses where it has it",
				   reterr);
	return rc == RC_OK ? RC_OK : fail_target(t, rc, "the copy cannot be committed", reterr);
}

/* In a transaction of the target's, which has its tables. */
static enum rc copy_all(struct transfer *t, struct text *reterr)
{
	enum rc rc = hold(t->to, "", "EXCLUSIVE");

	if (rc != RC_OK)
		return fail_target(t, rc, "the target cannot be kept from others", reterr);
	rc = check_empty(t, reterr);
	if (rc == RC_OK)
		rc = open_source(t, reterr);
	for (size_t i = 0; i < n_transfer_tables && rc == RC_OK; i++)
		rc = copy_table(t, i, reterr);
	if (rc == RC_OK)
		rc = commit(t, reterr);
	return rc;
}

/* Into a database that is being made. */
static enum rc fill(struct engine *e, void *t_, struct text *reterr)
{
	struct transfer *t = t_;

	t->to = e;
	enum rc rc = e->ops->begin(e);
	if (rc != RC_OK)
		return fail_target(t, rc, "the target cannot be written to", reterr);
	rc = migrate_within(e, reterr);
	return rc == RC_OK ? copy_all(t, reterr) : rc;
}

/* Into one whose tables somebody has made before. */
static enum rc fill_made(struct transfer *t, const struct engine_ops *ops, const char *where,
			 struct text *reterr)
{
	int64_t schema;
	enum rc rc = ops->open(where, ENGINE_WRITER, &t->to, &schema, reterr);

	if (rc != RC_OK)
		return rc;
	rc = database_check_schema("the target", schema, reterr);
	if (rc == RC_OK && (rc = ops->begin(t->to)) != RC_OK)
		(void)fail_target(t, rc, "the target cannot be written to", reterr); /* gives rc */
	if (rc == RC_OK)
		rc = copy_all(t, reterr);
	ops->rollback(t->to);
	ops->close(t->to);
	return rc;
}

static enum rc fill_target(struct transfer *t, const struct engine_ops *ops, const char *where,
			   struct text *reterr)
{
	const struct engine_filling filling = {.fill = fill, .owner = t};
	CLEANUP(text_fini) struct text why;

	text_init(&why, SCRIPT_BYTES_MAX);
	enum rc rc = ops->create(where, &filling, &why);
	/* A file is there or not; of a server's database somebody may have made the tables. */
	if (rc == RC_EXISTS && ops->shared && !t->to)
		return fill_made(t, ops, where, reterr);
	if (rc != RC_OK && !t->to)
		text_add_c(reterr, "the target: ");
	text_add_str(reterr, text_str(&why));
	return rc;
}

enum rc database_transfer(const char *from, const char *to,
			  const uint8_t secret_check[STORE_CHECK_BYTES],
			  const struct transfer_watch *watch, struct transfer_facts *ret_facts,
			  struct text *reterr)
{
	struct transfer_facts facts = {0};
	struct transfer t = {.secret_check = secret_check, .watch = watch, .facts = &facts};
	const struct engine_ops *to_ops;
	const char *to_where;
	enum rc rc = engine_find(from, &t.from_ops, &t.from_where, reterr);

	if (rc == RC_OK)
		rc = engine_find(to, &to_ops, &to_where, reterr);
	if (rc == RC_OK)
		rc = fill_target(&t, to_ops, to_where, reterr);
	close_source(&t);
	if (rc == RC_OK)
		*ret_facts = facts;
	return rc;
}
