#include "cli/pages.h"

#include <assert.h>
#include <inttypes.h>

#include "cli/curl.h"
#include "cli/example.h"
#include "cli/show.h"
#include "command/command.h"
#include "command/condition.h"

#define DEPTH_MAX 8
#define WRITTEN                                                                                    \
	"<!-- Written by `pdmd document` from the program's own tables; change those. -->\n\n"

static const char *meaning_of_mark(char mark)
{
	switch (mark) {
	case 'P':
		return "as PDM documents it";
	case 'A':
		return "PDM documents nothing here; this is our decision";
	default:
		return "our extension; PDM has nothing like it";
	}
}

/* ---- fields ----------------------------------------------------------------------------- */

static void add_limits(const struct field *f, struct text *t)
{
	switch (f->kind) {
	case FIELD_KIND_INT:
		if (f->max == INT64_MAX)
			text_printf(t, "%" PRId64 " or more", f->min);
		else
			text_printf(t, "%" PRId64 " to %" PRId64, f->min, f->max);
		break;
	case FIELD_KIND_STRING:
		if (f->max < INT64_MAX)
			text_printf(t, "at most %" PRId64 " characters", f->max);
		break;
	case FIELD_KIND_DATE:
		text_add_c(t, "`YYYY-MM-DD`");
		break;
	case FIELD_KIND_CHOICE:
		for (size_t i = 0; f->choices[i]; i++)
			text_printf(t, "%s`%s`", i > 0 ? " or " : "", f->choices[i]);
		break;
	case FIELD_KIND_REF:
		text_printf(t, "`%s` and at least six digits", f->prefix);
		break;
	case FIELD_KIND_ARRAY:
		if (f->max < INT64_MAX)
			text_printf(t, "at most %" PRId64 " items", f->max);
		break;
	case FIELD_KIND_END:
	case FIELD_KIND_BOOLEAN:
	case FIELD_KIND_OBJECT:
	case FIELD_KIND_ONE_OF:
		break;
	}
}

struct table {
	bool request;
	struct text path;
	struct text *t;
};

static bool is_shown(const struct table *table, const struct field *f)
{
	return table->request ? field_in_request(f) : field_in_answer(f);
}

static void add_row(struct table *table, const struct field *f)
{
	text_printf(table->t, "| `%s` | %s |", text_c(&table->path), field_kind_name(f->kind));
	if (table->request)
		text_printf(table->t, " %s |", f->flags & FIELD_REQUIRED ? "yes" : "");
	text_add_char(table->t, ' ');
	add_limits(f, table->t);
	text_printf(table->t, " | %s |\n", f->help ? f->help : "");
}

static void add_rows(struct table *table, const struct field *fields, int depth)
{
	size_t base = table->path.n;

	assert(depth <= DEPTH_MAX);
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (!is_shown(table, f))
			continue;
		if (base > 0 && f->name[0] != '\0')
			text_add_char(&table->path, '.');
		text_add_c(&table->path, f->name);
		add_row(table, f);
		if (f->kind == FIELD_KIND_ARRAY)
			text_add_c(&table->path, "[]");
		if (f->fields)
			add_rows(table, f->fields, depth + 1);
		table->path.n = base;
	}
}

static void add_one_of(const char *const *names, struct text *t)
{
	text_add_c(t, "At least one of ");
	for (size_t i = 0; names[i]; i++)
		text_printf(t, "%s`%s`", i == 0 ? "" : names[i + 1] ? ", " : " and ", names[i]);
	text_add_c(t, " is needed.\n\n");
}

