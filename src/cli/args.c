/*
 * Takes a command line apart: --name value, --name=value, --flag, words; behind -- there are
 * only words.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/near.h"
#include "cli/cli.h"
#include "cli/show.h"
#include "server/dir.h"

#define DIR_BYTES_MAX 4096

static const struct option *find_option(const struct cli *cli, struct str name)
{
	for (size_t i = 0; i < cli->n_options; i++)
		if (str_equal_c(name, cli->options[i].name))
			return &cli->options[i];
	return NULL;
}

static const struct given *find_given(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->n_given; i++)
		if (strcmp(cli->given[i].option->name, name) == 0)
			return &cli->given[i];
	return NULL;
}

static enum cli_exit unknown_option(struct cli *cli, struct str name)
{
	const char **names = arena_alloc(&cli->arena, (cli->n_options + 1) * sizeof(*names));

	for (size_t i = 0; names && i < cli->n_options; i++)
		names[i] = cli->options[i].name;
	const char *near = names ? near_word(name, names, cli->n_options) : NULL;
	return cli_misused(cli, "there is no option --%.*s%s", STR_ARGS(name),
			   cli_meant(cli, near ? cli_format(cli, "--%s", near) : NULL));
}

/* `arg` begins with "--"; `value` is what comes behind it, NULL at the end of the line. */
static enum cli_exit take_option(struct cli *cli, const char *arg, const char *next,
				 bool *ret_next_used)
{
	const char *equals = strchr(arg, '=');
	struct str name = {arg + 2, equals ? (size_t)(equals - arg) - 2 : strlen(arg) - 2};
	const struct option *o = find_option(cli, name);
	struct given given = {.option = o};

	if (!o)
		return unknown_option(cli, name);
	if (!(o->flags & ARG_MANY) && find_given(cli, o->name))
		return cli_misused(cli, "--%s is given twice", o->name);
	if (!o->value && equals)
		return cli_misused(cli, "--%s takes no value", o->name);
	*ret_next_used = o->value && !equals;
	if (o->value)
		given.value = equals ? equals + 1 : next;
	/* An option in the place of a value is a forgotten value, unless spelled --name=--value. */
	if (o->value && (!given.value || (!equals && strncmp(given.value, "--", 2) == 0)))
		return cli_misused(cli, "--%s needs a value: --%s %s", o->name, o->name, o->value);
	cli->given[cli->n_given++] = given;
	return CLI_DONE;
}

/* How many words the subcommand takes, and how many it needs. */
static void count_words(const struct subcommand *sub, size_t *ret_min, size_t *ret_max)
{
	size_t min = 0, max = 0;

	for (size_t i = 0; i < CLI_WORDS_MAX && sub->words[i].name; i++) {
		const struct word *w = &sub->words[i];
		if (!(w->flags & ARG_OPTIONAL))
			min = i + 1;
		max = w->flags & ARG_MANY ? SIZE_MAX : i + 1;
	}
	*ret_min = min;
	*ret_max = max;
}

static enum cli_exit check_complete(struct cli *cli)
{
	size_t min, max;

	count_words(cli->sub, &min, &max);
	if (cli->n_words < min)
		return cli_misused(cli, "%s is missing", cli->sub->words[cli->n_words].name);
	if (cli->n_words > max)
		return cli_misused(cli, "one word too many: \"%s\"%s", cli->words[max],
				   max > 0 ? " (a text with blanks goes into quotation marks)"
					   : "");
	for (size_t i = 0; i < cli->n_options; i++) {
		const struct option *o = &cli->options[i];
		if (o->flags & ARG_REQUIRED && !find_given(cli, o->name))
			return cli_misused(cli, "--%s %s is missing", o->name, o->value);
	}
	return CLI_DONE;
}

enum cli_exit cli_args(struct cli *cli, size_t n, const char *const *args)
{
	bool only_words = false;

	/* Each argument is at most one word or one option. */
	cli->given = arena_alloc(&cli->arena, (n + 1) * sizeof(*cli->given));
	cli->words = arena_alloc(&cli->arena, (n + 1) * sizeof(*cli->words));
	if (!cli->given || !cli->words)
		return cli_no_memory(cli);

	for (size_t i = 0; i < n; i++) {
		const char *arg = args[i];
		bool next_used = false;
		if (only_words || arg[0] != '-' || arg[1] == '\0') {
			cli->words[cli->n_words++] = arg;
		} else if (strcmp(arg, "--") == 0) {
			only_words = true;
		} else if (strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0) {
			cli->help = true;
			return CLI_DONE;
		} else if (arg[1] != '-') {
			return cli_misused(cli, "there is no option %s%s", arg,
					   " (a word that begins with - goes behind --)");
		} else {
			enum cli_exit code =
				take_option(cli, arg, i + 1 < n ? args[i + 1] : NULL, &next_used);
			if (code != CLI_DONE)
				return code;
		}
		i += next_used;
	}
	return check_complete(cli);
}

bool cli_flag(const struct cli *cli, const char *name)
{
	return find_given(cli, name) != NULL;
}

const char *cli_option(const struct cli *cli, const char *name)
{
	const struct given *g = find_given(cli, name);

	return g ? g->value : NULL;
}

const char *cli_word(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < CLI_WORDS_MAX && i < cli->n_words; i++) {
		const char *word = cli->sub->words[i].name;
		if (word && strcmp(word, name) == 0)
			return cli->words[i];
	}
	return NULL;
}

bool cli_option_int(struct cli *cli, const char *name, int64_t min, int64_t max, int64_t absent,
		    int64_t *ret_value)
{
	const char *text = cli_option(cli, name);
	char *end;

	if (!text) {
		*ret_value = absent;
		return true;
	}
	errno = 0;
	long long value = strtoll(text, &end, 10);
	bool whole = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
	if (!(whole && value >= min && value <= max)) {
		(void)cli_misused(cli, "--%s must be a whole number from %" PRId64 " to %" PRId64,
				  name, min, max); /* the caller returns it */
		return false;
	}
	*ret_value = value;
	return true;
}

const char *cli_dir(struct cli *cli, const char *suffix)
{
	const char *dir = cli_option(cli, "dir");
	struct text t;

	if (dir) {
		if (dir[0])
			return dir;
		(void)cli_misused(cli, "--dir must name a directory"); /* the caller returns it */
		return NULL;
	}
	text_init(&t, DIR_BYTES_MAX);
	dir_default(suffix, &t);
	struct str kept = arena_str(&cli->arena, text_str(&t));
	bool good = !t.failed && t.n > 0 && kept.p;
	text_fini(&t);
	if (!good)
		(void)cli_misused(cli, "which data directory? give --dir DIR"); /* as above */
	return good ? kept.p : NULL;
}

const char *cli_dir_there(struct cli *cli, enum cli_exit *ret_code)
{
	const char *dir = cli_dir(cli, "");
	struct stat st;
	struct text shown;

	if (!dir) {
		*ret_code = CLI_USAGE;
		return NULL;
	}
	/* Other faults are told better by whoever opens what is in it. */
	if (stat(dir, &st) == 0 || (errno != ENOENT && errno != ENOTDIR))
		return dir;
	text_init(&shown, DIR_BYTES_MAX);
	show_shell_word(str_c(dir), &shown);
	*ret_code = cli_fail(cli, CLI_NOT_FOUND, "no data directory at %s: run pdmd setup --dir %s",
			     dir, text_c(&shown));
	text_fini(&shown);
	return NULL;
}
