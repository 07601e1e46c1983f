#ifndef CLI_SERVE_H
#define CLI_SERVE_H

#include "cli/cli.h"
#include "server/server.h"
#include "server/settings.h"

/* Loads the settings that a command line names: --config or `pdmd.conf` in the directory where
 * there is one (NULL in *ret_config: none), the environment, --listen. CLI_USAGE and so on: said.
 */
enum cli_exit serve_settings(struct cli *cli, const char *dir, struct settings *ret_settings,
			     const char **ret_config);

/* server_run; RC_BUSY only when the directory stays taken for a second: a command that runs there
 * without a server needs it for some milliseconds. */
MUST_CHECK enum rc serve_run(const struct server_options *options, struct text *reterr);

#endif
