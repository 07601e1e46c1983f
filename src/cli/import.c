/*
 * customer import: a spreadsheet's customers into a company. See import.h for its parts.
 */
#include "cli/import.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/admin.h"
#include "cli/answer.h"
#include "cli/body.h"
#include "cli/client.h"
#include "cli/serve.h"
#include "command/command.h"
#include "server/server.h"

#define HEAD_BYTES_MAX   (64 * 1024)
#define REASON_BYTES_MAX 4096
#define ID_BYTES         (2 * HASH_BYTES + 1)
/* Beside the fields: company, branch, what to do with those there, duplicates, the import's id. */
#define ASSIGNMENTS_MAX (IMPORT_LEAVES_MAX + 8)

/* ---- the calls' head ---------------------------------------------------------------------------
 */

struct assignments {
	struct assignment all[ASSIGNMENTS_MAX];
	size_t n;
};

static void assign(struct assignments *a, const char *name, const char *value, const char *shown)
{
	if (value)
		a->all[a->n++] = (struct assignment){
			.name = str_c(name), .value = str_c(value), .shown = shown};
}

/* The file's content and what is made of it: the same when an import is run again. */
static void make_id(const struct import_plan *plan, const struct assignments *a,
		    char ret_id[ID_BYTES])
{
	uint8_t hash[HASH_BYTES];
	struct hash h;

	hash_init(&h);
	hash_add(&h, plan->hash, sizeof(plan->hash));
	for (size_t i = 0; i < a->n; i++)
		hash_add(&h, a->all[i].value.p, a->all[i].value.n + 1); /* with its NUL */
	for (size_t i = 0; i < plan->n_columns; i++)
		hash_add(&h, &plan->columns[i].leaf, sizeof(plan->columns[i].leaf));
	hash_add(&h, &plan->dates, sizeof(plan->dates));
	hash_end(&h, hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(ret_id + 2 * i, 3, "%02x", hash[i]); /* fits */
}

/* What all calls have in common, up to the brace that would close it. */
static enum cli_exit make_head(struct import_plan *plan)
{
	const struct cli *cli = plan->cli;
	const char *existing = cli_option(cli, "on-existing");
	struct assignments a = {.n = 0};
	CLEANUP(text_fini) struct text reason;
	char id[ID_BYTES];

	text_init(&reason, REASON_BYTES_MAX);
	assign(&a, "company_id", cli_word(cli, "COMPANY"), "COMPANY");
	assign(&a, "branch_id", cli_option(cli, "branch"), "--branch");
	assign(&a, "on_existing", existing ? existing : "fail", "--on-existing");
	assign(&a, "allow_duplicates", cli_flag(cli, "allow-duplicates") ? "yes" : "no",
	       "--allow-duplicates");
	for (size_t i = 0; i < plan->n_columns; i++)
		if (plan->columns[i].kind == IMPORT_COLUMN_FIELD)
			assign(&a, "fields", plan->leaves[plan->columns[i].leaf].path, "--map");
	make_id(plan, &a, id);
	assign(&a, "import_id", id, "FILE");

	text_init(&plan->head, HEAD_BYTES_MAX);
	enum rc rc = body_object(&plan->command->in_fields, 1, a.all, a.n, &plan->head, &reason);
	if (rc == RC_INVALID)
		return cli_misused(cli, "%s", text_c(&reason));
	if (rc != RC_OK || plan->head.failed)
		return cli_no_memory(cli);
	text_cut(&plan->head, plan->head.n - 1);
	return CLI_DONE;
}

void import_begin_body(const struct import_plan *plan, int64_t first_row, struct text *body)
{
	text_add_str(body, text_str(&plan->head));
	text_printf(body, ",\"first_row\":%" PRId64 ",\"rows\":[", first_row);
}

/* A call without rows: at first to see whether it can be done at all, at last to say that it is. */
static enum cli_exit ask_without_rows(const struct import_sender *s, int64_t first_row,
				      const char *end)
{
	const struct import_plan *plan = s->plan;
	CLEANUP(text_fini) struct text body, answer;
	struct answer parts;

	text_init(&body, HEAD_BYTES_MAX);
	text_init(&answer, CLIENT_ANSWER_BYTES_MAX);
	import_begin_body(plan, first_row, &body);
	text_add_c(&body, end);
	if (body.failed)
		return cli_no_memory(plan->cli);
	enum cli_exit code = import_ask(s, text_str(&body), &answer);
	if (code != CLI_DONE)
		return code;
	if (answer_parse(&plan->cli->arena, text_str(&answer), &parts) != RC_OK)
		return cli_fail(plan->cli, CLI_FAILED, "the server's answer cannot be understood");
	code = cli_exit_of(parts.code);
	return code == CLI_DONE ? CLI_DONE
				: cli_fail(plan->cli, code, "%.*s", STR_ARGS(parts.details));
}

/* ---- the sum -----------------------------------------------------------------------------------
 */

static const struct field sum_fields[] = {
	FIELD_INT(import_sum, rows, 0, INT64_MAX, .help = "Of the file, without the header."),
	FIELD_INT(import_sum, added, 0, INT64_MAX, .help = "New customers."),
	FIELD_INT(import_sum, updated, 0, INT64_MAX, .help = "Customers that were changed."),
	FIELD_INT(import_sum, unchanged, 0, INT64_MAX, .help = "There already, just so."),
	FIELD_INT(import_sum, skipped, 0, INT64_MAX, .help = "There, different, and left alone."),
	FIELD_INT(import_sum, rejected, 0, INT64_MAX, .help = "Not taken."),
	FIELD_BOOLEAN(import_sum, dry_run, .help = "Nothing was changed."),
	FIELD_INT(import_sum, milliseconds, 0, INT64_MAX, .help = "How long it took."),
	FIELD_END,
};

static enum cli_exit show_sum(struct import_sender *s)
{
	struct cli *cli = s->plan->cli;
	struct import_sum *sum = &s->sum;
	CLEANUP(text_fini) struct text t;

	text_init(&t, REASON_BYTES_MAX);
	sum->milliseconds = (clock_mono_us() - s->plan->began_us) / 1000;
	cli_say(cli,
		"%s%" PRId64 " added, %" PRId64 " updated, %" PRId64 " unchanged, %" PRId64
		" skipped, %" PRId64 " rejected, in %" PRId64 ".%" PRId64 " s",
		s->dry_run ? "nothing was changed; it would be: " : "", sum->added, sum->updated,
		sum->unchanged, sum->skipped, sum->rejected, sum->milliseconds / 1000,
		sum->milliseconds / 100 % 10);
	if (sum->rejected && s->rejects_path)
		cli_say(cli, "%s has the rejected rows; mend them and import it", s->rejects_path);
	if (!cli_flag(cli, "json"))
		return CLI_DONE;
	field_encode(sum_fields, sum, &t);
	admin_show_json(cli, text_str(&t));
	return t.failed ? cli_no_memory(cli) : CLI_DONE;
}

/* ---- the whole
 * ----------------------------------------------------------------------------------- */

/* `all`: of the rows; only the word that these were all has not been answered. */
static void say_stopped(const struct import_sender *s, bool all)
{
	const struct cli *cli = s->plan->cli;

	if (s->dry_run)
		return;
	if (all)
		cli_say(cli, "all %" PRId64 " rows were done; do not run it again", s->sum.rows);
	else
		cli_say(cli,
			"stopped after %" PRId64 " of %" PRId64
			" rows; run it again as it is%s: nothing will be doubled",
			s->sum.rows, s->plan->n_rows,
			s->rejects_path ? ", with another name for the rejects" : "");
}

static enum cli_exit send_all(struct import_sender *s)
{
	enum cli_exit code = ask_without_rows(s, 1, IMPORT_BODY_END);

	if (code == CLI_DONE)
		code = import_rejects_open(s);
	if (code != CLI_DONE)
		return code;
	code = import_run(s);
	enum cli_exit closed = import_rejects_close(s);
	if (code == CLI_DONE)
		code = closed;
	/* Only when all is told does it count as done. */
	bool all = code == CLI_DONE;
	if (all)
		code = ask_without_rows(s, s->plan->n_rows + 1, IMPORT_BODY_END_LAST);
	s->sum.dry_run = s->dry_run;
	if (code != CLI_DONE) {
		say_stopped(s, all);
		return code;
	}
	code = show_sum(s);
	return code == CLI_DONE && s->sum.rejected ? CLI_REJECTED : code;
}

/* A dry run is a run on a copy: what it tells is what would be. */
static enum cli_exit open_scratch(struct cli *cli, const char *dir, struct direct **ret_scratch)
{
	CLEANUP(text_fini) struct text reason;
	struct serve_setup setup = {.n_flags = 0};

	text_init(&reason, REASON_BYTES_MAX);
	enum cli_exit code = serve_settings(cli, dir, &setup);
	if (code != CLI_DONE)
		return code;
	log_setup(LOG_AUTO, LOG_WARN, STDERR_FILENO);
	enum rc rc = direct_open_scratch(dir, setup.settings.database_url, ret_scratch, &reason);
	settings_fini(&setup.settings);
	return rc == RC_OK ? CLI_DONE : cli_fail_rc(cli, rc, &reason);
}

static enum cli_exit import_into(struct import_plan *plan, const char *dir)
{
	struct import_sender s = {
		.plan = plan,
		.rejects_path = cli_option(plan->cli, "rejects"),
		.terminal = isatty(fileno(plan->cli->err)),
		.dry_run = cli_flag(plan->cli, "dry-run"),
	};

	struct direct *scratch = NULL;

	enum cli_exit code = s.dry_run ? open_scratch(plan->cli, dir, &scratch) : CLI_DONE;
	if (code != CLI_DONE)
		return code;
	s.session = admin_session_open(dir, cli_option(plan->cli, "config"), scratch);
	if (!s.session) {
		scratch = direct_close(scratch);
		return cli_no_memory(plan->cli);
	}
	code = send_all(&s);
	s.session = admin_session_close(s.session);
	return code;
}

static enum cli_exit check_options(const struct cli *cli)
{
	const char *existing = cli_option(cli, "on-existing");

	for (size_t i = 0; existing && import_existing_words[i]; i++)
		if (strcmp(existing, import_existing_words[i]) == 0)
			return CLI_DONE;
	return existing ? cli_misused(cli, "--on-existing is skip, update or fail") : CLI_DONE;
}

enum cli_exit cli_import(struct cli *cli)
{
	struct import_plan plan = {
		.cli = cli,
		.command = registry_find(DOOR_ADMIN, str_c(cli->sub->calls)),
		.path = cli_word(cli, "FILE"),
		.fd = -1,
		.began_us = clock_mono_us(),
	};
	enum cli_exit code = check_options(cli);
	const char *dir = code == CLI_DONE ? cli_dir_there(cli, &code) : NULL;

	if (!dir)
		return code;
	code = import_open(&plan);
	if (code == CLI_DONE)
		code = import_scan(&plan);
	if (code == CLI_DONE)
		code = import_map(&plan);
	if (code == CLI_DONE) {
		import_show_map(&plan);
		code = make_head(&plan);
	}
	if (code == CLI_DONE)
		code = import_into(&plan, dir);
	text_fini(&plan.head);
	import_close(&plan);
	return code;
}
