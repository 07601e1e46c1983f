#include "store/facts.h"

#include "store/migrate.h"
#include "store/session.h"

#define SHOWN_BYTES_MAX 8192

static struct str place_of(const struct engine_ops *ops, const char *where, struct arena *a)
{
	CLEANUP(text_fini) struct text shown;

	text_init(&shown, SHOWN_BYTES_MAX);
	ops->show(where, &shown);
	return arena_str(a, text_str(&shown));
}

enum rc database_look(const char *url, struct arena *a, struct database_facts *ret_facts,
		      struct text *reterr)
{
	const struct engine_ops *ops;
	const char *where;
	enum rc rc = engine_find(url, &ops, &where, reterr);

	*ret_facts = (struct database_facts){.schema_needed = migrate_newest()};
	if (rc != RC_OK)
		return rc;
	ret_facts->place = place_of(ops, where, a);
	ret_facts->shared = ops->shared;
	return ops->look(where, a, ret_facts, reterr);
}

enum rc database_peer(struct database *db, struct database_peer *ret_peer)
{
	CLEANUP(text_fini) struct text ignored;
	struct engine *e;
	int64_t schema;

	text_init(&ignored, SHOWN_BYTES_MAX);
	enum rc rc = db->ops->open(db->where, ENGINE_LOOK, &e, &schema, &ignored);
	if (rc != RC_OK)
		return rc;
	rc = db->ops->peer(e, ret_peer);
	db->ops->close(e);
	return rc;
}

bool database_say_rights(unsigned rights, struct text *t)
{
	static const struct {
		enum database_rights right;
		const char *words;
	} on_audit[] = {
		{DATABASE_AUDIT_UPDATE, "UPDATE"},
		{DATABASE_AUDIT_DELETE, "DELETE"},
		{DATABASE_AUDIT_TRUNCATE, "TRUNCATE"},
	};
	size_t n = 0;

	if (rights & DATABASE_SUPERUSER) {
		text_add_c(t, "is a superuser, who can do anything");
		return true;
	}
	if (rights & DATABASE_OWNER) {
		text_add_c(t, "owns the tables, and can change or drop them, the audit's too");
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(on_audit); i++)
		if (rights & on_audit[i].right)
			text_printf(t, "%s%s", n++ ? ", " : "may ", on_audit[i].words);
	if (n > 0)
		text_add_c(t, " rows of the audit");
	return n > 0;
}
