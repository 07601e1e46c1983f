/*
 * From the words of a command line to the subcommand that runs; and what all subcommands
 * say their messages with.
 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "base/near.h"
#include "cli/show.h"
#include "command/status.h"

#define ARENA_BLOCK      (16 * 1024)
#define ARENA_BYTES_MAX  (512 * 1024 * 1024)
#define NAMES_MAX        64
#define NEXT_BYTES_MAX   4096
#define RECORD_BYTES_MAX 8192

void cli_init(struct cli *cli, FILE *out, FILE *err)
{
	*cli = (struct cli){.out = out, .err = err, .program = "pdmd"};
	int fd = fileno(out);
	cli->out_terminal = fd >= 0 && isatty(fd);
	arena_init(&cli->arena, ARENA_BLOCK, ARENA_BYTES_MAX);
}

void cli_fini(struct cli *cli)
{
	arena_fini(&cli->arena);
}

/* ---- messages ------------------------------------------------------------------------- */

static void say(const struct cli *cli, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* Nothing can be done about a message that cannot be written. */
static void say(const struct cli *cli, const char *format, va_list args)
{
	const struct subcommand *s = cli->sub;

	(void)fputs("pdmd", cli->err);
	if (s)
		(void)fprintf(cli->err, " %s%s%s", s->noun, s->verb ? " " : "",
			      s->verb ? s->verb : "");
	(void)fputs(": ", cli->err);
	(void)vfprintf(cli->err, format, args);
	(void)fputc('\n', cli->err);
}

void cli_say(const struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, format, args);
	va_end(args);
}

enum cli_exit cli_fail(const struct cli *cli, enum cli_exit code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(cli, format, args);
	va_end(args);
	return code;
}

enum cli_exit cli_misused(const struct cli *cli, const char *format, ...)
{
	const struct subcommand *s = cli->sub;
	va_list args;

	va_start(args, format);
	say(cli, format, args);
	va_end(args);
	(void)fprintf(cli->err, "See: pdmd help%s%s%s%s\n", s ? " " : "", s ? s->noun : "",
		      s && s->verb ? " " : "", s && s->verb ? s->verb : ""); /* as in say */
	return CLI_USAGE;
}

enum cli_exit cli_no_memory(const struct cli *cli)
{
	return cli_fail(cli, CLI_FAILED, "out of memory");
}

static enum cli_exit exit_of_rc(enum rc rc)
{
	switch (rc) {
	case RC_OK:
		return CLI_DONE;
	case RC_NOTFOUND:
		return CLI_NOT_FOUND;
	case RC_DENIED:
		return CLI_DENIED;
	case RC_INVALID:
		return CLI_USAGE;
	case RC_EXISTS:
	case RC_BUSY:
	case RC_CHANGED:
	case RC_NOMEM:
	case RC_IO:
	case RC_FULL:
	case RC_CORRUPT:
	case RC_NEWER:
	case RC_FOREIGN:
	case RC_LOST:
		break;
	}
	return CLI_FAILED;
}

enum cli_exit cli_fail_rc(const struct cli *cli, enum rc rc, struct text *sentence)
{
	const char *text = text_c(sentence);

	return cli_fail(cli, exit_of_rc(rc), "%s", text[0] ? text : rc_name(rc));
}

enum cli_exit cli_exit_of(int64_t code)
{
	/* What each status is for the shell; what is not here is a failure. */
	static const struct {
		enum status status;
		enum cli_exit exit;
	} exits[] = {
		{ST_OK, CLI_DONE},
		{ST_MISSING, CLI_USAGE},
		{ST_RANGE, CLI_USAGE},
		{ST_TYPE, CLI_USAGE},
		{ST_COMPANY, CLI_NOT_FOUND},
		{ST_NO_CUSTOMER, CLI_NOT_FOUND},
		{ST_NO_DELIVERY, CLI_NOT_FOUND},
		{ST_NOT_FOUND, CLI_NOT_FOUND},
		{ST_KEY, CLI_DENIED},
		{ST_ADDRESS, CLI_DENIED},
	};

	for (size_t i = 0; i < ARRAY_LEN(exits); i++)
		if (status_row(exits[i].status)->code == code)
			return exits[i].exit;
	return CLI_FAILED;
}

const char *cli_meant(struct cli *cli, const char *nearest)
{
	return nearest ? cli_format(cli, "; did you mean %s?", nearest) : "";
}

const char *cli_format(struct cli *cli, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *p = n >= 0 ? arena_alloc_raw(&cli->arena, (size_t)n + 1) : NULL;
	if (!p)
		return "";
	va_start(args, format);
	(void)vsnprintf(p, (size_t)n + 1, format, args); /* the size was just measured */
	va_end(args);
	return p;
}

/* What stands for {name}. */
static void add_next(const struct cli *cli, struct str name, struct text *t)
{
	const char *dir = cli_option(cli, "dir");

	if (str_equal_c(name, "dir") && dir) {
		text_add_c(t, " --dir ");
		show_shell_word(str_c(dir), t);
	}
	for (size_t i = 0; i < CLI_WORDS_MAX && i < cli->n_words; i++)
		if (cli->sub->words[i].name && str_equal_c(name, cli->sub->words[i].name))
			show_shell_word(str_c(cli->words[i]), t);
}

