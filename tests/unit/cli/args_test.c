#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define ARGS_MAX 8

/* One command line, and what it says. */
struct line {
	struct cli cli;
	char *out, *err;
	size_t out_bytes, err_bytes;
	FILE *out_file, *err_file;
};

static void line_init(struct line *l)
{
	*l = (struct line){.out = NULL};
	l->out_file = open_memstream(&l->out, &l->out_bytes);
	l->err_file = open_memstream(&l->err, &l->err_bytes);
	assert_non_null(l->out_file);
	assert_non_null(l->err_file);
	cli_init(&l->cli, l->out_file, l->err_file);
}

static void line_fini(struct line *l)
{
	cli_fini(&l->cli);
	assert_int_equal(fclose(l->out_file), 0);
	assert_int_equal(fclose(l->err_file), 0);
	free(l->out);
	free(l->err);
}

static size_t count(const char *const *args)
{
	size_t n = 0;

	while (n < ARGS_MAX && args[n])
		n++;
	return n;
}

/* Takes the arguments apart for `pdmd key add`, without running it. */
static enum cli_exit parse(struct line *l, const char *const *args)
{
	line_init(l);
	assert_int_equal(cli_choose(&l->cli, cli_find("key", "add")), RC_OK);
	enum cli_exit code = cli_args(&l->cli, count(args), args);
	assert_int_equal(fflush(l->err_file), 0);
	return code;
}

static enum cli_exit run(struct line *l, const char *const *args)
{
	line_init(l);
	enum cli_exit code = cli_main(&l->cli, count(args), args);
	assert_int_equal(fflush(l->out_file), 0);
	assert_int_equal(fflush(l->err_file), 0);
	return code;
}

