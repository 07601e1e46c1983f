/*
 * status: how the running server is doing. Unlike other commands of the admin door this one
 * makes no sense without a server.
 */
#include "cli/admin.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/show.h"

#define REASON_BYTES_MAX 4096

static enum cli_exit no_server(struct cli *cli, const char *dir)
{
	struct text shown;

	text_init(&shown, REASON_BYTES_MAX);
	show_shell_word(str_c(dir), &shown);
	enum cli_exit code =
		cli_fail(cli, CLI_NOT_FOUND, "no server runs on %s; pdmd serve --dir %s starts one",
			 dir, text_c(&shown));
	text_fini(&shown);
	return code;
}

enum cli_exit cli_status(struct cli *cli)
{
	enum cli_exit code;
	const char *dir = cli_dir_there(cli, &code);
	struct text answer, reason;

	if (!dir)
		return code;
	text_init(&answer, CLIENT_ANSWER_BYTES_MAX);
	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = admin_ask_server(dir, cli->command, STR("{}"), &answer, &reason);
	if (rc == RC_OK)
		code = admin_show(cli, text_str(&answer), NULL);
	else if (rc == RC_NOTFOUND)
		code = no_server(cli, dir);
	else
		code = cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	text_fini(&answer);
	return code;
}
