/*
 * Every rule of design section 8 about the head from both sides: just taken, just refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/text.h"
#include "cases.h"

static size_t one_piece(void *owner, size_t at)
{
	(void)owner;
	(void)at;
	return 0;
}

static void test_framing__knows_one_form_of_the_request_line(void **state)
{
	static const struct row rows[] = {
		{LINE HOST END, TAKEN},
		{"GET / HTTP/1.1\r\n" HOST END, TAKEN},
		{"M-ET_H.O~D /a?b=c&d HTTP/1.1\r\n" HOST END, TAKEN},
		{"POST /x HTTP/1.0\r\n\r\n", TAKEN},
		{"POST  /x HTTP/1.1\r\n" HOST END, 400},
		{"POST /x  HTTP/1.1\r\n" HOST END, 400},
		{"POST /x y HTTP/1.1\r\n" HOST END, 400},
		{" POST /x HTTP/1.1\r\n" HOST END, 400},
		{"POST /x HTTP/1.1 \r\n" HOST END, 400},
		{"POST\t/x HTTP/1.1\r\n" HOST END, 400},
		{"POST /x\r\n" HOST END, 400},
		{"POST\r\n" HOST END, 400},
		{"PO(ST /x HTTP/1.1\r\n" HOST END, 400},
		{"\r\n" LINE HOST END, 400},
		{"\n" LINE HOST END, 400},
		{"\x16\x03\x01\x02", 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__takes_a_target_in_origin_form_only(void **state)
{
	static const struct row rows[] = {
		{"POST /a/b;c=d/%20?e=/? HTTP/1.1\r\n" HOST END, TAKEN},
		{"POST /-._~!$&'()*+,;=:@ HTTP/1.1\r\n" HOST END, TAKEN},
		{"POST x HTTP/1.1\r\n" HOST END, 400},
		{"POST * HTTP/1.1\r\n" HOST END, 400},
		{"POST http://a/x HTTP/1.1\r\n" HOST END, 400},
		{"CONNECT a:80 HTTP/1.1\r\n" HOST END, 400},
		{"POST /a#b HTTP/1.1\r\n" HOST END, 400},
		{"POST /a\\b HTTP/1.1\r\n" HOST END, 400},
		{"POST /a\"b HTTP/1.1\r\n" HOST END, 400},
		{"POST /a<b HTTP/1.1\r\n" HOST END, 400},
		{"POST /a{b HTTP/1.1\r\n" HOST END, 400},
		{"POST /\xc3\xa9 HTTP/1.1\r\n" HOST END, 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__speaks_two_versions(void **state)
{
	static const struct row rows[] = {
		{"POST /x HTTP/1.1\r\n" HOST END, TAKEN}, {"POST /x HTTP/1.0\r\n" HOST END, TAKEN},
		{"POST /x HTTP/1.2\r\n" HOST END, 505},   {"POST /x HTTP/2.0\r\n" HOST END, 505},
		{"POST /x HTTP/0.9\r\n" HOST END, 505},   {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
		{"POST /x HTTP/1.10\r\n" HOST END, 400},  {"POST /x HTTP/2\r\n" HOST END, 400},
		{"POST /x http/1.1\r\n" HOST END, 400},   {"POST /x HTTP/1,1\r\n" HOST END, 400},
		{"POST /x HTTP/1.x\r\n" HOST END, 400},   {"POST /x HTTP\r\n" HOST END, 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__ends_lines_with_cr_lf_and_nothing_else(void **state)
{
	static const struct row rows[] = {
		{"POST /x HTTP/1.1\n" HOST END, 400},
		{LINE "Host: a\n" END, 400},
		{LINE HOST "\n", 400},
		{LINE HOST "A: b\r\r\n" END, 400},
		{LINE HOST "A: b\rC: d\r\n" END, 400},
		{"POST /x\r HTTP/1.1\r\n" HOST END, 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__refuses_control_characters(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 1000);
	for (int c = 1; c < 256; c++) {
		/* These two end the line; they have their own cases. */
		if (c == '\r' || c == '\n')
			continue;
		bool control = (c < 0x20 && c != '\t') || c == 0x7f;
		text_clear(&t);
		text_add_c(&t, LINE HOST "A: b");
		text_add_char(&t, (char)c);
		text_add_c(&t, "d\r\n" END NEXT);
		check_status(text_str(&t), control ? 400 : TAKEN, 1);
	}
	text_fini(&t);
	static const char with_nul[] = LINE HOST "A: b\0c\r\n" END;
	check_status((struct str){with_nul, sizeof(with_nul) - 1}, 400, 1);
	static const char nul_first[] = "\0" LINE HOST END;
	check_status((struct str){nul_first, sizeof(nul_first) - 1}, 400, 1);
}

