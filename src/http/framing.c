/*
 * The head of a request. What it says about the body is followed in body.c.
 */
#include "http/framing.h"

#include <assert.h>

#include "base/compiler.h"
#include "base/plain.h"
#include "http/framing_inner.h"

/* Which ASCII characters may stand where (RFC 9110 and 3986). HOST leaves out the comma: a list
 * of hosts is read in two ways. */
enum { TOKEN = 1, URI = 2, HOST = 4 };

#define W (TOKEN | URI | HOST)
#define B (URI | HOST)
#define U URI
#define T TOKEN
#define H HOST
/* clang-format off */
static const unsigned char classes[128] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	/*   ! " # $ % & '   ( ) * + , - . / */
	0, W, 0, T, W, W, W, W, B, B, W, W, U, W, W, U,
	/* 0 1 2 3 4 5 6 7   8 9 : ; < = > ? */
	W, W, W, W, W, W, W, W, W, W, B, B, 0, B, 0, U,
	/* @ A … O */
	U, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	/* P … Z [ \ ] ^ _ */
	W, W, W, W, W, W, W, W, W, W, W, H, 0, H, T, W,
	/* ` a … o */
	T, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
	/* p … z { | } ~ */
	W, W, W, W, W, W, W, W, W, W, W, 0, T, 0, W, 0,
};
/* clang-format on */
#undef W
#undef B
#undef U
#undef T
#undef H

static bool is_in(unsigned class, char c)
{
	unsigned char u = (unsigned char)c;

	return u < 128 && (classes[u] & class) != 0;
}

static bool all_in(unsigned class, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_in(class, s.p[i]))
			return false;
	}
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct str trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
		s.p++;
		s.n--;
	}
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

void framing_init(struct framing *f, size_t body_bytes_max)
{
	*f = (struct framing){.body_bytes_max = body_bytes_max};
}

enum framing_result framing_refuse(struct framing *f, int http_status, const char *why)
{
	f->phase = PHASE_REFUSED;
	f->http_status = http_status;
	f->why = why;
	return FRAMING_REFUSED;
}

static struct span span_of(struct str s, const char *bytes)
{
	return (struct span){(uint32_t)(s.p - bytes), (uint32_t)s.n};
}

/* ---- lines --------------------------------------------------------------------------------- */

static bool has_control(struct str line)
{
	if (plain(line))
		return false;
	for (size_t i = 0; i < line.n; i++) {
		unsigned char c = (unsigned char)line.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return true;
	}
	return false;
}

enum framing_result framing_line(struct framing *f, const char *bytes, size_t n,
				 struct str *ret_line)
{
	size_t from = f->scanned > f->at ? f->scanned : f->at;
	size_t room = FRAMING_HEAD_BYTES_MAX - f->head_bytes;
	const char *lf = from < n ? memchr(bytes + from, '\n', n - from) : NULL;
	size_t taken = lf ? (size_t)(lf - bytes) - f->at + 1 : n - f->at + 1;

	if (taken > room)
		return framing_refuse(f, 431, "headers: over 16 KiB");
	f->scanned = n;
	if (!lf)
		return FRAMING_MORE;
	if (taken < 2 || lf[-1] != '\r')
		return framing_refuse(f, 400, "headers: a line does not end in CR LF");
	*ret_line = (struct str){bytes + f->at, taken - 2};
	if (has_control(*ret_line))
		return framing_refuse(f, 400, "headers: a control character");
	f->at += taken;
	f->scanned = f->at;
	f->head_bytes += taken;
	return FRAMING_READY;
}

enum framing_result framing_split_header(struct framing *f, struct str line, struct str *ret_name,
					 struct str *ret_value)
{
	if (++f->lines > FRAMING_LINES_MAX)
		return framing_refuse(f, 431, "headers: over 64 lines");
	if (line.p[0] == ' ' || line.p[0] == '\t')
		return framing_refuse(f, 400, "headers: a folded line");
	const char *colon = memchr(line.p, ':', line.n);
	if (!colon)
		return framing_refuse(f, 400, "headers: a line without a colon");
	struct str name = {line.p, (size_t)(colon - line.p)};
	if (name.n == 0 || !all_in(TOKEN, name))
		return framing_refuse(f, 400, "headers: a name that is not a token");
	*ret_name = name;
	*ret_value = trim((struct str){colon + 1, line.n - name.n - 1});
	return FRAMING_READY;
}

/* ---- the request line ---------------------------------------------------------------------- */

static enum framing_result parse_version(struct framing *f, struct str version)
{
	if (str_equal(version, STR("HTTP/1.1")))
		return FRAMING_READY;
	if (str_equal(version, STR("HTTP/1.0"))) {
		f->http_1_0 = true;
		return FRAMING_READY;
	}
	if (version.n == 8 && memcmp(version.p, "HTTP/", 5) == 0 && is_digit(version.p[5]) &&
	    version.p[6] == '.' && is_digit(version.p[7]))
		return framing_refuse(f, 505,
				      "request line: only HTTP/1.1 and HTTP/1.0 are spoken");
	return framing_refuse(f, 400, "request line: no HTTP version at its end");
}

