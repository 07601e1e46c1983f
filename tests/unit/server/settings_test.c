#include "settings_case.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- the table ---------------------------------------------------------------------- */

static void test_settings__table_is_sound(void **state)
{
	const char *why = "";

	(void)state;
	if (!settings_sound(&why))
		fail_msg("%s", why);
}

static void test_settings__have_their_defaults(void **state)
{
	struct settings s;

	(void)state;
	good(NULL, &s);
	assert_int_equal(s.n_listen, 1);
	assert_string_equal(s.listen[0], "127.0.0.1:8080");
	assert_string_equal(s.base_path, "");
	assert_string_equal(s.tls_cert, "");
	assert_string_equal(s.tls_key, "");
	assert_false(s.plain_http);
	assert_int_equal(s.n_trusted_proxies, 0);
	assert_int_equal(s.threads, 0);
	assert_int_equal(s.body_bytes_max, 65536);
	assert_int_equal(s.connections_max, 10000);
	assert_int_equal(s.connections_per_address_max, 5000);
	assert_int_equal(s.head_ms, 5000);
	assert_int_equal(s.whole_ms, 10000);
	assert_int_equal(s.write_ms, 10000);
	assert_int_equal(s.idle_ms, 60000);
	assert_int_equal(s.drain_ms, 5000);
	assert_int_equal(s.token_failures_per_minute, 5);
	assert_int_equal(s.minutes, 60);
	assert_int_equal(s.log_level, LOG_INFO);
	assert_int_equal(s.log_format, LOG_AUTO);
	settings_fini(&s);
}

/* ---- the file ----------------------------------------------------------------------- */

static void test_settings__come_from_the_file(void **state)
{
	struct settings s;
	char text[CIDR_CHARS_MAX + 1];

	(void)state;
	good("# A comment.\n"
	     "\n"
	     "[server]\n"
	     "listen = \"127.0.0.1:1, [::1]:65535,127.9.9.9:0\" # a comment\n"
	     "base_path=/api/v2\n"
	     "\ttrusted_proxies = '10.0.0.0/8 ,  2001:db8::1'\r\n"
	     "   threads =   256   # another\n"
	     "plain_http = true\n"
	     "[limits] # here too\n"
	     "drain_ms = 0\n"
	     "[database]\n"
	     "url = \"postgresql://pdmd@db1,db2:5433/pdmd?sslmode=verify-full\"\n"
	     "replica_reads = on\n"
	     "[log]\n"
	     "level = \"warn\"\n"
	     "format = json",
	     &s);
	assert_int_equal(s.n_listen, 3);
	assert_string_equal(s.listen[0], "127.0.0.1:1");
	assert_string_equal(s.listen[1], "[::1]:65535");
	assert_string_equal(s.listen[2], "127.9.9.9:0");
	assert_string_equal(s.base_path, "/api/v2");
	assert_int_equal(s.n_trusted_proxies, 2);
	cidr_format(&s.trusted_proxies[0], text);
	assert_string_equal(text, "10.0.0.0/8");
	cidr_format(&s.trusted_proxies[1], text);
	assert_string_equal(text, "2001:db8::1/128");
	assert_int_equal(s.threads, 256);
	assert_true(s.plain_http);
	assert_int_equal(s.drain_ms, 0);
	assert_string_equal(s.database_url,
			    "postgresql://pdmd@db1,db2:5433/pdmd?sslmode=verify-full");
	assert_int_equal(s.replica_reads, 1);
	assert_int_equal(s.database_readers, 2);
	assert_int_equal(s.database_writers, 16);
	assert_int_equal(s.deadline_ms, 2000);
	assert_int_equal(s.replica_staleness_ms, 1000);
	assert_int_equal(s.log_level, LOG_WARN);
	assert_int_equal(s.log_format, LOG_JSON);
	assert_int_equal(s.head_ms, 5000);
	settings_fini(&s);
}

