/*
 * What there is to know of a database in one file.
 */
#include <sqlite3.h>
#include <stdio.h>

#include "store/engine.h"
#include "store/facts.h"
#include "store/sqlite.h"

#define TABLES_MAX 64
#define TEXT_BYTES 160

static enum rc read_int(struct engine *e, const char *text, int64_t *ret)
{
	struct engine_statement *st;
	bool row = false;
	enum rc rc = e->ops->prepare(e, text, &st);

	if (rc != RC_OK)
		return rc;
	rc = e->ops->step(st, &row);
	if (rc == RC_OK)
		rc = row ? e->ops->column_int(st, 0, ret) : RC_CORRUPT;
	e->ops->finalize(st);
	return rc;
}

static enum rc list_tables(struct engine *e, struct arena *a, struct database_table *tables,
			   size_t *ret_n)
{
	struct engine_statement *st;
	struct str name;
	bool row = true;
	size_t n = 0;
	enum rc rc = e->ops->prepare(e,
				     "SELECT name FROM sqlite_schema WHERE type = 'table' "
				     "AND name NOT LIKE 'sqlite%' ORDER BY name",
				     &st);

	if (rc != RC_OK)
		return rc;
	while (n < TABLES_MAX && (rc = e->ops->step(st, &row)) == RC_OK && row) {
		rc = e->ops->column_text(st, 0, &name);
		if (rc != RC_OK)
			break;
		tables[n] = (struct database_table){.name = arena_str(a, name)};
		if (!tables[n++].name.p)
			break;
	}
	e->ops->finalize(st);
	*ret_n = n;
	return rc;
}

static enum rc look_inside(struct engine *e, struct arena *a, struct database_facts *facts)
{
	struct database_table *tables = arena_alloc(a, TABLES_MAX * sizeof(*tables));
	char text[TEXT_BYTES];

	if (!tables)
		return RC_NOMEM;
	facts->tables.items = tables;
	enum rc rc = read_int(e,
			      "SELECT page_count * page_size FROM pragma_page_count, "
			      "pragma_page_size",
			      &facts->bytes);
	if (rc == RC_OK)
		rc = list_tables(e, a, tables, &facts->tables.n);
	for (size_t i = 0; i < facts->tables.n && rc == RC_OK; i++) {
		(void)snprintf(text, sizeof(text), "SELECT count(*) FROM \"%.*s\"",
			       STR_ARGS(tables[i].name)); /* one of our own, which fits */
		rc = read_int(e, text, &tables[i].rows);
	}
	return rc;
}

enum rc sqlite_look(const char *path, struct arena *a, struct database_facts *facts,
		    struct text *reterr)
{
	struct engine *e;
	enum rc rc;

	facts->engine = STR("SQLite");
	facts->version = str_c(sqlite3_libversion());
	rc = engine_sqlite.open(path, ENGINE_LOOK, &e, &facts->schema, reterr);
	if (rc != RC_OK)
		return rc;
	rc = look_inside(e, a, facts);
	if (rc != RC_OK)
		text_printf(reterr, "%s: cannot be read: %s", path, e->ops->error(e));
	e->ops->close(e);
	return rc;
}
