/*
 * Every rule of design section 8 about bodies from both sides: just taken, just refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "cases.h"

static void test_body__takes_one_content_length_of_digits(void **state)
{
	static const struct row rows[] = {
		{LINE HOST "Content-Length: 3\r\n" END "abc", TAKEN},
		{LINE HOST "Content-Length:0\r\n" END, TAKEN},
		{LINE HOST "content-length: 0003 \r\n" END "abc", TAKEN},
		{LINE HOST "Content-Length: 3\r\nContent-Length: 3\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 3\r\nContent-Length: 4\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 3, 3\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 3,\r\n" END "abc", 400},
		{LINE HOST "Content-Length: +3\r\n" END "abc", 400},
		{LINE HOST "Content-Length: -3\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 0x3\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 3.0\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 3 3\r\n" END "abc", 400},
		{LINE HOST "Content-Length:\r\n" END "abc", 400},
		{LINE HOST "Content-Length: 101\r\n" END, 413},
		{LINE HOST "Content-Length: 18446744073709551616\r\n" END, 413},
		{LINE HOST "Content-Length: 18446744073709551619\r\n" END "abc", 413},
		{LINE HOST "Content-Length: 99999999999999999999999999999999999\r\n" END, 413},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_body__takes_chunked_and_no_other_coding(void **state)
{
	static const struct row rows[] = {
		{LINE HOST "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n", TAKEN},
		{LINE HOST "transfer-encoding:Chunked \r\n" END "0\r\n\r\n", TAKEN},
		{LINE HOST "Transfer-Encoding: gzip\r\n" END, 501},
		{LINE HOST "Transfer-Encoding: identity\r\n" END, 501},
		{LINE HOST "Transfer-Encoding: xchunked\r\n" END, 501},
		{LINE HOST "Transfer-Encoding: chunked, chunked\r\n" END, 501},
		{LINE HOST "Transfer-Encoding: gzip, chunked\r\n" END, 501},
		{LINE HOST "Transfer-Encoding: \"chunked\"\r\n" END, 501},
		{LINE HOST "Transfer-Encoding: chunked;a=b\r\n" END, 501},
		{LINE HOST "Transfer-Encoding:\r\n" END, 400},
		{LINE HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END, 400},
		{LINE HOST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n" END, 400},
		{LINE HOST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n" END, 400},
		{LINE HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" END "0\r\n\r\n",
		 400},
		{"POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" END "0\r\n\r\n", 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_body__knows_one_form_of_a_chunk(void **state)
{
	static const struct row rows[] = {
		{CHUNKED "3\r\nabc\r\n0\r\n\r\n", TAKEN},
		{CHUNKED "00000003\r\nabc\r\n00000000\r\n\r\n", TAKEN},
		{CHUNKED "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", TAKEN},
		{CHUNKED "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n", TAKEN},
		{CHUNKED "000000003\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "3 \r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED " 3\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "+3\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "-3\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "g\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "\r\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "3\nabc\r\n0\r\n\r\n", 400},
		{CHUNKED "3\rabc\r\n0\r\n\r\n", 400},
		{CHUNKED "3\r\nabc\n0\r\n\r\n", 400},
		{CHUNKED "3\r\nabcd\r\n0\r\n\r\n", 400},
		{CHUNKED "3\r\nab\r\n0\r\n\r\n", 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_body__checks_and_drops_trailers(void **state)
{
	static const struct row rows[] = {
		{CHUNKED "0\r\nA: b\r\nC: d\r\n\r\n", TAKEN},
		{CHUNKED "0\r\nContent-Length: 7\r\nTransfer-Encoding: gzip\r\n\r\n", TAKEN},
		{CHUNKED "0\r\nA : b\r\n\r\n", 400},
		{CHUNKED "0\r\n A: b\r\n\r\n", 400},
		{CHUNKED "0\r\nA: b\n\r\n", 400},
		{CHUNKED "0\r\nA\r\n\r\n", 400},
		{CHUNKED "0\r\n\n", 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_body__counts_trailers_with_the_head(void **state)
{
	/* Each trailer line is 6 bytes. */
	static const struct {
		size_t lines;
		int http_status;
	} rows[] = {
		{FRAMING_LINES_MAX - 2, TAKEN},
		{FRAMING_LINES_MAX - 1, 431},
	};
	struct text t;

	(void)state;
	text_init(&t, 100000);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		text_clear(&t);
		text_add_c(&t, CHUNKED "0\r\n");
		for (size_t line = 0; line < rows[i].lines; line++)
			text_add_c(&t, "A: b\r\n");
		text_add_c(&t, END NEXT);
		check_status(text_str(&t), rows[i].http_status, 1);
	}
	text_clear(&t);
	text_add_c(&t, CHUNKED "0\r\nLong: ");
	for (int i = 0; i < FRAMING_HEAD_BYTES_MAX; i++)
		text_add_char(&t, 'x');
	check_status(text_str(&t), 431, 389);
	text_fini(&t);
}

