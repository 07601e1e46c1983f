/*
 * What PostgreSQL tells about itself. The texts are here and not in statements.c, since they are of
 * its catalogue alone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/facts.h"
#include "store/postgres.h"

#define HOSTS_US    2000000
#define TABLES_MAX  64
#define WHY_CHARS   400
#define PLACE_BYTES 512

/* ---- one row of a query ---------------------------------------------------------------- */

/* A query without parameters; `take` is called for each row until it fails. */
static enum rc each_row(struct engine *e, const char *text,
			enum rc (*take)(struct engine_statement *st, void *owner), void *owner)
{
	struct engine_statement *st;
	bool row = false;
	enum rc rc = postgres_prepare(e, text, &st);

	if (rc != RC_OK)
		return rc;
	while ((rc = postgres_step(st, &row)) == RC_OK && row)
		if ((rc = take(st, owner)) != RC_OK)
			break;
	postgres_finalize(st);
	return rc;
}

/* ---- the role and the clock ------------------------------------------------------------ */

static const char peer_text[] =
	"SELECT current_user::text, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, "
	"(SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)::int::bigint"
	" + 2 * coalesce(pg_has_role(c.relowner, 'USAGE'), false)::int::bigint"
	" + 4 * coalesce(has_table_privilege(c.oid, 'UPDATE'), false)::int::bigint"
	" + 8 * coalesce(has_table_privilege(c.oid, 'DELETE'), false)::int::bigint"
	" + 16 * coalesce(has_table_privilege(c.oid, 'TRUNCATE'), false)::int::bigint "
	"FROM (SELECT to_regclass('audit') AS oid) AS t "
	"LEFT JOIN pg_catalog.pg_class c ON c.oid = t.oid";

static enum rc take_peer(struct engine_statement *st, void *owner)
{
	struct database_peer *peer = owner;
	struct str role;
	int64_t rights = 0;
	enum rc rc = postgres_column_text(st, 0, &role);

	if (rc == RC_OK) {
		(void)snprintf(peer->role, sizeof(peer->role), "%.*s", STR_ARGS(role)); /* fits */
		rc = postgres_column_int(st, 1, &peer->clock_ahead_us);
	}
	if (rc == RC_OK)
		rc = postgres_column_int(st, 2, &rights);
	peer->rights = (unsigned)rights;
	return rc;
}

/* Our own time is that in the middle of the question. */
enum rc postgres_peer(struct engine *e, struct database_peer *ret_peer)
{
	struct database_peer peer = {.rights = 0};
	int64_t before_us = clock_now_us();
	enum rc rc = each_row(e, peer_text, take_peer, &peer);

	if (rc != RC_OK)
		return rc;
	peer.clock_ahead_us -= before_us + (clock_now_us() - before_us) / 2;
	*ret_peer = peer;
	return RC_OK;
}

/* ---- the server and its tables --------------------------------------------------------- */

struct looking {
	struct arena *arena;
	struct database_facts *facts;
	struct database_table *tables; /* room for TABLES_MAX */
};

static const char server_text[] =
	"SELECT current_setting('server_version'), pg_database_size(current_database()), "
	"(SELECT sum(numbackends)::bigint FROM pg_catalog.pg_stat_database), "
	"current_setting('max_connections')::bigint"
	" - current_setting('superuser_reserved_connections')::bigint";

static enum rc take_server(struct engine_statement *st, void *owner)
{
	struct looking *l = owner;
	struct str version;
	enum rc rc = postgres_column_text(st, 0, &version);

	if (rc == RC_OK)
		rc = postgres_column_int(st, 1, &l->facts->bytes);
	if (rc == RC_OK)
		rc = postgres_column_int(st, 2, &l->facts->connections_used);
	if (rc == RC_OK)
		rc = postgres_column_int(st, 3, &l->facts->connections_max);
	if (rc == RC_OK)
		l->facts->version = arena_str(l->arena, version);
	return rc;
}

/* Counting rows would read them all. */
static const char tables_text[] =
	"SELECT c.relname::text, greatest(c.reltuples::bigint, s.n_live_tup, 0), "
	"pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c "
	"JOIN pg_catalog.pg_class m ON m.oid = to_regclass('schema_migration')"
	" AND m.relnamespace = c.relnamespace "
	"LEFT JOIN pg_catalog.pg_stat_user_tables s ON s.relid = c.oid "
	"WHERE c.relkind IN ('r', 'p') ORDER BY 1 LIMIT 64";

