#include "cli/curl.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HEADER "-H 'Content-Type: application/json'"

static void test_curl__writes_a_line_that_a_shell_reads_as_it_is_meant(void **state)
{
	static const struct {
		const char *url, *body, *secret, *parting, *expected;
	} cases[] = {
		{"http://a:1", "{}", NULL, CURL_ONE_LINE,
		 "curl -sS http://a:1/Do " HEADER " -d '{}'"},
		{"http://a:1//", "{}", NULL, CURL_ONE_LINE,
		 "curl -sS http://a:1/Do " HEADER " -d '{}'"},
		{"http://a/$x", "{}", NULL, CURL_ONE_LINE,
		 "curl -sS 'http://a/$x/Do' " HEADER " -d '{}'"},
		{"http://a", "{\"n\":\"O'Hara $x\"}", NULL, CURL_ONE_LINE,
		 "curl -sS http://a/Do " HEADER " -d '{\"n\":\"O'\\''Hara $x\"}'"},
		{"http://a", "{\"k\":\"" CURL_SECRET "\"}", "$(cat 'f')", CURL_ONE_LINE,
		 "curl -sS http://a/Do " HEADER " -d '{\"k\":\"'\"$(cat 'f')\"'\"}'"},
		{"http://a", "{}", NULL, CURL_THREE_LINES,
		 "curl -sS http://a/Do \\\n     " HEADER " \\\n     -d '{}'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text t;
		text_init(&t, 1000);
		curl_line(cases[i].url, "Do", str_c(cases[i].body), cases[i].secret,
			  cases[i].parting, &t);
		assert_string_equal(text_c(&t), cases[i].expected);
		text_fini(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_curl__writes_a_line_that_a_shell_reads_as_it_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
