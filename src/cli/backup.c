/*
 * backup, restore: a copy of the database, made and put back.
 */
#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "cli/serve.h"
#include "cli/show.h"
#include "field/field.h"
#include "server/backup.h"
#include "server/dir.h"
#include "store/store.h"

#define REASON_BYTES_MAX 8192
#define MIB              (1024 * 1024)

struct told {
	struct str file;
	int64_t bytes, customers, duration_ms;
	struct str kept;
	int8_t kept_damaged;
};

static const struct field backup_fields[] = {
	FIELD_STRING(told, file, 4096, .help = "The backup."),
	FIELD_INT(told, bytes, 0, INT64_MAX, .help = "How large it is."),
	FIELD_INT(told, customers, 0, INT64_MAX, .help = "How many customers are in it."),
	FIELD_INT(told, duration_ms, 0, INT64_MAX, .help = "How long it took."),
	FIELD_END,
};

static const struct field restore_fields[] = {
	FIELD_STRING(told, file, 4096, .help = "The backup."),
	FIELD_INT(told, bytes, 0, INT64_MAX, .help = "How large it is."),
	FIELD_INT(told, customers, 0, INT64_MAX, .help = "How many customers are in it."),
	FIELD_INT(told, duration_ms, 0, INT64_MAX, .help = "How long it took."),
	FIELD_STRING(told, kept, 4096, .help = "What was there before; empty: nothing was."),
	FIELD_BOOLEAN(told, kept_damaged, .help = "Could that not be opened?"),
	FIELD_END,
};

/* ---- how far it is --------------------------------------------------------------------- */

struct progress {
	FILE *err;
	bool shown;
};

static void show_progress(void *owner, enum copy_part part, int64_t bytes, int64_t bytes_all)
{
	struct progress *p = owner;

	p->shown = true;
	if (part == COPY_COPYING)
		(void)fprintf(p->err, "\rcopying: %" PRId64 " of %" PRId64 " MiB", bytes / MIB,
			      bytes_all / MIB); /* as in cli_say */
	else
		(void)fprintf(p->err, "\rchecking %" PRId64 " MiB          ",
			      bytes_all / MIB); /* as in cli_say */
}

static void end_progress(const struct progress *p)
{
	if (p->shown)
		(void)fputc('\n', p->err); /* as in cli_say */
}

/* ---- what became of it ----------------------------------------------------------------- */

static void say_done(const struct cli *cli, const char *done, const struct told *told)
{
	cli_say(cli,
		"%s %.*s: %" PRId64 " bytes, %" PRId64 " customer%s, checked, in %" PRId64
		".%" PRId64 " s",
		done, STR_ARGS(told->file), told->bytes, told->customers,
		told->customers == 1 ? "" : "s", told->duration_ms / 1000,
		told->duration_ms % 1000 / 100);
}

static enum cli_exit tell_backup(struct cli *cli, const char *dir, const struct told *told)
{
	say_done(cli, "made", told);
	cli_say(cli,
		"%s/secret.key is not in it: keep that as well, in another place; without it the "
		"keys and tokens in a backup are worthless",
		dir);
	return cli_flag(cli, "json") ? cli_put_record(cli, backup_fields, told) : CLI_DONE;
}

static enum cli_exit tell_restore(struct cli *cli, const char *dir, const struct told *told)
{
	struct text reason;

	say_done(cli, "restored", told);
	if (told->kept.n)
		cli_say(cli, "what was there before is kept%s: %.*s",
			told->kept_damaged ? ", damaged as it was" : "", STR_ARGS(told->kept));
	text_init(&reason, REASON_BYTES_MAX);
	if (dir_is_open(dir, &reason))
		cli_say(cli, "warning: %s", text_c(&reason));
	text_fini(&reason);
	cli_next(cli);
	return cli_flag(cli, "json") ? cli_put_record(cli, restore_fields, told) : CLI_DONE;
}

/* ---- the subcommands ------------------------------------------------------------------- */

struct work {
	struct cli *cli;
	const char *dir, *url;
	struct told told;
	struct text kept, reason;
};

static enum rc run(struct work *w, bool restore)
{
	struct progress progress = {.err = w->cli->err};
	const struct copy_watch watch = {.progress = show_progress, .owner = &progress};
	const struct copy_watch *watched = isatty(fileno(w->cli->err)) ? &watch : NULL;
	const char *file = cli_word(w->cli, "FILE");
	struct copy_facts facts = {0};
	int64_t began_us = clock_mono_us();
	enum rc rc = restore ? server_restore(w->dir, w->url, file, watched, &facts, &w->kept,
					      &w->reason)
			     : server_backup(w->dir, w->url, file, watched, &facts, &w->reason);

	end_progress(&progress);
	w->told = (struct told){
		.file = str_c(file),
		.bytes = facts.bytes,
		.customers = facts.customers,
		.duration_ms = (clock_mono_us() - began_us) / 1000,
		.kept = text_str(&w->kept),
		.kept_damaged = facts.old == COPY_OLD_DAMAGED,
	};
	return rc;
}

static enum cli_exit work_at(struct cli *cli, const char *dir, const char *url, bool restore)
{
	struct work w = {.cli = cli, .dir = dir, .url = url};
	enum cli_exit code;

	text_init(&w.kept, REASON_BYTES_MAX);
	text_init(&w.reason, REASON_BYTES_MAX);
	enum rc rc = run(&w, restore);
	if (rc != RC_OK)
		code = cli_fail_rc(cli, rc, &w.reason);
	else
		code = restore ? tell_restore(cli, dir, &w.told) : tell_backup(cli, dir, &w.told);
	text_fini(&w.reason);
	text_fini(&w.kept);
	return code;
}

static enum cli_exit work(struct cli *cli, const char *dir, bool restore)
{
	struct serve_setup setup = {.n_flags = 0};
	enum cli_exit code = serve_settings(cli, dir, &setup);

	if (code != CLI_DONE)
		return code;
	code = work_at(cli, dir, setup.settings.database_url, restore);
	settings_fini(&setup.settings);
	return code;
}

enum cli_exit cli_backup(struct cli *cli)
{
	enum cli_exit code;
	const char *dir = cli_dir_there(cli, &code);

	return dir ? work(cli, dir, false) : code;
}

/* Where the directory is not there, what it needs is more than a setup. */
enum cli_exit cli_restore(struct cli *cli)
{
	const char *dir = cli_dir(cli, "");

	return dir ? work(cli, dir, true) : CLI_USAGE;
}
