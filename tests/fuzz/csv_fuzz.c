/*
 * Any bytes as a CSV file: the rows do not depend on how they were cut into pieces, and written
 * again they are read as the same. The first byte says where the cuts are and what the separator
 * is.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "cli/csv_read.h"
#include "cli/csv_write.h"

#define ROWS_BYTES_MAX (64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

struct noted {
	struct text rows; /* line, number of cells, and each with its length */
	struct text again;
	char separator;
};

static bool note(void *noted, const struct csv_row *row)
{
	struct noted *t = noted;

	assert(row->n > 0 && row->n <= CSV_CELLS_MAX);
	text_printf(&t->rows, "%ld %zu", (long)row->line, row->n);
	for (size_t i = 0; i < row->n; i++) {
		text_printf(&t->rows, " %zu:", row->cells[i].n);
		text_add_str(&t->rows, row->cells[i]);
		if (i > 0)
			text_add_char(&t->again, t->separator);
		csv_add_cell(&t->again, row->cells[i], t->separator);
	}
	/* A row of one empty cell would be none. */
	if (row->n == 1 && row->cells[0].n == 0)
		text_add_c(&t->again, "\"\"");
	text_add_char(&t->again, '\n');
	return true;
}

static enum rc read_all(struct str s, size_t step, struct noted *ret)
{
	struct csv_reader *r = csv_open(ret->separator, note, ret);
	enum rc rc = RC_OK;

	if (!r)
		abort();
	text_init(&ret->rows, ROWS_BYTES_MAX);
	text_init(&ret->again, ROWS_BYTES_MAX);
	for (size_t i = 0; i < s.n && rc == RC_OK; i += step)
		rc = csv_feed(r, (struct str){s.p + i, s.n - i < step ? s.n - i : step});
	if (rc == RC_OK)
		rc = csv_end(r);
	(void)csv_close(r); /* gives NULL */
	return rc;
}

static void fini(struct noted *t)
{
	text_fini(&t->rows);
	text_fini(&t->again);
}

/* The cells alone: a row's line is another one when it is written again. */
static bool same_cells(struct str a, struct str b)
{
	struct noted x = {.separator = ','}, y = {.separator = ','};
	bool same = read_all(a, a.n + 1, &x) == RC_OK && read_all(b, b.n + 1, &y) == RC_OK &&
		    str_equal(text_str(&x.again), text_str(&y.again));

	fini(&x);
	fini(&y);
	return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const char separators[] = ",;\t";
	struct noted whole, cut;
	struct str s;

	if (n < 1)
		return 0;
	s = (struct str){(const char *)bytes + 1, n - 1};
	whole.separator = cut.separator = separators[bytes[0] % 3];
	enum rc rc = read_all(s, s.n + 1, &whole);
	assert(rc == RC_OK || rc == RC_INVALID);
	assert(read_all(s, bytes[0] / 3 + 1, &cut) == rc);
	if (rc == RC_OK)
		assert(str_equal(text_str(&whole.rows), text_str(&cut.rows)));
	if (rc == RC_OK && whole.separator == ',')
		assert(same_cells(s, text_str(&whole.again)));
	fini(&whole);
	fini(&cut);
	return 0;
}
