/*
 * The database as the whole process sees it: where it is, and what its sessions share.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/migrate.h"
#include "store/session.h"

static enum rc check_schema(const char *where, int64_t schema, struct text *reterr)
{
	int64_t newest = migrate_newest();

	if (schema > newest) {
		text_printf(reterr,
			    "%s: made by a newer pdmd (schema %" PRId64
			    ", this program knows %" PRId64 "): install the newer program",
			    where, schema, newest);
		return RC_NEWER;
	}
	if (schema < newest) {
		text_printf(reterr,
			    "%s: made by an older pdmd (schema %" PRId64
			    ", this program needs %" PRId64 "): it must be migrated first",
			    where, schema, newest);
		return RC_BUSY;
	}
	return RC_OK;
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
	rc = check_schema(where, schema, reterr);
	if (rc != RC_OK)
		return rc;

	struct database *db = calloc(1, sizeof(*db));
	if (db)
		db->url = strdup(url);
	if (!db || !db->url) {
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
	free(db->url);
	free(db);
	return NULL;
}

static enum rc fill(struct engine *e, struct text *reterr)
{
	return migrate_up(e, 0, reterr);
}

enum rc database_create(const char *url, struct text *reterr)
{
	const struct engine_ops *ops;
	const char *where;
	enum rc rc = engine_find(url, &ops, &where, reterr);

	return rc == RC_OK ? ops->create(where, fill, reterr) : rc;
}

enum rc database_migrate(const char *url, struct text *reterr)
{
	const struct engine_ops *ops;
	const char *where;
	struct engine *e;
	int64_t schema;
	enum rc rc = engine_find(url, &ops, &where, reterr);

	if (rc == RC_OK)
		rc = ops->open(where, ENGINE_WRITER, &e, &schema, reterr);
	if (rc != RC_OK)
		return rc;
	rc = schema > migrate_newest() ? check_schema(where, schema, reterr)
				       : migrate_up(e, schema, reterr);
	ops->close(e);
	return rc;
}

uint64_t database_commits(const struct database *db)
{
	return atomic_load(&db->commits);
}
