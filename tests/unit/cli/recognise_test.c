/* What kind of a file it is: told where it can be, and never guessed. */
#include "cli/recognise.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum charset charset_of(struct str s, size_t step)
{
	struct charset_count c = {0};

	for (size_t i = 0; i < s.n; i += step)
		charset_count(&c, (struct str){s.p + i, s.n - i < step ? s.n - i : step});
	return charset_settle(&c);
}

static void test_charset__is_told_by_what_is_more_however_the_file_is_cut(void **state)
{
	static const struct {
		struct str text;
		enum charset charset;
	} cases[] = {
		{STR_INIT(""), CHARSET_UTF8},
		{STR_INIT("Ann,Example"), CHARSET_UTF8},
		{STR_INIT("Zo\xc3\xab \xe2\x82\xac \xf0\x9f\xa7\xaa"), CHARSET_UTF8},
		{STR_INIT("Zo\xeb"), CHARSET_WINDOWS_1252},
		{STR_INIT("Zo\xeb \x80 5"), CHARSET_WINDOWS_1252},
		{STR_INIT("\xe9t\xe9,\xfc\x62"), CHARSET_WINDOWS_1252},
		{STR_INIT("\xc3\xab \xc3\xab \xeb"), CHARSET_UTF8}, /* a fault in a UTF-8 file */
		{STR_INIT("\xc3\xab \xeb \xeb"), CHARSET_WINDOWS_1252},
		{STR_INIT("ab\xc3"), CHARSET_WINDOWS_1252},
		{STR_INIT("\xc3\xab \xf0\x9f"), CHARSET_WINDOWS_1252},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		for (size_t step = 1; step <= cases[i].text.n + 1; step++)
			assert_int_equal(charset_of(cases[i].text, step), cases[i].charset);
}

static void test_charset__windows_1252_becomes_utf8(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 1000);
	charset_add_1252(&t, STR("a\x80\x81\x92\x9f\xa0\xe9\xff"));
	assert_string_equal(text_c(&t), "a\u20ac\xc2\x81\u2019\u0178\u00a0\u00e9\u00ff");
	text_fini(&t);
}

static void test_separator__is_what_the_first_line_has_most_of(void **state)
{
	(void)state;
	assert_int_equal(separator_of(STR("")), ',');
	assert_int_equal(separator_of(STR("Name\nx;y;z\n")), ',');
	assert_int_equal(separator_of(STR("a,b;c,d")), ',');
	assert_int_equal(separator_of(STR("a;b,c;d\nx,y,z,z,z")), ';');
	assert_int_equal(separator_of(STR("\r\n\na\tb\tc")), '\t');
	assert_int_equal(separator_of(STR("\"a,b,c\n,,,\";d\nx,x,x")), ';');
}

/* Cells with a blank between them, and what the column is; "?": it must be said. */
static const char *form_of(const char *cells)
{
	struct date_count c = {0};
	enum date_form form;

	while (*cells) {
		size_t n = strcspn(cells, " ");
		date_count(&c, (struct str){cells, n});
		cells += n + (cells[n] == ' ');
	}
	return date_settle(&c, &form) ? date_form_name(form) : "?";
}

static void test_dates__are_told_by_a_column_and_never_guessed(void **state)
{
	static const struct {
		const char *cells, *form;
	} cases[] = {
		{"", "yyyy-mm-dd"},
		{"1968-11-06 1970-01-31", "yyyy-mm-dd"},
		{"nonsense 6.11", "yyyy-mm-dd"},
		{"06/11/1968", "?"},
		{"06/11/1968 12/12/1968 1968-11-26", "?"},
		{"06/11/1968 13/11/1968", "dd/mm/yyyy"},
		{"6-1-1968 26.1.1968", "dd/mm/yyyy"},
		{"06/11/1968 11/13/1968", "mm/dd/yyyy"},
		{"13/11/1968 11/13/1968", "?"},
		{"06/11/1968 13/13/1968 45/45/1968", "?"}, /* neither tells anything */
		{"1968-11-06 26/11/1968", "dd/mm/yyyy"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(form_of(cases[i].cells), cases[i].form);
}

static void test_dates__are_converted_by_the_columns_form(void **state)
{
	static const struct {
		const char *cell;
		enum date_form form;
		const char *date; /* NULL: not of that form */
	} cases[] = {
		{"06/11/1968", DATE_FORM_DMY, "1968-11-06"},
		{"06/11/1968", DATE_FORM_MDY, "1968-06-11"},
		{"6/1/1968", DATE_FORM_DMY, "1968-01-06"},
		{"06.11.1968", DATE_FORM_DMY, "1968-11-06"},
		{"06-11-1968", DATE_FORM_DMY, "1968-11-06"},
		{"31/02/1968", DATE_FORM_DMY, "1968-02-31"}, /* that is for others to say */
		{"1968-11-06", DATE_FORM_YMD, "1968-11-06"},
		{"1968-11-06", DATE_FORM_DMY, "1968-11-06"},
		{"06/11/1968", DATE_FORM_YMD, NULL},
		{"06/11-1968", DATE_FORM_DMY, NULL},
		{"06/11/68", DATE_FORM_DMY, NULL},
		{"06/11/19681", DATE_FORM_DMY, NULL},
		{"006/11/1968", DATE_FORM_DMY, NULL},
		{"06/11", DATE_FORM_DMY, NULL},
		{"/11/1968", DATE_FORM_DMY, NULL},
		{"06/11/1968 00:00", DATE_FORM_DMY, NULL},
		{"6 Nov 1968", DATE_FORM_DMY, NULL},
		{"", DATE_FORM_DMY, NULL},
		{"25148", DATE_FORM_YMD, NULL},
	};
	char date[DATE_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool good = date_convert(str_c(cases[i].cell), cases[i].form, date);
		assert_int_equal(good, cases[i].date != NULL);
		if (good)
			assert_string_equal(date, cases[i].date);
	}
}

static void test_numbers__that_a_spreadsheet_has_shortened_are_known(void **state)
{
	static const char *const shortened[] = {"4.47701E+11", "4.47E+11", "7E+14", "4.4e+12"};
	static const char *const others[] = {"",      "447701234567", "4.47701E+1", "E+11",
					     "1E+05", "1.E+10",       "14.5E+11",   "4.47701E-11",
					     "E12",   "4.47701E+111", "+447701",    "1E+11 a"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shortened); i++)
		assert_true(is_shortened_number(str_c(shortened[i])));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(is_shortened_number(str_c(others[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_charset__is_told_by_what_is_more_however_the_file_is_cut),
		cmocka_unit_test(test_charset__windows_1252_becomes_utf8),
		cmocka_unit_test(test_separator__is_what_the_first_line_has_most_of),
		cmocka_unit_test(test_dates__are_told_by_a_column_and_never_guessed),
		cmocka_unit_test(test_dates__are_converted_by_the_columns_form),
		cmocka_unit_test(test_numbers__that_a_spreadsheet_has_shortened_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
