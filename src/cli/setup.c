/*
 * setup: makes a data directory.
 */
#include "cli/cli.h"
#include "server/dir.h"

#define REASON_BYTES_MAX 4096

enum cli_exit cli_setup(struct cli *cli)
{
	const char *dir = cli_dir(cli, "");
	struct text reason;
	enum cli_exit code = CLI_DONE;

	if (!dir)
		return CLI_USAGE;
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
