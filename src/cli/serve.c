#include "cli/serve.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "cli/show.h"
#include "server/dir.h"

#define REASON_BYTES_MAX 4096
#define ATTEMPTS         20
#define PAUSE_NS         50000000L

enum cli_exit serve_settings(struct cli *cli, const char *dir, struct serve_setup *setup)
{
	const char *listen = cli_option(cli, "listen");
	struct text reason;

	setup->config = cli_option(cli, "config");
	setup->file = setup->config;
	text_init(&reason, REASON_BYTES_MAX);
	if (!setup->file && dir_config(dir, &reason))
		setup->file = cli_format(cli, "%s", text_c(&reason));
	text_clear(&reason);
	if (listen)
		setup->flags[setup->n_flags++] = (struct setting_flag){
			.setting = "server.listen", .value = listen, .flag = "--listen"};
	enum rc rc =
		settings_load(&setup->settings, setup->file, setup->flags, setup->n_flags, &reason);
	enum cli_exit code = CLI_DONE;
	if (rc != RC_OK)
		code = cli_fail_rc(cli, rc == RC_NOTFOUND ? RC_INVALID : rc, &reason);
	text_fini(&reason);
	return code;
}

/* Waits a little. True: a signal that would stop the server has come. */
static bool told_to_stop(void)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	sigset_t stop;

	(void)sigemptyset(&stop); /* these fail only for a bad signal number */
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	return sigtimedwait(&stop, NULL, &pause) > 0;
}

enum rc serve_run(const struct server_options *options, struct text *reterr)
{
	enum rc rc = RC_BUSY;

	for (int i = 0; i < ATTEMPTS && rc == RC_BUSY; i++) {
		if (i > 0 && told_to_stop())
			return RC_OK;
		text_clear(reterr);
		rc = server_run(options, reterr);
	}
	return rc;
}

struct serving {
	struct cli *cli;
	const char *dir;
};

static void ready(void *owner, const char *url)
{
	const struct serving *s = owner;
	struct cli *cli = s->cli;
	struct text t;

	/* Without a person there is the log. */
	if (!isatty(fileno(cli->err)))
		return;
	text_init(&t, REASON_BYTES_MAX);
	show_shell_word(str_c(s->dir), &t);
	cli_say(cli, "serving %s from %s; Ctrl-C stops", url, s->dir);
	cli_say(cli, "next, elsewhere: pdmd status --dir %s", text_c(&t));
	text_fini(&t);
}

static enum cli_exit serve(struct cli *cli, const char *dir, const struct serve_setup *setup)
{
	struct serving serving = {.cli = cli, .dir = dir};
	struct server_options options = {.dir = dir,
					 .config = setup->config,
					 .flags = setup->flags,
					 .n_flags = setup->n_flags,
					 .settings = &setup->settings,
					 .ready = ready,
					 .owner = &serving};
	struct text reason;
	enum cli_exit code = CLI_DONE;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = serve_run(&options, &reason);
	if (rc != RC_OK)
		code = cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	return code;
}

enum cli_exit cli_serve(struct cli *cli)
{
	enum cli_exit code;
	const char *dir = cli_dir_there(cli, &code);
	struct serve_setup setup = {.n_flags = 0};

	server_hold_signals();
	if (!dir)
		return code;
	code = serve_settings(cli, dir, &setup);
	if (code != CLI_DONE)
		return code;
	code = serve(cli, dir, &setup);
	settings_fini(&setup.settings);
	return code;
}
