/*
 * setup: makes a data directory.
 */
#include "cli/cli.h"
#include "cli/serve.h"
#include "server/dir.h"

#define REASON_BYTES_MAX 4096

static enum rc set_up(const char *dir, bool shared, bool *ret_kept, struct text *reterr)
{
	*ret_kept = false;
	return shared ? dir_setup_shared(dir, ret_kept, reterr) : dir_setup(dir, reterr);
}

/* The tables are not made: the role that serves may not be one that can. */
static void say_shared(struct cli *cli, const char *dir, bool kept)
{
	const char *given = cli_option(cli, "dir");

	if (kept)
		cli_say(cli, "%s has its secret.key already, which is kept", dir);
	else
		cli_say(cli,
			"made %s; every server of the database needs a copy of its secret.key, "
			"and whoever has it can make session tokens",
			dir);
	cli_say(cli, "next: pdmd db migrate%s%s, as a role that may make tables",
		given ? " --dir " : "", given ? given : "");
}

static enum cli_exit set_up_and_say(struct cli *cli, const char *dir, bool shared)
{
	struct text reason;
	enum cli_exit code = CLI_DONE;
	bool kept;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = set_up(dir, shared, &kept, &reason);
	if (rc != RC_OK) {
		code = cli_fail_rc(cli, rc, &reason);
	} else if (shared) {
		say_shared(cli, dir, kept);
	} else {
		cli_say(cli, "made %s; whoever has its secret.key can make session tokens", dir);
		cli_next(cli);
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
	code = set_up_and_say(cli, dir, setup.settings.database_url[0] != '\0');
	settings_fini(&setup.settings);
	return code;
}