static void test_body__puts_chunks_together(void **state)
{
	static const struct str bytes =
		STR_INIT(CHUNKED "1\r\n{\r\n002\r\n\"a\r\n0000000b\r\n\":\"\r\n0\r\n\r\n\"\r\n1\r\n"
				 "}\r\n0\r\nT: t\r\n\r\n" NEXT);

	(void)state;
	struct outcome o = feed_all_ways(bytes, 1);
	assert_int_equal(o.result, FRAMING_READY);
	assert_true(str_equal_c(o.body, "{\"a\":\"\r\n0\r\n\r\n\"}"));
	outcome_fini(&o);
}

static void test_body__keeps_many_small_chunks_in_little_room(void **state)
{
	struct text t;
	size_t most = 0;
	struct framing f;

	(void)state;
	text_init(&t, 100000);
	framing_init(&f, BODY_MAX);
	text_add_c(&t, CHUNKED);
	size_t head = t.n;
	for (int i = 0; i < BODY_MAX; i++) {
		text_add_c(&t, "00000001\r\nx\r\n");
		enum framing_result r;
		do {
			r = framing_parse(&f, t.p, &t.n);
		} while (r == FRAMING_HEAD);
		assert_int_equal(r, FRAMING_MORE);
		most = t.n > most ? t.n : most;
	}
	assert_true(most <= head + BODY_MAX + 10);
	text_add_c(&t, "1\r\n");
	assert_int_equal(framing_parse(&f, t.p, &t.n), FRAMING_REFUSED);
	assert_int_equal(f.http_status, 413);
	text_fini(&t);
}

static void check_length(const char *before, size_t n, const char *behind, int http_status)
{
	struct text t;

	text_init(&t, 10000);
	text_add_c(&t, before);
	for (size_t i = 0; i < n; i++)
		text_add_char(&t, 'x');
	text_add_c(&t, behind);
	text_add_c(&t, NEXT);
	check_status(text_str(&t), http_status, 1);
	text_fini(&t);
}

static void test_body__limits_the_length(void **state)
{
	(void)state;
	check_length(LINE HOST "Content-Length: 100\r\n" END, 100, "", TAKEN);
	check_length(LINE HOST "Content-Length: 101\r\n" END, 101, "", 413);
	check_length(CHUNKED "64\r\n", 100, "\r\n0\r\n\r\n", TAKEN);
	check_length(CHUNKED "65\r\n", 101, "\r\n0\r\n\r\n", 413);
	check_length(CHUNKED "1\r\na\r\n63\r\n", 99, "\r\n0\r\n\r\n", TAKEN);
	check_length(CHUNKED "1\r\na\r\n64\r\n", 100, "\r\n0\r\n\r\n", 413);
	check_length(CHUNKED "ffffffff\r\n", 0, "", 413);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body__takes_one_content_length_of_digits),
		cmocka_unit_test(test_body__takes_chunked_and_no_other_coding),
		cmocka_unit_test(test_body__knows_one_form_of_a_chunk),
		cmocka_unit_test(test_body__checks_and_drops_trailers),
		cmocka_unit_test(test_body__counts_trailers_with_the_head),
		cmocka_unit_test(test_body__puts_chunks_together),
		cmocka_unit_test(test_body__keeps_many_small_chunks_in_little_room),
		cmocka_unit_test(test_body__limits_the_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
