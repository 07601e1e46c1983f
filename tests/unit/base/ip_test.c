#include "base/ip.h"

#include <arpa/inet.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct ip ip_of(const char *text)
{
	struct ip ip = {{0}};

	if (ip_parse(str_c(text), &ip) != RC_OK)
		fail_msg("%s is refused", text);
	return ip;
}

static struct cidr cidr_of(const char *text)
{
	struct cidr c = {.bits = 0};
	const char *why = NULL;

	if (cidr_parse(str_c(text), &c, &why) != RC_OK)
		fail_msg("%s is refused: %s", text, why);
	assert_null(why);
	return c;
}

static void test_ip__reads_addresses_and_writes_them_in_one_form(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"10.20.100.9", "10.20.100.9"},
		{"::ffff:192.0.2.1", "192.0.2.1"},
		{"::FFFF:192.0.2.1", "192.0.2.1"},
		{"::ffff:c000:201", "192.0.2.1"},
		{"0:0:0:0:0:ffff:192.0.2.1", "192.0.2.1"},
		{"0000:0000:0000:0000:0000:ffff:192.168.100.200", "192.168.100.200"},
		{"::", "::"},
		{"::1", "::1"},
		{"1::", "1::"},
		{"::1.2.3.4", "::102:304"},
		{"2001:db8::1", "2001:db8::1"},
		{"2001:DB8::ABCD", "2001:db8::abcd"},
		{"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
		{"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
		/* RFC 5952: one zero group alone stays; the longest run goes; the first of equals.
		 */
		{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
		{"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
		{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
		{"0:0:1:2:3:4:0:0", "::1:2:3:4:0:0"},
		{"1:0:0:0:0:0:0:0", "1::"},
		{"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
		{"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
		{"0:1:0:1:0:1:0:1", "0:1:0:1:0:1:0:1"},
		{"10:200:3000:40:0:0:7:ab", "10:200:3000:40::7:ab"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[IP_CHARS_MAX + 1];
		struct ip ip = ip_of(cases[i].in);
		ip_format(&ip, text);
		assert_string_equal(text, cases[i].out);
		struct ip again = ip_of(text);
		assert_true(ip_equal(&ip, &again));
	}
}

static void test_ip__refuses_every_other_form(void **state)
{
	static const struct str bad[] = {
		{NULL, 0},
		STR_INIT(""),
		STR_INIT("."),
		STR_INIT(":"),
		STR_INIT(":::"),
		STR_INIT("1"),
		STR_INIT("1.2.3"),
		STR_INIT("1.2.3."),
		STR_INIT(".1.2.3"),
		STR_INIT("1..2.3"),
		STR_INIT("1.2.3.4."),
		STR_INIT("1.2.3.4.5"),
		STR_INIT("256.0.0.1"),
		STR_INIT("1.2.3.256"),
		STR_INIT("1.2.3.999"),
		STR_INIT("1.2.3.1000"),
		STR_INIT("1.2.3.00"),
		STR_INIT("01.2.3.4"),
		STR_INIT("1.2.3.04"),
		STR_INIT("1.2.3.004"),
		STR_INIT("0x1.2.3.4"),
		STR_INIT("1.2.3.-4"),
		STR_INIT("1.2.3.+4"),
		STR_INIT(" 1.2.3.4"),
		STR_INIT("1.2.3.4 "),
		STR_INIT("1.2.3 .4"),
		STR_INIT("1.2.3.4\n"),
		STR_INIT("1.2.3.4\0"),
		STR_INIT("1.2.3.4/32"),
		STR_INIT("1.2.3.4:80"),
		STR_INIT("3232235777"),
		STR_INIT("localhost"),
		STR_INIT("1:2:3:4:5:6:7"),
		STR_INIT("1:2:3:4:5:6:7:8:9"),
		STR_INIT("1:2:3:4:5:6:7:"),
		STR_INIT(":2:3:4:5:6:7:8"),
		STR_INIT("1::2::3"),
		STR_INIT("1:2:3:4::5:6:7:8"),
		STR_INIT("::12345"),
		STR_INIT("::00001"),
		STR_INIT("::g"),
		STR_INIT("::1 "),
		STR_INIT(" ::1"),
		STR_INIT("::1\0"),
		STR_INIT("[::1]"),
		STR_INIT("fe80::1%eth0"),
		STR_INIT("fe80::1%1"),
		STR_INIT("::1/128"),
		STR_INIT("::ffff:1.2.3"),
		STR_INIT("::ffff:1.2.3.256"),
		STR_INIT("::ffff:01.2.3.4"),
		STR_INIT("::1.2.3.4:5"),
		STR_INIT("1:2:3:4:5:6:7:1.2.3.4"),
		STR_INIT("0000:0000:0000:0000:0000:ffff:192.168.100.2000"),
		STR_INIT("00000000000000000000000000000000000000000000000000000000000::1"),
	};
	struct ip untouched;

	(void)state;
	memset(&untouched, 0xa5, sizeof(untouched));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct ip ip = untouched;
		if (ip_parse(bad[i], &ip) != RC_INVALID)
			fail_msg("%.*s is accepted", STR_ARGS(bad[i]));
		assert_true(ip_equal(&ip, &untouched));
	}
}

/* The C library's writer agrees with RFC 5952 where no IPv4 address is embedded. */
static void test_ip__writes_ipv6_as_the_c_library_does(void **state)
{
	(void)state;
	for (unsigned zeros = 0; zeros < 256; zeros++) {
		char text[IP_CHARS_MAX + 1], expected[INET6_ADDRSTRLEN];
		struct ip ip = {{0}};
		for (unsigned k = 0; k < 8; k++)
			ip.bytes[2 * k + k % 2] = zeros >> k & 1 ? 0 : (uint8_t)(0x1b * k + 1);
		assert_non_null(inet_ntop(AF_INET6, ip.bytes, expected, sizeof(expected)));
		ip_format(&ip, text);
		if (!strchr(expected, '.'))
			assert_string_equal(text, expected);
		struct ip again = ip_of(text);
		assert_true(ip_equal(&ip, &again));
	}
}

static void test_ip__takes_ipv4_in_ipv6_for_the_same_address(void **state)
{
	struct ip a = ip_of("192.0.2.1"), b = ip_of("::ffff:192.0.2.1"), c = ip_of("192.0.2.2"),
		  d = ip_of("::192.0.2.1");

	(void)state;
	assert_true(ip_equal(&a, &b));
	assert_false(ip_equal(&a, &c));
	assert_false(ip_equal(&a, &d));
}

static void test_cidr__reads_networks_and_writes_them_in_one_form(void **state)
{
	static const struct {
		const char *in, *out;
		unsigned bits;
	} cases[] = {
		{"192.0.2.0/24", "192.0.2.0/24", 120},
		{"192.0.2.1", "192.0.2.1/32", 128},
		{"192.0.2.1/32", "192.0.2.1/32", 128},
		{"192.0.2.128/25", "192.0.2.128/25", 121},
		{"10.0.0.0/8", "10.0.0.0/8", 104},
		{"0.0.0.0/0", "0.0.0.0/0", 96},
		{"128.0.0.0/1", "128.0.0.0/1", 97},
		{"::ffff:192.0.2.0/120", "192.0.2.0/24", 120},
		{"::ffff:0:0/96", "0.0.0.0/0", 96},
		{"2001:DB8::/32", "2001:db8::/32", 32},
		{"2001:db8::1", "2001:db8::1/128", 128},
		{"::/0", "::/0", 0},
		{"fe80::/10", "fe80::/10", 10},
		{"1:2:3:4:5:6:7:8/128", "1:2:3:4:5:6:7:8/128", 128},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 128},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[CIDR_CHARS_MAX + 1];
		struct cidr c = cidr_of(cases[i].in);
		assert_int_equal(c.bits, cases[i].bits);
		cidr_format(&c, text);
		assert_string_equal(text, cases[i].out);
		struct cidr again = cidr_of(text);
		assert_true(cidr_equal(&c, &again));
	}
}

static void test_cidr__refuses_every_other_form_and_says_why(void **state)
{
	static const struct {
		struct str text;
		const char *why;
	} bad[] = {
		{{NULL, 0}, "not an IPv4 or IPv6 address"},
		{STR_INIT("/"), "not an IPv4 or IPv6 address"},
		{STR_INIT("/24"), "not an IPv4 or IPv6 address"},
		{STR_INIT("192.0.2/24"), "not an IPv4 or IPv6 address"},
		{STR_INIT("192.0.2.0 /24"), "not an IPv4 or IPv6 address"},
		{STR_INIT("office"), "not an IPv4 or IPv6 address"},
		{STR_INIT("192.0.2.0/"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/33"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/120"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/024"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/-1"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/ 24"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/24 "), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/24/24"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/24\0"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("192.0.2.0/255.255.255.0"),
		 "the prefix length is not a number from 0 to 32"},
		{STR_INIT("0.0.0.0/4294967296"), "the prefix length is not a number from 0 to 32"},
		{STR_INIT("2001:db8::/129"), "the prefix length is not a number from 0 to 128"},
		{STR_INIT("2001:db8::/999"), "the prefix length is not a number from 0 to 128"},
		{STR_INIT("2001:db8::/1280"), "the prefix length is not a number from 0 to 128"},
		{STR_INIT("2001:db8::/"), "the prefix length is not a number from 0 to 128"},
		{STR_INIT("192.0.2.1/24"), "the address has bits set behind the prefix"},
		{STR_INIT("192.0.2.1/31"), "the address has bits set behind the prefix"},
		{STR_INIT("192.0.2.128/24"), "the address has bits set behind the prefix"},
		{STR_INIT("1.0.0.0/0"), "the address has bits set behind the prefix"},
		{STR_INIT("::1/127"), "the address has bits set behind the prefix"},
		{STR_INIT("2001:db8::1/32"), "the address has bits set behind the prefix"},
		{STR_INIT("::ffff:192.0.2.0/24"), "the address has bits set behind the prefix"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct cidr c = {.bits = 77};
		const char *why = NULL;
		if (cidr_parse(bad[i].text, &c, &why) != RC_INVALID)
			fail_msg("%.*s is accepted", STR_ARGS(bad[i].text));
		assert_non_null(why);
		assert_string_equal(why, bad[i].why);
		assert_int_equal(c.bits, 77);
	}
}

static void test_cidr__contains_both_its_ends_and_nothing_beyond(void **state)
{
	static const struct {
		const char *network, *before, *first, *last, *behind;
	} cases[] = {
		{"192.0.2.0/24", "192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
		{"192.0.2.64/26", "192.0.2.63", "192.0.2.64", "192.0.2.127", "192.0.2.128"},
		{"192.0.2.6/31", "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8"},
		{"192.0.2.7", "192.0.2.6", "192.0.2.7", "192.0.2.7", "192.0.2.8"},
		{"10.0.0.0/8", "9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
		{"0.0.0.0/0", "::fffe:ffff:ffff", "0.0.0.0", "255.255.255.255", "::1:0:0:0"},
		{"2001:db8::/32", "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
		 "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
		{"2001:db8::8/125", "2001:db8::7", "2001:db8::8", "2001:db8::f", "2001:db8::10"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct cidr c = cidr_of(cases[i].network);
		struct ip before = ip_of(cases[i].before), first = ip_of(cases[i].first),
			  last = ip_of(cases[i].last), behind = ip_of(cases[i].behind);
		assert_false(cidr_contains(&c, &before));
		assert_true(cidr_contains(&c, &first));
		assert_true(cidr_contains(&c, &last));
		assert_false(cidr_contains(&c, &behind));
	}
}

static void test_cidr__looks_at_every_bit_of_the_prefix_and_at_no_other(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits <= 128; bits++) {
		struct cidr c = {.bits = (uint8_t)bits};
		for (unsigned bit = 0; bit < 128; bit++) {
			struct ip ip = {{0}};
			ip.bytes[bit / 8] = (uint8_t)(0x80 >> bit % 8);
			assert_int_equal(cidr_contains(&c, &ip), bit >= bits);
		}
	}
}

static void test_cidr__takes_an_ipv4_network_for_the_same_within_ipv6(void **state)
{
	struct cidr a = cidr_of("192.0.2.0/24"), b = cidr_of("::ffff:192.0.2.0/120"),
		    c = cidr_of("192.0.2.0/25"), d = cidr_of("192.0.3.0/24"), all = cidr_of("::/0");
	struct ip mapped = ip_of("::ffff:192.0.2.200");

	(void)state;
	assert_true(cidr_equal(&a, &b));
	assert_false(cidr_equal(&a, &c));
	assert_false(cidr_equal(&a, &d));
	assert_true(cidr_contains(&a, &mapped));
	assert_false(cidr_contains(&c, &mapped));
	assert_true(cidr_contains(&all, &mapped));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip__reads_addresses_and_writes_them_in_one_form),
		cmocka_unit_test(test_ip__refuses_every_other_form),
		cmocka_unit_test(test_ip__writes_ipv6_as_the_c_library_does),
		cmocka_unit_test(test_ip__takes_ipv4_in_ipv6_for_the_same_address),
		cmocka_unit_test(test_cidr__reads_networks_and_writes_them_in_one_form),
		cmocka_unit_test(test_cidr__refuses_every_other_form_and_says_why),
		cmocka_unit_test(test_cidr__contains_both_its_ends_and_nothing_beyond),
		cmocka_unit_test(test_cidr__looks_at_every_bit_of_the_prefix_and_at_no_other),
		cmocka_unit_test(test_cidr__takes_an_ipv4_network_for_the_same_within_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
