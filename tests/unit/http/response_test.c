#include "http/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define HEADERS                                                                                    \
	"Date: " DATE "\r\n"                                                                       \
	"Content-Type: application/json; charset=utf-8\r\n"                                        \
	"Cache-Control: no-store\r\n"                                                              \
	"Content-Length: 2\r\n"                                                                    \
	"X-Request-Id: id-1\r\n"

static const struct response plain = {
	.http_status = 200,
	.body = STR_INIT("{}"),
	.date = STR_INIT(DATE),
	.request_id = STR_INIT("id-1"),
};

static void check(const struct response *r, const char *expected)
{
	struct text t;

	text_init(&t, 10000);
	text_add_c(&t, "before|");
	response_write(&t, r);
	assert_string_equal(text_c(&t) + 7, expected);
	text_fini(&t);
}

static void test_response__has_the_headers_of_every_answer(void **state)
{
	(void)state;
	check(&plain, "HTTP/1.1 200 OK\r\n" HEADERS "\r\n{}");
}

static void test_response__has_the_others_only_where_they_belong(void **state)
{
	struct response r = plain;

	(void)state;
	r.etag = 17;
	check(&r, "HTTP/1.1 200 OK\r\n" HEADERS "ETag: \"17\"\r\n\r\n{}");
	r = plain;
	r.has_rate = true;
	r.rate_limit = 20;
	r.rate_reset_s = 2;
	r.retry_after_s = 1;
	check(&r, "HTTP/1.1 200 OK\r\n" HEADERS
		  "Retry-After: 1\r\nRateLimit-Limit: 20\r\nRateLimit-Remaining: 0\r\n"
		  "RateLimit-Reset: 2\r\n\r\n{}");
	r = plain;
	r.keep_alive = true;
	check(&r, "HTTP/1.1 200 OK\r\n" HEADERS "Connection: keep-alive\r\n\r\n{}");
	r.closing = true;
	check(&r, "HTTP/1.1 200 OK\r\n" HEADERS "Connection: close\r\n\r\n{}");
}

static void test_response__to_head_has_no_body_but_its_length(void **state)
{
	struct response r = plain;

	(void)state;
	r.http_status = 405;
	r.allow = STR("POST");
	r.head_only = true;
	check(&r, "HTTP/1.1 405 Method Not Allowed\r\n" HEADERS "Allow: POST\r\n\r\n");
}

static void test_response__names_every_status(void **state)
{
	static const struct {
		int http_status;
		const char *line;
	} rows[] = {
		{400, "HTTP/1.1 400 Bad Request\r\n"},
		{404, "HTTP/1.1 404 Not Found\r\n"},
		{408, "HTTP/1.1 408 Request Timeout\r\n"},
		{413, "HTTP/1.1 413 Content Too Large\r\n"},
		{415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
		{417, "HTTP/1.1 417 Expectation Failed\r\n"},
		{431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
		{500, "HTTP/1.1 500 Internal Server Error\r\n"},
		{501, "HTTP/1.1 501 Not Implemented\r\n"},
		{503, "HTTP/1.1 503 Service Unavailable\r\n"},
		{505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
	};
	struct text t;

	(void)state;
	text_init(&t, 10000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct response r = plain;
		r.http_status = rows[i].http_status;
		text_clear(&t);
		response_write(&t, &r);
		assert_memory_equal(t.p, rows[i].line, strlen(rows[i].line));
	}
	text_fini(&t);
}

static void test_response__writes_dates_as_http_does(void **state)
{
	static const struct {
		int64_t utc_s;
		const char *text;
	} rows[] = {
		{784111777, DATE},
		{0, "Thu, 01 Jan 1970 00:00:00 GMT"},
		{1709164799, "Wed, 28 Feb 2024 23:59:59 GMT"},
		{1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"},
		{1735689599, "Tue, 31 Dec 2024 23:59:59 GMT"},
		{4102444800, "Fri, 01 Jan 2100 00:00:00 GMT"},
		{1750000000, "Sun, 15 Jun 2025 15:06:40 GMT"},
	};
	char text[RESPONSE_DATE_CHARS + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		response_date(rows[i].utc_s, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_response__has_the_headers_of_every_answer),
		cmocka_unit_test(test_response__has_the_others_only_where_they_belong),
		cmocka_unit_test(test_response__to_head_has_no_body_but_its_length),
		cmocka_unit_test(test_response__names_every_status),
		cmocka_unit_test(test_response__writes_dates_as_http_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
