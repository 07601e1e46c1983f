#include "answers.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "json/json.h"

#define DEPTH_MAX         8
#define ARENA_BYTES_MAX   ((size_t)256 * 1024 * 1024)
#define OWN_ID_CHARS      16
#define REQUEST_ID_CHARS  64
#define LENGTH_DIGITS_MAX 8

enum header { DATE, TYPE, CACHE, LENGTH, ID, ALLOW, ETAG, CONNECTION, HEADERS };

static const char *const names[HEADERS] = {
	[DATE] = "Date",           [TYPE] = "Content-Type",
	[CACHE] = "Cache-Control", [LENGTH] = "Content-Length",
	[ID] = "X-Request-Id",     [ALLOW] = "Allow",
	[ETAG] = "ETag",           [CONNECTION] = "Connection",
};

/* Which codes may stand in the body of which status (contract section 1). The others, 408 and 503,
 * are for clients that wait and for servers that are full. */
static const struct {
	int http_status, code;
} pairs[] = {
	{400, 301}, {400, 303}, {404, 500}, {405, 500}, {413, 302},
	{415, 303}, {417, 303}, {431, 302}, {501, 303}, {505, 303},
};

static void need(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "answers: %s\n", what);
	abort();
}

static struct str take(struct str *left, size_t n)
{
	struct str taken = {left->p, n};

	need(n <= left->n, "one is cut off");
	left->p += n;
	left->n -= n;
	return taken;
}

static struct str take_line(struct str *left)
{
	const char *cr = left->n ? memchr(left->p, '\r', left->n) : NULL;

	need(cr != NULL, "a line does not end");
	struct str line = take(left, (size_t)(cr - left->p));
	need(str_equal_c(take(left, 2), "\r\n"), "a line does not end in CR LF");
	for (size_t i = 0; i < line.n; i++)
		need(line.p[i] >= 0x20 && line.p[i] < 0x7f, "a character that no line may have");
	return line;
}

static int take_status(struct str *left)
{
	struct str version = take(left, 9), digits = take(left, 3);
	int status = 0;

	need(str_equal_c(version, "HTTP/1.1 "), "no status line");
	for (size_t i = 0; i < digits.n; i++) {
		need(digits.p[i] >= '0' && digits.p[i] <= '9', "the status is no number");
		status = status * 10 + (digits.p[i] - '0');
	}
	struct str reason = take_line(left);
	need(reason.n > 1 && reason.p[0] == ' ', "no reason");
	return status;
}

static void take_headers(struct str *left, struct str ret_values[HEADERS])
{
	memset(ret_values, 0, HEADERS * sizeof(*ret_values));
	for (;;) {
		struct str line = take_line(left);
		const char *colon = line.n ? memchr(line.p, ':', line.n) : NULL;
		size_t i = 0;

		if (line.n == 0)
			return;
		need(colon && line.p + line.n - colon > 2 && colon[1] == ' ', "a bad header");
		struct str name = take(&line, (size_t)(colon - line.p));
		(void)take(&line, 2);
		while (i < HEADERS && !str_equal_c(name, names[i]))
			i++;
		need(i < HEADERS, "a header that is none of ours");
		need(!ret_values[i].p, "a header comes twice");
		ret_values[i] = line;
	}
}

static size_t read_length(struct str digits)
{
	size_t n = 0;

	need(digits.n > 0 && digits.n <= LENGTH_DIGITS_MAX, "a bad Content-Length");
	for (size_t i = 0; i < digits.n; i++) {
		need(digits.p[i] >= '0' && digits.p[i] <= '9', "a bad Content-Length");
		n = n * 10 + (size_t)(digits.p[i] - '0');
	}
	return n;
}

static bool is_in(struct str part, struct str whole)
{
	return memmem(whole.p, whole.n, part.p, part.n) != NULL;
}

static void check_id(struct text *came, struct str id, struct str sent)
{
	need(id.n > 0 && id.n <= REQUEST_ID_CHARS, "a bad X-Request-Id");
	if (is_in(id, sent))
		return;
	need(id.n == OWN_ID_CHARS, "an X-Request-Id from nowhere");
	for (size_t i = 0; i < id.n; i++)
		need(memchr("0123456789abcdef", id.p[i], 16), "an X-Request-Id from nowhere");
	memset(came->p + (id.p - came->p), '.', id.n);
}

static void check_headers(int http_status, const struct str values[HEADERS], const char *date)
{
	need(str_equal_c(values[DATE], date), "Date");
	need(str_equal_c(values[TYPE], "application/json; charset=utf-8"), "Content-Type");
	need(str_equal_c(values[CACHE], "no-store"), "Cache-Control");
	need((http_status == 405) == str_equal_c(values[ALLOW], "POST"), "Allow");
	need(http_status == 200 || !values[ETAG].p, "an ETag of nothing");
	need(!values[CONNECTION].p || str_equal_c(values[CONNECTION], "close") ||
		     str_equal_c(values[CONNECTION], "keep-alive"),
	     "Connection");
}

static void check_body(int http_status, struct str body)
{
	const struct json *answer = NULL;
	struct json_error e;
	struct arena arena;
	bool known = false;

	arena_init(&arena, 4096, ARENA_BYTES_MAX);
	need(json_parse(&arena, body, DEPTH_MAX, &answer, &e) == RC_OK, "a body is not JSON");
	const struct json *status = json_member(answer, "status");
	need(status && json_kind(status) == JSON_KIND_OBJECT, "no status");
	const struct json *code = json_member(status, "code");
	const struct json *details = json_member(status, "details");
	need(code && json_kind(code) == JSON_KIND_INT, "no code");
	need(details && json_kind(details) == JSON_KIND_STRING, "no details");
	/* 500 in a 200 would be our own fault, which no input may bring about. */
	if (http_status == 200)
		known = json_int(code) != 500;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (pairs[i].http_status == http_status && pairs[i].code == json_int(code))
			known = true;
	}
	need(known, "a code that does not belong to its HTTP status");
	arena_fini(&arena);
}

/* The body's length is told in the answer to a HEAD, too, where there is none. */
static bool is_bodiless(struct str left, bool closing, struct str sent)
{
	return left.n == 0 && closing && is_in(STR("HEAD "), sent);
}

struct answers answers_check(struct text *came, struct str sent, const char *date)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	struct str left = text_str(came);
	struct answers answers = {0};
	bool owed = false; /* after a 100 Continue */

	while (left.n > 0) {
		struct str values[HEADERS];

		need(!answers.closing, "something follows an answer that closes");
		if (left.n >= sizeof(go_on) - 1 && memcmp(left.p, go_on, sizeof(go_on) - 1) == 0) {
			need(!owed, "100 Continue, twice");
			owed = true;
			(void)take(&left, sizeof(go_on) - 1);
			continue;
		}
		int http_status = take_status(&left);
		take_headers(&left, values);
		check_headers(http_status, values, date);
		check_id(came, values[ID], sent);
		answers.closing = str_equal_c(values[CONNECTION], "close");
		if (!is_bodiless(left, answers.closing, sent))
			check_body(http_status, take(&left, read_length(values[LENGTH])));
		answers.n++;
		owed = false;
	}
	need(!owed, "nothing but 100 Continue");
	return answers;
}
