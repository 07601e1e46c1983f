/*
 * check: would serve start? Nothing is bound and nothing changed.
 */
#include "cli/cli.h"
#include "cli/serve.h"
#include "server/dir.h"
#include "server/server.h"

#define REASON_BYTES_MAX 4096

enum cli_exit cli_check(struct cli *cli)
{
	enum cli_exit code;
	const char *dir = cli_dir_there(cli, &code);
	struct serve_setup setup = {.n_flags = 0};
	struct text reason;

	if (!dir)
		return code;
	code = serve_settings(cli, dir, &setup);
	if (code != CLI_DONE)
		return code;
	text_init(&reason, REASON_BYTES_MAX);
	if (dir_is_open(dir, &reason))
		cli_say(cli, "warning: %s", text_c(&reason));
	text_clear(&reason);
	enum rc rc = server_check(dir, &setup.settings, &reason);
	if (rc == RC_OK)
		cli_say(cli, "all is well: %s, settings from %s", dir,
			setup.file ? setup.file : "their defaults and the environment");
	else
		code = cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	settings_fini(&setup.settings);
	return code;
}