static enum rc take_table(struct engine_statement *st, void *owner)
{
	struct looking *l = owner;
	struct database_table *table = &l->tables[l->facts->tables.n];
	struct str name;
	enum rc rc = postgres_column_text(st, 0, &name);

	if (rc == RC_OK)
		rc = postgres_column_int(st, 1, &table->rows);
	if (rc == RC_OK)
		rc = postgres_column_int(st, 2, &table->bytes);
	if (rc != RC_OK)
		return rc;
	table->name = arena_str(l->arena, name);
	l->facts->tables.n++;
	return table->name.p ? RC_OK : RC_NOMEM;
}

static enum rc look_inside(struct postgres *e, struct looking *l)
{
	l->tables = arena_alloc(l->arena, TABLES_MAX * sizeof(*l->tables));
	if (!l->tables)
		return RC_NOMEM;
	l->facts->tables.items = l->tables;
	l->facts->rows_estimated = true;
	enum rc rc = each_row(&e->base, server_text, take_server, l);
	if (rc == RC_OK)
		rc = postgres_peer(&e->base, &l->facts->peer);
	if (rc == RC_OK)
		rc = each_row(&e->base, tables_text, take_table, l);
	if (rc != RC_OK)
		return rc;
	rc = postgres_find_schema(e, &l->facts->schema);
	return rc == RC_NOTFOUND ? RC_OK : rc; /* then it stays 0 */
}

/* ---- each host of the URL -------------------------------------------------------------- */

static void end_try(struct postgres_try *a, struct database_host *host, const char *why,
		    struct arena *arena)
{
	size_t n = strcspn(why, "\n");

	host->why = arena_str(arena, (struct str){why, n < WHY_CHARS ? n : WHY_CHARS});
	PQfinish(a->conn); /* takes NULL */
	a->conn = NULL;
}

static void advance(struct postgres_try *a, struct database_host *host, struct arena *arena)
{
	if (!postgres_advance(a))
		return;
	if (a->wants != PGRES_POLLING_OK) {
		end_try(a, host, PQerrorMessage(a->conn), arena);
		return;
	}
	host->state = postgres_is_standby(a->conn) ? DATABASE_STANDBY : DATABASE_PRIMARY;
	end_try(a, host, "", arena);
}

static struct str place_of_host(const PQconninfoOption *options, unsigned i, struct arena *a)
{
	CLEANUP(text_fini) struct text t;

	text_init(&t, PLACE_BYTES);
	postgres_show_host(options, i, &t);
	return arena_str(a, text_str(&t));
}

static enum rc look_at_hosts(const PQconninfoOption *options, struct looking *l)
{
	struct postgres_tries tries;
	struct database_host *hosts =
		arena_alloc(l->arena, postgres_hosts(options) * sizeof(*hosts));
	bool any;

	if (!hosts)
		return RC_NOMEM;
	postgres_begin_tries(&tries, options, clock_mono_us() + HOSTS_US);
	for (unsigned i = 0; i < tries.n; i++)
		hosts[i] = (struct database_host){.place = place_of_host(options, i, l->arena)};
	while (postgres_wait_tries(&tries, true, &any))
		for (unsigned i = 0; i < tries.n; i++)
			if (tries.each[i].conn && tries.each[i].ready)
				advance(&tries.each[i], &hosts[i], l->arena);
	for (unsigned i = 0; i < tries.n; i++)
		if (tries.each[i].conn)
			end_try(&tries.each[i], &hosts[i], "no answer in two seconds", l->arena);
	l->facts->hosts = (struct list){hosts, tries.n};
	return RC_OK;
}

enum rc postgres_look(const char *url, struct arena *a, struct database_facts *facts,
		      struct text *reterr)
{
	struct looking l = {.arena = a, .facts = facts};
	struct postgres *e;
	enum rc rc = postgres_create(url, ENGINE_LOOK, &e, reterr);

	facts->engine = STR("PostgreSQL");
	if (rc != RC_OK)
		return rc;
	PQconninfoOption *options = PQconninfoParse(url, NULL);
	rc = options ? look_at_hosts(options, &l) : RC_NOMEM;
	PQconninfoFree(options);
	if (rc == RC_OK)
		rc = postgres_ready(e);
	if (rc == RC_OK)
		rc = look_inside(e, &l);
	if (rc != RC_OK)
		postgres_say_failure(e, rc, reterr);
	engine_postgres.close(&e->base);
	return rc;
}
