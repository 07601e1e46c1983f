/*
 * Rows that were not taken: into a file, with their line and the reasons in front, so that it can
 * be mended and imported as it is; or, without one, the first few as messages.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/csv_write.h"
#include "cli/import.h"
#include "cli/show.h"

#define SAID_MAX 20

static enum cli_exit fail_write(const struct import_sender *s)
{
	return cli_fail(s->plan->cli, CLI_FAILED, "%s: cannot be written: %s", s->rejects_path,
			strerror(errno));
}

static bool put(struct import_sender *s, struct str bytes)
{
	return bytes.n == 0 || fwrite(bytes.p, 1, bytes.n, s->rejects) == bytes.n;
}

static enum cli_exit write_header(struct import_sender *s)
{
	const struct import_plan *plan = s->plan;
	CLEANUP(text_fini) struct text t;

	text_init(&t, 4 * CSV_ROW_BYTES_MAX);
	/* A spreadsheet program needs the mark to know it for UTF-8. */
	if (plan->mark || plan->charset == CHARSET_WINDOWS_1252)
		text_add_c(&t, "\xef\xbb\xbf");
	text_printf(&t, "line%creasons", plan->separator);
	for (size_t i = 0; i < plan->n_columns; i++) {
		if (plan->columns[i].kind == IMPORT_COLUMN_MARK)
			continue;
		text_add_char(&t, plan->separator);
		csv_add_cell(&t, plan->columns[i].name, plan->separator);
	}
	text_add_c(&t, "\r\n");
	if (t.failed)
		return cli_no_memory(plan->cli);
	return put(s, text_str(&t)) ? CLI_DONE : fail_write(s);
}

enum cli_exit import_rejects_open(struct import_sender *s)
{
	if (!s->rejects_path)
		return CLI_DONE;
	int fd = open(s->rejects_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return cli_fail(s->plan->cli, CLI_FAILED,
				"%s is there already and is not written over; name another file",
				s->rejects_path);
	if (fd < 0)
		return fail_write(s);
	s->rejects = fdopen(fd, "w");
	if (!s->rejects) {
		(void)close(fd); /* nothing was written */
		return cli_no_memory(s->plan->cli);
	}
	return write_header(s);
}

enum cli_exit import_rejects_close(struct import_sender *s)
{
	if (!s->rejects)
		return CLI_DONE;
	bool good = fflush(s->rejects) == 0 && fsync(fileno(s->rejects)) == 0;
	good = fclose(s->rejects) == 0 && good;
	s->rejects = NULL;
	if (!good)
		return fail_write(s);
	if (s->sum.rejected == 0 && unlink(s->rejects_path) != 0)
		return fail_write(s);
	return CLI_DONE;
}

static enum cli_exit say(struct import_sender *s, int64_t line, struct str reasons)
{
	CLEANUP(text_fini) struct text shown;

	text_init(&shown, 4 * CSV_ROW_BYTES_MAX);
	if (s->sum.rejected > SAID_MAX)
		return CLI_DONE;
	show_plain(reasons, &shown);
	(void)fprintf(s->plan->cli->err, "line %" PRId64 ": %s\n", line,
		      text_c(&shown)); /* as all messages */
	if (s->sum.rejected == SAID_MAX)
		(void)fputs("and so on; --rejects FILE has all of them\n", s->plan->cli->err);
	return CLI_DONE;
}

enum cli_exit import_reject(struct import_sender *s, int64_t line, struct str cells,
			    struct str reasons)
{
	CLEANUP(text_fini) struct text t;

	text_init(&t, 16 * CSV_ROW_BYTES_MAX);
	s->sum.rejected++;
	if (!s->rejects)
		return say(s, line, reasons);
	text_add_int(&t, line);
	text_add_char(&t, s->plan->separator);
	csv_add_cell(&t, reasons, s->plan->separator);
	text_add_str(&t, cells);
	text_add_c(&t, "\r\n");
	if (t.failed)
		return cli_no_memory(s->plan->cli);
	return put(s, text_str(&t)) ? CLI_DONE : fail_write(s);
}
