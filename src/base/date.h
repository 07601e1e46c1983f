#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdint.h>

#include "base/str.h"

/*
 * Calendar days (proleptic Gregorian) as the API writes them, YYYY-MM-DD.
 */
enum date_fault {
	DATE_OK,
	DATE_FORM,   /* not four digits, '-', two digits, '-', two digits (contract: 303) */
	DATE_NO_DAY, /* no such day in the calendar, e.g. 2023-02-29 or month 13 (contract: 302) */
};

#define DATE_CHARS     10 /* YYYY-MM-DD */
#define DATETIME_CHARS 19 /* YYYY-MM-DD HH:MM:SS */

enum date_fault date_check(struct str s);

/* A day, or a day and a time of it behind a blank or a T, with or without a Z at the end; without a
 * time it is midnight. *ret_s, of a good one, is seconds since 1970. */
enum date_fault datetime_parse(struct str s, int64_t *ret_s);

/* Both take seconds since 1970 in the zone that is to be shown (UTC plus its offset) and write a
 * NUL behind the text. Beyond the years 0 and 9999: the first or last moment that can be shown. */
void date_format(int64_t local_s, char ret_text[DATE_CHARS + 1]);
void datetime_format(int64_t local_s, char ret_text[DATETIME_CHARS + 1]);

#endif
