/*
 * The database as the whole process sees it: where it is, and what its sessions share.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/migrate.h"
#include "store/session.h"
#include "store/statements.h"

#define SHOWN_BYTES_MAX 8192

enum rc database_check_schema(const char *shown, int64_t schema, struct text *reterr)
{
	int64_t newest = migrate_newest();

	if (schema > newest) {
		text_printf(reterr,
			    "%s: made by a newer pdmd (schema %" PRId64
			    ", this program knows %" PRId64 "): install the newer program",
			    shown, schema, newest);
		return RC_NEWER;
	}
	if (schema < newest) {
		text_printf(reterr,
			    "%s: made by an older pdmd (schema %" PRId64
			    ", this program needs %" PRId64
			    "): it must be migrated first; pdmd db migrate does that",
			    shown, schema, newest);
		return RC_BUSY;
	}
	return RC_OK;
}

static enum rc check_schema_at(const struct engine_ops *ops, const char *where, int64_t schema,
			       struct text *reterr)
{
	CLEANUP(text_fini) struct text shown;

	text_init(&shown, SHOWN_BYTES_MAX);
	ops->show(where, &shown);
	return database_check_schema(text_c(&shown), schema, reterr);
}

void database_show(const char *url, struct text *t)
{
	CLEANUP(text_fini) struct text ignored;
	const struct engine_ops *ops;
	const char *where;

	text_init(&ignored, SHOWN_BYTES_MAX);
	if (engine_find(url, &ops, &where, &ignored) == RC_OK)
		ops->show(where, t);
}

enum rc database_open(const char *url, struct database **ret_db, struct text *reterr)
{
	const struct engine_ops *ops;
	const char *where;
	struct engine *e;
	int64_t schema;
	enum rc rc = engine_find(url, &ops, &where, reterr);

	if (rc == RC_OK)
		rc = ops->open(where, ENGINE_LOOK, &e, &schema, reterr);
	if (rc != RC_OK)
		return rc;
	ops->close(e);
	rc = check_schema_at(ops, where, schema, reterr);
	if (rc != RC_OK)
		return rc;

	struct database *db = calloc(1, sizeof(*db));
	if (db)
		db->url = strdup(url);
	if (db && ops->shared)
		db->id_lease = id_lease_create();
	if (!db || !db->url || (ops->shared && !db->id_lease)) {
		if (db) {
			id_lease_destroy(db->id_lease);
			free(db->url);
		}
		free(db);
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	db->ops = ops;
	db->where = db->url + (where - url);
	*ret_db = db;
	return RC_OK;
}

struct database *database_close(struct database *db)
{
	if (!db)
		return NULL;
	assert(atomic_load(&db->sessions) == 0);
	id_lease_destroy(db->id_lease);
	free(db->url);
	free(db);
	return NULL;
}

static enum rc fill(struct engine *e, void *owner, struct text *reterr)
{
	(void)owner;
	return migrate_up(e, 0, reterr);
}

static const struct engine_filling schema_alone = {.fill = fill};

enum rc database_create(const char *url, struct text *reterr)
{
	const struct engine_ops *ops;
	const char *where;
	enum rc rc = engine_find(url, &ops, &where, reterr);

	return rc == RC_OK ? ops->create(where, &schema_alone, reterr) : rc;
}

static enum rc migrate(const struct engine_ops *ops, const char *where, int64_t *ret_from,
		       struct text *reterr)
{
	struct engine *e;
	int64_t schema;
	enum rc rc = ops->open(where, ENGINE_WRITER, &e, &schema, reterr);

	if (rc != RC_OK)
		return rc;
	rc = schema > migrate_newest() ? check_schema_at(ops, where, schema, reterr)
				       : migrate_up(e, schema, reterr);
	ops->close(e);
	if (rc == RC_OK)
		*ret_from = schema;
	return rc;
}

enum rc database_migrate(const char *url, struct text *reterr)
{
	const struct engine_ops *ops;
	const char *where;
	int64_t from;
	enum rc rc = engine_find(url, &ops, &where, reterr);

	return rc == RC_OK ? migrate(ops, where, &from, reterr) : rc;
}

enum rc database_prepare(const char *url, int64_t *ret_from, int64_t *ret_to, struct text *reterr)
{
	CLEANUP(text_fini) struct text why;
	const struct engine_ops *ops;
	const char *where;
	int64_t from = 0;
	enum rc rc;

	text_init(&why, SHOWN_BYTES_MAX);
	rc = engine_find(url, &ops, &where, reterr);
	if (rc != RC_OK)
		return rc;
	rc = migrate(ops, where, &from, &why);
	if (rc == RC_NOTFOUND && ops->shared) {
		text_clear(&why);
		rc = ops->create(where, &schema_alone, &why);
		if (rc == RC_EXISTS) { /* another one has, just now */
			text_clear(&why);
			rc = migrate(ops, where, &from, &why);
		}
	}
	text_add_str(reterr, text_str(&why));
	if (rc != RC_OK)
		return rc;
	*ret_from = from;
	*ret_to = migrate_newest();
	return RC_OK;
}

