/*
 * What the chosen subcommand takes: its own options, those made from the fields of its
 * command, and those that all take.
 */
#include <assert.h>
#include <inttypes.h>

#include "cli/cli.h"
#include "command/command.h"

static const struct option option_dir = {
	.name = "dir", .value = "DIR", .help = "The data directory."};
static const struct option option_config = {
	.name = "config",
	.value = "FILE",
	.help = "The settings that say where the data is, for when no server runs; by default "
		"pdmd.conf in the data directory."};
static const struct option option_json = {.name = "json",
					  .help = "Print the answer as JSON, as it came."};
static const struct option option_help = {.name = "help", .help = "Print this help."};

/* Names and values that options have instead of what would be made of the field's. */
static const struct spelling {
	const char *field, *option, *value;
} spellings[] = {
	{"allow", "allow", "CIDR"},
	{"confirm", "confirm", "REF"},
	{"customer_id", "customer", "ID"},
	{"deny", "deny", "CIDR"},
	{"external_customer_ref", "external-ref", "REF"},
	{"since", "since", "WHEN"},
	{"timezone", "timezone", "TZ"},
};

static bool is_word(const struct subcommand *sub, const char *field)
{
	for (size_t i = 0; i < CLI_WORDS_MAX && sub->words[i].name; i++)
		if (sub->words[i].field && strcmp(sub->words[i].field, field) == 0)
			return true;
	return false;
}

static const char *value_word(const struct field *f)
{
	switch (f->kind) {
	case FIELD_KIND_INT:
		return "N";
	case FIELD_KIND_BOOLEAN:
		/* One that counts as "no" when absent needs no word to say "yes". */
		return f->absent == 0 ? NULL : "yes|no";
	case FIELD_KIND_DATE:
		return "YYYY-MM-DD";
	case FIELD_KIND_END:
	case FIELD_KIND_STRING:
	case FIELD_KIND_CHOICE:
	case FIELD_KIND_REF:
	case FIELD_KIND_OBJECT:
	case FIELD_KIND_ARRAY:
	case FIELD_KIND_ONE_OF:
		break;
	}
	return "TEXT";
}

/* "branch_only" as "branch-only". */
static const char *dashed(struct arena *a, const char *name)
{
	size_t n = strlen(name) + 1;
	char *p = arena_alloc(a, n);

	for (size_t i = 0; p && i < n; i++)
		p[i] = name[i] == '_' ? '-' : name[i];
	return p;
}

static enum rc option_of_field(struct cli *cli, const struct field *f, struct option *ret_option)
{
	struct option o = {.value = value_word(f), .help = f->help, .field = f};

	if (f->kind == FIELD_KIND_INT && f->absent > 0)
		o.help = cli_format(cli, "%s By default %" PRId64 ".", f->help, f->absent);

	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		if (strcmp(spellings[i].field, f->name) != 0)
			continue;
		o.name = spellings[i].option;
		o.value = spellings[i].value;
	}
	if (!o.name)
		o.name = dashed(&cli->arena, f->name);
	if (!o.name)
		return RC_NOMEM;
	if (f->flags & FIELD_REQUIRED)
		o.flags |= ARG_REQUIRED;
	if (f->kind == FIELD_KIND_ARRAY)
		o.flags |= ARG_MANY;
	*ret_option = o;
	return RC_OK;
}

static size_t count_fields(const struct field *fields)
{
	size_t n = 0;

	while (fields && fields[n].kind != FIELD_KIND_END)
		n++;
	return n;
}

static size_t count_options(const struct option *options)
{
	size_t n = 0;

	while (options && options[n].name)
		n++;
	return n;
}

enum rc cli_choose(struct cli *cli, const struct subcommand *sub)
{
	const struct command *command = NULL;

	if (sub->command) {
		command = registry_find(DOOR_ADMIN, str_c(sub->command));
		assert(command);
	}
	const struct field *fields = command ? command->in_fields : NULL;
	size_t n = 0, n_own = count_options(sub->options), n_fields = count_fields(fields);
	struct option *options =
		arena_alloc(&cli->arena, (n_own + n_fields + 4) * sizeof(*options));
	if (!options)
		return RC_NOMEM;

	for (; n < n_own; n++)
		options[n] = sub->options[n];
	for (size_t i = 0; i < n_fields; i++) {
		if (!field_in_request(&fields[i]) || is_word(sub, fields[i].name) ||
		    strcmp(fields[i].name, CLI_CURSOR) == 0)
			continue;
		enum rc rc = option_of_field(cli, &fields[i], &options[n]);
		if (rc != RC_OK)
			return rc;
		n++;
	}
	options[n++] = option_dir;
	if (sub->run == cli_admin || sub->calls)
		options[n++] = option_config;
	if (command)
		options[n++] = option_json;
	options[n++] = option_help;

	cli->sub = sub;
	cli->command = command;
	cli->options = options;
	cli->n_options = n;
	return RC_OK;
}

const struct field *cli_field(const struct cli *cli, const char *name)
{
	const struct field *f = cli->command ? cli->command->in_fields : NULL;

	for (; f && f->kind != FIELD_KIND_END; f++)
		if (f->kind != FIELD_KIND_ONE_OF && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

const char *cli_word_help(const struct cli *cli, const struct word *word)
{
	if (word->help)
		return word->help;
	const struct field *f = word->field ? cli_field(cli, word->field) : NULL;
	return f && f->help ? f->help : "";
}

const char *cli_field_shown(struct cli *cli, const struct field *field)
{
	for (size_t i = 0; i < CLI_WORDS_MAX && cli->sub->words[i].name; i++) {
		const struct word *w = &cli->sub->words[i];
		if (w->field && strcmp(w->field, field->name) == 0)
			return w->name;
	}
	for (size_t i = 0; i < cli->n_options; i++)
		if (cli->options[i].field == field)
			return cli_format(cli, "--%s", cli->options[i].name);
	return field->name;
}