static enum framing_result parse_request_line(struct framing *f, const char *bytes, struct str line)
{
	const char *first = memchr(line.p, ' ', line.n);
	const char *last = memrchr(line.p, ' ', line.n);

	if (!first || first == last)
		return framing_refuse(f, 400, "request line: not method, target and version");
	struct str method = {line.p, (size_t)(first - line.p)};
	struct str target = {first + 1, (size_t)(last - first) - 1};
	struct str version = {last + 1, line.n - method.n - target.n - 2};
	if (!all_in(TOKEN, method))
		return framing_refuse(f, 400, "request line: the method is not a token");
	if (parse_version(f, version) == FRAMING_REFUSED)
		return FRAMING_REFUSED;
	if (target.n == 0 || target.p[0] != '/')
		return framing_refuse(f, 400, "request line: the target does not begin with /");
	if (!all_in(URI, target))
		return framing_refuse(f, 400, "request line: a character that no target may have");
	f->method = span_of(method, bytes);
	f->target = span_of(target, bytes);
	f->keep_alive = !f->http_1_0;
	f->headers_at = (uint32_t)f->at;
	f->phase = PHASE_HEADERS;
	return FRAMING_READY;
}

static enum framing_result request_line(struct framing *f, const char *bytes, size_t n)
{
	struct str line;

	if (n == 0)
		return FRAMING_MORE;
	/* What is not HTTP at all is sent away with its first byte, not after a deadline. */
	if (bytes[0] == 0x16)
		return framing_refuse(f, 400, "request line: TLS, where plain HTTP is spoken");
	if (!is_in(TOKEN, bytes[0]))
		return framing_refuse(f, 400, "request line: does not begin with a method");
	enum framing_result r = framing_line(f, bytes, n, &line);
	return r == FRAMING_READY ? parse_request_line(f, bytes, line) : r;
}

/* ---- headers ------------------------------------------------------------------------------- */

static enum framing_result take_length(struct framing *f, struct str value)
{
	size_t length = 0;

	if (value.n == 0)
		return framing_refuse(f, 400, "Content-Length: not digits");
	for (size_t i = 0; i < value.n; i++) {
		if (!is_digit(value.p[i]))
			return framing_refuse(f, 400, "Content-Length: not digits");
		if (__builtin_mul_overflow(length, 10u, &length) ||
		    __builtin_add_overflow(length, (size_t)(value.p[i] - '0'), &length))
			length = SIZE_MAX;
	}
	f->length = length;
	return FRAMING_READY;
}

static void take_connection(struct framing *f, struct str value)
{
	while (value.n) {
		const char *comma = memchr(value.p, ',', value.n);
		size_t n = comma ? (size_t)(comma - value.p) : value.n;
		struct str option = trim((struct str){value.p, n});

		if (str_equal_nocase(option, STR("close")))
			f->seen |= SEEN_CLOSE;
		else if (str_equal_nocase(option, STR("keep-alive")))
			f->seen |= SEEN_KEEP_ALIVE;
		n += comma ? 1 : 0;
		value.p += n;
		value.n -= n;
	}
}

/* Marks a header that may stand only once. */
static enum framing_result once(struct framing *f, unsigned header, const char *why)
{
	if (f->seen & header)
		return framing_refuse(f, 400, why);
	f->seen |= header;
	return FRAMING_READY;
}

static enum framing_result take_host(struct framing *f, struct str value)
{
	if (!all_in(HOST, value))
		return framing_refuse(f, 400, "Host: not one host");
	return once(f, SEEN_HOST, "Host: more than one");
}

static enum framing_result take_coding(struct framing *f, struct str value)
{
	if (value.n == 0)
		return framing_refuse(f, 400, "Transfer-Encoding: empty");
	if (!str_equal_nocase(value, STR("chunked")))
		f->seen |= SEEN_OTHER_CODING;
	return once(f, SEEN_CODING, "Transfer-Encoding: more than one");
}

static enum framing_result take_request_id(struct framing *f, const char *bytes, struct str value)
{
	/* Two of them are none: which one would be ours to give back? */
	f->request_id = f->seen & SEEN_REQUEST_ID ? (struct span){0, 0} : span_of(value, bytes);
	f->seen |= SEEN_REQUEST_ID;
	return FRAMING_READY;
}

static enum framing_result take_expect(struct framing *f, struct str value)
{
	if (str_equal_nocase(value, STR("100-continue")))
		f->expects_continue = !f->http_1_0;
	else
		f->seen |= SEEN_OTHER_EXPECTATION;
	return FRAMING_READY;
}

static enum framing_result take_type(struct framing *f, const char *bytes, struct str value)
{
	f->content_type = span_of(value, bytes);
	return once(f, SEEN_TYPE, "Content-Type: more than one");
}

