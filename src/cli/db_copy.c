/*
 * db copy: a whole database from one engine to the other.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "cli/show.h"
#include "field/field.h"
#include "server/transfer.h"
#include "store/moving.h"
#include "store/store.h"

#define REASON_BYTES_MAX 8192
#define SHOW_EVERY_US    200000
#define CHECKSUM_CHARS   (TRANSFER_CHECKSUM_BYTES * 2)

struct table {
	struct str name;
	int64_t rows;
	struct str checksum;
};

struct told {
	struct list tables;
	int64_t rows, duration_ms;
};

static const struct field table_fields[] = {
	FIELD_STRING(table, name, 64, .help = "The table."),
	FIELD_INT(table, rows, 0, INT64_MAX, .help = "How many rows it has, on both sides."),
	FIELD_STRING(table, checksum, CHECKSUM_CHARS,
		     .help = "BLAKE2b over all its values in the order of its key, on both sides."),
	FIELD_END,
};

static const struct field told_fields[] = {
	FIELD_ARRAY(told, tables, table, table_fields, TRANSFER_TABLES_MAX,
		    .help = "What was copied."),
	FIELD_INT(told, rows, 0, INT64_MAX, .help = "The rows of all tables."),
	FIELD_INT(told, duration_ms, 0, INT64_MAX, .help = "How long it took."),
	FIELD_END,
};

/* ---- how far it is --------------------------------------------------------------------- */

struct progress {
	FILE *err;
	const char *table;
	enum transfer_part part;
	int64_t began_us, shown_us; /* this part of this table */
	bool shown;
};

static void show_progress(void *owner, enum transfer_part part, const char *table, int64_t rows)
{
	struct progress *p = owner;
	int64_t now_us = clock_mono_us();

	if (p->table != table || p->part != part) {
		p->table = table;
		p->part = part;
		p->began_us = now_us;
	}
	if (p->shown && now_us - p->shown_us < SHOW_EVERY_US)
		return;
	p->shown = true;
	p->shown_us = now_us;
	(void)fprintf(p->err, "\r%s %s: %" PRId64 " rows, %" PRId64 " a second\033[K",
		      part == TRANSFER_COPYING ? "copying" : "comparing", table, rows,
		      rows * 1000000 / (now_us - p->began_us + 1)); /* as in cli_say */
	(void)fflush(p->err);                                       /* the same */
}

static void end_progress(const struct progress *p)
{
	if (p->shown)
		(void)fputs("\r\033[K", p->err); /* as in cli_say */
}

/* ---- what became of it ----------------------------------------------------------------- */

static struct str hex(struct cli *cli, const uint8_t bytes[TRANSFER_CHECKSUM_BYTES])
{
	char digits[CHECKSUM_CHARS + 1];

	for (size_t i = 0; i < TRANSFER_CHECKSUM_BYTES; i++)
		(void)snprintf(digits + 2 * i, 3, "%02x", bytes[i]); /* fits */
	return arena_str(&cli->arena, (struct str){digits, CHECKSUM_CHARS});
}

static bool gather(struct cli *cli, const struct transfer_facts *facts, struct told *told)
{
	struct table *tables = arena_alloc(&cli->arena, facts->n_tables * sizeof(*tables));

	for (size_t i = 0; tables && i < facts->n_tables; i++) {
		tables[i].name = str_c(facts->tables[i].name);
		tables[i].rows = facts->tables[i].rows;
		tables[i].checksum = hex(cli, facts->tables[i].checksum);
		if (!tables[i].checksum.p)
			return false;
		told->rows += tables[i].rows;
	}
	told->tables = (struct list){tables, facts->n_tables};
	return tables != NULL;
}

static enum cli_exit tell(struct cli *cli, const struct told *told)
{
	const struct table *tables = told->tables.items;

	for (size_t i = 0; i < told->tables.n && !cli_flag(cli, "json"); i++)
		cli_put(cli,
			str_c(cli_format(cli, "%.*s\t%" PRId64 "\t%.*s\n", STR_ARGS(tables[i].name),
					 tables[i].rows, STR_ARGS(tables[i].checksum))));
	cli_say(cli,
		"copied %" PRId64 " rows of %zu tables, compared, in %" PRId64 ".%" PRId64 " s",
		told->rows, told->tables.n, told->duration_ms / 1000,
		told->duration_ms % 1000 / 100);
	cli_next(cli);
	return cli_flag(cli, "json") ? cli_put_record(cli, told_fields, told) : CLI_DONE;
}

/* ---- the subcommand -------------------------------------------------------------------- */

/* Everybody on the machine can read the words that a program was started with. */
static bool has_password(const char *url)
{
	const char *host = strstr(url, "://");
	size_t n = host ? strcspn(host + 3, "/?") : 0;
	const char *at = n ? memchr(host + 3, '@', n) : NULL;

	if (at && memchr(host + 3, ':', (size_t)(at - host) - 3))
		return true;
	return strstr(url, "password=") != NULL;
}

static enum cli_exit check_url(struct cli *cli, const char *option)
{
	const char *url = cli_option(cli, option);

	if (!url || !has_password(url))
		return CLI_DONE;
	return cli_misused(cli,
			   "--%s has a password in it, which everybody on this machine could read "
			   "in the list of processes; put it into the file that PGPASSFILE names, "
			   "or ~/.pgpass",
			   option);
}

static enum cli_exit work(struct cli *cli, const char *dir, const char *from)
{
	struct progress progress = {.err = cli->err};
	const struct transfer_watch watch = {.progress = show_progress, .owner = &progress};
	const struct transfer_watch *watched = isatty(fileno(cli->err)) ? &watch : NULL;
	struct transfer_facts facts;
	struct told told = {.rows = 0};
	struct text reason;
	int64_t began_us = clock_mono_us();
	enum cli_exit code;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = server_transfer(dir, from, cli_option(cli, "to"), watched, &facts, &reason);
	end_progress(&progress);
	told.duration_ms = (clock_mono_us() - began_us) / 1000;
	if (rc != RC_OK)
		code = cli_fail_rc(cli, rc, &reason);
	else
		code = gather(cli, &facts, &told) ? tell(cli, &told) : cli_no_memory(cli);
	text_fini(&reason);
	return code;
}

enum cli_exit cli_db_copy(struct cli *cli)
{
	enum cli_exit code = check_url(cli, "to");
	const char *from = cli_option(cli, "from"), *dir;
	struct serve_setup setup = {.n_flags = 0};

	if (code == CLI_DONE)
		code = check_url(cli, "from");
	if (code != CLI_DONE || !(dir = cli_dir_there(cli, &code)))
		return code;
	code = serve_settings(cli, dir, &setup);
	if (code != CLI_DONE)
		return code;
	code = work(cli, dir, from ? from : setup.settings.database_url);
	settings_fini(&setup.settings);
	return code;
}
