#include "http/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "feed.h"

#define REQUEST "POST /x HTTP/1.1\r\nHost: a\r\n"
#define XFF     "X-Forwarded-For: "

static size_t one_piece(void *owner, size_t at)
{
	(void)owner;
	(void)at;
	return 0;
}

static struct ip ip_of(const char *text)
{
	struct ip ip = {{0}};

	assert_int_equal(ip_parse(str_c(text), &ip), RC_OK);
	return ip;
}

static void test_proxies__give_the_last_address_that_is_not_theirs(void **state)
{
	static const struct {
		const char *bytes, *caller;
	} rows[] = {
		{REQUEST "\r\n", "10.0.0.1"},
		{REQUEST XFF "192.0.2.1\r\n\r\n", "192.0.2.1"},
		{REQUEST XFF "2001:db8::1\r\n\r\n", "2001:db8::1"},
		{REQUEST XFF "::ffff:192.0.2.1\r\n\r\n", "192.0.2.1"},
		/* The left ones are what the caller says of himself. */
		{REQUEST XFF "198.51.100.9, 192.0.2.1\r\n\r\n", "192.0.2.1"},
		{REQUEST XFF "198.51.100.9,\t192.0.2.1 , 10.0.0.2\r\n\r\n", "192.0.2.1"},
		{REQUEST XFF "198.51.100.9\r\n" XFF "192.0.2.1\r\n\r\n", "192.0.2.1"},
		{REQUEST XFF "192.0.2.1\r\n" XFF "10.0.0.3, 10.0.0.2\r\n\r\n", "192.0.2.1"},
		{REQUEST XFF "10.0.0.3, 10.0.0.2\r\n\r\n", "10.0.0.3"},
		{REQUEST XFF "\r\n\r\n", "10.0.0.1"},
		{REQUEST XFF ", ,192.0.2.1,,\r\n\r\n", "192.0.2.1"},
		/* What is not an address ends the search at the proxy that said it. */
		{REQUEST XFF "unknown\r\n\r\n", "10.0.0.1"},
		{REQUEST XFF "192.0.2.1, unknown\r\n\r\n", "10.0.0.1"},
		{REQUEST XFF "192.0.2.1, unknown, 10.0.0.2\r\n\r\n", "10.0.0.2"},
		{REQUEST XFF "192.0.2.1\r\n" XFF "unknown\r\n\r\n", "10.0.0.1"},
		{REQUEST XFF "192.0.2.1:80\r\n\r\n", "10.0.0.1"},
		/* 10.0.0.0/29 ends with 10.0.0.7. */
		{REQUEST XFF "192.0.2.1, 10.0.0.7\r\n\r\n", "192.0.2.1"},
		{REQUEST XFF "192.0.2.1, 10.0.0.8\r\n\r\n", "10.0.0.8"},
	};
	struct cidr trusted = {.bits = 0};
	const char *why;

	(void)state;
	assert_int_equal(cidr_parse(STR("10.0.0.0/29"), &trusted, &why), RC_OK);
	struct proxies proxies = {&trusted, 1};
	struct ip peer = ip_of("10.0.0.1");
	assert_true(proxies_trust(&proxies, &peer));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct outcome o = feed(str_c(rows[i].bytes), 0, one_piece, NULL);
		char text[IP_CHARS_MAX + 1];
		assert_int_equal(o.result, FRAMING_READY);
		struct ip caller = proxies_caller(&proxies, &peer, &o.framing, o.bytes);
		ip_format(&caller, text);
		assert_string_equal(text, rows[i].caller);
		outcome_fini(&o);
	}
}

static void test_proxies__trust_nobody_unless_told(void **state)
{
	struct proxies none = {NULL, 0};
	struct ip loopback = ip_of("127.0.0.1");

	(void)state;
	assert_false(proxies_trust(&none, &loopback));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proxies__give_the_last_address_that_is_not_theirs),
		cmocka_unit_test(test_proxies__trust_nobody_unless_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
