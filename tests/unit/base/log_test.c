#include "base/log.h"

#include "base/clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"
#include "log_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_THREADS 4
#define N_LINES   500

/* ---- the form of a line --------------------------------------------------------------- */

static void test_log__writes_json_for_a_machine(void **state)
{
	(void)state;
	wire_open_pipe(LOG_JSON);
	log_event(LOG_INFO, "request", LOG_S(LOG_COMMAND, STR("GetCustomer")),
		  LOG_I(LOG_COMPANY_ID, 9001), LOG_I(LOG_CODE, INT64_MIN),
		  LOG_I(LOG_COUNT, INT64_MAX), LOG_I(LOG_HTTP, 0));
	assert_string_equal(wire_take(), "{\"time\":\"" WIRE_TIME "\",\"level\":\"info\","
					 "\"event\":\"request\",\"command\":\"GetCustomer\","
					 "\"company_id\":9001,\"code\":-9223372036854775808,"
					 "\"count\":9223372036854775807,\"http\":0}\n");
}

static void test_log__writes_text_for_a_person(void **state)
{
	(void)state;
	wire_open_pipe(LOG_TEXT);
	log_event(LOG_WARN, "listening", LOG_S(LOG_ADDRESS, STR("[::1]:8080")),
		  LOG_S(LOG_CAUSE, STR("no room left")), LOG_I(LOG_PID, 17));
	assert_string_equal(wire_take(),
			    WIRE_TIME " WARN  listening "
				      "address=[::1]:8080 cause=\"no room left\" pid=17\n");
}

static void test_log__writes_an_event_without_fields(void **state)
{
	(void)state;
	wire_open_pipe(LOG_JSON);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(wire_take(), HEAD_JSON "}\n");
}

static void test_log__names_each_level(void **state)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	(void)state;
	wire_open_pipe(LOG_JSON);
	log_set_lowest(LOG_DEBUG);
	for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
		char expected[32];
		(void)snprintf(expected, sizeof(expected), "\"level\":\"%s\"", names[level]);
		log_line(level, "e", NULL, 0);
		assert_non_null(strstr(wire_take(), expected));
	}
}

static void test_log__names_each_key(void **state)
{
	char seen[LOG_KEYS_END][32];

	(void)state;
	wire_open_pipe(LOG_TEXT);
	for (enum log_key key = 0; key < LOG_KEYS_END; key++) {
		log_event(LOG_INFO, "e", LOG_I(key, 5));
		const char *line = wire_take();
		assert_memory_equal(line, HEAD_TEXT " ", sizeof(HEAD_TEXT));
		const char *name = line + sizeof(HEAD_TEXT);
		size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz_");
		assert_in_range(n, 2, sizeof(seen[0]) - 1);
		assert_string_equal(name + n, "=5\n");
		(void)snprintf(seen[key], sizeof(seen[key]), "%.*s", (int)n, name);
		for (enum log_key other = 0; other < key; other++)
			assert_string_not_equal(seen[key], seen[other]);
	}
}

static void test_log__shows_the_time_of_every_line(void **state)
{
	static const struct {
		int64_t now_us;
		const char *time;
	} cases[] = {
		{1513242487000042, WIRE_TIME ""},
		{1513242487999999, "2017-12-14T09:08:07.999999Z"},
		{1513242488000000, "2017-12-14T09:08:08.000000Z"},
		{1513242487123456, "2017-12-14T09:08:07.123456Z"}, /* the clock was set back */
		{0, "1970-01-01T00:00:00.000000Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
	};

	(void)state;
	wire_open_pipe(LOG_TEXT);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		wire.now_us = cases[i].now_us;
		log_line(LOG_INFO, "e", NULL, 0);
		assert_memory_equal(wire_take(), cases[i].time, strlen(cases[i].time));
	}
}

