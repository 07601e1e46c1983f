#include "settings_case.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- types -------------------------------------------------------------------------- */

struct value_case {
	const char *setting, *value;
	bool good;
};

static void check_values(const struct value_case *cases, size_t n)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, PATH_MAX);
	for (size_t i = 0; i < n; i++) {
		const struct setting_flag flags[] = {
			{cases[i].setting, cases[i].value, "--flag"},
			{"server.plain_http", "true", "--plain-http"},
		};
		struct settings s;
		enum rc rc = load(NULL, flags, ARRAY_LEN(flags), &s, &why);

		if (rc != (cases[i].good ? RC_OK : RC_INVALID))
			fail_msg("%s = %s: %s", cases[i].setting, cases[i].value, text_c(&why));
		if (rc == RC_OK)
			settings_fini(&s);
	}
}

static void test_settings__numbers_are_whole_and_within_bounds(void **state)
{
	static const struct value_case cases[] = {
		{"limits.head_ms", "100", true},
		{"limits.head_ms", "600000", true},
		{"limits.head_ms", "99", false},
		{"limits.head_ms", "600001", false},
		{"limits.head_ms", "", false},
		{"limits.head_ms", "-100", false},
		{"limits.head_ms", "+100", false},
		{"limits.head_ms", " 100", false},
		{"limits.head_ms", "100 ", false},
		{"limits.head_ms", "0100", false},
		{"limits.head_ms", "1e3", false},
		{"limits.head_ms", "100.0", false},
		{"limits.head_ms", "0x100", false},
		{"limits.head_ms", "1_000", false},
		{"limits.head_ms", "18446744073709551716", false}, /* 2^64 + 100 */
		{"server.threads", "0", true},
		{"server.threads", "00", false},
		{"session.minutes", "1", true},
		{"session.minutes", "1440", true},
		{"session.minutes", "1441", false},
	};

	(void)state;
	check_values(cases, ARRAY_LEN(cases));
}

static void test_settings__words_are_exact(void **state)
{
	static const struct value_case cases[] = {
		{"server.plain_http", "false", true}, {"server.plain_http", "TRUE", false},
		{"server.plain_http", "1", false},    {"server.plain_http", "", false},
		{"log.level", "debug", true},         {"log.level", "error", true},
		{"log.level", "Error", false},        {"log.level", "err", false},
		{"log.level", "errors", false},       {"log.level", "", false},
		{"log.format", "auto", true},         {"log.format", "text", true},
	};

	(void)state;
	check_values(cases, ARRAY_LEN(cases));
}

static void test_settings__base_path_is_a_path_in_front(void **state)
{
	static const struct value_case cases[] = {
		{"server.base_path", "", true},           {"server.base_path", "/a", true},
		{"server.base_path", "/api/v2", true},    {"server.base_path", "/A-z_0.9~/b", true},
		{"server.base_path", "/", false},         {"server.base_path", "/api/", false},
		{"server.base_path", "api", false},       {"server.base_path", "/a//b", false},
		{"server.base_path", "//a", false},       {"server.base_path", "/a b", false},
		{"server.base_path", "/a?b", false},      {"server.base_path", "/a%20b", false},
		{"server.base_path", "/\xc3\xa4", false},
	};

	(void)state;
	check_values(cases, ARRAY_LEN(cases));
}

static void test_settings__listen_has_addresses_with_ports(void **state)
{
	static const struct value_case cases[] = {
		{"server.listen", "0.0.0.0:0", true},
		{"server.listen", "[::]:65535", true},
		{"server.listen", "[::ffff:192.0.2.1]:80", true},
		{"server.listen", "1.2.3.4:1,1.2.3.4:2", true},
		{"server.listen", "", false},
		{"server.listen", ",", false},
		{"server.listen", "1.2.3.4:1,", false},
		{"server.listen", ",1.2.3.4:1", false},
		{"server.listen", "1.2.3.4", false},
		{"server.listen", "1.2.3.4:", false},
		{"server.listen", ":80", false},
		{"server.listen", "80", false},
		{"server.listen", "1.2.3.4:65536", false},
		{"server.listen", "1.2.3.4:-1", false},
		{"server.listen", "1.2.3.4:080", false},
		{"server.listen", "::1:80", false},
		{"server.listen", "[::1]", false},
		{"server.listen", "[::1:80", false},
		{"server.listen", "[1.2.3.4]:80", false},
		{"server.listen", "[]:80", false},
		{"server.listen", "[::1]x:80", false},
		{"server.listen", "localhost:80", false},
		{"server.listen", "1.2.3.4 :80", false},
	};

	(void)state;
	check_values(cases, ARRAY_LEN(cases));
}

static void test_settings__lists_end_somewhere(void **state)
{
	char value[33 * 16] = "1.2.3.4:1";
	struct value_case cases[] = {{"server.listen", value, true}};

	(void)state;
	for (int i = 1; i < SETTINGS_LIST_MAX; i++)
		(void)strcat(value, ",1.2.3.4:1");
	check_values(cases, 1);
	(void)strcat(value, ",1.2.3.4:1");
	cases[0].good = false;
	check_values(cases, 1);
}

static void test_settings__plain_http_stays_on_loopback_unless_allowed(void **state)
{
	static const struct {
		const char *listen, *cert, *plain_http;
		bool good;
	} cases[] = {
		{"127.0.0.1:1", "", "false", true},
		{"127.255.255.255:1,[::1]:1", "", "false", true},
		{"[::ffff:127.0.0.1]:1", "", "false", true},
		{"126.255.255.255:1", "", "false", false},
		{"128.0.0.0:1", "", "false", false},
		{"0.0.0.0:1", "", "false", false},
		{"[::]:1", "", "false", false},
		{"[::2]:1", "", "false", false},
		{"127.0.0.1:1,0.0.0.0:1", "", "false", false},
		{"0.0.0.0:1", "", "true", true},
		{"0.0.0.0:1", "cert.pem", "false", true},
	};
	CLEANUP(text_fini) struct text why;

	(void)state;
	text_init(&why, PATH_MAX);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct setting_flag flags[] = {
			{"server.listen", cases[i].listen, "--listen"},
			{"server.tls_cert", cases[i].cert, "--tls-cert"},
			{"server.tls_key", cases[i].cert, "--tls-key"},
			{"server.plain_http", cases[i].plain_http, "--plain-http"},
		};
		struct settings s;
		enum rc rc = load(NULL, flags, ARRAY_LEN(flags), &s, &why);

		if (rc != (cases[i].good ? RC_OK : RC_INVALID))
			fail_msg("case %zu: %s", i, text_c(&why));
		if (rc == RC_OK)
			settings_fini(&s);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_settings__numbers_are_whole_and_within_bounds),
		TEST(test_settings__words_are_exact),
		TEST(test_settings__base_path_is_a_path_in_front),
		TEST(test_settings__listen_has_addresses_with_ports),
		TEST(test_settings__lists_end_somewhere),
		TEST(test_settings__plain_http_stays_on_loopback_unless_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