/* ---- copies ------------------------------------------------------------------------ */

static enum rc count_customers(struct engine *e, int64_t *ret_n)
{
	const struct engine_ops *ops = e->ops;
	struct engine_statement *st;
	bool row = false;
	enum rc rc =
		ops->prepare(e, statement_text(&statements[STATEMENT_CUSTOMER_COUNT], ops), &st);

	if (rc != RC_OK)
		return rc;
	rc = ops->step(st, &row);
	if (rc == RC_OK)
		rc = row ? ops->column_int(st, 0, ret_n) : RC_CORRUPT;
	ops->finalize(st);
	return rc;
}

/* One that is older is fine: the start brings it up to date. */
static enum rc inspect(struct engine *e, int64_t schema, const char *name, struct engine_copy *copy,
		       struct text *reterr)
{
	if (schema > migrate_newest())
		return database_check_schema(name, schema, reterr);
	enum rc rc = count_customers(e, &copy->facts.customers);
	if (rc != RC_OK)
		text_printf(reterr, "%s: cannot be read: %s", name, e->ops->error(e));
	return rc;
}

static enum rc find_copier(const char *url, const struct engine_ops **ret_ops,
			   const char **ret_where, struct text *reterr)
{
	enum rc rc = engine_find(url, ret_ops, ret_where, reterr);

	if (rc != RC_OK || (*ret_ops)->backup)
		return rc;
	(*ret_ops)->show(*ret_where, reterr);
	text_add_c(reterr, ": PostgreSQL is copied with its own tools");
	return RC_INVALID;
}

enum rc database_backup(const char *url, const char *to, const struct copy_watch *watch,
			struct copy_facts *ret_facts, struct text *reterr)
{
	struct engine_copy copy = {.watch = watch, .inspect = inspect};
	const struct engine_ops *ops;
	const char *where;
	enum rc rc = find_copier(url, &ops, &where, reterr);

	if (rc == RC_OK)
		rc = ops->backup(where, to, &copy, reterr);
	if (rc == RC_OK)
		*ret_facts = copy.facts;
	return rc;
}

enum rc database_restore(const char *url, const char *from, const char *kept,
			 const struct copy_watch *watch, struct copy_facts *ret_facts,
			 struct text *reterr)
{
	struct engine_copy copy = {.watch = watch, .inspect = inspect};
	const struct engine_ops *ops;
	const char *where;
	enum rc rc = find_copier(url, &ops, &where, reterr);

	if (rc == RC_OK)
		rc = ops->restore(where, from, kept, &copy, reterr);
	if (rc == RC_OK)
		*ret_facts = copy.facts;
	return rc;
}

bool database_shared(const struct database *db)
{
	return db->ops->shared;
}

uint64_t database_commits(const struct database *db)
{
	return atomic_load(&db->commits);
}
