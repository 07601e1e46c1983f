/*
 * The first reading: what kind of a file it is, how many rows it has, and a hash by which it is
 * known again. Nothing of it is kept but the header.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/import.h"
#include "record/customer.h"

#define READ_BYTES (128 * 1024)

static const struct str byte_order_mark = STR_INIT("\xef\xbb\xbf");

struct scan {
	struct import_plan *plan;
	struct csv_reader *csv;
	struct hash hash;
	struct charset_count charset;
	bool no_memory;
};

/* ---- the file ------------------------------------------------------------------------------ */

enum cli_exit import_open(struct import_plan *plan)
{
	const struct cli *cli = plan->cli;
	struct stat st;

	if (strcmp(plan->path, "-") == 0)
		return cli_fail(cli, CLI_USAGE,
				"FILE is read twice, so it cannot be standard input");
	plan->fd = open(plan->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (plan->fd < 0)
		return cli_fail(cli,
				errno == ENOENT   ? CLI_NOT_FOUND
				: errno == EACCES ? CLI_DENIED
						  : CLI_FAILED,
				"%s: %s", plan->path, strerror(errno));
	if (fstat(plan->fd, &st) != 0)
		return cli_fail(cli, CLI_FAILED, "%s: %s", plan->path, strerror(errno));
	/* It is read twice. */
	if (!S_ISREG(st.st_mode))
		return cli_fail(cli, CLI_USAGE, "%s is not a file", plan->path);
	return CLI_DONE;
}

void import_close(struct import_plan *plan)
{
	if (plan->fd >= 0)
		(void)close(plan->fd); /* was only read */
	plan->fd = -1;
}

static bool begins_with(struct str s, struct str with)
{
	return s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

enum rc import_read(const struct import_plan *plan, import_feed *feed, void *owner)
{
	char *buffer = malloc(READ_BYTES);
	enum rc rc = buffer ? RC_OK : RC_NOMEM;
	off_t at = 0;

	while (rc == RC_OK) {
		ssize_t n = pread(plan->fd, buffer, READ_BYTES, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = RC_IO;
		if (n <= 0)
			break;
		struct str bytes = {buffer, (size_t)n};
		if (at == 0 && begins_with(bytes, byte_order_mark))
			bytes = (struct str){buffer + byte_order_mark.n,
					     bytes.n - byte_order_mark.n};
		at += n;
		rc = feed(owner, bytes);
	}
	free(buffer);
	return rc;
}

enum cli_exit import_fail_read(const struct import_plan *plan, enum rc rc, int64_t line)
{
	if (rc == RC_NOMEM)
		return cli_no_memory(plan->cli);
	if (rc != RC_INVALID)
		return cli_fail(plan->cli, CLI_FAILED, "%s: %s", plan->path, strerror(errno));
	return cli_fail(plan->cli, CLI_FAILED,
			"%s, line %" PRId64 ": the row that begins here does not end, or is longer "
			"than %d bytes or %d cells; is a quotation mark missing?",
			plan->path, line, CSV_ROW_BYTES_MAX, CSV_CELLS_MAX);
}

/* ---- the first reading --------------------------------------------------------------------- */

static bool take_header(struct scan *s, const struct csv_row *row)
{
	struct import_plan *plan = s->plan;
	struct arena *arena = &plan->cli->arena;

	plan->n_columns = row->n;
	plan->columns = arena_alloc(arena, row->n * sizeof(*plan->columns));
	for (size_t i = 0; plan->columns && i < row->n; i++) {
		plan->columns[i].name = arena_str(arena, row->cells[i]);
		s->no_memory = s->no_memory || !plan->columns[i].name.p;
	}
	s->no_memory = s->no_memory || !plan->columns;
	return !s->no_memory;
}

static bool take_row(void *scan, const struct csv_row *row)
{
	struct scan *s = scan;
	struct import_plan *plan = s->plan;

	if (!plan->columns)
		return take_header(s, row);
	plan->n_rows++;
	for (size_t i = 0; i < row->n && i < plan->n_columns; i++)
		if (row->cells[i].n > 0 && row->cells[i].p[0] >= '0' && row->cells[i].p[0] <= '9')
			date_count(&plan->columns[i].dates, row->cells[i]);
	return true;
}

static enum rc feed(void *scan, struct str bytes)
{
	struct scan *s = scan;

	hash_add(&s->hash, bytes.p, bytes.n);
	charset_count(&s->charset, bytes);
	if (!s->csv) {
		s->plan->separator = separator_of(bytes);
		s->csv = csv_open(s->plan->separator, take_row, s);
	}
	return s->csv ? csv_feed(s->csv, bytes) : RC_NOMEM;
}

/* UTF-16 has a mark of its own, and is nothing but NULs to us. */
static bool is_utf16(const struct import_plan *plan)
{
	char two[2];

	return pread(plan->fd, two, sizeof(two), 0) == 2 &&
	       (memcmp(two, "\xff\xfe", 2) == 0 || memcmp(two, "\xfe\xff", 2) == 0);
}

static bool has_mark(const struct import_plan *plan)
{
	char three[3];

	return pread(plan->fd, three, sizeof(three), 0) == 3 &&
	       begins_with((struct str){three, 3}, byte_order_mark);
}

static enum rc convert_names(struct import_plan *plan)
{
	CLEANUP(text_fini) struct text t;

	text_init(&t, 4 * CSV_ROW_BYTES_MAX);
	for (size_t i = 0; i < plan->n_columns && plan->charset == CHARSET_WINDOWS_1252; i++) {
		text_clear(&t);
		charset_add_1252(&t, plan->columns[i].name);
		plan->columns[i].name = arena_str(&plan->cli->arena, text_str(&t));
		if (t.failed || !plan->columns[i].name.p)
			return RC_NOMEM;
	}
	return RC_OK;
}

static enum rc scan(struct scan *s, int64_t *reterr_line)
{
	struct import_plan *plan = s->plan;
	enum rc rc = import_read(plan, feed, s);

	if (rc == RC_OK && s->csv)
		rc = csv_end(s->csv);
	if (s->csv)
		*reterr_line = csv_line(s->csv);
	s->csv = csv_close(s->csv);
	if (s->no_memory)
		rc = RC_NOMEM;
	if (rc != RC_OK)
		return rc;
	plan->charset = charset_settle(&s->charset);
	if (plan->mark)
		plan->charset = CHARSET_UTF8; /* it says so itself */
	hash_end(&s->hash, plan->hash);
	return convert_names(plan);
}

enum cli_exit import_scan(struct import_plan *plan)
{
	struct scan s = {.plan = plan};
	int64_t line = 1;

	plan->n_leaves = field_leaves(customer_known_fields, plan->leaves, IMPORT_LEAVES_MAX);
	plan->mark = has_mark(plan);
	if (is_utf16(plan))
		return cli_fail(plan->cli, CLI_USAGE,
				"%s is UTF-16; save it as CSV in UTF-8 (\"CSV UTF-8\" in a "
				"spreadsheet program)",
				plan->path);
	hash_init(&s.hash);
	enum rc rc = scan(&s, &line);
	if (rc != RC_OK)
		return import_fail_read(plan, rc, line);
	if (!plan->columns)
		return cli_fail(plan->cli, CLI_USAGE, "%s is empty: it should begin with a header",
				plan->path);
	return CLI_DONE;
}