static void add_table(const struct field *const *tables, size_t n, bool request, struct text *t)
{
	struct table table = {.request = request, .t = t};

	text_init(&table.path, t->bytes_max);
	text_add_c(t, request ? "| field | type | required | limits | meaning |\n"
				"|---|---|---|---|---|\n"
			      : "| field | type | limits | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < n; i++)
		add_rows(&table, tables[i], 0);
	text_fini(&table.path);
	text_add_char(t, '\n');
	for (size_t i = 0; i < n && request; i++)
		for (const struct field *f = tables[i]; f->kind != FIELD_KIND_END; f++)
			if (f->kind == FIELD_KIND_ONE_OF)
				add_one_of(f->choices, t);
}

/* ---- a command's page -------------------------------------------------------------------- */

static void add_request(const struct command *c, struct text *t)
{
	const struct field *tables[] = {command_credentials(c), c->in_fields};

	text_printf(t,
		    "## Request\n\n"
		    "`POST {base}/%s` with a JSON body and `Content-Type: application/json`; a "
		    "slash at the end is wrong.",
		    c->name);
	if (c->other_name)
		text_printf(t, " The same command answers as `%s`.", c->other_name);
	text_add_c(t, "\n\n");
	add_table(tables, ARRAY_LEN(tables), true, t);
	text_add_c(t, "Other fields are ignored. Lengths count characters, not bytes.\n\n");
}

static void add_headers(const struct command *c, struct text *t)
{
	if (!(c->flags & (CMD_ONCE | CMD_MATCH)))
		return;
	text_add_c(
		t,
		"Headers, none of which must be sent:\n\n| header | limits | meaning |\n|---|---|---|\n");
	if (c->flags & CMD_ONCE)
		text_add_c(t,
			   "| `Idempotency-Key` | " ONCE_KEY_RULE
			   " | Your own word for this one request, a UUID for example. Sent again "
			   "with the same data within 24 hours, under the same access key, it is "
			   "not done again: the first answer of 101 is given again. With other "
			   "data it is refused (406). What was refused is not kept. |\n");
	if (c->flags & CMD_MATCH)
		text_add_c(t,
			   "| `If-Match` | " CONDITION_RULE
			   " | The record is changed only while it has this version, as the `ETag` "
			   "header of an answer named it; else 405. |\n");
	text_add_char(t, '\n');
}

static void add_answer(const struct command *c, struct text *t)
{
	text_add_c(t, "## Answer\n\n"
		      "Always `status.code` (int) and `status.details` (string), and HTTP 200 "
		      "whatever the code. ");
	if (c->out_fields[0].kind == FIELD_KIND_END) {
		text_add_c(t, "Nothing else.\n\n");
		return;
	}
	text_add_c(t, "With code 101 also:\n\n");
	add_table(&c->out_fields, 1, false, t);
}

static void add_codes(const struct command *c, struct text *t)
{
	text_add_c(t, "## Codes\n\n| code | meaning | what to do |\n|---|---|---|\n");
	for (enum status s = 0; s < ST_END; s++) {
		const struct status_row *row = status_row(s);
		if (c->statuses & ST_BIT(s))
			text_printf(t, "| [%d](codes.md#%d) | %s | %s |\n", row->code, row->code,
				    row->meaning, row->remedy);
	}
	text_add_char(t, '\n');
}

static void add_example(const struct command *c, struct text *t)
{
	const struct example *e = example_of(c->name);

	if (!e)
		return;
	text_add_c(t, "## Example\n\n```sh\n");
	curl_line("http://127.0.0.1:8080", c->name, str_c(e->request), e->secret, CURL_THREE_LINES,
		  t);
	text_add_c(t, "\n```\n\n```json\n");
	show_json(str_c(e->answer), true, t);
	text_printf(t,
		    "```\n\n"
		    "The same from the command line; `--curl` prints curl lines for it:\n\n"
		    "```sh\npdmd call %s %s --key-file till.key\n```\n",
		    c->name, e->call);
}

void page_command(const struct command *c, struct text *t)
{
	text_printf(t, WRITTEN "# %s\n\n%s. %s\n\n", c->name, c->summary, c->description);
	text_printf(t, "Mark %c: %s; see [compatibility](../compatibility.md).\n\n", c->mark,
		    meaning_of_mark(c->mark));
	add_request(c, t);
	add_headers(c, t);
	add_answer(c, t);
	add_codes(c, t);
	add_example(c, t);
}

/* ---- the other pages --------------------------------------------------------------------- */

void page_index(struct text *t)
{
	size_t n;
	const struct command *const *commands = registry(DOOR_PUBLIC, &n);

	text_add_c(t, WRITTEN "# The API\n\n"
			      "Every call is a `POST` of a JSON object; every answer is a JSON "
			      "object with `status.code` and `status.details`.\n"
			      "Get a token with GetSessionToken, then send it with every other "
			      "command.\n\n"
			      "| command | | mark |\n|---|---|---|\n");
	for (size_t i = 0; i < n; i++)
		text_printf(t, "| [%s](%s.md) | %s | %c |\n", commands[i]->name, commands[i]->name,
			    commands[i]->summary, commands[i]->mark);
	text_add_c(t, "\nWhat the codes mean: [codes](codes.md). What is PDM's own and what is "
		      "ours: [compatibility](../compatibility.md).\n");
}

void page_codes(struct text *t)
{
	text_add_c(t, WRITTEN
		   "# Codes\n\n"
		   "`status.details` begins with the meaning, word for word; particulars follow a "
		   "colon.\n"
		   "The mark says where the code comes from: P, PDM's own documentation; A, our "
		   "decision where\nthat is silent; X, our extension.\n\n");
	for (enum status s = 0; s < ST_END; s++) {
		const struct status_row *row = status_row(s);
		text_printf(t,
			    "## %d\n\n**%s** (mark %c)\n\n"
			    "Cause: %s\n\nRemedy: %s\n\n",
			    row->code, row->meaning, row->mark, row->cause, row->remedy);
	}
	/* One newline at the end of a file. */
	t->n -= !t->failed;
}