static void test_framing__knows_one_form_of_a_header(void **state)
{
	static const struct row rows[] = {
		{LINE HOST "A:b\r\n" END, TAKEN},
		{LINE HOST "A: \t b \t\r\n" END, TAKEN},
		{LINE HOST "A:\r\n" END, TAKEN},
		{LINE HOST "A:   \r\n" END, TAKEN},
		{LINE HOST "A: b:c\r\n" END, TAKEN},
		{LINE HOST "!#$%&'*+-.^_`|~09az: b\r\n" END, TAKEN},
		{LINE HOST "A : b\r\n" END, 400},
		{LINE HOST "A\t: b\r\n" END, 400},
		{LINE HOST " A: b\r\n" END, 400},
		{LINE HOST "A: b\r\n c\r\n" END, 400},
		{LINE HOST "A: b\r\n\tc\r\n" END, 400},
		{LINE " " HOST END, 400},
		{LINE HOST ": b\r\n" END, 400},
		{LINE HOST "A\r\n" END, 400},
		{LINE HOST "A b\r\n" END, 400},
		{LINE HOST "A(: b\r\n" END, 400},
		{LINE HOST "A\xc3: b\r\n" END, 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__wants_one_host(void **state)
{
	static const struct row rows[] = {
		{LINE "Host: a.example:8080\r\n" END, TAKEN},
		{LINE "Host: [::1]:80\r\n" END, TAKEN},
		{LINE "hOsT:a\r\n" END, TAKEN},
		{LINE "Host:\r\n" END, TAKEN},
		{LINE END, 400},
		{LINE HOST HOST END, 400},
		{LINE HOST "host: b\r\n" END, 400},
		{LINE "Host: a, b\r\n" END, 400},
		{LINE "Host: a,b\r\n" END, 400},
		{LINE "Host: a b\r\n" END, 400},
		{LINE "Host: a/b\r\n" END, 400},
		{LINE "Host: a@b\r\n" END, 400},
		{LINE "Host: a?b\r\n" END, 400},
		{LINE "Host: a#b\r\n" END, 400},
		{"POST /x HTTP/1.0\r\n" HOST END, TAKEN},
		{"POST /x HTTP/1.0\r\n" END, TAKEN},
		{"POST /x HTTP/1.0\r\n" HOST HOST END, 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__meets_one_expectation(void **state)
{
	static const struct row rows[] = {
		{LINE HOST "Expect: 100-continue\r\n" END, TAKEN},
		{LINE HOST "Expect: 100-Continue\r\n" END, TAKEN},
		{"POST /x HTTP/1.0\r\nExpect: 100-continue\r\n" END, TAKEN},
		{LINE HOST "Expect: 200-ok\r\n" END, 417},
		{LINE HOST "Expect:\r\n" END, 417},
		{LINE HOST "Expect: 100-continue, x\r\n" END, 417},
		{LINE HOST "Expect: 100-continue\r\nExpect: x\r\n" END, 417},
		{LINE HOST "Expect: x\r\nContent-Length: 101\r\n" END, 413},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

static void test_framing__takes_one_content_type(void **state)
{
	static const struct row rows[] = {
		{LINE HOST "Content-Type: a/b\r\n" END, TAKEN},
		{LINE HOST "Content-Type: a/b\r\ncontent-type: a/b\r\n" END, 400},
	};

	(void)state;
	check_rows(rows, ARRAY_LEN(rows));
}

/* A head of exactly `bytes` bytes and `lines` headers. */
static void write_head(struct text *t, size_t bytes, size_t lines, const char *body)
{
	size_t from = t->n;

	text_add_c(t, LINE HOST);
	for (size_t i = 2; i < lines; i++)
		text_add_c(t, "A: b\r\n");
	text_add_c(t, "Long: ");
	while (t->n - from < bytes - 4)
		text_add_char(t, 'x');
	text_add_c(t, "\r\n\r\n");
	assert_int_equal(t->n - from, bytes);
	text_add_c(t, body);
}

static void check_head(size_t bytes, size_t lines, int http_status)
{
	struct text t;

	text_init(&t, 100000);
	write_head(&t, bytes, lines, NEXT);
	check_status(text_str(&t), http_status, 389);
	text_fini(&t);
}

static void test_framing__limits_the_head(void **state)
{
	(void)state;
	check_head(1000, FRAMING_LINES_MAX, TAKEN);
	check_head(1000, FRAMING_LINES_MAX + 1, 431);
	check_head(FRAMING_HEAD_BYTES_MAX, 2, TAKEN);
	check_head(FRAMING_HEAD_BYTES_MAX + 1, 2, 431);
	check_head(3 * FRAMING_HEAD_BYTES_MAX, 2, 431);
	check_head(FRAMING_HEAD_BYTES_MAX, FRAMING_LINES_MAX, TAKEN);
}

static void test_framing__refuses_a_line_that_never_ends_at_the_limit(void **state)
{
	struct text t;

	(void)state;
	text_init(&t, 100000);
	for (int i = 0; i < FRAMING_HEAD_BYTES_MAX - 1; i++)
		text_add_char(&t, 'A');
	struct outcome o = feed(text_str(&t), BODY_MAX, one_piece, NULL);
	assert_int_equal(o.result, FRAMING_MORE);
	outcome_fini(&o);
	text_add_char(&t, 'A');
	check_status(text_str(&t), 431, 389);
	text_fini(&t);
}

static void test_framing__gives_what_it_found(void **state)
{
	static const struct str bytes = STR_INIT(
		"POST /api/GetCustomer HTTP/1.1\r\nX-Forwarded-For: 1.2.3.4\r\nHost: a\r\n"
		"Content-Type:  application/json \r\nX-Request-Id: id-7\r\nContent-Length: 5\r\n"
		"Expect: 100-continue\r\n\r\nabcde" NEXT);

	(void)state;
	struct outcome o = feed_all_ways(bytes, 1);
	assert_int_equal(o.result, FRAMING_READY);
	assert_true(o.had_head);
	assert_true(str_equal_c(o.method, "POST"));
	assert_true(str_equal_c(o.target, "/api/GetCustomer"));
	assert_true(str_equal_c(o.content_type, "application/json"));
	assert_true(str_equal_c(o.request_id, "id-7"));
	assert_true(str_equal_c(o.body, "abcde"));
	assert_true(o.framing.keep_alive);
	assert_true(o.framing.expects_continue);
	assert_true(o.framing.has_forwarded);
	assert_true(framing_has_body(&o.framing));
	assert_false(o.framing.http_1_0);
	outcome_fini(&o);
}

static void test_framing__knows_whether_the_connection_stays(void **state)
{
	static const struct {
		const char *bytes;
		bool keep_alive;
	} rows[] = {
		{LINE HOST END, true},
		{LINE HOST "Connection: keep-alive\r\n" END, true},
		{LINE HOST "Connection: closed\r\n" END, true},
		{LINE HOST "Connection: close\r\n" END, false},
		{LINE HOST "connection: Upgrade , CLOSE\r\n" END, false},
		{LINE HOST "Connection: keep-alive\r\nConnection: close\r\n" END, false},
		{"POST /x HTTP/1.0\r\n\r\n", false},
		{"POST /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
		{"POST /x HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outcome o = feed_all_ways(str_c(rows[i].bytes), 1);
		assert_int_equal(o.result, FRAMING_READY);
		assert_int_equal(o.framing.keep_alive, rows[i].keep_alive);
		outcome_fini(&o);
	}
}

static void test_framing__takes_two_request_ids_for_none(void **state)
{
	(void)state;
	struct outcome o =
		feed_all_ways(STR(LINE HOST "X-Request-Id: a\r\nX-Request-Id: b\r\n" END), 1);
	assert_int_equal(o.result, FRAMING_READY);
	assert_int_equal(o.request_id.n, 0);
	outcome_fini(&o);
}

static void test_framing__says_head_before_the_body_is_there(void **state)
{
	char bytes[] = LINE HOST "Content-Length: 3\r\n" END;
	size_t n = sizeof(bytes) - 1;
	struct framing f;

	(void)state;
	framing_init(&f, BODY_MAX);
	assert_int_equal(framing_parse(&f, bytes, &n), FRAMING_HEAD);
	assert_int_equal(framing_parse(&f, bytes, &n), FRAMING_MORE);
}

static void test_framing__stays_refused(void **state)
{
	char bytes[] = "GET\r\n" LINE HOST END;
	size_t n = sizeof(bytes) - 1;
	struct framing f;

	(void)state;
	framing_init(&f, BODY_MAX);
	assert_int_equal(framing_parse(&f, bytes, &n), FRAMING_REFUSED);
	assert_int_equal(framing_parse(&f, bytes, &n), FRAMING_REFUSED);
	assert_int_equal(f.http_status, 400);
}

static void test_framing__finds_every_header_of_a_name(void **state)
{
	static const struct str bytes =
		STR_INIT(LINE HOST "Via: \r\nx: 1\r\nXX: no\r\nX: 2 \r\nY:X: 4\r\n" END "X: 3\r\n");
	struct outcome o = feed(bytes, BODY_MAX, one_piece, NULL);
	struct str value = {NULL, 0};
	size_t at = 0;

	(void)state;
	assert_int_equal(o.result, FRAMING_READY);
	assert_true(framing_header(&o.framing, o.bytes, STR("X"), &at, &value));
	assert_true(str_equal_c(value, "1"));
	assert_true(framing_header(&o.framing, o.bytes, STR("X"), &at, &value));
	assert_true(str_equal_c(value, "2"));
	assert_false(framing_header(&o.framing, o.bytes, STR("X"), &at, &value));
	assert_true(str_equal_c(value, "2"));
	at = 0;
	assert_true(framing_header(&o.framing, o.bytes, STR("via"), &at, &value));
	assert_int_equal(value.n, 0);
	outcome_fini(&o);
}

static void test_framing__knows_json_by_its_type(void **state)
{
	static const struct {
		const char *type;
		bool json;
	} rows[] = {
		{"application/json", true},
		{"Application/JSON", true},
		{"application/json;charset=utf-8", true},
		{"application/json ; charset=\"utf-8\"", true},
		{"application/json;", true},
		{"", false},
		{";", false},
		{"application/jsonp", false},
		{"application/jso", false},
		{"application/json charset=utf-8", false},
		{"application/json, text/html", false},
		{"application/x-www-form-urlencoded", false},
		{"text/json", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(framing_is_json(str_c(rows[i].type)), rows[i].json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing__knows_one_form_of_the_request_line),
		cmocka_unit_test(test_framing__takes_a_target_in_origin_form_only),
		cmocka_unit_test(test_framing__speaks_two_versions),
		cmocka_unit_test(test_framing__ends_lines_with_cr_lf_and_nothing_else),
		cmocka_unit_test(test_framing__refuses_control_characters),
		cmocka_unit_test(test_framing__knows_one_form_of_a_header),
		cmocka_unit_test(test_framing__wants_one_host),
		cmocka_unit_test(test_framing__meets_one_expectation),
		cmocka_unit_test(test_framing__takes_one_content_type),
		cmocka_unit_test(test_framing__limits_the_head),
		cmocka_unit_test(test_framing__refuses_a_line_that_never_ends_at_the_limit),
		cmocka_unit_test(test_framing__gives_what_it_found),
		cmocka_unit_test(test_framing__knows_whether_the_connection_stays),
		cmocka_unit_test(test_framing__takes_two_request_ids_for_none),
		cmocka_unit_test(test_framing__says_head_before_the_body_is_there),
		cmocka_unit_test(test_framing__stays_refused),
		cmocka_unit_test(test_framing__finds_every_header_of_a_name),
		cmocka_unit_test(test_framing__knows_json_by_its_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
