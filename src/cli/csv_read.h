#ifndef CLI_CSV_READ_H
#define CLI_CSV_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"

/*
 * Rows of a CSV file, as its bytes come in. The only file that knows libcsv. One thread at a time.
 *
 * Lines end in LF, CR LF or CR; cells in quotation marks may have all of them inside. Blanks around
 * a cell without quotation marks do not belong to it. Lines with nothing on them are no rows.
 */
#define CSV_ROW_BYTES_MAX (1024 * 1024)
#define CSV_CELLS_MAX     1024

struct csv_row {
	int64_t line; /* of the file, from 1, on which it begins */
	const struct str *cells;
	size_t n;
};

/* The row is good until this comes back. False: no more of them. */
typedef bool csv_take(void *owner, const struct csv_row *row);

struct csv_reader;

/* NULL: out of memory. */
struct csv_reader *csv_open(char separator, csv_take *take, void *owner);
struct csv_reader *csv_close(struct csv_reader *r); /* takes NULL; gives NULL */

/* csv_end comes behind the last bytes. RC_CHANGED: `take` wanted no more. RC_INVALID: a row that is
 * longer than it may be, or whose last quotation mark is missing; csv_line says where it begins.
 * RC_NOMEM. After any failure only csv_line and csv_close are left. */
MUST_CHECK enum rc csv_feed(struct csv_reader *r, struct str bytes);
MUST_CHECK enum rc csv_end(struct csv_reader *r);
int64_t csv_line(const struct csv_reader *r);

#endif
