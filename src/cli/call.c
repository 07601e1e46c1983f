/*
 * call: one command of the API, made from the command line as an integrator's system makes it.
 */
#include <inttypes.h>

#include "cli/admin.h"
#include "cli/answer.h"
#include "cli/body.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/curl.h"
#include "cli/key.h"
#include "command/command.h"

#define URL_DEFAULT      "http://127.0.0.1:8080"
#define TEXT_BYTES_MAX   (1024 * 1024)
#define REASON_BYTES_MAX 4096
#define TOKEN_COMMAND    "GetSessionToken"

struct request {
	struct cli *cli;
	const struct command *command;
	const char *url;
	const char *key_file; /* NULL: none */
	struct assignment *all;
	size_t n;
	struct text reason; /* why something failed */
};

static bool names(const struct assignment *a, const char *name)
{
	return str_equal_c(a->name, name);
}

static const struct assignment *find(const struct request *q, const char *name)
{
	for (size_t i = 0; i < q->n; i++)
		if (names(&q->all[i], name))
			return &q->all[i];
	return NULL;
}

/* What proves who calls: goes into the body under the name that the command's flags ask for. */
static struct assignment secret(const char *name, struct str json_text)
{
	return (struct assignment){.name = str_c(name), .value = json_text};
}

static struct assignment secret_of_shell(const char *name)
{
	return (struct assignment){
		.name = str_c(name), .value = STR("\"" CURL_SECRET "\""), .raw = true};
}

static enum rc make_body(struct request *q, const struct command *command,
			 struct assignment *assignments, size_t n, struct text *body)
{
	const struct field *tables[] = {command_credentials(command), command->in_fields};

	return body_object(tables, ARRAY_LEN(tables), assignments, n, body, &q->reason);
}

/* Of GetSessionToken: the company that the other command is to be called for, and the key. */
static enum rc make_token_body(struct request *q, struct assignment key, struct text *body)
{
	const struct command *command = registry_find(DOOR_PUBLIC, STR(TOKEN_COMMAND));
	const struct assignment *company = find(q, "company_id");
	struct assignment both[2] = {key};

	if (company)
		both[1] = *company;
	return make_body(q, command, both, company ? 2 : 1, body);
}

/* ---- --curl ------------------------------------------------------------------------------ */

static enum rc add_lines(struct request *q, struct text *t)
{
	bool token = q->key_file && q->command->flags & CMD_SESSION;
	const char *cat = q->key_file ? cli_format(q->cli, "$(cat '%s')", q->key_file) : NULL;
	struct text body;
	enum rc rc = RC_OK;

	text_init(&body, TEXT_BYTES_MAX);
	if (token) {
		rc = make_token_body(q, secret_of_shell("key"), &body);
		text_add_c(t, "TOKEN=$(");
		curl_line(q->url, TOKEN_COMMAND, text_str(&body), cat, CURL_ONE_LINE, t);
		text_add_c(t, " | sed -n 's/.*\"session_token\":\"\\([^\"]*\\)\".*/\\1/p')\n");
		text_clear(&body);
	}
	if (q->key_file)
		q->all[q->n++] = secret_of_shell(token ? "session_token" : "key");
	if (rc == RC_OK)
		rc = make_body(q, q->command, q->all, q->n, &body);
	curl_line(q->url, q->command->name, text_str(&body), token ? "$TOKEN" : cat, CURL_ONE_LINE,
		  t);
	text_add_char(t, '\n');
	text_fini(&body);
	return rc == RC_OK && t->failed ? RC_NOMEM : rc;
}

static enum cli_exit print_curl(struct request *q)
{
	struct text t;

	if (q->key_file && strchr(q->key_file, '\''))
		return cli_misused(q->cli, "--curl cannot write this file's name for a shell");
	text_init(&t, TEXT_BYTES_MAX);
	enum rc rc = add_lines(q, &t);
	if (rc == RC_OK)
		cli_put(q->cli, text_str(&t));
	text_fini(&t);
	if (rc == RC_INVALID)
		return cli_misused(q->cli, "%s", text_c(&q->reason));
	return rc == RC_OK ? CLI_DONE : cli_no_memory(q->cli);
}

/* ---- calling ----------------------------------------------------------------------------- */

static enum rc post(struct request *q, const char *command, struct text *body, struct text *t,
		    struct answer *ret_answer)
{
	struct client_request r = {.url = q->url, .command = command, .body = text_str(body)};
	long http;

	text_clear(t);
	enum rc rc = client_post(&r, t, &http, &q->reason);
	if (rc != RC_OK)
		return rc;
	rc = answer_parse(&q->cli->arena, text_str(t), ret_answer);
	if (rc != RC_INVALID)
		return rc;
	text_printf(&q->reason, "%s answers with HTTP %ld and something that is not this API's",
		    q->url, http);
	return RC_IO;
}

static enum rc read_key(struct request *q, struct text *key)
{
	bool loose = false;

	enum rc rc = key_read(q->key_file, key, &loose, &q->reason);
	if (rc == RC_OK && loose)
		cli_say(q->cli, "warning: others can read %s; chmod 600 %s", q->key_file,
			q->key_file);
	return rc;
}

/* Adds the key, or a token got for it, to what is sent. *ret_refused: there is no token; the answer
 * in `t` says why. */