static void test_log__escapes_values(void **state)
{
	static const struct {
		struct str value;
		const char *json, *text;
	} cases[] = {
		{{NULL, 0}, "\"\"", "\"\""},
		{STR_INIT("plain-1.2:3/4"), "\"plain-1.2:3/4\"", "plain-1.2:3/4"},
		{STR_INIT("two words"), "\"two words\"", "\"two words\""},
		{STR_INIT("a=b"), "\"a=b\"", "\"a=b\""},
		{STR_INIT("\""), "\"\\\"\"", "\"\\\"\""},
		{STR_INIT("C:\\x"), "\"C:\\\\x\"", "\"C:\\\\x\""},
		{STR_INIT("a\nb"), "\"a\\u000ab\"", "\"a\\u000ab\""},
		{STR_INIT("\x1b[2J"), "\"\\u001b[2J\"", "\"\\u001b[2J\""},
		{STR_INIT("\0\x7f"), "\"\\u0000\\u007f\"", "\"\\u0000\\u007f\""},
		{STR_INIT("caf\xc3\xa9"), "\"caf\xc3\xa9\"", "\"caf\xc3\xa9\""},
		{STR_INIT("\xf0\x9f\x92\x8a\xe2\x82\xac"), "\"\xf0\x9f\x92\x8a\xe2\x82\xac\"",
		 "\"\xf0\x9f\x92\x8a\xe2\x82\xac\""},
		{STR_INIT("\xc2\x9b"
			  "2J"),
		 "\"\\u009b2J\"", "\"\\u009b2J\""},
		{STR_INIT("caf\xe9"), "\"caf\\ufffd\"", "\"caf\\ufffd\""},
		{STR_INIT("\xc3\xa9\xff"), "\"\\ufffd\\ufffd\\ufffd\"",
		 "\"\\ufffd\\ufffd\\ufffd\""},
	};

	(void)state;
	for (int text = 0; text < 2; text++) {
		wire_open_pipe(text ? LOG_TEXT : LOG_JSON);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			char expected[200];
			(void)snprintf(expected, sizeof(expected),
				       text ? HEAD_TEXT " path=%s\n" : HEAD_JSON ",\"path\":%s}\n",
				       text ? cases[i].text : cases[i].json);
			log_event(LOG_INFO, "e", LOG_S(LOG_PATH, cases[i].value));
			assert_string_equal(wire_take(), expected);
		}
		(void)wire_tear_down(state);
		(void)wire_set_up(state);
	}
}

static void test_log__lets_no_control_character_through(void **state)
{
	char value[256];

	(void)state;
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (char)i;
	for (int text = 0; text < 2; text++) {
		wire_open_pipe(text ? LOG_TEXT : LOG_JSON);
		for (size_t n = 1; n <= sizeof(value); n++) {
			log_event(LOG_INFO, "e", LOG_S(LOG_PATH, ((struct str){value, n})));
			const char *line = wire_take();
			assert_int_equal(line[wire.n - 1], '\n');
			struct str rest = {line, wire.n - 1};
			assert_true(utf8_valid(rest));
			assert_false(utf8_has_control(rest, false));
		}
		(void)wire_tear_down(state);
		(void)wire_set_up(state);
	}
}

static void test_log__cuts_long_values_and_ends_the_line_all_the_same(void **state)
{
	static const char *const units[] = {"x",   "\n", "\"", "\xc3\xa9", "\xf0\x9f\x92\x8a",
					    "\xff"};
	char value[5000];

	(void)state;
	wire_open_pipe(LOG_JSON);
	for (size_t u = 0; u < ARRAY_LEN(units); u++) {
		size_t n = 0, unit = strlen(units[u]);
		for (; n + unit <= sizeof(value); n += unit)
			memcpy(value + n, units[u], unit);
		/* Each first character length, so that the cut falls on every place in a unit. */
		for (size_t skip = 0; skip < 8; skip++) {
			struct str s = {value, n}, event = {"eeeeeeee", skip + 1};
			char name[16];
			(void)snprintf(name, sizeof(name), "%.*s", STR_ARGS(event));
			log_event(LOG_INFO, name, LOG_S(LOG_CAUSE, s), LOG_I(LOG_CODE, 1));
			const char *line = wire_take();
			assert_in_range(wire.n, 900, 1024);
			assert_string_equal(line + wire.n - 6, "...\"}\n");
			assert_true(utf8_valid((struct str){line, wire.n}));
		}
	}
}

