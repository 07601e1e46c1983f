#include "cli/admin.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/answer.h"
#include "cli/body.h"
#include "cli/client.h"
#include "cli/show.h"
#include "command/command.h"
#include "server/dir.h"
#include "server/server.h"
#include "server/settings.h"
#include "json/json.h"

#define PATH_BYTES_MAX   4096
#define REASON_BYTES_MAX 4096
#define BODY_BYTES_MAX   (1024 * 1024)

/* Of one answer: what is read of it, and its cells. */
#define ARENA_BLOCK     (64 * 1024)
#define ARENA_BYTES_MAX (512 * 1024 * 1024)

/* A server that is just starting has the lock before it has its socket; one that is stopping keeps
 * the lock a little longer. */
#define ATTEMPTS         60
#define HTTP_BUSY        503
#define ATTEMPT_PAUSE_US 100000

/* ---- asking ------------------------------------------------------------------------------ */

struct admin_session {
	const char *dir;
	const char *config; /* NULL: pdmd.conf in the directory, where there is one */
	struct client *client;
	struct direct *direct; /* NULL: not needed so far */
};

static enum rc ask_server(struct admin_session *s, const struct command *command, struct str body,
			  struct text *t, long *ret_http, struct text *reterr)
{
	CLEANUP(text_fini) struct text path;

	text_init(&path, PATH_BYTES_MAX);
	dir_path(s->dir, "admin.sock", &path);
	struct client_request r = {.socket = text_c(&path), .command = command->name, .body = body};
	return path.failed ? RC_NOMEM : client_ask(s->client, &r, t, ret_http, reterr);
}

static enum rc open_here(struct admin_session *s, struct text *reterr)
{
	struct settings settings;
	enum rc rc = settings_load_dir(&settings, s->dir, s->config, reterr);

	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_INVALID : rc; /* the file, not the directory */
	rc = direct_open(s->dir, settings.database_url, &s->direct, reterr);
	settings_fini(&settings);
	return rc;
}

static enum rc ask_here(struct admin_session *s, const struct command *command, struct str body,
			struct text *t, struct text *reterr)
{
	struct str answer;

	/* The line about the request is for a server's log; what went wrong is for here, too. */
	log_setup(LOG_AUTO, LOG_WARN, STDERR_FILENO);
	enum rc rc = s->direct ? RC_OK : open_here(s, reterr);
	if (rc != RC_OK)
		return rc;
	direct_call(s->direct, command, body, &answer);
	text_add_str(t, answer);
	return t->failed ? RC_NOMEM : RC_OK;
}

struct admin_session *admin_session_open(const char *dir, const char *config, struct direct *direct)
{
	struct admin_session *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->dir = dir;
	s->config = config;
	s->client = client_open();
	if (!s->client)
		return admin_session_close(s);
	s->direct = direct;
	return s;
}

struct admin_session *admin_session_close(struct admin_session *s)
{
	if (!s)
		return NULL;
	s->direct = direct_close(s->direct);
	s->client = client_close(s->client);
	free(s);
	return NULL;
}

enum rc admin_session_ask(struct admin_session *s, const struct command *command, struct str body,
			  struct text *t, struct text *reterr)
{
	enum rc rc = RC_BUSY;
	size_t before = t->n;
	long http = 0;

	for (int i = 0; i < ATTEMPTS && rc == RC_BUSY; i++) {
		if (i > 0)
			clock_sleep_us(ATTEMPT_PAUSE_US);
		text_clear(reterr);
		text_cut(t, before);
		rc = s->direct ? RC_NOTFOUND : ask_server(s, command, body, t, &http, reterr);
		if (rc == RC_OK && http == HTTP_BUSY && i + 1 < ATTEMPTS) {
			rc = RC_BUSY;
			continue;
		}
		if (rc != RC_NOTFOUND)
			break;
		text_clear(reterr);
		rc = ask_here(s, command, body, t, reterr);
	}
	return rc;
}

enum rc admin_ask_server(const char *dir, const struct command *command, struct str body,
			 struct text *t, struct text *reterr)
{
	struct admin_session *s = admin_session_open(dir, NULL, NULL);
	long http;
	enum rc rc = s ? ask_server(s, command, body, t, &http, reterr) : RC_NOMEM;

	(void)admin_session_close(s); /* gives NULL; nothing to assign it to */
	return rc;
}