static void test_settings__keep_what_stands_between_quotation_marks(void **state)
{
	static const struct {
		const char *file, *value;
	} cases[] = {
		{"[server]\ntls_cert = \"/a b;c#d = e\"\ntls_key = k", "/a b;c#d = e"},
		{"[server]\ntls_cert = '\"'\ntls_key = k", "\""},
		{"[server]\ntls_cert = 'a\\b'\ntls_key = k", "a\\b"},
		{"[server]\ntls_cert = a#b ;c # d\ntls_key = k", "a#b ;c"},
		{"[server]\ntls_cert = \"\" # e\ntls_key = # f", ""},
		{"[server]\ntls_cert = \xc3\xa4\ntls_key = k", "\xc3\xa4"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s;

		good(cases[i].file, &s);
		assert_string_equal(s.tls_cert, cases[i].value);
		settings_fini(&s);
	}
}

static void test_settings__take_long_lists(void **state)
{
	CLEANUP(text_fini) struct text file;
	struct settings s;

	(void)state;
	text_init(&file, 1 << 20);
	text_add_c(&file, "[server]\ntrusted_proxies = \"");
	for (int i = 0; i < SETTINGS_LIST_MAX; i++)
		text_printf(&file, "%s2001:db8:1111:2222:3333:4444:5555:%x/128   ", i ? "," : "",
			    i);
	text_add_c(&file, "\"\n");
	good(text_c(&file), &s);
	assert_int_equal(s.n_trusted_proxies, SETTINGS_LIST_MAX);
	settings_fini(&s);
}

static void test_settings__refuse_with_a_sentence_that_says_where_and_what(void **state)
{
	static const struct {
		const char *file, *why;
	} cases[] = {
		{"[server]\n\nlisen = x",
		 "pdmd.conf:3: server.lisen is not a setting; did you mean server.listen?"},
		{"[server]\nbody_bytes_max = 5",
		 "pdmd.conf:2: server.body_bytes_max is not a setting; "
		 "did you mean limits.body_bytes_max?"},
		{"[session]\nzzzzz = 5",
		 "pdmd.conf:2: session.zzzzz is not a setting; the section has minutes"},
		{"[log]\nzzzzz = 5",
		 "pdmd.conf:2: log.zzzzz is not a setting; the section has format, level"},
		{"[sever]\n", "pdmd.conf:1: [sever] is not a section; did you mean [server]?"},
		{"[ server ]\n",
		 "pdmd.conf:1: [ server ] is not a section; did you mean [server]?"},
		{"[zzzzz]\n",
		 "pdmd.conf:1: [zzzzz] is not a section; there are [server], [database], [limits], [session], "
		 "[log]"},
		{"listen = x", "pdmd.conf:1: listen stands before the first [section]"},
		{"[server]\nthreads = 1\n# and\nthreads = 1\n",
		 "pdmd.conf:4: server.threads is set a second time; the first is in line 2"},
		{"[server\nthreads = 1\n",
		 "pdmd.conf:1: a section is written [name], alone on its line"},
		{"[server] threads = 1\n",
		 "pdmd.conf:1: a section is written [name], alone on its line"},
		{"[server]\nthreads\n", "pdmd.conf:2: a line is [section] or name = value"},
		{"[server]\nthreads: 1\n", "pdmd.conf:2: a line is [section] or name = value"},
		{"[server]\n; threads\n", "pdmd.conf:2: a line is [section] or name = value"},
		{"[server]\ntls_key = \"a\n", "pdmd.conf:2: the closing quotation mark is missing"},
		{"[server]\ntls_key = \"a\" b\n",
		 "pdmd.conf:2: something stands behind the closing quotation mark"},
		{"[server]\ntls_key = \"a\\b\"\n",
		 "pdmd.conf:2: a backslash between \"\"; put the text between '' instead"},
		{"[server]\ntls_key = a\x01z\n", "pdmd.conf:2: not a line of text in UTF-8"},
		{"[server]\ntls_key = \xff\n", "pdmd.conf:2: not a line of text in UTF-8"},
		/* A URL may have a password in it. */
		{"[database]\nurl = \"mysql://pdmd:secret@db1/pdmd\"\n",
		 "pdmd.conf:2: database.url must be empty, or postgresql://USER@HOST:PORT/DATABASE"},
		{"[session]\nminutes = 0\n", "pdmd.conf:2: session.minutes must be a whole number "
					     "from 1 to 1440, not \"0\""},
		{"[server]\nplain_http = yes\n",
		 "pdmd.conf:2: server.plain_http must be true or false, not \"yes\""},
		{"[log]\nlevel = loud\n",
		 "pdmd.conf:2: log.level must be one of debug, info, warn, error, not \"loud\""},
		{"[server]\nbase_path = api\n",
		 "pdmd.conf:2: server.base_path must be empty, or begin with / and not end with it, "
		 "of letters, digits and ._~/-, not \"api\""},
		{"[server]\nlisten = 127.0.0.1:1, 8080\n",
		 "pdmd.conf:2: server.listen must be 1 to 32 addresses with a port, separated by "
		 "commas, such as 192.0.2.1:8080 or [::1]:8080, not \"8080\""},
		{"[server]\ntrusted_proxies = 10.0.0.1/8\n",
		 "pdmd.conf:2: server.trusted_proxies must be at most 32 networks, separated by "
		 "commas, such as 192.0.2.0/24 or 2001:db8::/32, not \"10.0.0.1/8\": "
		 "the address has bits set behind the prefix"},
		{"[server]\ntls_cert = c\n", "pdmd.conf:2: server.tls_cert is set but "
					     "server.tls_key is not; TLS needs both"},
		{"[server]\ntls_key = k\n", "pdmd.conf:2: server.tls_key is set but "
					    "server.tls_cert is not; TLS needs both"},
		{"[server]\nlisten = 127.0.0.1:1, 192.0.2.1:80\n",
		 "pdmd.conf:2: server.listen has 192.0.2.1:80, which is not loopback, and there is "
		 "no TLS: set server.tls_cert and server.tls_key, or server.plain_http = true to "
		 "allow plain HTTP there"},
	};
	CLEANUP(text_fini) struct text why;

	(void)state;
	text_init(&why, PATH_MAX);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct settings s;

		assert_int_equal(load(cases[i].file, NULL, 0, &s, &why), RC_INVALID);
		assert_string_equal(text_c(&why), cases[i].why);
	}
}

