/*
 * pdmd: a server for the PDM customer and delivery API, and its command line.
 */
#include <signal.h>
#include <stdio.h>

#include "cli/cli.h"

int main(int argc, char **argv)
{
	struct cli cli;

	/* A reader of our output that has gone away is an error of writing, not the end of us. */
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */

	cli_init(&cli, stdout, stderr);
	enum cli_exit code =
		cli_main(&cli, argc > 0 ? (size_t)argc - 1 : 0, (const char *const *)argv + 1);
	cli_fini(&cli);

	if (fflush(stdout) != 0 || ferror(stdout)) {
		perror("pdmd: cannot write the output");
		return CLI_FAILED;
	}
	return (int)code;
}