enum rc admin_ask(const char *dir, const char *config, const struct command *command,
		  struct str body, struct text *t, struct text *reterr)
{
	struct admin_session *s = admin_session_open(dir, config, NULL);
	enum rc rc = s ? admin_session_ask(s, command, body, t, reterr) : RC_NOMEM;

	(void)admin_session_close(s); /* as above */
	return rc;
}

/* ---- the answer -------------------------------------------------------------------------- */

static enum cli_exit show_record(struct cli *cli, const struct json *answer, struct arena *arena)
{
	struct text out, beside;

	text_init(&out, CLIENT_ANSWER_BYTES_MAX);
	text_init(&beside, CLIENT_ANSWER_BYTES_MAX);
	enum rc rc = show_answer(cli->command->out_fields, answer, cli->out_terminal, arena, &out,
				 &beside);
	if (rc == RC_OK) {
		cli_put(cli, text_str(&out));
		/* A message: nothing can be done when it cannot be written. */
		(void)fprintf(cli->err, "%.*s", STR_ARGS(beside));
		if (!cli->out_error)
			cli_next(cli);
	}
	text_fini(&beside);
	text_fini(&out);
	return rc == RC_OK ? CLI_DONE : cli_no_memory(cli);
}

void admin_show_json(struct cli *cli, struct str answer)
{
	struct text t;

	text_init(&t, 2 * (size_t)CLIENT_ANSWER_BYTES_MAX);
	show_json(answer, cli->out_terminal, &t);
	/* What was too long to be indented is still good as it came. */
	cli_put(cli, t.failed ? answer : text_str(&t));
	text_fini(&t);
}

static int64_t int_member(const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);

	return value && json_kind(value) == JSON_KIND_INT ? json_int(value) : 0;
}

/* A key that was made and could not be shown works, and nobody has it. */
static enum cli_exit say_lost(struct cli *cli, const struct json *answer)
{
	const struct json *key = json_member(answer, "access_key");
	const char *dir = cli_option(cli, "dir");
	struct text t;

	if (!json_member(answer, "key") || !key || json_kind(key) != JSON_KIND_OBJECT)
		return CLI_FAILED;
	text_init(&t, PATH_BYTES_MAX);
	if (dir) {
		text_add_c(&t, " --dir ");
		show_shell_word(str_c(dir), &t);
	}
	cli_say(cli,
		"the key could not be written and is lost; end it: pdmd key revoke %" PRId64
		" %" PRId64 "%s",
		int_member(key, "company_id"), int_member(key, "key_number"), text_c(&t));
	text_fini(&t);
	return CLI_FAILED;
}

static enum cli_exit show(struct cli *cli, struct str answer, struct arena *arena,
			  struct text *ret_cursor)
{
	bool json = cli->sub->always_json || cli_flag(cli, "json");
	struct answer parts;

	enum rc rc = answer_parse(arena, answer, &parts);
	if (rc == RC_NOMEM)
		return cli_no_memory(cli);
	if (rc != RC_OK)
		return cli_fail(cli, CLI_FAILED, "the server's answer cannot be understood");
	enum cli_exit code = cli_exit_of(parts.code);
	if (json && (code == CLI_DONE || cli_flag(cli, "json")))
		admin_show_json(cli, answer);
	if (code != CLI_DONE)
		return cli_fail(cli, code, "%.*s", STR_ARGS(parts.details));
	if (!json)
		code = show_record(cli, parts.json, arena);
	if (ret_cursor)
		text_add_str(ret_cursor, answer_text(&parts, NULL, CLI_CURSOR));
	return code == CLI_DONE && !cli->out_error ? CLI_DONE : say_lost(cli, parts.json);
}

/* What an answer needs is given back with it: there may be many. */
enum cli_exit admin_show(struct cli *cli, struct str answer, struct text *ret_cursor)
{
	struct arena arena;

	arena_init(&arena, ARENA_BLOCK, ARENA_BYTES_MAX);
	enum cli_exit code = show(cli, answer, &arena, ret_cursor);
	arena_fini(&arena);
	return code;
}

/* ---- the subcommands --------------------------------------------------------------------- */

struct arguments {
	struct assignment *all;
	size_t n;
};

static void add_argument(struct cli *cli, const struct field *f, const char *value,
			 struct arguments *a)
{
	a->all[a->n++] = (struct assignment){
		.name = str_c(f->name), .value = str_c(value), .shown = cli_field_shown(cli, f)};
}