static void test_settings__refuse_a_file_that_is_none(void **state)
{
	static char big[1024 * 1024 + 1];
	static const char nul[] = "[server]\nthreads\0 = 1\n";
	CLEANUP(text_fini) struct text why;
	struct settings s;

	(void)state;
	text_init(&why, PATH_MAX);
	assert_int_equal(settings_load(&s, "missing.conf", NULL, 0, &why), RC_NOTFOUND);
	assert_string_equal(text_c(&why),
			    "missing.conf: cannot be read: No such file or directory");
	text_clear(&why);
	assert_int_equal(settings_load(&s, ".", NULL, 0, &why), RC_INVALID);
	assert_string_equal(text_c(&why), ".: cannot be read: Is a directory");
	text_clear(&why);
	write_file(nul, sizeof(nul) - 1);
	assert_int_equal(settings_load(&s, "pdmd.conf", NULL, 0, &why), RC_INVALID);
	assert_string_equal(text_c(&why), "pdmd.conf:2: a byte that is not text");
	text_clear(&why);
	memset(big, '\n', sizeof(big));
	write_file(big, sizeof(big) - 1);
	assert_int_equal(settings_load(&s, "pdmd.conf", NULL, 0, &why), RC_OK);
	settings_fini(&s);
	write_file(big, sizeof(big));
	assert_int_equal(settings_load(&s, "pdmd.conf", NULL, 0, &why), RC_INVALID);
	assert_string_equal(text_c(&why), "pdmd.conf: too long for a settings file; at most 1 MiB");
}

static void test_settings__take_lines_up_to_a_length(void **state)
{
	CLEANUP(text_fini) struct text why, file;

	(void)state;
	text_init(&why, PATH_MAX);
	text_init(&file, 1 << 20);
	for (size_t n = 8180; n < 8200; n++) {
		struct settings s;

		text_clear(&file);
		text_add_c(&file, "#");
		while (file.n < n)
			text_add_c(&file, "x");
		text_add_c(&file, "\n[session]\nminutes = 7\n");
		enum rc rc = load(text_c(&file), NULL, 0, &s, &why);
		if (n <= 8190) {
			assert_int_equal(rc, RC_OK);
			assert_int_equal(s.minutes, 7);
			settings_fini(&s);
			continue;
		}
		assert_int_equal(rc, RC_INVALID);
		assert_string_equal(text_c(&why), "pdmd.conf:1: the line is too long");
	}
}

/* ---- the order of sources ----------------------------------------------------------- */

