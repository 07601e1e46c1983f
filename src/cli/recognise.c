#include "cli/recognise.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/utf8.h"

/* ---- characters ------------------------------------------------------------------------ */

/* How many bytes a character has that begins so; one where none does. */
static size_t bytes_wanted(char c)
{
	unsigned char first = (unsigned char)c;

	return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Counts what begins at `i`; gives how many bytes it has. */
static size_t count_one(struct charset_count *c, struct str s, size_t i)
{
	if ((unsigned char)s.p[i] < 0x80)
		return 1;
	size_t n = utf8_sequence(s, i);
	c->n_sequences += n > 0;
	c->n_bad += n == 0;
	return n ? n : 1;
}

/* Counts up to `end`; gives where it came to. What is cut by the end of `s` is left open. */
static size_t count_until(struct charset_count *c, struct str s, size_t end)
{
	size_t i = 0;

	c->n_open = 0;
	while (i < end && bytes_wanted(s.p[i]) <= s.n - i)
		i += count_one(c, s, i);
	if (i < end) {
		c->n_open = s.n - i;
		memmove(c->open, s.p + i, c->n_open);
		return s.n;
	}
	return i;
}

void charset_count(struct charset_count *c, struct str bytes)
{
	char joined[2 * CHARSET_OPEN_MAX];
	size_t n_open = c->n_open;
	size_t more = bytes.n < CHARSET_OPEN_MAX ? bytes.n : CHARSET_OPEN_MAX;
	size_t at = 0;

	if (n_open && more) {
		memcpy(joined, c->open, n_open);
		memcpy(joined + n_open, bytes.p, more);
		at = count_until(c, (struct str){joined, n_open + more}, n_open) - n_open;
		if (c->n_open)
			return;
	}
	bytes = (struct str){bytes.p + at, bytes.n - at};
	if (bytes.n > 0)
		(void)count_until(c, bytes, bytes.n); /* all of it */
}

enum charset charset_settle(struct charset_count *c)
{
	c->n_bad += (int64_t)c->n_open;
	c->n_open = 0;
	return c->n_bad > c->n_sequences ? CHARSET_WINDOWS_1252 : CHARSET_UTF8;
}

static void add_character(struct text *t, unsigned u)
{
	if (u >= 0x800) {
		text_add_char(t, (char)(0xe0 | u >> 12));
		text_add_char(t, (char)(0x80 | (u >> 6 & 0x3f)));
	} else {
		text_add_char(t, (char)(0xc0 | u >> 6));
	}
	text_add_char(t, (char)(0x80 | (u & 0x3f)));
}

void charset_add_1252(struct text *t, struct str s)
{
	/* 0x80 to 0x9f; the five that it does not have are control characters. */
	static const unsigned short high[32] = {
		0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
		0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
		0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
		0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
	};

	for (size_t i = 0; i < s.n; i++) {
		unsigned c = (unsigned char)s.p[i];
		if (c < 0x80)
			text_add_char(t, (char)c);
		else
			add_character(t, c < 0xa0 ? high[c - 0x80] : c);
	}
}

/* ---- separators ------------------------------------------------------------------------ */

char separator_of(struct str beginning)
{
	static const char separators[] = {',', ';', '\t'};
	size_t counts[ARRAY_LEN(separators)] = {0}, best = 0;
	bool quoted = false, any = false;

	for (size_t i = 0; i < beginning.n; i++) {
		char c = beginning.p[i];
		bool end = !quoted && (c == '\n' || c == '\r');
		if (end && any)
			break;
		any = any || !end;
		quoted = quoted != (c == '"');
		for (size_t k = 0; k < ARRAY_LEN(separators) && !quoted; k++)
			counts[k] += c == separators[k];
	}
	for (size_t k = 1; k < ARRAY_LEN(separators); k++)
		if (counts[k] > counts[best])
			best = k;
	return separators[best];
}

/* ---- dates ----------------------------------------------------------------------------- */

static bool take_number(struct str *s, size_t digits_max, int *ret_number)
{
	size_t n = 0;
	int number = 0;

	for (; n < s->n && n < digits_max && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		number = number * 10 + (s->p[n] - '0');
	*s = (struct str){s->p + n, s->n - n};
	*ret_number = number;
	return n > 0;
}

static bool take_mark(struct str *s, char mark)
{
	if (s->n == 0 || s->p[0] != mark)
		return false;
	*s = (struct str){s->p + 1, s->n - 1};
	return true;
}

static bool is_ymd(struct str cell)
{
	return date_check(cell) != DATE_FORM;
}

/* "6/11/1968", "06-11-1968", "06.11.1968": two numbers and a year, with one mark. */
static bool split_slashed(struct str cell, int *ret_first, int *ret_second, int *ret_year)
{
	struct str s = cell;

	if (!take_number(&s, 2, ret_first) || s.n == 0 || !memchr("/-.", s.p[0], 3))
		return false;
	char mark = s.p[0];
	return take_mark(&s, mark) && take_number(&s, 2, ret_second) && take_mark(&s, mark) &&
	       s.n == 4 && take_number(&s, 4, ret_year) && s.n == 0;
}

void date_count(struct date_count *c, struct str cell)
{
	int first, second, year;

	if (is_ymd(cell)) {
		c->n_ymd++;
		return;
	}
	if (!split_slashed(cell, &first, &second, &year))
		return;
	c->n_slashed++;
	c->n_day_first += first > 12 && second <= 12;
	c->n_month_first += second > 12 && first <= 12;
}

bool date_settle(const struct date_count *c, enum date_form *ret_form)
{
	if (c->n_slashed == 0) {
		*ret_form = DATE_FORM_YMD;
		return true;
	}
	if ((c->n_day_first > 0) == (c->n_month_first > 0))
		return false;
	*ret_form = c->n_day_first ? DATE_FORM_DMY : DATE_FORM_MDY;
	return true;
}

bool date_convert(struct str cell, enum date_form form, char ret_date[DATE_CHARS + 1])
{
	int first, second, year;

	if (is_ymd(cell)) {
		memcpy(ret_date, cell.p, DATE_CHARS);
		ret_date[DATE_CHARS] = '\0';
		return true;
	}
	if (form == DATE_FORM_YMD || !split_slashed(cell, &first, &second, &year))
		return false;
	int day = form == DATE_FORM_DMY ? first : second;
	int month = form == DATE_FORM_DMY ? second : first;
	(void)snprintf(ret_date, DATE_CHARS + 1, "%04d-%02d-%02d", year, month, day); /* fits */
	return true;
}

const char *date_form_name(enum date_form form)
{
	switch (form) {
	case DATE_FORM_YMD:
		break;
	case DATE_FORM_DMY:
		return "dd/mm/yyyy";
	case DATE_FORM_MDY:
		return "mm/dd/yyyy";
	}
	return "yyyy-mm-dd";
}

/* ---- what spreadsheets do to numbers ----------------------------------------------------- */

bool is_shortened_number(struct str cell)
{
	struct str s = cell;
	int number;

	/* They do it from 12 digits on. */
	if (cell.n < 5 || !take_number(&s, 1, &number))
		return false;
	if (take_mark(&s, '.'))
		while (take_number(&s, 1, &number))
			;
	return (take_mark(&s, 'E') || take_mark(&s, 'e')) && take_mark(&s, '+') && s.n == 2 &&
	       take_number(&s, 2, &number) && number >= 11 && number <= 20;
}
