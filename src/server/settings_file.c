/*
 * The settings file: inih takes the lines apart; this file hands them to it one by one,
 * so that it knows their numbers, and refuses what inih would let pass in silence. A line that
 * is good here means the same to a reader of TOML.
 */
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "server/settings_inner.h"

#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define LINE_BYTES_MAX 8192

struct reading {
	const char *path;
	struct str left; /* of the file */
	int line;        /* the number of the last line handed out */
	bool stopped;
	const struct settings_sink *sink;
	struct text *reterr;
};

static bool refuse(struct reading *r, const char *what)
{
	text_printf(r->reterr, "%s:%d: %s", r->path, r->line, what);
	return false;
}

/* ---- lines, before inih ------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static const char *skip_blanks(const char *s)
{
	while (is_blank(*s))
		s++;
	return s;
}

/* Nothing more on the line, or a comment. */
static bool is_end(const char *s)
{
	s = skip_blanks(s);
	return *s == '\0' || *s == '#';
}

static bool check_section(struct reading *r, char *line)
{
	char *end = strchr(line, ']');

	if (!end || !is_end(end + 1))
		return refuse(r, "a section is written [name], alone on its line");
	*end = '\0';
	bool known = r->sink->section(r->sink->owner, line + 1, r->line);
	*end = ']';
	return known;
}

static bool check_line(struct reading *r, char *line)
{
	struct str s = str_c(line);

	if (!utf8_valid(s) || utf8_has_control(s, true))
		return refuse(r, "not a line of text in UTF-8");
	if (is_end(line))
		return true;
	if (line[0] == '[')
		return check_section(r, line);
	/* inih would take a colon as well, and a line without either only for an error. */
	const char *sign = strpbrk(line, "=:");
	if (!sign || *sign != '=')
		return refuse(r, "a line is [section] or name = value");
	return true;
}

/* For inih, in fgets' manner: the next line, without the blanks in front that would make it go on
 * with the one before. */
static char *next_line(char *ret_line, int room, void *reading)
{
	struct reading *r = reading;

	if (r->stopped || r->left.n == 0)
		return NULL;
	const char *end = memchr(r->left.p, '\n', r->left.n);
	struct str line = {r->left.p, end ? (size_t)(end - r->left.p) : r->left.n};
	size_t taken = line.n + (end ? 1 : 0);

	r->left = (struct str){r->left.p + taken, r->left.n - taken};
	r->line++;
	while (line.n && is_blank(line.p[0]))
		line = (struct str){line.p + 1, line.n - 1};
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	/* A line that fills inih's room is one that did not fit, to inih. */
	if (line.n + 2 > (size_t)room) {
		r->stopped = !refuse(r, "the line is too long");
		return NULL;
	}
	memcpy(ret_line, line.p, line.n);
	ret_line[line.n] = '\0';
	r->stopped = memchr(line.p, '\0', line.n) ? !refuse(r, "a byte that is not text")
						  : !check_line(r, ret_line);
	return r->stopped ? NULL : ret_line;
}

/* ---- values, behind inih ------------------------------------------------------------ */

/* Cuts quotation marks and a comment away. False: said why not. */
static bool unquote(struct reading *r, char *value, const char **ret_value)
{
	char quote = value[0];
	char *end;

	if (quote != '"' && quote != '\'') {
		for (end = value; *end && !(*end == '#' && (end == value || is_blank(end[-1])));
		     end++)
			;
		while (end > value && is_blank(end[-1]))
			end--;
		*end = '\0';
		*ret_value = value;
		return true;
	}
	end = strchr(value + 1, quote);
	if (!end || !is_end(end + 1))
		return refuse(r, end ? "something stands behind the closing quotation mark"
				     : "the closing quotation mark is missing");
	*end = '\0';
	if (quote == '"' && strchr(value + 1, '\\'))
		return refuse(r, "a backslash between \"\"; put the text between '' instead");
	*ret_value = value + 1;
	return true;
}

static int take_pair(void *reading, const char *section, const char *name, const char *value)
{
	struct reading *r = reading;
	char copy[LINE_BYTES_MAX];
	const char *text = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", value); /* next_line saw to the length */
	if (!unquote(r, copy, &text) ||
	    !r->sink->pair(r->sink->owner, section, name, text, r->line))
		r->stopped = true;
	return !r->stopped;
}

/* ---- the file ----------------------------------------------------------------------- */

static enum rc parse(struct reading *r)
{
	static char comments[] = "#";

	/* inih's settings belong to the process; nobody else here uses it. */
	ini_allow_multiline = false;
	ini_allow_inline_comments = false;
	ini_allow_no_value = false;
	ini_allow_bom = false;
	ini_start_comment_prefixes = comments;
	ini_use_stack = true;
	ini_max_line = LINE_BYTES_MAX;
	int wrong = ini_parse_stream(next_line, r, take_pair, r);
	if (wrong && !r->stopped)
		(void)refuse(r, "not understood");
	return wrong || r->stopped ? RC_INVALID : RC_OK;
}

/* A file that others write must not make us take any amount of memory. */
static enum rc read_all(FILE *f, const char *path, char *ret_bytes, size_t *ret_n,
			struct text *reterr)
{
	size_t n = fread(ret_bytes, 1, FILE_BYTES_MAX + 1, f);

	if (ferror(f)) {
		text_printf(reterr, "%s: cannot be read: %s", path, strerror(errno));
		return RC_INVALID;
	}
	if (n > FILE_BYTES_MAX) {
		text_printf(reterr, "%s: too long for a settings file; at most 1 MiB", path);
		return RC_INVALID;
	}
	*ret_n = n;
	return RC_OK;
}

static enum rc read_open_file(FILE *f, const char *path, const struct settings_sink *sink,
			      struct text *reterr)
{
	struct reading r = {.path = path, .sink = sink, .reterr = reterr};
	char *bytes = malloc(FILE_BYTES_MAX + 1);

	if (!bytes) {
		text_printf(reterr, "%s: out of memory", path);
		return RC_NOMEM;
	}
	enum rc rc = read_all(f, path, bytes, &r.left.n, reterr);
	if (rc == RC_OK) {
		r.left.p = bytes;
		rc = parse(&r);
	}
	free(bytes);
	return rc;
}

enum rc settings_file_read(const char *path, const struct settings_sink *sink, struct text *reterr)
{
	FILE *f = fopen(path, "re");

	if (!f) {
		enum rc rc = rc_errno(errno);
		text_printf(reterr, "%s: cannot be read: %s", path, strerror(errno));
		return rc == RC_NOTFOUND || rc == RC_DENIED || rc == RC_NOMEM ? rc : RC_INVALID;
	}
	enum rc rc = read_open_file(f, path, sink, reterr);
	(void)fclose(f); /* it was only read */
	return rc;
}
