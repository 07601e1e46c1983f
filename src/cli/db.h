#ifndef CLI_DB_H
#define CLI_DB_H

#include "cli/cli.h"

/* What the verbs of `db` share: `work` is called with the data directory, which is there, and the
 * URL of the settings, empty for the directory's own database. */
enum cli_exit db_with_url(struct cli *cli,
			  enum cli_exit (*work)(struct cli *cli, const char *dir, const char *url));

#endif