/* The fields that were given, as words and as options. Each argument is at most one of them; there
 * is room for a cursor behind them. */
static enum rc gather(struct cli *cli, struct arguments *a)
{
	a->n = 0;
	a->all = arena_alloc(&cli->arena, (cli->n_words + cli->n_given + 1) * sizeof(*a->all));
	if (!a->all)
		return RC_NOMEM;
	for (size_t i = 0; i < cli->n_words; i++)
		add_argument(cli, cli_field(cli, cli->sub->words[i].field), cli->words[i], a);
	for (size_t i = 0; i < cli->n_given; i++) {
		const struct given *g = &cli->given[i];
		if (g->option->field)
			add_argument(cli, g->option->field, g->value ? g->value : "yes", a);
	}
	return RC_OK;
}

static bool is_given(const struct arguments *a, const char *name)
{
	for (size_t i = 0; i < a->n; i++)
		if (str_equal_c(a->all[i].name, name))
			return true;
	return false;
}

static bool any_given(const struct arguments *a, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (is_given(a, names[i]))
			return true;
	return false;
}

static enum cli_exit ask_for_one(struct cli *cli, const char *const *names)
{
	CLEANUP(text_fini) struct text list;

	text_init(&list, 1024);
	for (size_t i = 0; names[i]; i++)
		text_printf(&list, "%s%s", i ? " or " : "",
			    cli_field_shown(cli, cli_field(cli, names[i])));
	return cli_misused(cli, "give %s", text_c(&list));
}

/* What the server would refuse, or pass over in silence, in the words of the command line. */
static enum cli_exit check(struct cli *cli, const struct arguments *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->all[i].value.n == 0)
			return cli_misused(cli, "%s must not be empty", a->all[i].shown);
	for (const struct field *f = cli->command->in_fields; f->kind != FIELD_KIND_END; f++)
		if (f->kind == FIELD_KIND_ONE_OF && !any_given(a, f->choices))
			return ask_for_one(cli, f->choices);
	if (cli->sub->verb && strcmp(cli->sub->verb, "edit") == 0 && a->n == cli->n_words)
		return cli_misused(cli, "what is to be changed?");
	return CLI_DONE;
}

static enum cli_exit ask(struct cli *cli, struct str body, struct text *ret_cursor)
{
	enum cli_exit code;
	const char *dir = cli_dir_there(cli, &code);
	struct text answer, reason;

	if (!dir)
		return code;
	text_init(&answer, CLIENT_ANSWER_BYTES_MAX);
	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc =
		admin_ask(dir, cli_option(cli, "config"), cli->command, body, &answer, &reason);
	code = rc == RC_OK ? admin_show(cli, text_str(&answer), ret_cursor)
			   : cli_fail_rc(cli, rc, &reason);
	text_fini(&reason);
	text_fini(&answer);
	return code;
}

/* From where `cursor` says, or from the start when it is empty; then it says where to go on. */
static enum cli_exit ask_page(struct cli *cli, struct arguments *a, struct text *cursor)
{
	const struct assignment place = {.name = STR(CLI_CURSOR), .value = text_str(cursor)};
	struct text body, reason;
	enum cli_exit code;

	text_init(&body, BODY_BYTES_MAX);
	text_init(&reason, REASON_BYTES_MAX);
	a->all[a->n] = place;
	enum rc rc = body_object(&cli->command->in_fields, 1, a->all, a->n + (cursor->n > 0), &body,
				 &reason);
	text_clear(cursor);
	if (rc == RC_INVALID)
		code = cli_misused(cli, "%s", text_c(&reason));
	else
		code = rc == RC_OK ? ask(cli, text_str(&body), cursor) : cli_no_memory(cli);
	text_fini(&reason);
	text_fini(&body);
	return code;
}

enum cli_exit cli_admin(struct cli *cli)
{
	struct text cursor;
	struct arguments a;

	if (gather(cli, &a) != RC_OK)
		return cli_no_memory(cli);
	enum cli_exit code = check(cli, &a);
	if (code != CLI_DONE)
		return code;
	text_init(&cursor, BODY_BYTES_MAX);
	do {
		code = ask_page(cli, &a, &cursor);
	} while (code == CLI_DONE && cursor.n > 0);
	if (cursor.failed)
		code = cli_no_memory(cli);
	text_fini(&cursor);
	return code;
}