static void test_settings__last_source_wins(void **state)
{
	static const struct setting_flag flag = {"session.minutes", "4", "--minutes"};
	CLEANUP(text_fini) struct text why;
	struct settings s;

	(void)state;
	text_init(&why, PATH_MAX);
	assert_int_equal(load("[session]\nminutes = 2", NULL, 0, &s, &why), RC_OK);
	assert_int_equal(s.minutes, 2);
	settings_fini(&s);
	assert_int_equal(setenv("PDMD_SESSION_MINUTES", "3", 1), 0);
	assert_int_equal(load("[session]\nminutes = 2", NULL, 0, &s, &why), RC_OK);
	assert_int_equal(s.minutes, 3);
	settings_fini(&s);
	assert_int_equal(load("[session]\nminutes = 2", &flag, 1, &s, &why), RC_OK);
	assert_int_equal(s.minutes, 4);
	settings_fini(&s);
	/* One that is overridden must be good all the same. */
	assert_int_equal(load("[session]\nminutes = 0", &flag, 1, &s, &why), RC_INVALID);
	assert_int_equal(unsetenv("PDMD_SESSION_MINUTES"), 0);
}

static void test_settings__later_list_takes_the_place_of_the_earlier(void **state)
{
	static const struct setting_flag flag = {"server.listen", "127.0.0.1:9", "--listen"};
	CLEANUP(text_fini) struct text why;
	struct settings s;

	(void)state;
	text_init(&why, PATH_MAX);
	assert_int_equal(load("[server]\nlisten = 127.0.0.1:1, 127.0.0.1:2", &flag, 1, &s, &why),
			 RC_OK);
	assert_int_equal(s.n_listen, 1);
	assert_string_equal(s.listen[0], "127.0.0.1:9");
	settings_fini(&s);
}

static void test_settings__refuse_variables_and_flags_with_a_sentence(void **state)
{
	static const struct {
		const char *variable, *value, *why;
	} cases[] = {
		{"PDMD_SERVER_LISEN", "x",
		 "environment: PDMD_SERVER_LISEN is not a setting; did you mean PDMD_SERVER_LISTEN?"},
		{"PDMD_ZZZ", "x", "environment: PDMD_ZZZ is not a setting"},
		{"PDMD_", "", "environment: PDMD_ is not a setting"},
		{"PDMD_LIMITS_HEAD_MS", "x",
		 "environment: PDMD_LIMITS_HEAD_MS must be a whole number from 100 to 600000, "
		 "not \"x\""},
		{"PDMD_SERVER_TLS_KEY", "a\nb",
		 "environment: PDMD_SERVER_TLS_KEY must be text in UTF-8 without control characters"},
		{"PDMD_SERVER_TLS_KEY", "k",
		 "environment: PDMD_SERVER_TLS_KEY is set but "
		 "server.tls_cert is not; TLS needs both"},
	};
	static const struct setting_flag flag = {"server.listen", "80", "--listen"};
	CLEANUP(text_fini) struct text why;
	struct settings s;

	(void)state;
	text_init(&why, PATH_MAX);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(setenv(cases[i].variable, cases[i].value, 1), 0);
		enum rc rc = load(NULL, NULL, 0, &s, &why);
		assert_int_equal(unsetenv(cases[i].variable), 0);
		assert_int_equal(rc, RC_INVALID);
		assert_string_equal(text_c(&why), cases[i].why);
	}
	assert_int_equal(load(NULL, &flag, 1, &s, &why), RC_INVALID);
	assert_string_equal(
		text_c(&why),
		"--listen: server.listen must be 1 to 32 addresses with a port, "
		"separated by commas, such as 192.0.2.1:8080 or [::1]:8080, not \"80\"");
}

static void test_settings__leave_other_variables_alone(void **state)
{
	struct settings s;

	(void)state;
	assert_int_equal(setenv("PDMDX_SERVER_LISTEN", "x", 1), 0);
	assert_int_equal(setenv("pdmd_server_listen", "x", 1), 0);
	good(NULL, &s);
	settings_fini(&s);
	assert_int_equal(unsetenv("PDMDX_SERVER_LISTEN"), 0);
	assert_int_equal(unsetenv("pdmd_server_listen"), 0);
}

static void test_settings__cut_long_values_out_of_messages(void **state)
{
	CLEANUP(text_fini) struct text why;
	char value[200];
	const struct setting_flag flag = {"server.base_path", value, "--base-path"};
	struct settings s;

	(void)state;
	text_init(&why, PATH_MAX);
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_int_equal(load(NULL, &flag, 1, &s, &why), RC_INVALID);
	assert_null(strstr(text_c(&why), "xxx"));
	assert_non_null(strstr(text_c(&why), "199 bytes"));
}