static void test_log__leaves_out_fields_that_do_not_fit(void **state)
{
	struct log_field fields[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		fields[i] = LOG_I(LOG_DURATION_US, INT64_MIN);
	for (int text = 0; text < 2; text++) {
		wire_open_pipe(text ? LOG_TEXT : LOG_JSON);
		log_line(LOG_INFO, "e", fields, ARRAY_LEN(fields));
		const char *line = wire_take();
		assert_in_range(wire.n, 900, 1024);
		assert_string_equal(line + wire.n - 3, text ? "08\n" : "8}\n");
		(void)wire_tear_down(state);
		(void)wire_set_up(state);
	}
}

/* ---- what is written, and when -------------------------------------------------------- */

static void test_log__leaves_out_what_is_below_the_lowest_level(void **state)
{
	(void)state;
	wire_open_pipe(LOG_JSON);
	log_line(LOG_DEBUG, "e", NULL, 0);
	assert_string_equal(wire_take(), "");
	log_set_lowest(LOG_WARN);
	log_line(LOG_INFO, "e", NULL, 0);
	log_request_line(clock_now_us(), NULL, 0);
	log_flush();
	assert_string_equal(wire_take(), "");
	log_line(LOG_WARN, "e", NULL, 0);
	assert_non_null(strstr(wire_take(), "\"warn\""));
	log_set_lowest(LOG_DEBUG);
	log_line(LOG_DEBUG, "e", NULL, 0);
	assert_non_null(strstr(wire_take(), "\"debug\""));
}

static void test_log__keeps_request_lines_until_they_are_flushed(void **state)
{
	const struct log_field code = LOG_I(LOG_CODE, 101);

	(void)state;
	wire_open_pipe(LOG_TEXT);
	log_request_line(clock_now_us(), &code, 1);
	log_request_line(clock_now_us(), &code, 1);
	assert_string_equal(wire_take(), "");
	log_flush();
	assert_string_equal(wire_take(), WIRE_TIME " INFO  request code=101\n" WIRE_TIME
						   " INFO  request code=101\n");
	log_flush();
	assert_string_equal(wire_take(), "");
}

static void test_log__writes_an_event_behind_the_kept_request_lines(void **state)
{
	(void)state;
	wire_open_pipe(LOG_TEXT);
	log_request_line(clock_now_us(), NULL, 0);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(wire_take(), WIRE_TIME " INFO  request\n" HEAD_TEXT "\n");
}

static void test_log__flushes_by_itself_when_the_buffer_is_full(void **state)
{
	size_t total = 0;

	(void)state;
	wire_open_pipe(LOG_TEXT);
	for (int i = 0; i < 1000; i++) {
		const struct log_field count = LOG_I(LOG_COUNT, 100000 + i);
		log_request_line(clock_now_us(), &count, 1);
		total += strlen(wire_take());
	}
	assert_true(total > 50000);
	log_flush();
	total += strlen(wire_take());
	assert_int_equal(total, 1000 * strlen(HEAD_TEXT "equest count=100000\n"));
}

static void test_log__chooses_json_unless_at_a_terminal(void **state)
{
	(void)state;
	wire_open_pipe(LOG_AUTO);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(wire_take(), HEAD_JSON "}\n");
}

static void test_log__chooses_text_at_a_terminal(void **state)
{
	(void)state;
	wire_open_terminal(LOG_AUTO);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(wire_take(), HEAD_TEXT "\r\n");
}

static void test_log__leaves_the_callers_descriptor_as_it_is(void **state)
{
	(void)state;
	wire_open_pipe(LOG_JSON);
	assert_int_equal(fcntl(wire.ends[1], F_GETFL) & O_NONBLOCK, 0);
	log_setup(LOG_JSON, LOG_INFO, STDERR_FILENO);
	assert_true(fcntl(wire.ends[1], F_GETFD) >= 0);
}

/* ---- the last error ------------------------------------------------------------------- */

static void test_log__remembers_no_error_when_there_was_none(void **state)
{
	char text[8] = "before";
	int64_t at_us = 7;

	(void)state;
	wire_open_pipe(LOG_JSON);
	log_event(LOG_WARN, "e", LOG_S(LOG_CAUSE, STR("not so bad")));
	assert_false(log_last_error(&at_us, text, sizeof(text)));
	assert_string_equal(text, "before");
	assert_int_equal(at_us, 7);
}

static void test_log__remembers_the_newest_error(void **state)
{
	static const struct {
		struct str cause;
		size_t bytes;
		const char *text;
	} cases[] = {
		{STR_INIT("disk is full"), 256, "commit: disk is full"},
		{STR_INIT("disk is full"), 12, "commit: dis"},
		{STR_INIT("disk is full"), 1, ""},
		{STR_INIT("a\nb"), 256, "commit: a\\u000ab"},
		{STR_INIT("\xc3\xa9"), 256, "commit: \xc3\xa9"},
		{STR_INIT("\xc3\xa9"), 10, "commit: "},
		{STR_INIT("\xff"), 256, "commit: \\ufffd"},
	};

	(void)state;
	wire_open_pipe(LOG_JSON);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		int64_t at_us = 0;
		wire.now_us++;
		log_event(LOG_ERROR, "commit", LOG_I(LOG_COUNT, 1),
			  LOG_S(LOG_CAUSE, cases[i].cause));
		assert_true(log_last_error(&at_us, text, cases[i].bytes));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(at_us, wire.now_us);
	}
}