void cli_next(struct cli *cli)
{
	const char *p = cli->sub->next;
	struct text t;

	if (!p)
		return;
	text_init(&t, NEXT_BYTES_MAX);
	for (const char *open; (open = strchr(p, '{')); p = strchr(open, '}') + 1) {
		text_add(&t, p, (size_t)(open - p));
		add_next(cli, (struct str){open + 1, strcspn(open, "}") - 1}, &t);
	}
	text_add_c(&t, p);
	(void)fprintf(cli->err, "next: %s\n", text_c(&t)); /* as in say */
	text_fini(&t);
}

void cli_put(struct cli *cli, struct str s)
{
	size_t written = s.n > 0 ? fwrite(s.p, 1, s.n, cli->out) : 0;

	if ((written < s.n || fflush(cli->out) != 0) && !cli->out_error)
		cli->out_error = errno;
}

enum cli_exit cli_put_record(struct cli *cli, const struct field *fields, const void *record)
{
	CLEANUP(text_fini) struct text json;
	CLEANUP(text_fini) struct text t;

	text_init(&json, RECORD_BYTES_MAX);
	text_init(&t, RECORD_BYTES_MAX);
	field_encode(fields, record, &json);
	show_json(text_str(&json), cli->out_terminal, &t);
	if (json.failed || t.failed)
		return cli_no_memory(cli);
	cli_put(cli, text_str(&t));
	return CLI_DONE;
}

/* ---- dispatch ------------------------------------------------------------------------- */

/* The noun, or of a given noun the verb, that is nearest to a wrong one. */
static const char *nearest(const char *wrong, const char *noun)
{
	const char *names[NAMES_MAX];
	size_t n, n_names = 0;
	const struct subcommand *table = cli_table(&n);

	for (size_t i = 0; i < n && n_names < NAMES_MAX; i++) {
		if (noun && strcmp(table[i].noun, noun) != 0)
			continue;
		if (!table[i].hidden)
			names[n_names++] = noun ? table[i].verb : table[i].noun;
	}
	return near_word(str_c(wrong), names, n_names);
}

static bool asks_for_help(const char *arg)
{
	return strcmp(arg, "-h") == 0 || strcmp(arg, "--help") == 0;
}

static enum cli_exit no_such_noun(struct cli *cli, size_t n, const char *const *args)
{
	if (args[0][0] == '-')
		return cli_misused(cli, "the subcommand comes first, options behind it: pdmd "
					"SUBCOMMAND [OPTION...]");
	if (n > 1 && cli_find(args[1], args[0]))
		return cli_misused(cli, "there is no subcommand %s; did you mean %s %s?", args[0],
				   args[1], args[0]);
	return cli_misused(cli, "there is no subcommand %s%s", args[0],
			   cli_meant(cli, nearest(args[0], NULL)));
}

/* A noun with verbs, and no verb behind it that it has. */
static enum cli_exit no_such_verb(struct cli *cli, size_t n, const char *const *args)
{
	const char *noun = args[0];

	if (n > 1 && asks_for_help(args[1])) {
		help_noun(cli->out, noun);
		return CLI_DONE;
	}
	if (n > 1 && args[1][0] != '-') {
		const char *near = nearest(args[1], noun);
		cli_say(cli, "there is no subcommand %s %s%s", noun, args[1],
			cli_meant(cli, near ? cli_format(cli, "%s %s", noun, near) : NULL));
	} else {
		cli_say(cli, "%s what?", noun);
	}
	help_noun(cli->err, noun);
	return CLI_USAGE;
}

enum cli_exit cli_no_such(struct cli *cli, size_t n, const char *const *args)
{
	const struct subcommand *first = cli_find_noun(args[0]);

	if (!first)
		return no_such_noun(cli, n, args);
	if (first->verb)
		return no_such_verb(cli, n, args);
	return cli_misused(cli, "there is no subcommand %s %s; did you mean %s?", args[0],
			   n > 1 ? args[1] : "", args[0]);
}

static enum cli_exit run(struct cli *cli, const struct subcommand *sub, size_t n,
			 const char *const *args)
{
	if (cli_choose(cli, sub) != RC_OK)
		return cli_no_memory(cli);
	enum cli_exit code = cli_args(cli, n, args);
	if (code != CLI_DONE)
		return code;
	if (cli->help)
		return help_subcommand(cli->out, cli, sub) == RC_OK ? CLI_DONE : cli_no_memory(cli);
	return sub->run(cli);
}

enum cli_exit cli_main(struct cli *cli, size_t n, const char *const *args)
{
	if (n == 0) {
		help_overview(cli->err);
		return CLI_USAGE;
	}
	if (asks_for_help(args[0])) {
		help_overview(cli->out);
		return CLI_DONE;
	}
	if (strcmp(args[0], "--version") == 0)
		return cli_version(cli);

	const struct subcommand *sub = cli_find(args[0], NULL);
	if (sub)
		return run(cli, sub, n - 1, args + 1);
	sub = n > 1 ? cli_find(args[0], args[1]) : NULL;
	if (sub)
		return run(cli, sub, n - 2, args + 2);
	return cli_no_such(cli, n, args);
}
