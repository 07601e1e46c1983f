#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"

struct command;
struct field;

/*
 * The command line. A subcommand is a row of table.c, and from the rows come parsing,
 * help, "did you mean" and docs/cli.md. What people and programs are to read goes to `out`,
 * messages go to `err`.
 */
enum cli_exit {
	CLI_DONE = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2, /* wrong usage or wrong settings */
	CLI_NOT_FOUND = 3,
	CLI_DENIED = 4,
	CLI_REJECTED = 5, /* an import has rejected rows */
};

struct cli;

typedef enum cli_exit cli_run(struct cli *cli);

enum {
	ARG_OPTIONAL = 1u << 0, /* a word that may be left out */
	ARG_REQUIRED = 1u << 1, /* an option that may not */
	ARG_MANY = 1u << 2,     /* may be given again */
};

#define CLI_WORDS_MAX 4

/* A positional argument. */
struct word {
	const char *name;  /* as help shows it: COMPANY */
	const char *field; /* of the admin command, that it is the value of; NULL: none */
	unsigned flags;
	const char *help; /* NULL: the field's */
};

struct option {
	const char *name;  /* without the dashes */
	const char *value; /* as help shows it: FILE; NULL: takes none */
	unsigned flags;
	const char *help;
	const struct field *field; /* of the admin command; NULL: none */
};

enum group { GROUP_BEGIN, GROUP_ADMIN, GROUP_TOOLS, GROUP_END };

struct subcommand {
	enum group group;
	const char *noun;
	const char *verb; /* NULL: none */
	const char *summary;
	const char *more; /* further paragraphs of its help; NULL: none */
	const char *next; /* said after success, {COMPANY} standing for that word, {dir} for --dir;
			     NULL: nothing */
	struct word words[CLI_WORDS_MAX];
	const struct option *options; /* its own, up to one without a name; NULL: none */
	const char *command;          /* of the admin door, which gives it more options; or NULL */
	const char *calls; /* a command of the admin door that its own work calls; or NULL */
	cli_run *run;
	bool always_json; /* its answers are documents, not lists */
	bool hidden;      /* not in the help */
};

/* An option as it was given. */
struct given {
	const struct option *option;
	const char *value; /* NULL where the option takes none */
};

struct cli {
	FILE *out, *err;
	const char *program; /* as it was called: what a person can type again */
	bool out_terminal;   /* a person reads `out` */
	int out_error;       /* errno of the first write to `out` that failed; 0: none */
	struct arena arena;

	const struct subcommand *sub;
	const struct command *command; /* of the admin door; NULL: none */
	const struct option *options;  /* all that it takes */
	size_t n_options;

	struct given *given;
	size_t n_given;
	const char **words;
	size_t n_words;
	bool help; /* --help was among them */
};

void cli_init(struct cli *cli, FILE *out, FILE *err);
void cli_fini(struct cli *cli);

/* Does all that a command line asks for; `args` without the program's own name. */
enum cli_exit cli_main(struct cli *cli, size_t n, const char *const *args);

/* ---- table.c ------------------------------------------------------------------------ */

/* In the order of the help: by group, rows of one noun together. */
const struct subcommand *cli_table(size_t *ret_n);
const struct subcommand *cli_find(const char *noun, const char *verb);
/* The first row of a noun, or NULL. */
const struct subcommand *cli_find_noun(const char *noun);

/* Makes `sub` the one that `cli` works on: finds its command and gathers its options, its own
 * first, then those of the command's fields, then those that all take. */
MUST_CHECK enum rc cli_choose(struct cli *cli, const struct subcommand *sub);

/* A command that takes a field of this name, and answers with one, lists in pages: it is asked
 * again with what it has answered until that is empty. */
#define CLI_CURSOR "cursor"

/* The field of the subcommand's command that has this name; NULL: none. */
const struct field *cli_field(const struct cli *cli, const char *name);
/* How a field's value is given on the command line: "--external-ref", or the word "ID". */
const char *cli_field_shown(struct cli *cli, const struct field *field);
/* The word's own help, or its field's. */
const char *cli_word_help(const struct cli *cli, const struct word *word);

/* ---- args.c -------------------------------------------------------------------------- */

/* Takes options and words apart, by the chosen subcommand. CLI_USAGE: the reason was said. */
enum cli_exit cli_args(struct cli *cli, size_t n, const char *const *args);

bool cli_flag(const struct cli *cli, const char *name);
/* The value of an option that takes one; NULL: not given. */
const char *cli_option(const struct cli *cli, const char *name);
/* A positional argument; NULL: not given. */
const char *cli_word(const struct cli *cli, const char *name);
/* The whole number of an option, or `absent`. False: it is none between min and max; said. */
bool cli_option_int(struct cli *cli, const char *name, int64_t min, int64_t max, int64_t absent,
		    int64_t *ret_value);

/* --dir or the default; `suffix` as dir_default takes it. NULL: there is none; said. */
const char *cli_dir(struct cli *cli, const char *suffix);
/* cli_dir, which must be there. NULL: *ret_code says how it is not; said. */
const char *cli_dir_there(struct cli *cli, enum cli_exit *ret_code);

/* ---- help.c -------------------------------------------------------------------------- */

void help_overview(FILE *out);
/* All verbs of a noun, when it has any. */
void help_noun(FILE *out, const char *noun);
MUST_CHECK enum rc help_subcommand(FILE *out, struct cli *cli, const struct subcommand *sub);
/* "pdmd company add ID NAME [--timezone TZ]" and so on, of the chosen one. */
void help_usage(const struct cli *cli, struct text *t);

/* ---- messages: on `err`, one line, with the subcommand's name before it --------------- */

void cli_say(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* The same; gives `code` back, to be returned. */
enum cli_exit cli_fail(const struct cli *cli, enum cli_exit code, const char *format, ...)
	PRINTF_LIKE(3, 4);
/* The same with CLI_USAGE, and where to read more. */
enum cli_exit cli_misused(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
enum cli_exit cli_no_memory(const struct cli *cli);

/* Says `sentence` and gives the code that fits the failure. */
enum cli_exit cli_fail_rc(const struct cli *cli, enum rc rc, struct text *sentence);

/* There is no subcommand of these names; says so, and what was probably meant. */
enum cli_exit cli_no_such(struct cli *cli, size_t n, const char *const *args);

/* "; did you mean X?", or "" when nothing is near. */
const char *cli_meant(struct cli *cli, const char *nearest);

/* Says what to do next, where the row knows. */
void cli_next(struct cli *cli);

/* What a status code of the API is for the shell. */
enum cli_exit cli_exit_of(int64_t code);

/* Text in the arena; "" when out of memory, for what is only shown. */
const char *cli_format(struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

/* Writes to `out`, at once. Whether it could be written is looked at once, by main. */
void cli_put(struct cli *cli, struct str s);
/* What became of a command of the command line's own, as --json gives it. */
enum cli_exit cli_put_record(struct cli *cli, const struct field *fields, const void *record);

/* ---- the subcommands ------------------------------------------------------------------ */

cli_run cli_setup, cli_serve, cli_demo, cli_call, cli_check, cli_status, cli_document;
cli_run cli_db_migrate, cli_db_status, cli_db_copy;
cli_run cli_backup, cli_restore, cli_version, cli_help, cli_import, cli_export;
/* Every row that has a command and no work of its own. */
cli_run cli_admin;

#endif
