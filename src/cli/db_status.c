/*
 * db status: the database, the hosts of its URL, its tables.
 */
#include "cli/cli.h"
#include "cli/db.h"
#include "cli/show.h"
#include "field/field.h"
#include "server/server.h"
#include "store/facts.h"
#include "json/json.h"

#define REASON_BYTES_MAX 8192
#define JSON_BYTES_MAX   (256 * 1024)
#define DEPTH_MAX        8

struct host {
	struct str host, state, why;
};

struct told {
	struct {
		struct str engine, place, version, why, secret, role, role_may;
		int8_t reachable, migrated, rows_estimated;
		int64_t schema, schema_needed, bytes, connections_used, connections_max,
			clock_ahead_ms;
	} database;
	struct list hosts, tables;
};

#define AT(member, ...)                                                                            \
	FIELD_NAME(#member),                                                                       \
		.offset =                                                                          \
			offsetof(struct told, database.member) - offsetof(struct told, database),  \
		__VA_ARGS__
#define TEXT(member, text)                                                                         \
	{                                                                                          \
		.kind = FIELD_KIND_STRING, AT(member, .max = 4096, .help = (text))                 \
	}
#define FLAG(member, text)                                                                         \
	{                                                                                          \
		.kind = FIELD_KIND_BOOLEAN, AT(member, .help = (text))                             \
	}
#define NUMBER(member, text)                                                                       \
	{                                                                                          \
		.kind = FIELD_KIND_INT,                                                            \
		AT(member, .min = INT64_MIN, .max = INT64_MAX, .help = (text))                     \
	}

static const struct field database_fields[] = {
	TEXT(engine, "SQLite or PostgreSQL."),
	TEXT(place, "Where it is, without a password."),
	FLAG(reachable, "Could it be read?"),
	TEXT(why, "Why it could not."),
	TEXT(version, "Of the engine."),
	NUMBER(schema, "What its tables are; 0: there are none."),
	NUMBER(schema_needed, "What this program needs."),
	FLAG(migrated, "Do they fit?"),
	TEXT(secret, "Whether it belongs to this directory's secret.key."),
	NUMBER(bytes, "How large it is."),
	TEXT(role, "Whom we are there."),
	TEXT(role_may, "What that role may do and need not."),
	NUMBER(connections_used, "By all programs together."),
	NUMBER(connections_max, "For all of them."),
	NUMBER(clock_ahead_ms, "How far its clock is ahead of this machine's."),
	FLAG(rows_estimated, "Are the rows of the tables an estimate?"),
	FIELD_END,
};

static const struct field host_fields[] = {
	FIELD_STRING(host, host, 512, .help = "As the URL has it."),
	FIELD_STRING(host, state, 16, .help = "primary, standby or unreachable."),
	FIELD_STRING(host, why, 512, .help = "Why it could not be reached."),
	FIELD_END,
};

static const struct field table_fields[] = {
	FIELD_STRING(database_table, name, 64, .help = "The table."),
	FIELD_INT(database_table, rows, 0, INT64_MAX, .help = "How many."),
	FIELD_INT(database_table, bytes, 0, INT64_MAX,
		  .help = "With its indexes; 0: not known of each."),
	FIELD_END,
};

static const struct field told_fields[] = {
	FIELD_OBJECT(told, database, database_fields, .help = "The database."),
	FIELD_ARRAY(told, hosts, host, host_fields, 64, .help = "Those of the URL."),
	FIELD_ARRAY(told, tables, database_table, table_fields, 64, .help = "All of ours."),
	FIELD_END,
};

/* ---- what is told ---------------------------------------------------------------------- */

static const char *secret_words(enum server_secret secret)
{
	switch (secret) {
	case SERVER_SECRET_UNKNOWN:
		break;
	case SERVER_SECRET_NONE:
		return "belongs to none yet";
	case SERVER_SECRET_SAME:
		return "this directory's";
	case SERVER_SECRET_ANOTHER:
		return "another one";
	}
	return "";
}

static const char *state_words(enum database_host_state state)
{
	switch (state) {
	case DATABASE_UNREACHABLE:
		break;
	case DATABASE_PRIMARY:
		return "primary";
	case DATABASE_STANDBY:
		return "standby";
	}
	return "unreachable";
}

static bool gather_hosts(struct cli *cli, const struct database_facts *facts, struct told *told)
{
	const struct database_host *from = facts->hosts.items;
	struct host *hosts = arena_alloc(&cli->arena, (facts->hosts.n + 1) * sizeof(*hosts));

	for (size_t i = 0; hosts && i < facts->hosts.n; i++)
		hosts[i] = (struct host){.host = from[i].place,
					 .state = str_c(state_words(from[i].state)),
					 .why = from[i].why};
	told->hosts = (struct list){hosts, facts->hosts.n};
	return hosts != NULL;
}

static bool gather(struct cli *cli, const struct database_facts *facts, enum server_secret secret,
		   struct told *told)
{
	CLEANUP(text_fini) struct text rights;

	text_init(&rights, REASON_BYTES_MAX);
	(void)database_say_rights(facts->peer.rights, &rights); /* none: it stays empty */
	told->database.engine = facts->engine;
	told->database.place = facts->place;
	told->database.version = facts->version;
	told->database.secret = str_c(secret_words(secret));
	told->database.role = arena_str(&cli->arena, str_c(facts->peer.role));
	told->database.role_may = arena_str(&cli->arena, text_str(&rights));
	told->database.rows_estimated = facts->rows_estimated;
	told->database.schema = facts->schema;
	told->database.schema_needed = facts->schema_needed;
	told->database.migrated = facts->schema == facts->schema_needed;
	told->database.bytes = facts->bytes;
	told->database.connections_used = facts->connections_used;
	told->database.connections_max = facts->connections_max;
	told->database.clock_ahead_ms = facts->peer.clock_ahead_us / 1000;
	told->tables = facts->tables;
	return gather_hosts(cli, facts, told);
}

/* ---- showing it ------------------------------------------------------------------------ */

static enum rc show_told(struct cli *cli, struct str json, struct text *t)
{
	CLEANUP(text_fini) struct text ignored;
	const struct json *object;
	struct json_error error;
	enum rc rc;

	text_init(&ignored, REASON_BYTES_MAX);
	rc = json_parse(&cli->arena, json, DEPTH_MAX, &object, &error);
	return rc == RC_OK ? show_answer(told_fields, object, cli->out_terminal, &cli->arena, t,
					 &ignored)
			   : rc;
}

static enum cli_exit put(struct cli *cli, const struct told *told)
{
	struct text json, t;
	enum rc rc = RC_OK;

	text_init(&json, JSON_BYTES_MAX);
	text_init(&t, JSON_BYTES_MAX);
	field_encode(told_fields, told, &json);
	if (cli_flag(cli, "json"))
		show_json(text_str(&json), cli->out_terminal, &t);
	else
		rc = show_told(cli, text_str(&json), &t);
	enum cli_exit code = rc != RC_OK || json.failed || t.failed ? cli_no_memory(cli) : CLI_DONE;
	if (code == CLI_DONE)
		cli_put(cli, text_str(&t));
	text_fini(&t);
	text_fini(&json);
	return code;
}

static void warn(const struct cli *cli, const struct told *told)
{
	int64_t ahead_us = told->database.clock_ahead_ms * 1000;

	if (told->database.role_may.n)
		cli_say(cli, "warning: role %.*s %.*s; a server needs less, see docs/operating.md",
			STR_ARGS(told->database.role), STR_ARGS(told->database.role_may));
	if (ahead_us > DATABASE_CLOCK_US_MAX || ahead_us < -DATABASE_CLOCK_US_MAX)
		cli_say(cli, "warning: the clocks of this machine and the database differ by more "
			     "than 5 s");
}

/* What would keep a server from starting makes this fail, too. */
static enum cli_exit judge(const struct cli *cli, enum rc rc, const struct database_facts *facts,
			   enum server_secret secret, struct text *reason)
{
	if (rc != RC_OK)
		return cli_fail_rc(cli, rc, reason);
	if (facts->schema > facts->schema_needed)
		return cli_fail(cli, CLI_FAILED, "made by a newer pdmd: install the newer program");
	if (facts->schema < facts->schema_needed && facts->shared)
		return cli_fail(cli, CLI_FAILED, "not migrated: run pdmd db migrate");
	if (secret == SERVER_SECRET_ANOTHER || secret == SERVER_SECRET_NONE)
		return cli_fail(cli, CLI_FAILED, "the database's secret.key: %s",
				secret_words(secret));
	return CLI_DONE;
}

static enum cli_exit status(struct cli *cli, const char *dir, const char *url)
{
	struct database_facts facts;
	struct told told = {.hosts.n = 0};
	enum server_secret secret;
	struct text reason;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = server_look(dir, url, &cli->arena, &facts, &secret, &reason);
	enum cli_exit code = CLI_DONE;
	told.database.reachable = rc == RC_OK;
	told.database.why = text_str(&reason);
	/* Where there is no database at all there is nothing to show. */
	if (facts.place.n)
		code = gather(cli, &facts, secret, &told) ? put(cli, &told) : cli_no_memory(cli);
	if (code == CLI_DONE) {
		warn(cli, &told);
		code = judge(cli, rc, &facts, secret, &reason);
	}
	text_fini(&reason);
	return code;
}

enum cli_exit cli_db_status(struct cli *cli)
{
	return db_with_url(cli, status);
}
