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

static void test_datetime__is_read_in_the_forms_that_people_write(void **state)
{
	static const struct {
		struct str text;
		enum date_fault fault;
		int64_t s;
	} cases[] = {
		{STR_INIT("1970-01-01"), DATE_OK, 0},
		{STR_INIT("1970-01-01 00:00:01"), DATE_OK, 1},
		{STR_INIT("1969-12-31T23:59:59Z"), DATE_OK, -1},
		{STR_INIT("2024-02-29T12:34:56"), DATE_OK, 1709210096},
		{STR_INIT("2024-02-29 12:34:56Z"), DATE_OK, 1709210096},
		{STR_INIT("0000-01-01"), DATE_OK, -62167219200},
		{STR_INIT("9999-12-31 23:59:59"), DATE_OK, 253402300799},
		{STR_INIT("2023-02-29"), DATE_NO_DAY, 0},
		{STR_INIT("2024-02-29 24:00:00"), DATE_NO_DAY, 0},
		{STR_INIT("2024-02-29 23:60:00"), DATE_NO_DAY, 0},
		{STR_INIT("2024-02-29 23:59:60"), DATE_NO_DAY, 0},
		{STR_INIT(""), DATE_FORM, 0},
		{STR_INIT("today"), DATE_FORM, 0},
		{STR_INIT("2024-02-29Z"), DATE_FORM, 0},
		{STR_INIT("2024-02-29 "), DATE_FORM, 0},
		{STR_INIT("2024-02-29 12:34"), DATE_FORM, 0},
		{STR_INIT("2024-02-29_12:34:56"), DATE_FORM, 0},
		{STR_INIT("2024-02-29 12.34.56"), DATE_FORM, 0},
		{STR_INIT("2024-02-29 1x:34:56"), DATE_FORM, 0},
		{STR_INIT("2024-02-29 12:34:56z"), DATE_FORM, 0},
		{STR_INIT("2024-02-29 12:34:56+01"), DATE_FORM, 0},
		{STR_INIT("29-02-2024 12:34:56"), DATE_FORM, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t s = 77;
		enum date_fault fault = datetime_parse(cases[i].text, &s);
		if (fault != cases[i].fault || s != (fault == DATE_OK ? cases[i].s : 77))
			fail_msg("%.*s: %d, %lld", STR_ARGS(cases[i].text), (int)fault,
				 (long long)s);
	}
}

static void test_datetime__read_is_what_was_formatted(void **state)
{
	char text[DATETIME_CHARS + 1];

	(void)state;
	for (int64_t s = -62167219200; s < 253402300799; s += 7654321) {
		int64_t back;
		datetime_format(s, text);
		assert_int_equal(datetime_parse(str_c(text), &back), DATE_OK);
		assert_int_equal(back, s);
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
		cmocka_unit_test(test_datetime__is_read_in_the_forms_that_people_write),
		cmocka_unit_test(test_datetime__read_is_what_was_formatted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