/* ---- comparing ---------------------------------------------------------------------- */

static void note(void *owner, const char *setting)
{
	text_printf(owner, "%s ", setting);
}

static void test_settings__tell_which_differ(void **state)
{
	CLEANUP(text_fini) struct text names;
	struct settings a, b;

	(void)state;
	text_init(&names, PATH_MAX);
	good("[server]\nlisten = 127.0.0.1:1,127.0.0.1:2\ntrusted_proxies = 10.0.0.0/8\n", &a);
	good("[server]\nlisten = \"127.0.0.1:1, 127.0.0.1:2\"\ntrusted_proxies = 10.0.0.0/8\n", &b);
	settings_compare(&a, &b, note, &names);
	assert_string_equal(text_c(&names), "");
	settings_fini(&b);
	good("[server]\nlisten = 127.0.0.1:1,127.0.0.1:3\ntrusted_proxies = 10.0.0.0/9\n"
	     "base_path = /x\nplain_http = true\n[session]\nminutes = 1\n[log]\nlevel = error\n",
	     &b);
	settings_compare(&a, &b, note, &names);
	assert_string_equal(text_c(&names), "server.base_path server.listen server.plain_http "
					    "server.trusted_proxies session.minutes log.level ");
	settings_fini(&b);
	text_clear(&names);
	good("[server]\nlisten = 127.0.0.1:1\n", &b);
	settings_compare(&a, &b, note, &names);
	assert_string_equal(text_c(&names), "server.listen server.trusted_proxies ");
	settings_fini(&a);
	settings_fini(&b);
}

/* ---- the example -------------------------------------------------------------------- */

static void test_settings__example_in_the_project_is_the_tables(void **state)
{
	CLEANUP(text_fini) struct text example;
	static char file[1 << 20];
	FILE *f = fopen(PDMD_CONF_EXAMPLE, "r");

	(void)state;
	assert_non_null(f);
	file[fread(file, 1, sizeof(file) - 1, f)] = '\0';
	assert_int_equal(fclose(f), 0);
	text_init(&example, sizeof(file));
	settings_write_example(&example);
	assert_string_equal(file, text_c(&example));
}

static void test_settings__example_can_be_used_as_it_is_and_with_every_line(void **state)
{
	CLEANUP(text_fini) struct text example, names;
	struct settings defaults, s;

	(void)state;
	text_init(&example, 1 << 20);
	text_init(&names, PATH_MAX);
	settings_write_example(&example);
	good(NULL, &defaults);
	good(text_c(&example), &s);
	settings_compare(&defaults, &s, note, &names);
	settings_fini(&s);
	size_t n_lines = 0;
	for (size_t i = 1; i + 1 < example.n; i++)
		/* "#name = value" is a setting, "# Text" is help. */
		if (example.p[i - 1] == '\n' && example.p[i] == '#' && example.p[i + 1] != ' ' &&
		    example.p[i + 1] != '\n') {
			example.p[i] = ' ';
			n_lines++;
		}
	assert_int_equal(n_lines, 28);
	good(text_c(&example), &s);
	settings_compare(&defaults, &s, note, &names);
	assert_string_equal(text_c(&names), "");
	settings_fini(&s);
	settings_fini(&defaults);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_settings__table_is_sound),
		TEST(test_settings__have_their_defaults),
		TEST(test_settings__come_from_the_file),
		TEST(test_settings__keep_what_stands_between_quotation_marks),
		TEST(test_settings__take_long_lists),
		TEST(test_settings__refuse_with_a_sentence_that_says_where_and_what),
		TEST(test_settings__refuse_a_file_that_is_none),
		TEST(test_settings__take_lines_up_to_a_length),
		TEST(test_settings__last_source_wins),
		TEST(test_settings__later_list_takes_the_place_of_the_earlier),
		TEST(test_settings__refuse_variables_and_flags_with_a_sentence),
		TEST(test_settings__leave_other_variables_alone),
		TEST(test_settings__cut_long_values_out_of_messages),
		TEST(test_settings__tell_which_differ),
		TEST(test_settings__example_in_the_project_is_the_tables),
		TEST(test_settings__example_can_be_used_as_it_is_and_with_every_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
