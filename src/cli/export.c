/*
 * customer export: a company's customers as CSV, which an import takes again, or as NDJSON.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "cli/admin.h"
#include "cli/answer.h"
#include "cli/body.h"
#include "cli/client.h"
#include "cli/csv_write.h"
#include "command/command.h"
#include "record/customer.h"
#include "json/json.h"

#define LEAVES_MAX       32
#define REASON_BYTES_MAX 4096
#define PAGE_BYTES_MAX   (64 * 1024 * 1024)
#define ARENA_BLOCK      (1024 * 1024)
#define SEPARATOR        ','

struct export
{
	struct cli *cli;
	struct admin_session *session;
	const struct command *command;
	bool ndjson;
	struct field_leaf leaves[LEAVES_MAX];
	size_t n_leaves;
	int64_t after_id;
	bool more;
	struct arena arena; /* of one page */
	struct text body, answer, out;
};

/* ---- a customer ------------------------------------------------------------------------------ */

/* The member at "address.city". */
static const struct json *value_at(const struct json *object, const char *path)
{
	const char *dot = strchr(path, '.');
	char outer[FIELD_PATH_BYTES];

	if (!dot)
		return json_member(object, path);
	(void)snprintf(outer, sizeof(outer), "%.*s", (int)(dot - path), path); /* fits */
	object = json_member(object, outer);
	return object && json_kind(object) == JSON_KIND_OBJECT ? value_at(object, dot + 1) : NULL;
}

static void add_csv_value(struct text *t, const struct json *value)
{
	switch (value ? json_kind(value) : JSON_KIND_NULL) {
	case JSON_KIND_STRING:
		csv_add_cell(t, json_str(value), SEPARATOR);
		return;
	case JSON_KIND_INT:
		text_add_int(t, json_int(value));
		return;
	case JSON_KIND_BOOLEAN:
		text_add_c(t, json_bool(value) ? "true" : "false");
		return;
	case JSON_KIND_NULL:
	case JSON_KIND_REAL:
	case JSON_KIND_OBJECT:
	case JSON_KIND_ARRAY:
		break;
	}
}

static void add_csv(struct export *e, const struct json *customer)
{
	for (size_t i = 0; i < e->n_leaves; i++) {
		if (i > 0)
			text_add_char(&e->out, SEPARATOR);
		add_csv_value(&e->out, value_at(customer, e->leaves[i].path));
	}
	text_add_c(&e->out, "\r\n");
}

static void add_csv_header(struct export *e)
{
	for (size_t i = 0; i < e->n_leaves; i++)
		text_printf(&e->out, "%s%s", i ? "," : "", e->leaves[i].path);
	text_add_c(&e->out, "\r\n");
}

/* The same members, in the table's order. */
static void add_object(struct text *t, const struct field *fields, const struct json *object)
{
	const char *comma = "";

	text_add_char(t, '{');
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		const struct json *value = object ? json_member(object, f->name) : NULL;
		if (f->kind == FIELD_KIND_ONE_OF || !value)
			continue;
		text_printf(t, "%s\"%s\":", comma, f->name);
		comma = ",";
		if (json_kind(value) == JSON_KIND_OBJECT && f->kind == FIELD_KIND_OBJECT)
			add_object(t, f->fields, value); /* as deep as the tables */
		else if (json_kind(value) == JSON_KIND_STRING)
			text_add_json(t, json_str(value));
		else
			add_csv_value(t, value);
	}
	text_add_char(t, '}');
}

/* ---- pages ----------------------------------------------------------------------------------- */

static enum cli_exit not_understood(const struct export *e)
{
	return cli_fail(e->cli, CLI_FAILED, "the server's answer cannot be understood");
}

static enum cli_exit add_customers(struct export *e, const struct json *customers)
{
	size_t n = json_count(customers);

	for (size_t i = 0; i < n; i++) {
		const struct json *customer = json_item(customers, i);
		if (json_kind(customer) != JSON_KIND_OBJECT)
			return not_understood(e);
		if (e->ndjson) {
			add_object(&e->out, customer_fields, customer);
			text_add_char(&e->out, '\n');
		} else {
			add_csv(e, customer);
		}
	}
	return CLI_DONE;
}

