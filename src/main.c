/*
 * pdmd: a server for the PDM customer and delivery API, and its command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

/* Where one of the standard files is closed (`2>&-`), the next file to be opened would take its
 * place, and be written into. What stands there instead refuses what the file is for, so that
 * output does not vanish in silence. */
static bool fill_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

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

	if (!fill_standard_files())
		return CLI_FAILED; /* without /dev/null there is nobody to tell */
	/* A caller that goes away is an error of one write, not the end of a server. */
	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for this signal */

	cli_init(&cli, stdout, stderr);
	if (argc > 0)
		cli.program = argv[0];
	enum cli_exit code =
		cli_main(&cli, argc > 0 ? (size_t)argc - 1 : 0, (const char *const *)argv + 1);
	if (!written(&cli) && code == CLI_DONE)
		code = CLI_FAILED;
	cli_fini(&cli);
	return (int)code;
}
