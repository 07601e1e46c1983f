/*
 * The thread that sends: batch after batch, and what became of the rows of each.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "cli/admin.h"
#include "cli/answer.h"
#include "cli/client.h"
#include "cli/import.h"
#include "json/json.h"

#define REASON_BYTES_MAX 4096
#define ARENA_BLOCK      (1024 * 1024)
#define ARENA_BYTES_MAX  (64 * 1024 * 1024)
#define SHOW_EVERY_US    200000

/* ---- one call -------------------------------------------------------------------------------- */

enum cli_exit import_ask(const struct import_sender *s, struct str body, struct text *answer)
{
	const struct command *command = registry_find(DOOR_ADMIN, STR("ImportCustomers"));
	const struct cli *cli = s->plan->cli;
	CLEANUP(text_fini) struct text reason;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = admin_session_ask(s->session, command, body, answer, &reason);
	return rc == RC_OK ? CLI_DONE : cli_fail_rc(cli, rc, &reason);
}

/* ---- its answer ------------------------------------------------------------------------------ */

static enum cli_exit not_understood(const struct import_sender *s)
{
	return cli_fail(s->plan->cli, CLI_FAILED, "the server's answer cannot be understood");
}

static struct str text_of(const struct json *object, const char *name)
{
	const struct json *value = json_member(object, name);

	return value && json_kind(value) == JSON_KIND_STRING ? json_str(value) : STR("");
}

static enum cli_exit count(struct import_sender *s, const struct import_batch *b,
			   const struct import_item *item, const struct json *result)
{
	struct import_sum *sum = &s->sum;
	int64_t *const counts[] = {&sum->added, &sum->updated, &sum->unchanged, &sum->skipped};
	struct str outcome = text_of(result, "outcome");

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		if (!str_equal_c(outcome, import_outcome_words[i]))
			continue;
		++*counts[i];
		return CLI_DONE;
	}
	if (!str_equal_c(outcome, import_outcome_words[IMPORT_REJECTED - 1]))
		return not_understood(s);
	return import_reject(s, item->line, (struct str){b->kept.p + item->cells_at, item->cells_n},
			     text_of(result, "reason"));
}

/* `results` is NULL when nothing was sent. */
static enum cli_exit settle(struct import_sender *s, const struct import_batch *b,
			    const struct json *results)
{
	enum cli_exit code = CLI_DONE;
	size_t at = 0;

	for (size_t i = 0; i < b->n && code == CLI_DONE; i++) {
		const struct import_item *item = &b->items[i];
		s->sum.rows++;
		if (item->sent)
			code = count(s, b, item, json_item(results, at++));
		else
			code = import_reject(
				s, item->line,
				(struct str){b->kept.p + item->cells_at, item->cells_n},
				(struct str){b->kept.p + item->reasons_at, item->reasons_n});
	}
	return code;
}

static enum cli_exit read_answer(struct import_sender *s, const struct import_batch *b,
				 struct arena *arena, struct str text)
{
	struct answer answer;
	enum rc rc = answer_parse(arena, text, &answer);

	if (rc == RC_NOMEM)
		return cli_no_memory(s->plan->cli);
	if (rc != RC_OK)
		return not_understood(s);
	enum cli_exit code = cli_exit_of(answer.code);
	if (code != CLI_DONE)
		return cli_fail(s->plan->cli, code, "%.*s", STR_ARGS(answer.details));
	const struct json *results = json_member(answer.json, "results");
	if (!results || json_kind(results) != JSON_KIND_ARRAY || json_count(results) != b->n_sent)
		return not_understood(s);
	for (size_t i = 0; i < b->n_sent; i++)
		if (json_kind(json_item(results, i)) != JSON_KIND_OBJECT)
			return not_understood(s);
	return settle(s, b, results);
}

/* ---- progress ---------------------------------------------------------------------------------
 */

void import_show_progress(struct import_sender *s, bool last)
{
	int64_t now_us = clock_mono_us(), took_us = now_us - s->began_us + 1;
	int64_t rate = s->sum.rows * 1000000 / took_us;
	int64_t left = s->plan->n_rows - s->sum.rows;

	if (!s->terminal || (!last && now_us - s->shown_us < SHOW_EVERY_US))
		return;
	s->shown_us = now_us;
	(void)fprintf(s->plan->cli->err,
		      "\r%" PRId64 " of %" PRId64 " rows, %" PRId64 " a second, %" PRId64
		      " s left%s%s",
		      s->sum.rows, s->plan->n_rows, rate, rate > 0 ? (left + rate - 1) / rate : 0,
		      "\033[K", last ? "\n" : ""); /* as all messages */
	(void)fflush(s->plan->cli->err);
}

/* ---- the thread -------------------------------------------------------------------------------
 */

struct sending {
	struct text answer;
	struct arena arena;
};

static enum cli_exit send_batch(struct import_sender *s, struct sending *w, struct import_batch *b)
{
	if (b->n_sent == 0)
		return settle(s, b, NULL);
	text_add_c(&b->body, IMPORT_BODY_END);
	if (b->body.failed)
		return cli_no_memory(s->plan->cli);
	text_clear(&w->answer);
	arena_reset(&w->arena);
	enum cli_exit code = import_ask(s, text_str(&b->body), &w->answer);
	return code == CLI_DONE ? read_answer(s, b, &w->arena, text_str(&w->answer)) : code;
}

void *import_send(void *sender)
{
	struct import_sender *s = sender;
	struct sending w;
	struct import_batch *b;

	text_init(&w.answer, CLIENT_ANSWER_BYTES_MAX);
	arena_init(&w.arena, ARENA_BLOCK, ARENA_BYTES_MAX);
	while (s->code == CLI_DONE && (b = import_queue_take(s->queue))) {
		s->code = send_batch(s, &w, b);
		import_show_progress(s, false);
		import_queue_give(s->queue, b);
	}
	if (s->code != CLI_DONE)
		import_queue_give_up(s->queue);
	arena_fini(&w.arena);
	text_fini(&w.answer);
	return NULL;
}
