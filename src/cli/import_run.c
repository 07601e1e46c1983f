/*
 * The second reading: this thread reads, converts and checks; import_send has one of its own.
 */
#include <inttypes.h>
#include <pthread.h>

#include "base/clock.h"
#include "cli/import.h"

/* Full batches are not filled further by rows that need little room. */
#define KEPT_BYTES_FULL (4 * 1024 * 1024)

struct reading {
	struct import_sender *sender;
	const struct import_plan *plan;
	struct csv_reader *csv;
	struct import_checker checker;
	struct import_batch *batch; /* NULL: the last one is on its way */
	int64_t n_sent;
	bool header_seen;
	enum rc rc; /* why we wanted no more */
};

static bool is_full(const struct import_batch *b)
{
	return b->n == IMPORT_BATCH_ROWS || b->rows.n > IMPORT_BATCH_BYTES ||
	       b->kept.n > KEPT_BYTES_FULL;
}

static bool begin_batch(struct reading *r)
{
	r->batch = import_queue_room(r->sender->queue);
	if (!r->batch)
		return false;
	r->batch->first_row = r->n_sent + 1;
	return true;
}

static void end_batch(struct reading *r)
{
	if (r->batch)
		import_queue_put(r->sender->queue, r->batch);
	r->batch = NULL;
}

static enum rc add_row(struct reading *r, const struct csv_row *row)
{
	struct import_batch *b = r->batch;
	struct import_item *item = &b->items[b->n];
	size_t before = b->rows.n;

	*item = (struct import_item){.line = row->line, .reasons_at = b->kept.n};
	text_add_c(&b->rows, b->n_sent ? "," : "");
	size_t from = b->rows.n;
	enum rc rc = import_check(&r->checker, row, &b->rows, &b->kept);
	if (rc != RC_OK)
		return rc;
	item->row_at = from;
	item->sent = b->rows.n > from;
	item->reasons_n = b->kept.n - item->reasons_at;
	item->cells_at = b->kept.n;
	if (r->sender->rejects)
		rc = import_add_cells(&r->checker, row, &b->kept);
	item->cells_n = b->kept.n - item->cells_at;
	if (item->sent) {
		b->n_sent++;
		r->n_sent++;
	} else {
		text_cut(&b->rows, before);
	}
	b->n++;
	return rc;
}

static bool take_row(void *reading, const struct csv_row *row)
{
	struct reading *r = reading;

	if (!r->header_seen) {
		r->header_seen = true;
		return true;
	}
	if (!r->batch && !begin_batch(r))
		return false; /* the other thread has said why */
	r->rc = add_row(r, row);
	if (r->rc != RC_OK)
		return false;
	if (is_full(r->batch))
		end_batch(r);
	return true;
}

static enum rc feed(void *reading, struct str bytes)
{
	return csv_feed(((struct reading *)reading)->csv, bytes);
}

static enum cli_exit read_all(struct reading *r)
{
	r->csv = csv_open(r->plan->separator, take_row, r);
	enum rc rc = r->csv ? import_read(r->plan, feed, r) : RC_NOMEM;

	if (rc == RC_OK)
		rc = csv_end(r->csv);
	int64_t line = r->csv ? csv_line(r->csv) : 0;
	r->csv = csv_close(r->csv);
	end_batch(r);
	if (rc == RC_CHANGED)
		rc = r->rc;
	return rc == RC_OK ? CLI_DONE : import_fail_read(r->plan, rc, line);
}

enum cli_exit import_run(struct import_sender *s)
{
	struct reading r = {.sender = s, .plan = s->plan};
	pthread_t thread;

	s->began_us = clock_mono_us();
	s->queue = import_queue_create();
	if (!s->queue || pthread_create(&thread, NULL, import_send, s) != 0) {
		s->queue = import_queue_destroy(s->queue);
		return cli_no_memory(s->plan->cli);
	}
	import_checker_init(&r.checker, s->plan);
	enum cli_exit code = read_all(&r);
	if (code == CLI_DONE)
		import_queue_end(s->queue);
	else
		import_queue_give_up(s->queue);
	(void)pthread_join(thread, NULL); /* it is there and nobody else joins it */
	import_checker_fini(&r.checker);
	s->queue = import_queue_destroy(s->queue);
	import_show_progress(s, true);
	return code != CLI_DONE ? code : s->code;
}
