/*
 * status: how the running server is doing. Unlike other commands of the admin door this one
 * makes no sense without a server.
 */
#include <sys/stat.h>

#include "cli/admin.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

#define REASON_BYTES_MAX 4096

static enum cli_exit no_server(struct cli *cli, const char *dir)
{
	struct stat st;
	struct text t;

	text_init(&t, REASON_BYTES_MAX);
	show_shell_word(str_c(dir), &t);
	enum cli_exit code =
		stat(dir, &st) == 0
			? cli_fail(cli, CLI_NOT_FOUND,
				   "no server runs on %s: start one with pdmd serve --dir %s", dir,
				   text_c(&t))
			: cli_fail(cli, CLI_NOT_FOUND,
				   "no data directory at %s: run pdmd setup --dir %s", dir,
				   text_c(&t));
	text_fini(&t);
	return code;
}

enum cli_exit cli_status(struct cli *cli)
{
	const char *dir = cli_dir(cli, "");
	struct text answer, reason;
	enum cli_exit code;

	if (!dir)
		return CLI_USAGE;
	text_init(&answer, CLIENT_ANSWER_BYTES_MAX);
	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = admin_ask_server(dir, cli->command, STR("{}"), &answer, &reason);
	if (rc == RC_OK)
		code = admin_show(cli, text_str(&answer));
	else if (rc == RC_NOTFOUND)
		code = no_server(cli, dir);
	else
		code = cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	text_fini(&answer);
	return code;
}
