#include "base/date.h"

#include <stdio.h>

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY_S 86400

struct check_case {
	struct str text;
	enum date_fault fault;
};

static void check_all(const struct check_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (date_check(cases[i].text) != cases[i].fault)
			fail_msg("%.*s", STR_ARGS(cases[i].text));
	}
}

static void test_date__knows_the_calendar(void **state)
{
	static const struct check_case cases[] = {
		{STR_INIT("1968-11-06"), DATE_OK},     {STR_INIT("2024-01-31"), DATE_OK},
		{STR_INIT("2024-01-32"), DATE_NO_DAY}, {STR_INIT("2024-01-00"), DATE_NO_DAY},
		{STR_INIT("2024-03-31"), DATE_OK},     {STR_INIT("2024-04-30"), DATE_OK},
		{STR_INIT("2024-04-31"), DATE_NO_DAY}, {STR_INIT("2024-06-31"), DATE_NO_DAY},
		{STR_INIT("2024-07-31"), DATE_OK},     {STR_INIT("2024-08-31"), DATE_OK},
		{STR_INIT("2024-09-31"), DATE_NO_DAY}, {STR_INIT("2024-11-31"), DATE_NO_DAY},
		{STR_INIT("2024-12-31"), DATE_OK},     {STR_INIT("2024-00-10"), DATE_NO_DAY},
		{STR_INIT("2024-13-01"), DATE_NO_DAY}, {STR_INIT("2024-99-99"), DATE_NO_DAY},
		{STR_INIT("0000-01-01"), DATE_OK},     {STR_INIT("9999-12-31"), DATE_OK},
	};

	(void)state;
	check_all(cases, ARRAY_LEN(cases));
}

static void test_date__refuses_29_february_in_a_common_year(void **state)
{
	static const struct check_case cases[] = {
		{STR_INIT("2023-02-28"), DATE_OK},     {STR_INIT("2023-02-29"), DATE_NO_DAY},
		{STR_INIT("2024-02-29"), DATE_OK},     {STR_INIT("2024-02-30"), DATE_NO_DAY},
		{STR_INIT("1900-02-29"), DATE_NO_DAY}, {STR_INIT("2000-02-29"), DATE_OK},
		{STR_INIT("2100-02-29"), DATE_NO_DAY}, {STR_INIT("2400-02-29"), DATE_OK},
	};

	(void)state;
	check_all(cases, ARRAY_LEN(cases));
}

static void test_date__refuses_every_other_form(void **state)
{
	static const struct check_case cases[] = {
		{{NULL, 0}, DATE_FORM},
		{STR_INIT(""), DATE_FORM},
		{STR_INIT("2024-1-01"), DATE_FORM},
		{STR_INIT("2024-01-1"), DATE_FORM},
		{STR_INIT("2024-01-010"), DATE_FORM},
		{STR_INIT("24-01-01"), DATE_FORM},
		{STR_INIT("2024/01/01"), DATE_FORM},
		{STR_INIT("2024-01/01"), DATE_FORM},
		{STR_INIT("2024.01-01"), DATE_FORM},
		{STR_INIT("20240-1-01"), DATE_FORM},
		{STR_INIT("01-01-2024"), DATE_FORM},
		{STR_INIT("01/01/2024"), DATE_FORM},
		{STR_INIT("2024-01-0x"), DATE_FORM},
		{STR_INIT("2024-x1-01"), DATE_FORM},
		{STR_INIT("x024-01-01"), DATE_FORM},
		{STR_INIT("-024-01-01"), DATE_FORM},
		{STR_INIT("+024-01-01"), DATE_FORM},
		{STR_INIT("2024--1-01"), DATE_FORM},
		{STR_INIT("2024-01- 1"), DATE_FORM},
		{STR_INIT(" 2024-01-1"), DATE_FORM},
		{STR_INIT("2024-01-01 "), DATE_FORM},
		{STR_INIT("2024-01-01T00:00"), DATE_FORM},
		{STR_INIT("2024-01-0\0"), DATE_FORM},
		{STR_INIT("2024\xe2\x88\x92"
			  "01-1"),
		 DATE_FORM},
		/* Of two faults the form comes first. */
		{STR_INIT("2024-13-0x"), DATE_FORM},
	};

	(void)state;
	check_all(cases, ARRAY_LEN(cases));
}

static void test_date__formats_moments(void **state)
{
	static const struct {
		int64_t local_s;
		const char *text;
	} cases[] = {
		{0, "1970-01-01 00:00:00"},
		{-1, "1969-12-31 23:59:59"},
		{59, "1970-01-01 00:00:59"},
		{60, "1970-01-01 00:01:00"},
		{3599, "1970-01-01 00:59:59"},
		{3600, "1970-01-01 01:00:00"},
		{86399, "1970-01-01 23:59:59"},
		{86400, "1970-01-02 00:00:00"},
		{951782399, "2000-02-28 23:59:59"},
		{951782400, "2000-02-29 00:00:00"},
		{951868800, "2000-03-01 00:00:00"},
		{1000000000, "2001-09-09 01:46:40"},
		{1709164800, "2024-02-29 00:00:00"},
		{1735689599, "2024-12-31 23:59:59"},
		{2147483648, "2038-01-19 03:14:08"},
		{4107542399, "2100-02-28 23:59:59"},
		{4107542400, "2100-03-01 00:00:00"},
		{253402300799, "9999-12-31 23:59:59"},
		{-62162208000, "0000-02-28 00:00:00"},
		{-62162121600, "0000-02-29 00:00:00"},
		{-62162035200, "0000-03-01 00:00:00"},
		{-62167219200, "0000-01-01 00:00:00"},
		/* What four digits cannot show. */
		{253402300800, "9999-12-31 23:59:59"},
		{INT64_MAX, "9999-12-31 23:59:59"},
		{-62167219201, "0000-01-01 00:00:00"},
		{INT64_MIN, "0000-01-01 00:00:00"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char moment[DATETIME_CHARS + 1], day[DATE_CHARS + 1];
		datetime_format(cases[i].local_s, moment);
		assert_string_equal(moment, cases[i].text);
		date_format(cases[i].local_s, day);
		assert_memory_equal(day, cases[i].text, DATE_CHARS);
		assert_int_equal(day[DATE_CHARS], '\0');
	}
}

/* Counts through a whole cycle of the calendar the way a child would, and beyond both ends. */
static void test_date__agrees_with_counting_the_days_one_by_one(void **state)
{
	int year = 1800, month = 1, day = 1;

	(void)state;
	for (int64_t s = INT64_C(-5364662400); year < 2210; s += DAY_S) {
		char expected[40], text[DATE_CHARS + 1], last_second[DATE_CHARS + 1];
		(void)snprintf(expected, sizeof(expected), "%04d-%02d-%02d", year, month, day);
		date_format(s, text);
		date_format(s + DAY_S - 1, last_second);
		assert_string_equal(text, expected);
		assert_string_equal(last_second, expected);
		assert_int_equal(date_check(str_c(text)), DATE_OK);

		(void)snprintf(expected, sizeof(expected), "%04d-%02d-%02d", year, month, ++day);
		if (date_check(str_c(expected)) != DATE_OK) {
			day = 1;
			month++;
		}
		if (month > 12) {
			month = 1;
			year++;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date__knows_the_calendar),
		cmocka_unit_test(test_date__refuses_29_february_in_a_common_year),
		cmocka_unit_test(test_date__refuses_every_other_form),
		cmocka_unit_test(test_date__formats_moments),
		cmocka_unit_test(test_date__agrees_with_counting_the_days_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