static enum rc prove(struct request *q, struct text *t, struct answer *ret_answer,
		     bool *ret_refused)
{
	struct text key, body;

	text_init(&key, TEXT_BYTES_MAX);
	text_init(&body, TEXT_BYTES_MAX);
	enum rc rc = read_key(q, &key);
	struct str proof = rc == RC_OK ? arena_str(&q->cli->arena, text_str(&key)) : STR("");
	bool token = q->command->flags & CMD_SESSION;
	if (rc == RC_OK && token)
		rc = make_token_body(q, secret("key", proof), &body);
	if (rc == RC_OK && token)
		rc = post(q, TOKEN_COMMAND, &body, t, ret_answer);
	if (rc == RC_OK && token) {
		*ret_refused = cli_exit_of(ret_answer->code) != CLI_DONE;
		proof = answer_text(ret_answer, "session", "session_token");
	}
	if (rc == RC_OK)
		q->all[q->n++] = secret(token ? "session_token" : "key", proof);
	text_fini(&body);
	text_fini(&key);
	return rc;
}

static enum rc call(struct request *q, struct text *t, struct answer *ret_answer)
{
	bool refused = false;
	struct text body;
	enum rc rc = RC_OK;

	if (q->key_file)
		rc = prove(q, t, ret_answer, &refused);
	if (refused)
		cli_say(q->cli, TOKEN_COMMAND " was refused; %s is not called", q->command->name);
	if (rc != RC_OK || refused)
		return rc;
	text_init(&body, TEXT_BYTES_MAX);
	rc = make_body(q, q->command, q->all, q->n, &body);
	if (rc == RC_OK)
		rc = post(q, q->command->name, &body, t, ret_answer);
	text_fini(&body);
	return rc;
}

static enum cli_exit call_and_print(struct request *q, int64_t expected)
{
	struct answer answer;
	struct text t;
	enum cli_exit code;

	text_init(&t, CLIENT_ANSWER_BYTES_MAX);
	enum rc rc = call(q, &t, &answer);
	if (rc == RC_OK) {
		admin_show_json(q->cli, text_str(&t));
		code = cli_exit_of(answer.code);
		if (expected)
			code = answer.code == expected ? CLI_DONE : CLI_FAILED;
		if (expected && code != CLI_DONE)
			cli_say(q->cli, "the answer is %" PRId64 ", not %" PRId64, answer.code,
				expected);
	} else if (rc == RC_INVALID) {
		code = cli_misused(q->cli, "%s", text_c(&q->reason));
	} else {
		code = cli_fail_rc(q->cli, rc, &q->reason);
	}
	text_fini(&t);
	return code;
}

/* ---- the command line -------------------------------------------------------------------- */

/* Raw JSON that is not text, to try bad input with. */
static bool is_no_text(const struct assignment *a)
{
	size_t i = 0;

	while (i < a->value.n && strchr(" \t\r\n", a->value.p[i]))
		i++;
	return a->raw && i < a->value.n && a->value.p[i] != '"';
}

static enum cli_exit gather(struct request *q)
{
	struct cli *cli = q->cli;

	/* One more for the secret. */
	q->all = arena_alloc(&cli->arena, (cli->n_words + 1) * sizeof(*q->all));
	if (!q->all)
		return cli_no_memory(cli);
	for (size_t i = 1; i < cli->n_words; i++) {
		struct assignment *a = &q->all[q->n++];
		if (!body_assignment(cli->words[i], a))
			return cli_misused(cli, "\"%s\" is not NAME=VALUE", cli->words[i]);
		/* A key in an argument could be seen by everybody on the machine. */
		if (names(a, "key") && !is_no_text(a))
			return cli_misused(cli, "a key is never taken as an argument: give "
						"--key-file FILE, or - for standard input");
		if (names(a, "session_token") && q->key_file)
			return cli_misused(cli, "give session_token or --key-file, not both");
	}
	return CLI_DONE;
}

static enum cli_exit run(struct request *q)
{
	int64_t expected;

	if (!cli_option_int(q->cli, "expect", 100, 999, 0, &expected))
		return CLI_USAGE;
	enum cli_exit code = gather(q);
	if (code != CLI_DONE)
		return code;
	if (cli_flag(q->cli, "curl"))
		return print_curl(q);
	/* A key that goes over a network in clear is no secret any more. */
	if (q->key_file && client_in_clear(q->url))
		cli_say(q->cli, "warning: the key goes to %s unencrypted", q->url);
	return call_and_print(q, expected);
}

enum cli_exit cli_call(struct cli *cli)
{
	const char *name = cli_word(cli, "COMMAND"), *url = cli_option(cli, "url");
	struct request q = {.cli = cli,
			    .command = registry_find(DOOR_PUBLIC, str_c(name)),
			    .url = url ? url : URL_DEFAULT,
			    .key_file = cli_option(cli, "key-file")};

	if (!q.command) {
		const struct command *near = registry_nearest(DOOR_PUBLIC, str_c(name));
		return cli_misused(cli, "the API has no command %s%s", name,
				   cli_meant(cli, near ? near->name : NULL));
	}
	text_init(&q.reason, REASON_BYTES_MAX);
	enum cli_exit code = run(&q);
	text_fini(&q.reason);
	return code;
}
