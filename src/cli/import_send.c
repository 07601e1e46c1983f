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
#define ROWS_AT_FIRST    1000

/* ---- one call -------------------------------------------------------------------------------- */

enum cli_exit import_ask(const struct import_sender *s, struct str body, struct text *answer)
{
	const struct cli *cli = s->plan->cli;
	CLEANUP(text_fini) struct text reason;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = admin_session_ask(s->session, s->plan->command, body, answer, &reason);
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

/* A piece of what was kept of the rows. */
static struct str kept(const struct import_batch *b, size_t at, size_t n)
{
	return n ? (struct str){b->kept.p + at, n} : STR("");
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
	return import_reject(s, item->line, kept(b, item->cells_at, item->cells_n),
			     text_of(result, "reason"));
}

/* What became of the items from `from` on, as far as there are results for those that were sent,
 * and those that were not; gives where it came to. */
static enum cli_exit settle(struct import_sender *s, const struct import_batch *b, size_t from,
			    const struct json *results, size_t *ret_to)
{
	size_t at = 0, n_results = results ? json_count(results) : 0, i = from;
	enum cli_exit code = CLI_DONE;

	for (; i < b->n && code == CLI_DONE; i++) {
		const struct import_item *item = &b->items[i];
		if (item->sent && at == n_results)
			break;
		s->sum.rows++;
		if (item->sent)
			code = count(s, b, item, json_item(results, at++));
		else
			code = import_reject(s, item->line, kept(b, item->cells_at, item->cells_n),
					     kept(b, item->reasons_at, item->reasons_n));
	}
	*ret_to = i;
	return code;
}

static bool are_results(const struct json *results, size_t n_sent)
{
	if (!results || json_kind(results) != JSON_KIND_ARRAY)
		return false;
	size_t n = json_count(results);
	if (n == 0 || n > n_sent)
		return false;
	for (size_t i = 0; i < n; i++)
		if (json_kind(json_item(results, i)) != JSON_KIND_OBJECT)
			return false;
	return true;
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
	struct text body, answer;
	struct arena arena;
};

/* Where the rows that begin with the item `from` end, when there may be n_max of them. */
static size_t end_of_rows(const struct import_batch *b, size_t from, size_t n_max, size_t *ret_n)
{
	size_t n = 0;

	for (size_t i = from; i < b->n; i++) {
		if (b->items[i].sent && n == n_max) {
			*ret_n = n;
			return b->items[i].row_at - 1; /* the comma */
		}
		n += b->items[i].sent;
	}
	*ret_n = n;
	return b->rows.n;
}

/* What the server had no time for was read by it in vain, so it is not sent much more than it
 * takes. */
static void learn(struct import_sender *s, size_t n_sent, size_t n_taken)
{
	if (n_taken < n_sent)
		s->rows_per_call = n_taken;
	else if (n_sent == s->rows_per_call && s->rows_per_call < IMPORT_BATCH_ROWS)
		s->rows_per_call += s->rows_per_call / 4 + 1;
}

/* Sends what the batch has from the item `from` on, before which n_before rows were sent. There
 * are results for as many as the server had time for, and one at least. */
static enum cli_exit send_rows(struct import_sender *s, struct sending *w,
			       const struct import_batch *b, size_t from, size_t n_before,
			       const struct json **ret_results)
{
	const struct cli *cli = s->plan->cli;
	size_t at = b->items[from].row_at, n;
	size_t end = end_of_rows(b, from, s->rows_per_call, &n);
	struct answer answer;

	text_clear(&w->body);
	text_clear(&w->answer);
	arena_reset(&w->arena);
	import_begin_body(s->plan, b->first_row + (int64_t)n_before, &w->body);
	text_add(&w->body, b->rows.p + at, end - at);
	text_add_c(&w->body, IMPORT_BODY_END);
	if (w->body.failed)
		return cli_no_memory(cli);
	enum cli_exit code = import_ask(s, text_str(&w->body), &w->answer);
	if (code != CLI_DONE)
		return code;
	enum rc rc = answer_parse(&w->arena, text_str(&w->answer), &answer);
	if (rc != RC_OK)
		return rc == RC_NOMEM ? cli_no_memory(cli) : not_understood(s);
	code = cli_exit_of(answer.code);
	if (code != CLI_DONE)
		return cli_fail(cli, code, "%.*s", STR_ARGS(answer.details));
	*ret_results = json_member(answer.json, "results");
	if (!are_results(*ret_results, n))
		return not_understood(s);
	learn(s, n, json_count(*ret_results));
	return CLI_DONE;
}

static enum cli_exit send_batch(struct import_sender *s, struct sending *w,
				const struct import_batch *b)
{
	enum cli_exit code = CLI_DONE;
	size_t at = 0, n_sent = 0;

	while (at < b->n && code == CLI_DONE) {
		const struct json *results = NULL;
		if (b->items[at].sent) {
			code = send_rows(s, w, b, at, n_sent, &results);
			n_sent += code == CLI_DONE ? json_count(results) : 0;
		}
		if (code == CLI_DONE)
			code = settle(s, b, at, results, &at);
	}
	return code;
}

void *import_send(void *sender)
{
	struct import_sender *s = sender;
	struct sending w;
	struct import_batch *b;

	s->rows_per_call = ROWS_AT_FIRST;
	text_init(&w.body, CLIENT_ANSWER_BYTES_MAX);
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
	text_fini(&w.body);
	return NULL;
}
