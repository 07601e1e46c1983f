#include "cli/cli.h"

#include "command/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct cli *cli;

static int set_up(void **state)
{
	static struct cli one;

	(void)state;
	cli = &one;
	cli_init(cli, stdout, stderr);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	cli_fini(cli);
	return 0;
}

static void test_table__is_in_the_order_of_the_help_and_names_each_once(void **state)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	(void)state;
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(cli_find(table[i].noun, table[i].verb), &table[i]);
		if (i == 0)
			continue;
		assert_true(table[i - 1].group <= table[i].group);
		bool same = strcmp(table[i - 1].noun, table[i].noun) == 0;
		/* Rows of one noun are together, and all of them have verbs. */
		assert_true(same || cli_find_noun(table[i].noun) == &table[i]);
		assert_true(!same || (table[i - 1].verb && table[i].verb));
	}
}

static void test_table__says_what_each_is_for(void **state)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_non_null(table[i].summary);
		assert_non_null(table[i].run);
		assert_true(strlen(table[i].summary) <= 70);
		assert_int_equal(cli_choose(cli, &table[i]), RC_OK);
		for (size_t w = 0; w < CLI_WORDS_MAX && table[i].words[w].name; w++)
			if (cli_word_help(cli, &table[i].words[w])[0] == '\0')
				fail_msg("%s has no help", table[i].words[w].name);
		for (size_t o = 0; o < cli->n_options; o++)
			if (!cli->options[o].help || cli->options[o].help[0] == '\0')
				fail_msg("--%s has no help", cli->options[o].name);
	}
}

static void test_table__reaches_every_admin_command(void **state)
{
	size_t n, n_commands;
	const struct subcommand *table = cli_table(&n);
	const struct command *const *commands = registry(DOOR_ADMIN, &n_commands);

	(void)state;
	assert_true(n_commands > 0);
	for (size_t c = 0; c < n_commands; c++) {
		size_t rows = 0;
		for (size_t i = 0; i < n; i++) {
			const char *name = table[i].command ? table[i].command : table[i].calls;
			rows += name && strcmp(name, commands[c]->name) == 0;
		}
		if (rows != 1)
			fail_msg("%zu subcommands run %s", rows, commands[c]->name);
	}
}

static void test_table__names_only_commands_and_fields_that_there_are(void **state)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct subcommand *s = &table[i];
		if (s->command && !registry_find(DOOR_ADMIN, str_c(s->command)))
			fail_msg("there is no command %s", s->command);
		assert_int_equal(cli_choose(cli, s), RC_OK);
		for (size_t w = 0; w < CLI_WORDS_MAX && s->words[w].name; w++)
			if (s->words[w].field && !cli_field(cli, s->words[w].field))
				fail_msg("%s has no field %s", s->command, s->words[w].field);
	}
}

/* Optional words come last, and only the last may be given again. */
static void test_table__has_words_that_can_be_told_apart(void **state)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct word *w = table[i].words;
		for (size_t k = 1; k < CLI_WORDS_MAX && w[k].name; k++) {
			assert_false(w[k - 1].flags & ARG_MANY);
			assert_true(!(w[k - 1].flags & ARG_OPTIONAL) || w[k].flags & ARG_OPTIONAL);
		}
	}
}

static void test_table__gives_each_subcommand_options_of_different_names(void **state)
{
	size_t n;
	const struct subcommand *table = cli_table(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(cli_choose(cli, &table[i]), RC_OK);
		bool dir = false;
		for (size_t a = 0; a < cli->n_options; a++) {
			dir |= strcmp(cli->options[a].name, "dir") == 0;
			for (size_t b = 0; b < a; b++)
				if (strcmp(cli->options[a].name, cli->options[b].name) == 0)
					fail_msg("--%s twice", cli->options[a].name);
		}
		assert_true(dir);
	}
}

static const struct option *option(const char *name)
{
	for (size_t i = 0; i < cli->n_options; i++)
		if (strcmp(cli->options[i].name, name) == 0)
			return &cli->options[i];
	return NULL;
}

static void test_table__makes_options_of_the_fields_that_are_no_words(void **state)
{
	(void)state;
	assert_int_equal(cli_choose(cli, cli_find("key", "add")), RC_OK);
	assert_null(option("company-id"));
	assert_string_equal(option("label")->value, "TEXT");
	assert_int_equal(option("label")->flags, ARG_REQUIRED);
	assert_string_equal(option("allow")->value, "CIDR");
	assert_int_equal(option("allow")->flags, ARG_MANY);
	assert_string_equal(option("rate")->value, "N");
	/* Not given it is "no", so that it needs no word to be "yes". */
	assert_null(option("branch-only")->value);
	assert_int_equal(cli_choose(cli, cli_find("key", "edit")), RC_OK);
	/* Not given it stays as it is. */
	assert_string_equal(option("branch-only")->value, "yes|no");
	assert_string_equal(option("deny")->value, "CIDR");
	assert_int_equal(cli_choose(cli, cli_find("customer", "show")), RC_OK);
	assert_string_equal(option("external-ref")->field->name, "external_customer_ref");
	assert_null(option("external-customer-ref"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table__is_in_the_order_of_the_help_and_names_each_once),
		cmocka_unit_test(test_table__says_what_each_is_for),
		cmocka_unit_test(test_table__reaches_every_admin_command),
		cmocka_unit_test(test_table__names_only_commands_and_fields_that_there_are),
		cmocka_unit_test(test_table__has_words_that_can_be_told_apart),
		cmocka_unit_test(test_table__gives_each_subcommand_options_of_different_names),
		cmocka_unit_test(test_table__makes_options_of_the_fields_that_are_no_words),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