static enum cli_exit take_page(struct export *e)
{
	struct answer answer;
	enum rc rc = answer_parse(&e->arena, text_str(&e->answer), &answer);

	if (rc == RC_NOMEM)
		return cli_no_memory(e->cli);
	if (rc != RC_OK)
		return not_understood(e);
	enum cli_exit code = cli_exit_of(answer.code);
	if (code != CLI_DONE)
		return cli_fail(e->cli, code, "%.*s", STR_ARGS(answer.details));
	const struct json *customers = json_member(answer.json, "customers");
	const struct json *after = json_member(answer.json, "after_id");
	if (!customers || json_kind(customers) != JSON_KIND_ARRAY || !after ||
	    json_kind(after) != JSON_KIND_INT)
		return not_understood(e);
	/* Whatever answers: we come to an end. */
	e->more = json_int(after) > e->after_id;
	e->after_id = json_int(after);
	return add_customers(e, customers);
}

static enum cli_exit make_body(struct export *e, struct text *reason)
{
	const char *after = cli_format(e->cli, "%" PRId64, e->after_id);
	struct assignment a[] = {
		{.name = STR("company_id"),
		 .value = str_c(cli_word(e->cli, "COMPANY")),
		 .shown = "COMPANY"},
		{.name = STR("after_id"), .value = str_c(after), .shown = "after_id"},
	};

	text_clear(&e->body);
	enum rc rc = body_object(&e->command->in_fields, 1, a, ARRAY_LEN(a), &e->body, reason);
	if (rc == RC_INVALID)
		return cli_misused(e->cli, "%s", text_c(reason));
	return rc == RC_OK && !e->body.failed ? CLI_DONE : cli_no_memory(e->cli);
}

/* What has been made so far, to `out`. */
static enum cli_exit write_out(struct export *e)
{
	if (e->out.failed)
		return cli_no_memory(e->cli);
	cli_put(e->cli, text_str(&e->out));
	text_clear(&e->out);
	if (!e->cli->out_error)
		return CLI_DONE;
	/* A reader that has gone away is told of by nobody else, and what it has is not all. */
	return cli_fail(e->cli, CLI_FAILED, "not all was written: %s", strerror(e->cli->out_error));
}

static enum cli_exit export_page(struct export *e)
{
	CLEANUP(text_fini) struct text reason;

	text_init(&reason, REASON_BYTES_MAX);
	enum cli_exit code = make_body(e, &reason);
	if (code != CLI_DONE)
		return code;
	text_clear(&e->answer);
	arena_reset(&e->arena);
	enum rc rc =
		admin_session_ask(e->session, e->command, text_str(&e->body), &e->answer, &reason);
	if (rc != RC_OK)
		return cli_fail_rc(e->cli, rc, &reason);
	code = take_page(e);
	return code == CLI_DONE ? write_out(e) : code;
}

static enum cli_exit export_all(struct export *e)
{
	enum cli_exit code = CLI_DONE;

	if (!e->ndjson)
		add_csv_header(e);
	for (e->more = true; e->more && code == CLI_DONE;)
		code = export_page(e);
	return code;
}

enum cli_exit cli_export(struct cli *cli)
{
	struct export e = {.cli = cli, .ndjson = cli_flag(cli, "ndjson")};
	enum cli_exit code;

	if (e.ndjson && cli_flag(cli, "csv"))
		return cli_misused(cli, "--csv or --ndjson, not both");
	const char *dir = cli_dir_there(cli, &code);
	if (!dir)
		return code;
	e.command = registry_find(DOOR_ADMIN, str_c(cli->sub->calls));
	e.n_leaves = field_leaves(customer_fields, e.leaves, LEAVES_MAX);
	e.session = admin_session_open(dir, cli_option(cli, "config"), NULL);
	if (!e.session)
		return cli_no_memory(cli);
	arena_init(&e.arena, ARENA_BLOCK, PAGE_BYTES_MAX);
	text_init(&e.body, REASON_BYTES_MAX);
	text_init(&e.answer, CLIENT_ANSWER_BYTES_MAX);
	text_init(&e.out, PAGE_BYTES_MAX);
	code = export_all(&e);
	text_fini(&e.out);
	text_fini(&e.answer);
	text_fini(&e.body);
	arena_fini(&e.arena);
	e.session = admin_session_close(e.session);
	return code;
}