static void test_args__takes_words_and_options_in_any_order(void **state)
{
	static const char *const cases[][ARGS_MAX] = {
		{"9001", "1", "--label", "Till", "--rate", "5"},
		{"--label=Till", "9001", "--rate=5", "1"},
		{"--rate", "5", "--label", "Till", "--", "9001", "1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line l;
		assert_int_equal(parse(&l, cases[i]), CLI_DONE);
		assert_string_equal(cli_word(&l.cli, "COMPANY"), "9001");
		assert_string_equal(cli_word(&l.cli, "BRANCH"), "1");
		assert_string_equal(cli_option(&l.cli, "label"), "Till");
		assert_string_equal(cli_option(&l.cli, "rate"), "5");
		assert_null(cli_option(&l.cli, "burst"));
		assert_false(cli_flag(&l.cli, "branch-only"));
		line_fini(&l);
	}
}

static void test_args__leaves_what_looks_odd_as_it_is(void **state)
{
	static const char *const args[] = {"9001",    "-",   "--label=--x=y", "--branch-only",
					   "--allow", "::1", "--allow",       "::2"};
	struct line l;

	(void)state;
	assert_int_equal(parse(&l, args), CLI_DONE);
	assert_string_equal(cli_word(&l.cli, "BRANCH"), "-");
	assert_string_equal(cli_option(&l.cli, "label"), "--x=y");
	assert_true(cli_flag(&l.cli, "branch-only"));
	assert_int_equal(l.cli.n_given, 4);
	line_fini(&l);
}

static void test_args__says_what_is_wrong(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *says;
	} cases[] = {
		{{"9001", "1"}, "--label TEXT is missing"},
		{{"9001", "--label", "x"}, "BRANCH is missing"},
		{{"--label", "x"}, "COMPANY is missing"},
		{{"9001", "1", "2", "--label", "x"}, "one word too many: \"2\""},
		{{"9001", "1", "--label"}, "--label needs a value: --label TEXT"},
		{{"9001", "1", "--label", "--rate"}, "--label needs a value"},
		{{"9001", "1", "--label", "x", "--label", "y"}, "--label is given twice"},
		{{"9001", "1", "--lable", "x"},
		 "there is no option --lable; did you mean --label?"},
		{{"9001", "1", "--zzzzzz"}, "there is no option --zzzzzz\n"},
		{{"9001", "1", "--label", "x", "--branch-only=yes"},
		 "--branch-only takes no value"},
		{{"9001", "1", "-l", "x"}, "there is no option -l"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line l;
		assert_int_equal(parse(&l, cases[i].args), CLI_USAGE);
		if (!strstr(l.err, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", l.err, cases[i].says);
		assert_non_null(strstr(l.err, "See: pdmd help key add\n"));
		line_fini(&l);
	}
}

static void test_args__reads_whole_numbers_within_bounds(void **state)
{
	static const struct {
		const char *text;
		bool good;
		int64_t value;
	} cases[] = {
		{"1", true, 1},   {"007", true, 7},  {"10", true, 10},
		{"0", false, 0},  {"11", false, 0},  {"-1", false, 0},
		{"", false, 0},   {" 1", false, 0},  {"1x", false, 0},
		{"+1", false, 0}, {"1.0", false, 0}, {"99999999999999999999", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *args[] = {"9001", "1", "--label=x", "--rate", cases[i].text, NULL};
		struct line l;
		int64_t value = 0;
		assert_int_equal(parse(&l, args), CLI_DONE);
		assert_true(cli_option_int(&l.cli, "rate", 1, 10, 3, &value) == cases[i].good);
		assert_int_equal(value, cases[i].value);
		assert_true(cli_option_int(&l.cli, "burst", 1, 10, 3, &value));
		assert_int_equal(value, 3);
		line_fini(&l);
	}
}

static void test_cli__finds_its_way_from_wrong_turns(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		enum cli_exit code;
		const char *says;
	} cases[] = {
		{{NULL}, CLI_USAGE, "Usage: pdmd SUBCOMMAND"},
		{{"serv"}, CLI_USAGE, "there is no subcommand serv; did you mean serve?"},
		{{"zzzzz"}, CLI_USAGE, "there is no subcommand zzzzz\n"},
		{{"company"}, CLI_USAGE, "company what?"},
		{{"company", "ad"},
		 CLI_USAGE,
		 "there is no subcommand company ad; did you mean company add?"},
		{{"add", "company"}, CLI_USAGE, "did you mean company add?"},
		{{"--dir", "x", "serve"}, CLI_USAGE, "the subcommand comes first"},
		{{"help", "compny"}, CLI_USAGE, "did you mean company?"},
		{{"help", "version", "now"}, CLI_USAGE, "did you mean version?"},
		{{"call", "GetCustmer"}, CLI_USAGE, "did you mean GetCustomer?"},
		{{"call", "GetCustomer", "customer_idd=1"}, CLI_USAGE, "did you mean customer_id?"},
		{{"call", "GetCustomer", "customer_id"},
		 CLI_USAGE,
		 "\"customer_id\" is not NAME=VALUE"},
		{{"call", "GetSessionToken", "key=ABC"}, CLI_USAGE, "never taken as an argument"},
		{{"call", "GetSessionToken", "key:=\"ABC\""},
		 CLI_USAGE,
		 "never taken as an argument"},
		{{"call", "GetCustomer", "--expect", "OK"},
		 CLI_USAGE,
		 "--expect must be a whole number"},
		{{"customer", "show", "9001"}, CLI_USAGE, "give ID or --external-ref"},
		{{"company", "edit", "9001"}, CLI_USAGE, "what is to be changed?"},
		{{"company", "show", "nine"}, CLI_USAGE, "ID must be a whole number"},
		{{"company", "add", "1", ""}, CLI_USAGE, "NAME must not be empty"},
		{{"company", "list", "--dir="}, CLI_USAGE, "--dir must name a directory"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line l;
		assert_int_equal(run(&l, cases[i].args), cases[i].code);
		if (!strstr(l.err, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", l.err, cases[i].says);
		assert_int_equal(l.out_bytes, 0);
		line_fini(&l);
	}
}

static void test_cli__helps_on_the_output_when_asked(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		const char *says;
	} cases[] = {
		{{"help"}, "company add"},
		{{"--help"}, "company add"},
		{{"-h"}, "company add"},
		{{"help", "company"}, "Usage: pdmd company VERB"},
		{{"company", "--help"}, "Usage: pdmd company VERB"},
		{{"help", "key", "add"},
		 "pdmd key add COMPANY BRANCH --label TEXT [--allow CIDR]..."},
		{{"key", "add", "9001", "--help"}, "pdmd key add COMPANY BRANCH"},
		{{"key", "edit", "-h"}, "[--branch-only yes|no]"},
		{{"customer", "show", "-h"}, "[--external-ref REF]"},
		{{"version"}, "pdmd 0."},
		{{"--version"}, "pdmd 0."},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct line l;
		assert_int_equal(run(&l, cases[i].args), CLI_DONE);
		if (!strstr(l.out, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", l.out, cases[i].says);
		assert_int_equal(l.err_bytes, 0);
		line_fini(&l);
	}
}

static void test_cli__gives_the_exit_status_that_fits_the_code(void **state)
{
	static const struct {
		int64_t code;
		enum cli_exit exit;
	} cases[] = {
		{101, CLI_DONE},      {201, CLI_NOT_FOUND}, {202, CLI_DENIED},    {204, CLI_DENIED},
		{205, CLI_FAILED},    {301, CLI_USAGE},     {302, CLI_USAGE},     {303, CLI_USAGE},
		{401, CLI_NOT_FOUND}, {402, CLI_FAILED},    {407, CLI_NOT_FOUND}, {500, CLI_FAILED},
		{601, CLI_NOT_FOUND}, {602, CLI_FAILED},    {0, CLI_FAILED},      {-1, CLI_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(cli_exit_of(cases[i].code), cases[i].exit);
}

static void test_cli__prints_curl_lines_without_the_key(void **state)
{
	static const char *const args[] = {
		"call",       "GetCustomer", "company_id=9001", "customer_id=1408",
		"--key-file", "till.key",    "--curl",          NULL};
	struct line l;

	(void)state;
	assert_int_equal(run(&l, args), CLI_DONE);
	assert_string_equal(
		l.out,
		"TOKEN=$(curl -sS http://127.0.0.1:8080/GetSessionToken "
		"-H 'Content-Type: application/json' "
		"-d '{\"key\":\"'\"$(cat 'till.key')\"'\",\"company_id\":9001}' "
		"| sed -n 's/.*\"session_token\":\"\\([^\"]*\\)\".*/\\1/p')\n"
		"curl -sS http://127.0.0.1:8080/GetCustomer -H 'Content-Type: application/json' "
		"-d '{\"company_id\":9001,\"session_token\":\"'\"$TOKEN\"'\","
		"\"customer_id\":1408}'\n");
	line_fini(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_args__takes_words_and_options_in_any_order),
		cmocka_unit_test(test_args__leaves_what_looks_odd_as_it_is),
		cmocka_unit_test(test_args__says_what_is_wrong),
		cmocka_unit_test(test_args__reads_whole_numbers_within_bounds),
		cmocka_unit_test(test_cli__finds_its_way_from_wrong_turns),
		cmocka_unit_test(test_cli__helps_on_the_output_when_asked),
		cmocka_unit_test(test_cli__gives_the_exit_status_that_fits_the_code),
		cmocka_unit_test(test_cli__prints_curl_lines_without_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
