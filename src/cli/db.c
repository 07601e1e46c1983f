#include "cli/db.h"

#include <inttypes.h>

#include "cli/serve.h"
#include "server/server.h"
#include "store/store.h"

#define REASON_BYTES_MAX 8192

static void say_migrated(struct cli *cli, const char *place, const struct server_migrated *m)
{
	if (m->from == m->to)
		cli_say(cli, "%s is up to date (schema %" PRId64 "); nothing to do", place, m->to);
	else if (m->from == 0)
		cli_say(cli, "%s: made the tables (schema %" PRId64 ")", place, m->to);
	else
		cli_say(cli, "%s: migrated from schema %" PRId64 " to %" PRId64, place, m->from,
			m->to);
}

static const char *place_of(struct cli *cli, const char *dir, const char *url)
{
	struct text shown;

	if (!url[0])
		return dir;
	text_init(&shown, REASON_BYTES_MAX);
	database_show(url, &shown);
	const char *place = cli_format(cli, "%s", text_c(&shown));
	text_fini(&shown);
	return place;
}

static enum cli_exit migrate(struct cli *cli, const char *dir, const char *url)
{
	struct server_migrated migrated;
	enum cli_exit code = CLI_DONE;
	struct text reason;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = server_migrate(dir, url, &migrated, &reason);
	if (rc == RC_OK)
		say_migrated(cli, place_of(cli, dir, url), &migrated);
	else
		code = cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	return code;
}

enum cli_exit db_with_url(struct cli *cli,
			  enum cli_exit (*work)(struct cli *cli, const char *dir, const char *url))
{
	enum cli_exit code;
	const char *dir = cli_dir_there(cli, &code);
	struct serve_setup setup = {.n_flags = 0};

	if (!dir)
		return code;
	code = serve_settings(cli, dir, &setup);
	if (code != CLI_DONE)
		return code;
	code = work(cli, dir, setup.settings.database_url);
	settings_fini(&setup.settings);
	return code;
}

enum cli_exit cli_db_migrate(struct cli *cli)
{
	return db_with_url(cli, migrate);
}
