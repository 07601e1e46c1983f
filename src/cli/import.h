#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/csv_read.h"
#include "cli/recognise.h"
#include "command/admin/import_row.h"
#include "field/field.h"

/*
 * The parts of `pdmd customer import`. The file is read twice: import_scan.c finds out what kind of
 * a file it is, import_map.c which column is which field, and then import_run.c reads, converts and
 * checks its rows (import_cells.c) on one thread while another sends them (import_send.c), with a
 * bounded queue (import_queue.c) between the two.
 */

/* ---- what is known of the file before the first row is sent --------------------------------- */

enum import_column_kind {
	IMPORT_COLUMN_OTHER, /* nothing that we have a field for */
	IMPORT_COLUMN_FIELD,
	IMPORT_COLUMN_OWN,  /* what an export has beside the fields: never imported */
	IMPORT_COLUMN_MARK, /* `line` and `reasons` of a file of rejects */
};

struct import_column {
	struct str name; /* UTF-8 */
	enum import_column_kind kind;
	size_t leaf; /* of a field */
	bool said;   /* by --map */
	struct date_count dates;
};

struct import_plan {
	struct cli *cli;
	const struct command *command; /* ImportCustomers */
	const char *path;
	int fd;
	int64_t began_us; /* clock_mono_us */

	bool mark; /* it begins with UTF-8's byte order mark */
	enum charset charset;
	char separator;
	enum date_form dates;
	int64_t n_rows; /* without the header */
	uint8_t hash[HASH_BYTES];

	struct field_leaf leaves[IMPORT_LEAVES_MAX];
	size_t n_leaves;
	struct import_column *columns;
	size_t n_columns;
	struct text head; /* of each call's body, up to its first row */
};

/* Opens `path`. Said on failure. */
enum cli_exit import_open(struct import_plan *plan);
void import_close(struct import_plan *plan);

/* Gives all bytes behind the byte order mark to `feed`, until it wants no more; RC_IO with errno.
 */
typedef enum rc import_feed(void *owner, struct str bytes);
MUST_CHECK enum rc import_read(const struct import_plan *plan, import_feed *feed, void *owner);

/* The first reading. Columns have names then. Said on failure. */
enum cli_exit import_scan(struct import_plan *plan);
/* Which column is which field, and how dates are written. Said on failure. */
enum cli_exit import_map(struct import_plan *plan);
void import_show_map(const struct import_plan *plan);
/* What reading a file can fail with, said. */
enum cli_exit import_fail_read(const struct import_plan *plan, enum rc rc, int64_t line);

/* ---- a row --------------------------------------------------------------------------------- */

struct import_checker {
	const struct import_plan *plan;
	struct arena arena; /* of one row */
	char today[DATE_CHARS + 1];
};

void import_checker_init(struct import_checker *c, const struct import_plan *plan);
void import_checker_fini(struct import_checker *c);
/* Appends the row as JSON; or, when something is wrong with it, nothing, and why to `reasons`. */
MUST_CHECK enum rc import_check(struct import_checker *c, const struct csv_row *row,
				struct text *json, struct text *reasons);
/* The row's own cells again, for the file of rejects, with a separator before each. */
MUST_CHECK enum rc import_add_cells(struct import_checker *c, const struct csv_row *row,
				    struct text *t);

/* ---- rows on their way ----------------------------------------------------------------------- */

/* The more rows share a transaction the less each of them writes: indexes are changed all over, and
 * each page counts once. */
#define IMPORT_BATCH_ROWS  10000
#define IMPORT_BATCH_BYTES (3900 * 1024) /* with a row more it fits into a call */

struct import_item {
	int64_t line;
	bool sent;     /* else it is rejected for the reasons */
	size_t row_at; /* in `rows`, when it is sent */
	size_t cells_at, cells_n;
	size_t reasons_at, reasons_n;
};

struct import_batch {
	struct text rows; /* JSON, with commas between them */
	struct text kept; /* cells and reasons of the items */
	struct import_item items[IMPORT_BATCH_ROWS];
	size_t n, n_sent;
	int64_t first_row;
	struct import_batch *next;
};

struct import_queue;

struct import_queue *import_queue_create(void); /* NULL: out of memory */
struct import_queue *import_queue_destroy(struct import_queue *q);
/* An empty one; NULL: the other side has given up. */
struct import_batch *import_queue_room(struct import_queue *q);
void import_queue_put(struct import_queue *q, struct import_batch *b);
void import_queue_end(struct import_queue *q); /* no more will come */
/* The next one; NULL: that was all. */
struct import_batch *import_queue_take(struct import_queue *q);
void import_queue_give(struct import_queue *q, struct import_batch *b); /* done with it */
void import_queue_give_up(struct import_queue *q);

/* ---- what comes of it -------------------------------------------------------------------------
 */

struct import_sum {
	int64_t rows, added, updated, unchanged, skipped, rejected;
	int8_t dry_run;
	int64_t milliseconds;
};

struct admin_session;

struct import_sender {
	const struct import_plan *plan;
	struct admin_session *session;
	struct import_queue *queue;
	const char *rejects_path; /* NULL: none are written */
	FILE *rejects;
	bool terminal; /* a person reads the messages */
	bool dry_run;
	int64_t began_us, shown_us;
	size_t rows_per_call; /* as many as the server had time for lately */
	struct import_sum sum;
	enum cli_exit code;
};

/* A call's body up to its first row. */
void import_begin_body(const struct import_plan *plan, int64_t first_row, struct text *body);
#define IMPORT_BODY_END      "]}"
#define IMPORT_BODY_END_LAST "],\"last\":true}"

/* Makes the file of rejects, with its header. Said on failure. */
enum cli_exit import_rejects_open(struct import_sender *s);
/* Without rejects there is no file. */
enum cli_exit import_rejects_close(struct import_sender *s);
enum cli_exit import_reject(struct import_sender *s, int64_t line, struct str cells,
			    struct str reasons);

/* Takes batches from the queue to its end. On a thread of its own. */
void *import_send(void *sender);
/* One call; the answer is appended to `answer`. Said on failure. */
enum cli_exit import_ask(const struct import_sender *s, struct str body, struct text *answer);
void import_show_progress(struct import_sender *s, bool last);

/* The second reading, with everything that is done with it. */
enum cli_exit import_run(struct import_sender *s);

#endif
