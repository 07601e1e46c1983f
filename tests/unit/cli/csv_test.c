/* Reading and writing CSV: what is written is read as it was, however its bytes are cut. */
#include "cli/csv_read.h"
#include "cli/csv_write.h"

#include "base/compiler.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Rows as "LINE:[cell|cell]". */
static bool note(void *text, const struct csv_row *row)
{
	struct text *t = text;

	text_printf(t, "%ld:[", (long)row->line);
	for (size_t i = 0; i < row->n; i++) {
		text_add_c(t, i ? "|" : "");
		text_add_str(t, row->cells[i]);
	}
	text_add_char(t, ']');
	return true;
}

static enum rc read_cut(struct str s, char separator, size_t step, struct text *ret_rows,
			int64_t *ret_line)
{
	struct csv_reader *r = csv_open(separator, note, ret_rows);
	enum rc rc = RC_OK;

	assert_non_null(r);
	for (size_t i = 0; i < s.n && rc == RC_OK; i += step)
		rc = csv_feed(r, (struct str){s.p + i, s.n - i < step ? s.n - i : step});
	if (rc == RC_OK)
		rc = csv_end(r);
	*ret_line = csv_line(r);
	r = csv_close(r);
	return rc;
}

static void expect(struct str s, char separator, const char *rows)
{
	for (size_t step = 1; step <= s.n + 1; step++) {
		struct text t;
		int64_t line;

		text_init(&t, 100000);
		assert_int_equal(read_cut(s, separator, step, &t, &line), RC_OK);
		assert_string_equal(text_c(&t), rows);
		text_fini(&t);
	}
}

static void test_csv__reads_rows_with_the_lines_they_begin_on(void **state)
{
	(void)state;
	expect(STR(""), ',', "");
	expect(STR("a,b"), ',', "1:[a|b]");
	expect(STR("a,b\n"), ',', "1:[a|b]");
	expect(STR("a,b\r\nc,d\r\n"), ',', "1:[a|b]2:[c|d]");
	expect(STR("a,b\rc,d\r"), ',', "1:[a|b]2:[c|d]");
	expect(STR("\n\r\n\ra\n\nb\r\n\r\nc"), ',', "4:[a]6:[b]8:[c]");
	expect(STR("a,\"b\nb\r\nb\rb\",c\nd"), ',', "1:[a|b\nb\r\nb\rb|c]5:[d]");
	expect(STR("a;b,c;d"), ';', "1:[a|b,c|d]");
	expect(STR("a\tb c\t\td\n\te"), '\t', "1:[a|b c||d]2:[|e]");
}

static void test_csv__takes_blanks_only_where_quotation_marks_keep_them(void **state)
{
	(void)state;
	expect(STR(" a , b c ,\" d \"\n \n,\n"), ',', "1:[a|b c| d ]3:[|]");
	expect(STR("\"\",\" \",\"\"\"\"\n"), ',', "1:[| |\"]");
	expect(STR("a \"b\" c,d\"\n"), ',', "1:[a \"b\" c|d\"]");
}

static void test_csv__gives_every_byte_as_it_is(void **state)
{
	char bytes[256];
	size_t n = 0;
	struct text t, again;
	int64_t line;

	(void)state;
	for (int c = 0; c < 256; c++)
		bytes[n++] = (char)c;
	text_init(&t, 10000);
	text_init(&again, 10000);
	csv_add_cell(&t, (struct str){bytes, n}, ';');
	assert_int_equal(read_cut(text_str(&t), ';', 7, &again, &line), RC_OK);
	assert_int_equal(again.n, 3 + n + 1);
	assert_memory_equal(again.p + 3, bytes, n);
	text_fini(&again);
	text_fini(&t);
}

static void test_csv__writes_marks_only_where_they_are_needed(void **state)
{
	static const struct {
		const char *cell, *written;
	} cases[] = {
		{"", ""},           {"a", "a"},
		{"a b", "a b"},     {"a;b", "a;b"},
		{"a,b", "\"a,b\""}, {"a\"b", "\"a\"\"b\""},
		{"\"", "\"\"\"\""}, {" a", "\" a\""},
		{"a\t", "\"a\t\""}, {"a\nb", "\"a\nb\""},
		{"=1+1", "=1+1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text t;
		text_init(&t, 100);
		csv_add_cell(&t, str_c(cases[i].cell), ',');
		assert_string_equal(text_c(&t), cases[i].written);
		text_fini(&t);
	}
}

static enum rc read_bad(struct str s, int64_t *ret_line)
{
	struct text t;

	text_init(&t, 10 * CSV_ROW_BYTES_MAX);
	enum rc rc = read_cut(s, ',', 4096, &t, ret_line);
	text_fini(&t);
	return rc;
}

static void test_csv__refuses_a_row_that_does_not_end_and_says_where_it_begins(void **state)
{
	size_t n = CSV_ROW_BYTES_MAX + 100000;
	char *many = malloc(n);
	int64_t line;

	(void)state;
	assert_int_equal(read_bad(STR("a\n\nb,\"c\nd,e\n"), &line), RC_INVALID);
	assert_int_equal(line, 3);
	assert_int_equal(read_bad(STR("a\n\"b\" c\nd"), &line), RC_INVALID);
	assert_int_equal(line, 2);

	assert_non_null(many);
	memset(many, 'x', n);
	memcpy(many, "a\n\"", 3);
	assert_int_equal(read_bad((struct str){many, n}, &line), RC_INVALID);
	assert_int_equal(line, 2);
	for (size_t i = 3; i < n; i += 1000)
		many[i] = '\n'; /* many lines, one cell */
	assert_int_equal(read_bad((struct str){many, n}, &line), RC_INVALID);
	assert_int_equal(line, 2);
	memset(many, ',', n);
	assert_int_equal(read_bad((struct str){many, CSV_CELLS_MAX - 1}, &line), RC_OK);
	assert_int_equal(read_bad((struct str){many, CSV_CELLS_MAX}, &line), RC_INVALID);
	assert_int_equal(line, 1);
	free(many);
}

static bool first_only(void *n_, const struct csv_row *row)
{
	int *n = n_;

	(void)row;
	return ++*n < 1;
}

static void test_csv__stops_when_no_more_is_wanted(void **state)
{
	int n = 0;
	struct csv_reader *r = csv_open(',', first_only, &n);

	(void)state;
	assert_non_null(r);
	assert_int_equal(csv_feed(r, STR("a\nb\nc\n")), RC_CHANGED);
	assert_int_equal(n, 1);
	r = csv_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv__reads_rows_with_the_lines_they_begin_on),
		cmocka_unit_test(test_csv__takes_blanks_only_where_quotation_marks_keep_them),
		cmocka_unit_test(test_csv__gives_every_byte_as_it_is),
		cmocka_unit_test(test_csv__writes_marks_only_where_they_are_needed),
		cmocka_unit_test(
			test_csv__refuses_a_row_that_does_not_end_and_says_where_it_begins),
		cmocka_unit_test(test_csv__stops_when_no_more_is_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
