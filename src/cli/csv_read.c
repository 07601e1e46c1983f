#include "cli/csv_read.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define GROW_BYTES 4096 /* at a time, for a cell that is being read */

struct csv_reader {
	struct csv_parser parser;
	csv_take *take;
	void *owner;
	struct text text; /* of all cells of the row that is being read */
	size_t ends[CSV_CELLS_MAX];
	size_t n;
	struct str cells[CSV_CELLS_MAX];
	int64_t line;     /* that is being read */
	int64_t row_line; /* where the row began */
	bool between;     /* no row has begun */
	bool after_cr;
	enum rc rc;
};

static void on_cell(void *bytes, size_t n, void *r_)
{
	struct csv_reader *r = r_;

	if (r->rc != RC_OK)
		return;
	text_add(&r->text, bytes, n);
	if (r->n == CSV_CELLS_MAX || r->text.failed) {
		r->rc = RC_INVALID;
		return;
	}
	r->ends[r->n++] = r->text.n;
}

/* Behind each line's end, also where there were no cells. */
static void on_row(int end, void *r_)
{
	struct csv_reader *r = r_;
	struct csv_row row = {.line = r->row_line, .cells = r->cells, .n = r->n};
	size_t from = 0;

	(void)end;
	r->between = true;
	if (r->rc != RC_OK || r->n == 0)
		return;
	for (size_t i = 0; i < r->n; i++) {
		size_t n = r->ends[i] - from;
		r->cells[i] = (struct str){n ? r->text.p + from : "", n};
		from = r->ends[i];
	}
	if (!r->take(r->owner, &row))
		r->rc = RC_CHANGED;
	r->n = 0;
	text_clear(&r->text);
}

struct csv_reader *csv_open(char separator, csv_take *take, void *owner)
{
	struct csv_reader *r = calloc(1, sizeof(*r));

	/* Every line's end is told of, so that we know where rows begin. */
	if (!r || csv_init(&r->parser, CSV_REPALL_NL) != 0) {
		free(r);
		return NULL;
	}
	csv_set_delim(&r->parser, (unsigned char)separator);
	csv_set_blk_size(&r->parser, GROW_BYTES);
	text_init(&r->text, CSV_ROW_BYTES_MAX);
	r->take = take;
	r->owner = owner;
	r->line = r->row_line = 1;
	r->between = true;
	return r;
}

struct csv_reader *csv_close(struct csv_reader *r)
{
	if (!r)
		return NULL;
	csv_free(&r->parser);
	text_fini(&r->text);
	free(r);
	return NULL;
}

/* Up to and with the end of the line; all of it where it does not end. */
static size_t line_bytes(struct str s)
{
	const char *lf = memchr(s.p, '\n', s.n);
	size_t n = lf ? (size_t)(lf - s.p) + 1 : s.n;
	const char *cr = memchr(s.p, '\r', n);

	return cr ? (size_t)(cr - s.p) + 1 : n;
}

/* A CR and the LF behind it are one end. */
static void count_line(struct csv_reader *r, struct str s)
{
	char last = s.p[s.n - 1];
	bool second_half = r->after_cr && s.p[0] == '\n';

	if ((last == '\r' || last == '\n') && !second_half)
		r->line++;
	r->after_cr = last == '\r';
}

static enum rc feed_line(struct csv_reader *r, struct str s)
{
	if (r->between) {
		r->row_line = r->line;
		r->between = false;
	}
	if (csv_parse(&r->parser, s.p, s.n, on_cell, on_row, r) != s.n)
		return csv_error(&r->parser) == CSV_ENOMEM ? RC_NOMEM : RC_INVALID;
	/* A cell that is still being read is not in our text yet. */
	if (r->rc == RC_OK && csv_get_buffer_size(&r->parser) > CSV_ROW_BYTES_MAX + GROW_BYTES)
		return RC_INVALID;
	return r->rc;
}

enum rc csv_feed(struct csv_reader *r, struct str bytes)
{
	while (bytes.n > 0 && r->rc == RC_OK) {
		struct str s = {bytes.p, line_bytes(bytes)};
		/* The LF of a CR LF belongs to the line before. */
		if (r->between && r->after_cr && s.p[0] == '\n') {
			r->after_cr = false;
		} else {
			r->rc = feed_line(r, s);
			count_line(r, s);
		}
		bytes.p += s.n;
		bytes.n -= s.n;
	}
	return r->rc;
}

enum rc csv_end(struct csv_reader *r)
{
	if (r->rc != RC_OK)
		return r->rc;
	/* A quotation mark that was never closed is a fault, now that we know. */
	if (csv_set_opts(&r->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return RC_IO;
	if (csv_fini(&r->parser, on_cell, on_row, r) != 0)
		r->rc = RC_INVALID;
	return r->rc;
}

int64_t csv_line(const struct csv_reader *r)
{
	return r->row_line;
}
