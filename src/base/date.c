#include "base/date.h"

#include <stdbool.h>
#include <stddef.h>

#define DAY_S 86400

/* What the four digits of a year can show: 0000-01-01 00:00:00 to 9999-12-31 23:59:59. */
#define LOCAL_S_MIN INT64_C(-62167219200)
#define LOCAL_S_MAX INT64_C(253402300799)

/* The number that `n` digits spell, or -1. */
static int digits(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + (p[i] - '0');
	}
	return value;
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

enum date_fault date_check(struct str s)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (s.n != DATE_CHARS || s.p[4] != '-' || s.p[7] != '-')
		return DATE_FORM;
	int year = digits(s.p, 4), month = digits(s.p + 5, 2), day = digits(s.p + 8, 2);
	if (year < 0 || month < 0 || day < 0)
		return DATE_FORM;
	if (month < 1 || month > 12)
		return DATE_NO_DAY;
	int last = month_days[month - 1] + (month == 2 && is_leap(year));
	return day >= 1 && day <= last ? DATE_OK : DATE_NO_DAY;
}

/* The days since 1970 of a day that date_check has found good. The inverse of put_date. */
static int64_t count_days(const char *p)
{
	int64_t year = digits(p, 4), month = digits(p + 5, 2), day = digits(p + 8, 2);

	year += 400 - (month < 3); /* beginning in March, so that the leap day comes last */
	month = month < 3 ? month + 9 : month - 3;
	int64_t in_year = (153 * month + 2) / 5 + day - 1;
	return year * 365 + year / 4 - year / 100 + year / 400 + in_year - (719468 + 146097);
}

/* "HH:MM:SS" as seconds of the day. */
static enum date_fault parse_time(const char *p, int64_t *ret_s)
{
	int hour = digits(p, 2), minute = digits(p + 3, 2), second = digits(p + 6, 2);

	if (p[2] != ':' || p[5] != ':' || hour < 0 || minute < 0 || second < 0)
		return DATE_FORM;
	if (hour > 23 || minute > 59 || second > 59)
		return DATE_NO_DAY;
	*ret_s = (hour * 60 + minute) * 60 + second;
	return DATE_OK;
}

enum date_fault datetime_parse(struct str s, int64_t *ret_s)
{
	struct str day = {s.p, s.n < DATE_CHARS ? s.n : DATE_CHARS};
	bool zulu = s.n == DATETIME_CHARS + 1 && s.p[DATETIME_CHARS] == 'Z';
	int64_t in_day_s = 0;

	if (s.n != DATE_CHARS && s.n != DATETIME_CHARS && !zulu)
		return DATE_FORM;
	if (s.n > DATE_CHARS && s.p[DATE_CHARS] != ' ' && s.p[DATE_CHARS] != 'T')
		return DATE_FORM;
	enum date_fault fault = date_check(day);
	if (fault == DATE_OK && s.n > DATE_CHARS)
		fault = parse_time(s.p + DATE_CHARS + 1, &in_day_s);
	if (fault == DATE_OK)
		*ret_s = count_days(s.p) * DAY_S + in_day_s;
	return fault;
}

static void put_digits(char *p, size_t n, int64_t value)
{
	while (n-- > 0) {
		p[n] = (char)('0' + value % 10);
		value /= 10;
	}
}

/* `days` since 1970. Counts in years that begin in March: their leap day comes last, so every month
 * begins on the same day of the year. */
static void put_date(char *p, int64_t days)
{
	/* From 1 March of the year -400, so that nothing is negative from year 0 on. */
	days += 719468 + 146097;
	int64_t era = days / 146097, in_era = days % 146097; /* 400 years have 146097 days */
	int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
	int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * in_year + 2) / 153; /* 0 is March; five months have 153 days */
	int64_t day = in_year - (153 * month + 2) / 5 + 1;

	month = month < 10 ? month + 3 : month - 9;
	put_digits(p, 4, (era - 1) * 400 + year + (month <= 2));
	p[4] = '-';
	put_digits(p + 5, 2, month);
	p[7] = '-';
	put_digits(p + 8, 2, day);
}

/* Splits into days since 1970 and seconds of the day; what four digits cannot show is brought to
 * the nearest that they can, since times may come from outside. */
static int64_t split_days(int64_t local_s, int64_t *ret_in_day_s)
{
	if (local_s < LOCAL_S_MIN)
		local_s = LOCAL_S_MIN;
	if (local_s > LOCAL_S_MAX)
		local_s = LOCAL_S_MAX;
	int64_t in_day_s = local_s % DAY_S;
	if (in_day_s < 0)
		in_day_s += DAY_S;
	*ret_in_day_s = in_day_s;
	return (local_s - in_day_s) / DAY_S;
}

void date_format(int64_t local_s, char ret_text[DATE_CHARS + 1])
{
	int64_t in_day_s;

	put_date(ret_text, split_days(local_s, &in_day_s));
	ret_text[DATE_CHARS] = '\0';
}

void datetime_format(int64_t local_s, char ret_text[DATETIME_CHARS + 1])
{
	char *time = ret_text + DATE_CHARS + 1;
	int64_t in_day_s;

	put_date(ret_text, split_days(local_s, &in_day_s));
	ret_text[DATE_CHARS] = ' ';
	put_digits(time, 2, in_day_s / 3600);
	time[2] = ':';
	put_digits(time + 3, 2, in_day_s / 60 % 60);
	time[5] = ':';
	put_digits(time + 6, 2, in_day_s % 60);
	ret_text[DATETIME_CHARS] = '\0';
}
