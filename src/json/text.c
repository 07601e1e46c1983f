/*
 * Strings. They are checked in one pass; most have no escapes and stay where they are, in the
 * body. The others are copied to the arena, in a second pass that need not check anything.
 */
#include "base/plain.h"
#include "base/utf8.h"
#include "json/reader.h"

#define ESCAPES  "\"\\/bfnrt"
#define MEANINGS "\"\\/\b\f\n\r\t"
#define DEL      0x7f

/* ---- checking ------------------------------------------------------------------------------- */

/* The value of a hexadecimal digit; -1: it is none. */
static int digit_of(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool skip_char(struct reader *r, char c)
{
	if (reader_peek(r) != c)
		return reader_unexpected(r);
	r->at++;
	return true;
}

/* The four digits behind \u. */
static bool skip_unit(struct reader *r, unsigned *ret_unit)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++) {
		int digit = digit_of(reader_peek(r));
		if (digit < 0)
			return reader_unexpected(r);
		unit = unit * 16 + (unsigned)digit;
		r->at++;
	}
	*ret_unit = unit;
	return true;
}

static bool is_high(unsigned unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(unsigned unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/* An escape, or the two that are one character: a high surrogate needs its low one. */
static bool skip_escape(struct reader *r)
{
	const char *begin = r->at++;
	int c = reader_peek(r);
	unsigned unit = 0;

	if (c != READER_END && memchr(ESCAPES, c, sizeof(ESCAPES) - 1)) {
		r->at++;
		return true;
	}
	if (!skip_char(r, 'u') || !skip_unit(r, &unit))
		return false;
	bool good = !is_low(unit);
	if (is_high(unit)) {
		begin = r->at;
		if (!skip_char(r, '\\') || !skip_char(r, 'u') || !skip_unit(r, &unit))
			return false;
		good = is_low(unit);
	}
	if (good)
		return true;
	r->at = begin;
	return reader_unexpected(r);
}

/* A character that is not plain, and does not end the text. */
static bool skip_special(struct reader *r, bool *escaped)
{
	int c = reader_peek(r);

	if (c == DEL) { /* plain nowhere else, but JSON allows it */
		r->at++;
		return true;
	}
	if (c == '\\') {
		*escaped = true;
		return skip_escape(r);
	}
	size_t n = c >= 0x80 ? utf8_sequence(r->body, (size_t)(r->at - r->body.p)) : 0;
	r->at += n;
	return n > 0 || reader_unexpected(r);
}

/* ---- copying -------------------------------------------------------------------------------- */

static unsigned unit_at(const char *p)
{
	unsigned unit = 0;

	for (int i = 0; i < 4; i++)
		unit = unit * 16 + (unsigned)digit_of(p[i]);
	return unit;
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* Moves *from behind the escape that begins there; gives the place behind what it stands for. */
static char *put_escape(char *to, const char **from)
{
	const char *p = *from + 1;

	if (*p != 'u') {
		const char *escape = memchr(ESCAPES, *p, sizeof(ESCAPES) - 1);
		*to = MEANINGS[escape - ESCAPES];
		*from = p + 1;
		return to + 1;
	}
	unsigned c = unit_at(p + 1);
	p += 5;
	if (is_high(c)) {
		c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(p + 2) - 0xdc00);
		p += 6;
	}
	*from = p;
	return put_utf8(to, c);
}

/* `raw` is good; what it stands for is never longer. */
static bool copy_text(struct reader *r, struct str raw, struct str *ret_text)
{
	const char *p = raw.p, *end = raw.p + raw.n;
	char *text = arena_alloc_raw(r->arena, raw.n), *to = text;

	if (!text)
		return false;
	while (p < end) {
		const char *escape = memchr(p, '\\', (size_t)(end - p));
		size_t n = (size_t)((escape ? escape : end) - p);
		memcpy(to, p, n);
		to += n;
		p += n;
		if (escape)
			to = put_escape(to, &p);
	}
	*ret_text = (struct str){text, (size_t)(to - text)};
	return true;
}

bool reader_text(struct reader *r, struct str *ret_text)
{
	const char *begin = ++r->at;
	bool escaped = false;

	r->at += plain_run((struct str){begin, (size_t)(r->end - begin)});
	while (reader_peek(r) != '"') {
		if (!skip_special(r, &escaped))
			return false;
		r->at += plain_run((struct str){r->at, (size_t)(r->end - r->at)});
	}
	struct str raw = {begin, (size_t)(r->at++ - begin)};
	if (escaped)
		return copy_text(r, raw, ret_text);
	*ret_text = raw;
	return true;
}
