/*
 * Any bytes as a file, a header and a cell: characters are counted alike however they are cut, what
 * comes out of Windows-1252 is UTF-8, a date that is taken has the API's form and can be read in no
 * other way.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "cli/recognise.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct charset_count count(struct str s, size_t step)
{
	struct charset_count c = {0};

	for (size_t i = 0; i < s.n; i += step)
		charset_count(&c, (struct str){s.p + i, s.n - i < step ? s.n - i : step});
	(void)charset_settle(&c); /* closes what was open */
	return c;
}

static void try_charset(struct str s, size_t step)
{
	struct charset_count whole = count(s, s.n + 1), cut = count(s, step);
	struct text t;

	assert(whole.n_sequences == cut.n_sequences && whole.n_bad == cut.n_bad);
	assert((whole.n_bad == 0) == utf8_valid(s));
	text_init(&t, 4 * s.n + 1);
	charset_add_1252(&t, s);
	assert(!t.failed && utf8_valid(text_str(&t)) && utf8_chars(text_str(&t)) == s.n);
	text_fini(&t);
}

static void try_dates(struct str s)
{
	static const enum date_form forms[] = {DATE_FORM_YMD, DATE_FORM_DMY, DATE_FORM_MDY};
	struct date_count c = {0};
	enum date_form form;
	char date[DATE_CHARS + 1];

	date_count(&c, s);
	for (size_t i = 0; i < 3; i++) {
		bool good = date_convert(s, forms[i], date);
		if (good)
			assert(date_check(str_c(date)) != DATE_FORM);
		assert(good == (c.n_ymd > 0 || (c.n_slashed > 0 && i > 0)));
	}
	if (c.n_slashed > 0 && date_settle(&c, &form))
		assert(c.n_day_first + c.n_month_first == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (n < 1)
		return 0;
	struct str s = {(const char *)bytes + 1, n - 1};
	char separator = separator_of(s);

	assert(separator == ',' || separator == ';' || separator == '\t');
	try_charset(s, bytes[0] % 8 + 1);
	try_dates(s);
	(void)is_shortened_number(s); /* must only not crash */
	return 0;
}
