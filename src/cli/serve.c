#include "cli/serve.h"

#include <errno.h>
#include <unistd.h>

#include "cli/show.h"
#include "server/server.h"

#define REASON_BYTES_MAX 4096

enum cli_exit serve_settings(struct cli *cli, const char *dir, struct settings *ret_settings,
			     const char **ret_config)
{
	const char *listen = cli_option(cli, "listen"), *config = cli_option(cli, "config");
	const struct setting_flag flags[] = {
		{.setting = "server.listen", .value = listen, .flag = "--listen"}};
	struct text reason;

	if (!config) {
		config = cli_format(cli, "%s/pdmd.conf", dir);
		if (access(config, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
			config = NULL;
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
	enum rc rc = server_run(&options, &reason);
	if (rc != RC_OK)
		code = cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	return code;
}

enum cli_exit cli_serve(struct cli *cli)
{
	const char *dir = cli_dir(cli, ""), *config;
	struct settings settings;

	if (!dir)
		return CLI_USAGE;
	enum cli_exit code = serve_settings(cli, dir, &settings, &config);
	if (code != CLI_DONE)
		return code;
	code = serve(cli, dir, config, &settings);
	settings_fini(&settings);
	return code;
}
