/*
 * Help, written from the table; and the subcommands help and version.
 */
#include "cli/cli.h"
#include "server/server.h"

#define HELP_BYTES_MAX (64 * 1024)

/* Width of the first column, of subcommands and of options. */
#define NAME_CHARS   16
#define OPTION_CHARS 22

static void put_row(FILE *out, int width, const char *left, const char *right)
{
	/* Help that cannot be written is noticed by main. */
	(void)fprintf(out, "  %-*s  %s\n", width, left, right);
}

static void put_subcommand(FILE *out, const struct subcommand *s)
{
	char name[2 * NAME_CHARS];

	(void)snprintf(name, sizeof(name), "%s%s%s", s->noun, s->verb ? " " : "",
		       s->verb ? s->verb : ""); /* names of ours, short */
	put_row(out, NAME_CHARS, name, s->summary);
}

void help_overview(FILE *out)
{
	static const char *const titles[GROUP_END] = {
		[GROUP_BEGIN] = "To begin",
		[GROUP_ADMIN] = "Companies, branches, access keys, customers",
		[GROUP_TOOLS] = "Tools",
	};
	size_t n;
	const struct subcommand *table = cli_table(&n);
	enum group group = GROUP_END;

	(void)fputs("pdmd serves the PDM customer and delivery API.\n\n"
		    "Usage: pdmd SUBCOMMAND [OPTION...]\n",
		    out); /* as in put_row */
	for (size_t i = 0; i < n; i++) {
		if (table[i].hidden)
			continue;
		if (table[i].group != group)
			(void)fprintf(out, "\n%s:\n", titles[table[i].group]); /* as in put_row */
		group = table[i].group;
		put_subcommand(out, &table[i]);
	}
	(void)fputs("\nMore on one: pdmd help SUBCOMMAND\n"
		    "Data directory: /var/lib/pdmd for root, else ~/.local/share/pdmd; or --dir "
		    "DIR.\n"
		    "Exit status: 0 done, 1 failed, 2 wrong usage or settings, 3 not found, "
		    "4 not permitted,\n5 rows of an import were rejected.\n",
		    out); /* as in put_row */
}

void help_noun(FILE *out, const char *noun)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	(void)fprintf(out, "Usage: pdmd %s VERB [OPTION...]\n\n", noun); /* as in put_row */
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].noun, noun) == 0)
			put_subcommand(out, &table[i]);
	(void)fprintf(out, "\nMore on one: pdmd help %s VERB\n", noun); /* as in put_row */
}

static void usage_word(struct text *t, const struct word *w)
{
	bool optional = w->flags & ARG_OPTIONAL;

	text_printf(t, " %s%s%s%s", optional ? "[" : "", w->name, optional ? "]" : "",
		    w->flags & ARG_MANY ? "..." : "");
}

static void usage_option(struct text *t, const struct option *o)
{
	bool optional = !(o->flags & ARG_REQUIRED);

	text_printf(t, " %s--%s%s%s%s%s", optional ? "[" : "", o->name, o->value ? " " : "",
		    o->value ? o->value : "", optional ? "]" : "",
		    o->flags & ARG_MANY ? "..." : "");
}

void help_usage(const struct cli *cli, struct text *t)
{
	const struct subcommand *s = cli->sub;

	text_printf(t, "pdmd %s%s%s", s->noun, s->verb ? " " : "", s->verb ? s->verb : "");
	for (size_t i = 0; i < CLI_WORDS_MAX && s->words[i].name; i++)
		usage_word(t, &s->words[i]);
	/* What must be given comes first; --help goes without saying. */
	for (size_t i = 0; i < cli->n_options; i++)
		if (cli->options[i].flags & ARG_REQUIRED)
			usage_option(t, &cli->options[i]);
	for (size_t i = 0; i < cli->n_options; i++)
		if (!(cli->options[i].flags & ARG_REQUIRED) &&
		    strcmp(cli->options[i].name, "help") != 0)
			usage_option(t, &cli->options[i]);
}

enum rc help_subcommand(FILE *out, struct cli *cli, const struct subcommand *sub)
{
	struct text usage;
	enum rc rc = cli_choose(cli, sub);

	if (rc != RC_OK)
		return rc;
	text_init(&usage, HELP_BYTES_MAX);
	help_usage(cli, &usage);
	/* As in put_row. */
	(void)fprintf(out, "%s.\n\nUsage: %s\n\n", sub->summary, text_c(&usage));
	text_fini(&usage);

	for (size_t i = 0; i < CLI_WORDS_MAX && sub->words[i].name; i++)
		put_row(out, OPTION_CHARS, sub->words[i].name, cli_word_help(cli, &sub->words[i]));
	for (size_t i = 0; i < cli->n_options; i++) {
		const struct option *o = &cli->options[i];
		put_row(out, OPTION_CHARS,
			cli_format(cli, "--%s%s%s", o->name, o->value ? " " : "",
				   o->value ? o->value : ""),
			o->help ? o->help : "");
	}
	if (sub->more)
		(void)fprintf(out, "\n%s\n", sub->more); /* as in put_row */
	return RC_OK;
}

enum cli_exit cli_help(struct cli *cli)
{
	const char *noun = cli->n_words > 0 ? cli->words[0] : NULL;
	const char *verb = cli->n_words > 1 ? cli->words[1] : NULL;

	if (!noun) {
		help_overview(cli->out);
		return CLI_DONE;
	}
	const struct subcommand *first = cli_find_noun(noun);
	if (first && first->verb && !verb) {
		help_noun(cli->out, noun);
		return CLI_DONE;
	}
	const struct subcommand *sub = cli_find(noun, verb);
	if (!sub)
		return cli_no_such(cli, cli->n_words, cli->words);
	return help_subcommand(cli->out, cli, sub) == RC_OK ? CLI_DONE : cli_no_memory(cli);
}

enum cli_exit cli_version(struct cli *cli)
{
	cli_put(cli, STR("pdmd " PDMD_VERSION "\n"));
	return CLI_DONE;
}