static enum framing_result take_header(struct framing *f, const char *bytes, struct str name,
				       struct str value)
{
	switch (name.n) {
	case 4:
		if (str_equal_nocase(name, STR("host")))
			return take_host(f, value);
		break;
	case 6:
		if (str_equal_nocase(name, STR("expect")))
			return take_expect(f, value);
		break;
	case 10:
		if (str_equal_nocase(name, STR("connection")))
			take_connection(f, value);
		break;
	case 12:
		if (str_equal_nocase(name, STR("content-type")))
			return take_type(f, bytes, value);
		if (str_equal_nocase(name, STR("x-request-id")))
			return take_request_id(f, bytes, value);
		break;
	case 14:
		if (!str_equal_nocase(name, STR("content-length")))
			break;
		if (once(f, SEEN_LENGTH, "Content-Length: more than one") == FRAMING_REFUSED)
			return FRAMING_REFUSED;
		return take_length(f, value);
	case 15:
		if (str_equal_nocase(name, STR("x-forwarded-for")))
			f->has_forwarded = true;
		break;
	case 17:
		if (str_equal_nocase(name, STR("transfer-encoding")))
			return take_coding(f, value);
		break;
	default:
		break;
	}
	return FRAMING_READY;
}

/* What can only be judged when all headers are known. */
static enum framing_result end_of_head(struct framing *f)
{
	bool chunked = (f->seen & SEEN_CODING) != 0;

	f->headers_end = (uint32_t)f->at - 2;
	if (!f->http_1_0 && !(f->seen & SEEN_HOST))
		return framing_refuse(f, 400, "Host: missing");
	if (chunked && (f->seen & SEEN_LENGTH))
		return framing_refuse(f, 400, "Content-Length and Transfer-Encoding together");
	if (chunked && f->http_1_0)
		return framing_refuse(f, 400, "Transfer-Encoding: unknown to HTTP/1.0");
	if (f->seen & SEEN_OTHER_CODING)
		return framing_refuse(f, 501, "Transfer-Encoding: only chunked is spoken");
	if (f->length > f->body_bytes_max)
		return framing_refuse(f, 413, "body: larger than this server takes");
	if (f->seen & SEEN_OTHER_EXPECTATION)
		return framing_refuse(f, 417, "Expect: only 100-continue is met");
	if (f->seen & SEEN_KEEP_ALIVE)
		f->keep_alive = true;
	if (f->seen & SEEN_CLOSE)
		f->keep_alive = false;
	f->body_at = f->at;
	f->left = f->length;
	f->phase = chunked ? PHASE_CHUNK_SIZE : PHASE_BODY;
	return FRAMING_HEAD;
}

static enum framing_result headers(struct framing *f, const char *bytes, size_t n)
{
	for (;;) {
		struct str line, name, value;
		enum framing_result r = framing_line(f, bytes, n, &line);

		if (r != FRAMING_READY)
			return r;
		if (line.n == 0)
			return end_of_head(f);
		r = framing_split_header(f, line, &name, &value);
		if (r == FRAMING_READY)
			r = take_header(f, bytes, name, value);
		if (r != FRAMING_READY)
			return r;
	}
}

enum framing_result framing_parse(struct framing *f, char *bytes, size_t *n)
{
	enum framing_result r;

	assert(f->at <= *n);
	switch ((enum phase)f->phase) {
	case PHASE_REQUEST_LINE:
		r = request_line(f, bytes, *n);
		return r == FRAMING_READY ? headers(f, bytes, *n) : r;
	case PHASE_HEADERS:
		return headers(f, bytes, *n);
	case PHASE_BODY:
	case PHASE_CHUNK_SIZE:
	case PHASE_CHUNK_DATA:
	case PHASE_CHUNK_END:
	case PHASE_TRAILERS:
		return framing_body(f, bytes, n);
	case PHASE_READY:
		return FRAMING_READY;
	case PHASE_REFUSED:
		return FRAMING_REFUSED;
	}
	return FRAMING_REFUSED;
}

/* ---- for those who use what was found ------------------------------------------------------ */

bool framing_has_body(const struct framing *f)
{
	return f->length > 0 || (f->seen & SEEN_CODING);
}

bool framing_header(const struct framing *f, const char *bytes, struct str name, size_t *at,
		    struct str *ret_value)
{
	size_t from = *at < f->headers_at ? f->headers_at : *at;

	while (from < f->headers_end) {
		const char *line = bytes + from;
		const char *lf = memchr(line, '\n', f->headers_end - from);
		const char *colon = memchr(line, ':', f->headers_end - from);
		struct str here = {line, (size_t)(colon - line)};

		from += (size_t)(lf - line) + 1;
		if (str_equal_nocase(here, name)) {
			*at = from;
			*ret_value = trim((struct str){colon + 1, (size_t)(lf - colon) - 2});
			return true;
		}
	}
	*at = f->headers_end;
	return false;
}

bool framing_is_json(struct str content_type)
{
	const char *semicolon = content_type.n ? memchr(content_type.p, ';', content_type.n) : NULL;

	if (semicolon)
		content_type.n = (size_t)(semicolon - content_type.p);
	return str_equal_nocase(trim(content_type), STR("application/json"));
}
