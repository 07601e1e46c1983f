/*
 * Any text as a calendar day: it is one exactly when one of the days of its month is
 * written like that.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/date.h"

#define DAY_S INT64_C(86400)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int64_t number(const uint8_t *digits, size_t n)
{
	int64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value * 10 + (digits[i] - '0');
	return value;
}

static bool has_form(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (i == 4 || i == 7 ? bytes[i] != '-' : bytes[i] < '0' || bytes[i] > '9')
			return false;
	return n == DATE_CHARS;
}

/* Days of the calendar are found by walking over those near the place where this one must be. */
static bool is_day(const uint8_t *bytes)
{
	struct str wanted = {(const char *)bytes, DATE_CHARS};
	int64_t year = number(bytes, 4), month = number(bytes + 5, 2);
	int64_t near = (year - 1970) * 146097 / 400 + month * 30;

	for (int64_t day = near - 70; day <= near + 70; day++) {
		char text[DATE_CHARS + 1];

		if (day < -719528 || day > 2932896) /* years 0 to 9999 */
			continue;
		date_format(day * DAY_S, text);
		if (str_equal_c(wanted, text))
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	enum date_fault fault = date_check((struct str){(const char *)bytes, n});

	if (!has_form(bytes, n))
		assert(fault == DATE_FORM);
	else
		assert(fault == (is_day(bytes) ? DATE_OK : DATE_NO_DAY));
	return 0;
}
