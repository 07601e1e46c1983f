/*
 * docs/cli.md, from the table of subcommands.
 */
#include "cli/cli.h"
#include "cli/pages.h"

static void add_rows(struct cli *cli, const struct subcommand *sub, struct text *t)
{
	text_add_c(t, "| | |\n|---|---|\n");
	for (size_t i = 0; i < CLI_WORDS_MAX && sub->words[i].name; i++)
		text_printf(t, "| `%s` | %s |\n", sub->words[i].name,
			    cli_word_help(cli, &sub->words[i]));
	for (size_t i = 0; i < cli->n_options; i++) {
		const struct option *o = &cli->options[i];
		text_printf(t, "| `--%s%s", o->name, o->value ? " " : "");
		/* A bar would end the cell. */
		for (const char *p = o->value ? o->value : ""; *p; p++)
			text_printf(t, "%s%c", *p == '|' ? "\\" : "", *p);
		text_printf(t, "` | %s |\n", o->help ? o->help : "");
	}
	text_add_char(t, '\n');
}

static enum rc add_subcommand(struct cli *cli, const struct subcommand *sub, struct text *t)
{
	enum rc rc = cli_choose(cli, sub);

	if (rc != RC_OK)
		return rc;
	text_printf(t, "## pdmd %s%s%s\n\n%s.\n\n```\n", sub->noun, sub->verb ? " " : "",
		    sub->verb ? sub->verb : "", sub->summary);
	help_usage(cli, t);
	text_add_c(t, "\n```\n\n");
	add_rows(cli, sub, t);
	if (sub->more)
		text_printf(t, "%s\n\n", sub->more);
	return RC_OK;
}

enum rc page_cli(struct cli *cli, struct text *t)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	text_add_c(t,
		   "<!-- Written by `pdmd document` from the table of subcommands; change that. "
		   "-->\n\n"
		   "# The command line\n\n"
		   "On a terminal answers are tables and lines; in a pipe the same with tabs and "
		   "without headers;\nwith `--json` they are JSON with the API's names. Messages "
		   "go to standard error.\n\n"
		   "The data directory is `/var/lib/pdmd` for root and `~/.local/share/pdmd` for "
		   "others, unless\n`--dir` says otherwise. Changes go through the server that "
		   "runs on it, and work without one.\n\n"
		   "| exit status | meaning |\n|---|---|\n| 0 | done |\n| 1 | failed |\n"
		   "| 2 | wrong usage or settings |\n| 3 | not found |\n| 4 | not permitted |\n"
		   "| 5 | an import has rejected rows; the others were taken |\n\n");
	for (size_t i = 0; i < n; i++) {
		enum rc rc = table[i].hidden ? RC_OK : add_subcommand(cli, &table[i], t);
		if (rc != RC_OK)
			return rc;
	}
	/* One newline at the end of a file. */
	t->n -= !t->failed;
	return RC_OK;
}
