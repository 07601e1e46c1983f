/*
 * setup: makes a data directory.
 */
#include "cli/cli.h"
#include "cli/serve.h"
#include "server/dir.h"
#include "server/server.h"
#include "store/store.h"

#define REASON_BYTES_MAX 4096

static void say_directory(struct cli *cli, const char *dir, bool kept)
{
	if (kept)
		cli_say(cli, "%s has its secret.key already, which is kept", dir);
	else
		cli_say(cli,
			"made %s; every server of the database needs a copy of its secret.key, "
			"and whoever has it can make session tokens",
			dir);
}

/* The role that serves need not be one that may make tables: then somebody else does it. */
static enum cli_exit set_up_database(struct cli *cli, const char *dir, const char *url,
				     struct text *reason)
{
	const char *given = cli_option(cli, "dir");
	bool made;
	enum rc rc = server_found(dir, url, &made, reason);

	if (rc == RC_NOTFOUND) {
		cli_say(cli, "%s", text_c(reason));
		cli_say(cli, "next: pdmd db migrate%s%s, as a role that may make tables",
			given ? " --dir " : "", given ? given : "");
		return CLI_DONE;
	}
	if (rc != RC_OK)
		return cli_fail_rc(cli, rc, reason);
	database_show(url, reason);
	cli_say(cli, "%s %s",
		made ? "made the tables in" : "fits, and is left as it is:", text_c(reason));
	cli_next(cli);
	return CLI_DONE;
}

static enum cli_exit set_up_shared(struct cli *cli, const char *dir, const char *url)
{
	enum cli_exit code;
	struct text reason;
	bool kept;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = dir_setup_shared(dir, &kept, &reason);
	if (rc == RC_OK) {
		say_directory(cli, dir, kept);
		code = set_up_database(cli, dir, url, &reason);
	} else {
		code = cli_fail_rc(cli, rc, &reason);
	}
	text_fini(&reason);
	return code;
}

static enum cli_exit set_up(struct cli *cli, const char *dir)
{
	struct text reason;
	enum cli_exit code = CLI_DONE;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = dir_setup(dir, &reason);
	if (rc == RC_OK) {
		cli_say(cli, "made %s; whoever has its secret.key can make session tokens", dir);
		cli_next(cli);
	} else {
		code = cli_fail_rc(cli, rc, &reason);
	}
	text_fini(&reason);
	return code;
}

enum cli_exit cli_setup(struct cli *cli)
{
	const char *dir = cli_dir(cli, "");
	struct serve_setup setup = {.n_flags = 0};

	if (!dir)
		return CLI_USAGE;
	enum cli_exit code = serve_settings(cli, dir, &setup);
	if (code != CLI_DONE)
		return code;
	const char *url = setup.settings.database_url;
	code = url[0] ? set_up_shared(cli, dir, url) : set_up(cli, dir);
	settings_fini(&setup.settings);
	return code;
}
