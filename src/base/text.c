#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/plain.h"

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

/* "00" to "99". */
#define TENS(t) t "0" t "1" t "2" t "3" t "4" t "5" t "6" t "7" t "8" t "9"
static const char pairs[] = TENS("0") TENS("1") TENS("2") TENS("3") TENS("4") TENS("5") TENS("6")
	TENS("7") TENS("8") TENS("9");
#undef TENS

char *text_put_int(char *p, int64_t value)
{
	char digits[TEXT_INT_CHARS_MAX];
	size_t i = sizeof(digits);
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (value < 0)
		*p++ = '-';
	for (; left >= 100; left /= 100) {
		i -= 2;
		memcpy(digits + i, pairs + left % 100 * 2, 2);
	}
	if (left >= 10) {
		i -= 2;
		memcpy(digits + i, pairs + left * 2, 2);
	} else {
		digits[--i] = (char)('0' + left);
	}
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

/* How many bytes from `i` on stand as they are. */
static size_t clean_run(struct str s, size_t i)
{
	size_t from = i;

	i += plain_run((struct str){s.p + i, s.n - i});
	while (i < s.n && stands_as_it_is((unsigned char)s.p[i]))
		i++;
	return i - from;
}

static void add_json_parts(struct text *t, struct str s)
{
	size_t i = 0;

	text_add_char(t, '"');
	while (i < s.n) {
		size_t run = clean_run(s, i);
		text_add(t, s.p + i, run);
		i += run;
		if (i < s.n)
			add_escaped(t, (unsigned char)s.p[i++]);
	}
	text_add_char(t, '"');
}

void text_add_json(struct text *t, struct str s)
{
	if (!plain(s)) {
		add_json_parts(t, s);
		return;
	}
	if (!text_reserve(t, s.n + 2))
		return;
	char *p = t->p + t->n;
	*p++ = '"';
	if (s.n)
		p = mempcpy(p, s.p, s.n);
	*p = '"';
	t->n += s.n + 2;
}

const char *text_c(struct text *t)
{
	if (t->failed || !make_room(t, t->n + 1))
		return "";
	t->p[t->n] = '\0';
	return t->p;
}
