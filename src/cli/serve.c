#include "cli/serve.h"

#include <time.h>
#include <unistd.h>

#include "cli/show.h"

#define REASON_BYTES_MAX 4096
#define ATTEMPTS         20
#define PAUSE_NS         50000000L

enum cli_exit serve_settings(struct cli *cli, const char *dir, struct settings *ret_settings,
			     const char **ret_config)
{
	const char *listen = cli_option(cli, "listen"), *config = cli_option(cli, "config");
	const struct setting_flag flags[] = {
		{.setting = "server.listen", .value = listen, .flag = "--listen"}};
	struct text reason;

	if (!config) {
		const char *usual = cli_format(cli, "%s/pdmd.conf", dir);
		config = access(usual, F_OK) == 0 ? usual : NULL;
	}
	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = settings_load(ret_settings, config, flags, listen ? 1 : 0, &reason);
	enum cli_exit code = CLI_DONE;
	if (rc != RC_OK)
		code = cli_fail_rc(cli, rc == RC_NOTFOUND ? RC_INVALID : rc, &reason);
	else
		*ret_config = config;
	text_fini(&reason);
	return code;
}

enum rc serve_run(const struct server_options *options, struct text *reterr)
{
	enum rc rc = RC_BUSY;

	for (int i = 0; i < ATTEMPTS && rc == RC_BUSY; i++) {
		/* Where a signal ends the pause too early we only look again sooner. */
		if (i > 0)
			(void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
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

static enum cli_exit serve(struct cli *cli, const char *dir, const char *config,
			   const struct settings *settings)
{
	struct serving serving = {.cli = cli, .dir = dir};
	struct server_options options = {.dir = dir,
					 .config = config,
					 .settings = settings,
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
	const char *dir = cli_dir_there(cli, &code), *config = NULL;
	struct settings settings;

	if (!dir)
		return code;
	code = serve_settings(cli, dir, &settings, &config);
	if (code != CLI_DONE)
		return code;
	code = serve(cli, dir, config, &settings);
	settings_fini(&settings);
	return code;
}
