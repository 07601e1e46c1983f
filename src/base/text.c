#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define ROOM_MIN 256

void text_init(struct text *t, size_t bytes_max)
{
	*t = (struct text){.bytes_max = bytes_max};
}

void text_fini(struct text *t)
{
	free(t->p);
	*t = (struct text){.bytes_max = t->bytes_max};
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void text_cut(struct text *t, size_t n)
{
	assert(n <= t->n);
	t->n = n;
	t->failed = false;
}

void text_clear(struct text *t)
{
	text_cut(t, 0);
}

static bool fail(struct text *t)
{
	t->failed = true;
	return false;
}

/* Looks at no limit: what comes behind the text, such as a NUL, does not count. */
static bool make_room(struct text *t, size_t need)
{
	size_t room = t->room ? t->room : ROOM_MIN;

	if (t->room >= need)
		return true;
	while (room < need)
		room = room <= SIZE_MAX / 2 ? room * 2 : need;
	char *p = realloc(t->p, room);
	if (!p)
		return fail(t);
	t->p = p;
	t->room = room;
	t->fits = least(room, t->bytes_max);
	return true;
}

bool text_grow(struct text *t, size_t bytes)
{
	if (t->failed)
		return false;
	if (bytes > t->bytes_max || t->n > t->bytes_max - bytes)
		return fail(t);
	return make_room(t, t->n + bytes);
}

char *text_put_int(char *p, int64_t value)
{
	char digits[TEXT_INT_CHARS_MAX];
	size_t i = sizeof(digits);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--i] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		*p++ = '-';
	memcpy(p, digits + i, sizeof(digits) - i);
	return p + (sizeof(digits) - i);
}

void text_add_int(struct text *t, int64_t value)
{
	char digits[TEXT_INT_CHARS_MAX];
	const char *end = text_put_int(digits, value);

	text_add(t, digits, (size_t)(end - digits));
}

void text_vprintf(struct text *t, const char *format, va_list args)
{
	va_list again;

	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0) {
		(void)fail(t);
		return;
	}
	/* One more for the NUL that vsnprintf wants to write. */
	if (!text_reserve(t, (size_t)n) || !make_room(t, t->n + (size_t)n + 1))
		return;
	(void)vsnprintf(t->p + t->n, (size_t)n + 1, format, args); /* the size was just measured */
	t->n += (size_t)n;
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vprintf(t, format, args);
	va_end(args);
}

static void add_escaped(struct text *t, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char u[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	switch (c) {
	case '"':
		text_add(t, "\\\"", 2);
		break;
	case '\\':
		text_add(t, "\\\\", 2);
		break;
	case '\n':
		text_add(t, "\\n", 2);
		break;
	case '\t':
		text_add(t, "\\t", 2);
		break;
	case '\r':
		text_add(t, "\\r", 2);
		break;
	default:
		text_add(t, u, sizeof(u));
		break;
	}
}

static bool stands_as_it_is(unsigned char c)
{
	return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

/* How many bytes from `i` on stand as they are. Eight at a time: a byte of `hits` has its top bit
 * set where that byte of `word` is a control character, a quotation mark, a backslash or DEL; a
 * false hit (above a true one, or for what is not ASCII) only sends us to look at single bytes. */
static size_t plain_run(struct str s, size_t i)
{
	static const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	size_t from = i;

	for (; s.n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, s.p + i, sizeof(word));
		uint64_t quote = word ^ ones * '"', slash = word ^ ones * '\\',
			 del = word ^ ones * 0x7f;
		uint64_t hits =
			(word - ones * 0x20) | (quote - ones) | (slash - ones) | (del - ones);
		if ((hits | word) & tops)
			break;
	}
	while (i < s.n && stands_as_it_is((unsigned char)s.p[i]))
		i++;
	return i - from;
}

void text_add_json(struct text *t, struct str s)
{
	size_t i = 0;

	text_add_char(t, '"');
	while (i < s.n) {
		size_t run = plain_run(s, i);
		text_add(t, s.p + i, run);
		i += run;
		if (i < s.n)
			add_escaped(t, (unsigned char)s.p[i++]);
	}
	text_add_char(t, '"');
}

const char *text_c(struct text *t)
{
	if (t->failed || !make_room(t, t->n + 1))
		return "";
	t->p[t->n] = '\0';
	return t->p;
}
