#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "cli/cli.h"
#include "server/server.h"
#include "server/settings.h"

/* What a command line says about settings: --config or `pdmd.conf` in the directory where there is
 * one (`file`; NULL: none), the environment, --listen. --config (NULL: not given) and the flags are
 * kept for a reload. */
struct serve_setup {
	struct settings settings;
	const char *file, *config;
	struct setting_flag flags[1];
	size_t n_flags;
};

/* `setup` is empty. CLI_USAGE and so on: said. On CLI_DONE the settings are to be given back by
 * settings_fini. */
enum cli_exit serve_settings(struct cli *cli, const char *dir, struct serve_setup *setup);

/* server_run; RC_BUSY only when the directory stays taken for a second: a command that runs there
 * without a server needs it for some milliseconds. RC_OK also when a signal ends that wait. Behind
 * server_hold_signals. */
MUST_CHECK enum rc serve_run(const struct server_options *options, struct text *reterr);

#endif
