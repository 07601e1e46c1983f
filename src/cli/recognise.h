#ifndef CLI_RECOGNISE_H
#define CLI_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/date.h"
#include "base/str.h"
#include "base/text.h"

/*
 * What kind of a file is this? Nothing here guesses where a file allows both answers.
 */

/* ---- characters ------------------------------------------------------------------------ */

enum charset { CHARSET_UTF8, CHARSET_WINDOWS_1252 };

#define CHARSET_OPEN_MAX 3

/* Counts over the whole of a file. Zeroed at first. */
struct charset_count {
	int64_t n_sequences; /* well-formed characters of several bytes */
	int64_t n_bad;       /* bytes that are in none */
	size_t n_open;       /* of a character that is cut by the end of what came so far */
	char open[CHARSET_OPEN_MAX];
};

void charset_count(struct charset_count *c, struct str bytes);
/* Behind the last bytes. A few bad bytes among many good ones are faults of a UTF-8 file. */
enum charset charset_settle(struct charset_count *c);
/* Appends Windows-1252 as UTF-8. */
void charset_add_1252(struct text *t, struct str s);

/* ---- separators ------------------------------------------------------------------------ */

/* Of , ; and tab the one that the first line with something on it has most of, outside of quotation
 * marks. A comma when it has none. */
char separator_of(struct str beginning);

/* ---- dates ----------------------------------------------------------------------------- */

enum date_form {
	DATE_FORM_YMD, /* yyyy-mm-dd */
	DATE_FORM_DMY, /* dd/mm/yyyy */
	DATE_FORM_MDY, /* mm/dd/yyyy */
};

/* Counts over a column. Zeroed at first. */
struct date_count {
	int64_t n_ymd;
	int64_t n_slashed;   /* of either of the other forms */
	int64_t n_day_first; /* of these, those that can only be so */
	int64_t n_month_first;
};

void date_count(struct date_count *c, struct str cell);
/* False: it could be day first as well as month first, or has clear cases of each. */
bool date_settle(const struct date_count *c, enum date_form *ret_form);
/* Into the API's form, with a NUL behind it. Whether there is such a day is for others to say.
 * False: it is not of that form (yyyy-mm-dd is taken by all). */
bool date_convert(struct str cell, enum date_form form, char ret_date[DATE_CHARS + 1]);
const char *date_form_name(enum date_form form); /* "dd/mm/yyyy" */

/* ---- what spreadsheets do to numbers ----------------------------------------------------- */

/* 4.47701E+11: a telephone number or reference whose digits are gone. */
bool is_shortened_number(struct str cell);

#endif
