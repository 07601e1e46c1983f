/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "cli/client.h"

static void test_client__knows_what_goes_over_a_network_in_clear(void **state)
{
	static const struct {
		const char *url;
		bool in_clear;
	} cases[] = {
		{"http://127.0.0.1:8080", false},
		{"http://127.0.0.1", false},
		{"http://127.1.2.3/api/v2/", false},
		{"http://localhost:8080", false},
		{"HTTP://LocalHost/", false},
		{"http://[::1]:8080", false},
		{"http://[::ffff:127.0.0.1]", false},
		{"127.0.0.1:8080", false},
		{"https://pdm.example", false},
		{"HTTPS://pdm.example", false},
		{"http://pdm.example", true},
		{"Http://pdm.example", true},
		{"pdm.example:8080", true},
		{"http://127.evil.example", true},
		{"http://127.0.0.1.evil.example", true},
		{"http://localhost.evil.example", true},
		{"http://localhostess", true},
		{"http://localhost@evil.example", true},
		{"http://127.0.0.1:80@evil.example", true},
		{"http://192.0.2.1", true},
		{"http://128.0.0.1", true},
		{"http://[::2]", true},
		{"http://[2001:db8::1]:8080", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		if (client_in_clear(cases[i].url) != cases[i].in_clear)
			fail_msg("%s", cases[i].url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_client__knows_what_goes_over_a_network_in_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