static void test_log__remembers_an_error_without_a_cause(void **state)
{
	char text[256];
	int64_t at_us;

	(void)state;
	wire_open_pipe(LOG_JSON);
	log_line(LOG_ERROR, "commit", NULL, 0);
	assert_true(log_last_error(&at_us, text, sizeof(text)));
	assert_string_equal(text, "commit");
}

static void test_log__remembers_as_much_of_a_long_cause_as_fits(void **state)
{
	char text[1000], cause[1000];
	int64_t at_us;

	(void)state;
	memset(cause, 'x', sizeof(cause));
	wire_open_pipe(LOG_JSON);
	log_event(LOG_ERROR, "commit", LOG_S(LOG_CAUSE, ((struct str){cause, sizeof(cause)})));
	assert_true(log_last_error(&at_us, text, sizeof(text)));
	assert_in_range(strlen(text), 240, 256);
}

/* ---- threads -------------------------------------------------------------------------- */

static void *write_many(void *arg)
{
	char id[32];

	for (int i = 0; i < N_LINES; i++) {
		(void)snprintf(id, sizeof(id), "%d-%d", *(int *)arg, i);
		const struct log_field field = LOG_S(LOG_REQUEST_ID, str_c(id));
		log_request_line(clock_now_us(), &field, 1);
		if (i % 50 == 0)
			log_event(LOG_ERROR, "e", field);
	}
	log_flush();
	return NULL;
}

static void test_log__writes_the_lines_of_all_threads_whole(void **state)
{
	pthread_t threads[N_THREADS];
	int numbers[N_THREADS], next[N_THREADS] = {0};
	char *save = NULL;
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	log_setup(LOG_TEXT, LOG_INFO, fileno(file));
	for (int i = 0; i < N_THREADS; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, &numbers[i]), 0);
	}
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	ssize_t n = pread(fileno(file), wire.got, sizeof(wire.got) - 1, 0);
	assert_true(n > 0);
	wire.got[n] = '\0';
	for (char *line = strtok_r(wire.got, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int thread, number, end = 0;
		if (strstr(line, " ERROR "))
			continue;
		assert_int_equal(sscanf(line,
					WIRE_TIME " INFO  request "
						  "request_id=%d-%d%n",
					&thread, &number, &end),
				 2);
		assert_int_equal(line[end], '\0');
		assert_in_range(thread, 0, N_THREADS - 1);
		assert_int_equal(number, next[thread]++);
	}
	for (int i = 0; i < N_THREADS; i++)
		assert_int_equal(next[i], N_LINES);
	(void)fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: the last error is the process's. */
		WIRE_TEST(test_log__remembers_no_error_when_there_was_none),
		WIRE_TEST(test_log__writes_json_for_a_machine),
		WIRE_TEST(test_log__writes_text_for_a_person),
		WIRE_TEST(test_log__writes_an_event_without_fields),
		WIRE_TEST(test_log__names_each_level),
		WIRE_TEST(test_log__names_each_key),
		WIRE_TEST(test_log__shows_the_time_of_every_line),
		WIRE_TEST(test_log__escapes_values),
		WIRE_TEST(test_log__lets_no_control_character_through),
		WIRE_TEST(test_log__cuts_long_values_and_ends_the_line_all_the_same),
		WIRE_TEST(test_log__leaves_out_fields_that_do_not_fit),
		WIRE_TEST(test_log__leaves_out_what_is_below_the_lowest_level),
		WIRE_TEST(test_log__keeps_request_lines_until_they_are_flushed),
		WIRE_TEST(test_log__writes_an_event_behind_the_kept_request_lines),
		WIRE_TEST(test_log__flushes_by_itself_when_the_buffer_is_full),
		WIRE_TEST(test_log__chooses_json_unless_at_a_terminal),
		WIRE_TEST(test_log__chooses_text_at_a_terminal),
		WIRE_TEST(test_log__leaves_the_callers_descriptor_as_it_is),
		WIRE_TEST(test_log__remembers_the_newest_error),
		WIRE_TEST(test_log__remembers_an_error_without_a_cause),
		WIRE_TEST(test_log__remembers_as_much_of_a_long_cause_as_fits),
		WIRE_TEST(test_log__writes_the_lines_of_all_threads_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
