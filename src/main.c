/*
 * pdmd: a server for the PDM customer and delivery API, and its command line.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* A reader that has seen enough and gone away, as in `pdmd help | head`, needs no message. */
static bool written(const struct cli *cli)
{
	int error = cli->out_error;

	if (!error && fflush(stdout) != 0)
		error = errno;
	if (error && error != EPIPE)
		(void)fprintf(stderr, "pdmd: cannot write the output: %s\n", strerror(error));
	return !error;
}

int main(int argc, char **argv)
{
	struct cli cli;

	/* A caller that goes away is an error of one write, not the end of a server. */
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */

	cli_init(&cli, stdout, stderr);
	enum cli_exit code =
		cli_main(&cli, argc > 0 ? (size_t)argc - 1 : 0, (const char *const *)argv + 1);
	if (!written(&cli) && code == CLI_DONE)
		code = CLI_FAILED;
	cli_fini(&cli);
	return (int)code;
}
