#include "base/log.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_THREADS 4
#define N_LINES   500

#define HEAD_JSON "{\"time\":\"2017-12-14T09:08:07.000042Z\",\"level\":\"info\",\"event\":\"e\""
#define HEAD_TEXT "2017-12-14T09:08:07.000042Z INFO  e"

static int64_t now_us;

static int64_t fixed_now_us(void)
{
	return now_us;
}

/* What the log writes goes into ends[1]; what is read comes from ends[0]. */
struct wire {
	int ends[2];
	char got[1 << 18];
	size_t n;
};

static struct wire wire;

static void open_pipe(enum log_format format)
{
	assert_int_equal(pipe2(wire.ends, O_CLOEXEC), 0);
	log_setup(format, LOG_INFO, wire.ends[1]);
}

static void open_terminal(enum log_format format)
{
	char path[64];

	wire.ends[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (wire.ends[0] < 0 || grantpt(wire.ends[0]) != 0 || unlockpt(wire.ends[0]) != 0 ||
	    ptsname_r(wire.ends[0], path, sizeof(path)) != 0)
		skip(); /* a root without /dev/pts */
	wire.ends[1] = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(wire.ends[1] >= 0);
	log_setup(format, LOG_INFO, wire.ends[1]);
}

/* All that is there now, as one string. */
static const char *take(void)
{
	struct pollfd p = {.fd = wire.ends[0], .events = POLLIN};

	wire.n = 0;
	while (poll(&p, 1, 0) > 0 && (p.revents & POLLIN)) {
		ssize_t n = read(p.fd, wire.got + wire.n, sizeof(wire.got) - 1 - wire.n);
		if (n <= 0)
			break;
		wire.n += (size_t)n;
	}
	wire.got[wire.n] = '\0';
	return wire.got;
}

static int set_up(void **state)
{
	(void)state;
	now_us = 1513242487000042;
	clock_replace(fixed_now_us, NULL);
	wire.ends[0] = wire.ends[1] = -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	log_flush();
	log_setup(LOG_AUTO, LOG_INFO, STDERR_FILENO);
	clock_replace(NULL, NULL);
	for (int i = 0; i < 2; i++) {
		if (wire.ends[i] >= 0)
			(void)close(wire.ends[i]);
	}
	return 0;
}

/* ---- the form of a line --------------------------------------------------------------- */

static void test_log__writes_json_for_a_machine(void **state)
{
	(void)state;
	open_pipe(LOG_JSON);
	log_event(LOG_INFO, "request", LOG_S(LOG_COMMAND, STR("GetCustomer")),
		  LOG_I(LOG_COMPANY_ID, 9001), LOG_I(LOG_CODE, INT64_MIN),
		  LOG_I(LOG_COUNT, INT64_MAX), LOG_I(LOG_HTTP, 0));
	assert_string_equal(take(), "{\"time\":\"2017-12-14T09:08:07.000042Z\",\"level\":\"info\","
				    "\"event\":\"request\",\"command\":\"GetCustomer\","
				    "\"company_id\":9001,\"code\":-9223372036854775808,"
				    "\"count\":9223372036854775807,\"http\":0}\n");
}

static void test_log__writes_text_for_a_person(void **state)
{
	(void)state;
	open_pipe(LOG_TEXT);
	log_event(LOG_WARN, "listening", LOG_S(LOG_ADDRESS, STR("[::1]:8080")),
		  LOG_S(LOG_CAUSE, STR("no room left")), LOG_I(LOG_PID, 17));
	assert_string_equal(take(), "2017-12-14T09:08:07.000042Z WARN  listening "
				    "address=[::1]:8080 cause=\"no room left\" pid=17\n");
}

static void test_log__writes_an_event_without_fields(void **state)
{
	(void)state;
	open_pipe(LOG_JSON);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(take(), HEAD_JSON "}\n");
}

static void test_log__names_each_level(void **state)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};

	(void)state;
	open_pipe(LOG_JSON);
	log_set_lowest(LOG_DEBUG);
	for (enum log_level level = LOG_DEBUG; level <= LOG_ERROR; level++) {
		char expected[32];
		(void)snprintf(expected, sizeof(expected), "\"level\":\"%s\"", names[level]);
		log_line(level, "e", NULL, 0);
		assert_non_null(strstr(take(), expected));
	}
}

static void test_log__names_each_key(void **state)
{
	char seen[LOG_KEYS_END][32];

	(void)state;
	open_pipe(LOG_TEXT);
	for (enum log_key key = 0; key < LOG_KEYS_END; key++) {
		log_event(LOG_INFO, "e", LOG_I(key, 5));
		const char *line = take();
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
		{1513242487000042, "2017-12-14T09:08:07.000042Z"},
		{1513242487999999, "2017-12-14T09:08:07.999999Z"},
		{1513242488000000, "2017-12-14T09:08:08.000000Z"},
		{1513242487123456, "2017-12-14T09:08:07.123456Z"}, /* the clock was set back */
		{0, "1970-01-01T00:00:00.000000Z"},
		{-1, "1969-12-31T23:59:59.999999Z"},
	};

	(void)state;
	open_pipe(LOG_TEXT);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		now_us = cases[i].now_us;
		log_line(LOG_INFO, "e", NULL, 0);
		assert_memory_equal(take(), cases[i].time, strlen(cases[i].time));
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
		open_pipe(text ? LOG_TEXT : LOG_JSON);
		for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
			char expected[200];
			(void)snprintf(expected, sizeof(expected),
				       text ? HEAD_TEXT " path=%s\n" : HEAD_JSON ",\"path\":%s}\n",
				       text ? cases[i].text : cases[i].json);
			log_event(LOG_INFO, "e", LOG_S(LOG_PATH, cases[i].value));
			assert_string_equal(take(), expected);
		}
		(void)tear_down(state);
		(void)set_up(state);
	}
}

static void test_log__lets_no_control_character_through(void **state)
{
	char value[256];

	(void)state;
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (char)i;
	for (int text = 0; text < 2; text++) {
		open_pipe(text ? LOG_TEXT : LOG_JSON);
		for (size_t n = 1; n <= sizeof(value); n++) {
			log_event(LOG_INFO, "e", LOG_S(LOG_PATH, ((struct str){value, n})));
			const char *line = take();
			assert_int_equal(line[wire.n - 1], '\n');
			struct str rest = {line, wire.n - 1};
			assert_true(utf8_valid(rest));
			assert_false(utf8_has_control(rest, false));
		}
		(void)tear_down(state);
		(void)set_up(state);
	}
}

static void test_log__cuts_long_values_and_ends_the_line_all_the_same(void **state)
{
	static const char *const units[] = {"x",   "\n", "\"", "\xc3\xa9", "\xf0\x9f\x92\x8a",
					    "\xff"};
	char value[5000];

	(void)state;
	open_pipe(LOG_JSON);
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
			const char *line = take();
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
		open_pipe(text ? LOG_TEXT : LOG_JSON);
		log_line(LOG_INFO, "e", fields, ARRAY_LEN(fields));
		const char *line = take();
		assert_in_range(wire.n, 900, 1024);
		assert_string_equal(line + wire.n - 3, text ? "08\n" : "8}\n");
		(void)tear_down(state);
		(void)set_up(state);
	}
}

/* ---- what is written, and when -------------------------------------------------------- */

static void test_log__leaves_out_what_is_below_the_lowest_level(void **state)
{
	(void)state;
	open_pipe(LOG_JSON);
	log_line(LOG_DEBUG, "e", NULL, 0);
	assert_string_equal(take(), "");
	log_set_lowest(LOG_WARN);
	log_line(LOG_INFO, "e", NULL, 0);
	log_request_line(NULL, 0);
	log_flush();
	assert_string_equal(take(), "");
	log_line(LOG_WARN, "e", NULL, 0);
	assert_non_null(strstr(take(), "\"warn\""));
	log_set_lowest(LOG_DEBUG);
	log_line(LOG_DEBUG, "e", NULL, 0);
	assert_non_null(strstr(take(), "\"debug\""));
}

static void test_log__keeps_request_lines_until_they_are_flushed(void **state)
{
	const struct log_field code = LOG_I(LOG_CODE, 101);

	(void)state;
	open_pipe(LOG_TEXT);
	log_request_line(&code, 1);
	log_request_line(&code, 1);
	assert_string_equal(take(), "");
	log_flush();
	assert_string_equal(take(), "2017-12-14T09:08:07.000042Z INFO  request code=101\n"
				    "2017-12-14T09:08:07.000042Z INFO  request code=101\n");
	log_flush();
	assert_string_equal(take(), "");
}

static void test_log__writes_an_event_behind_the_kept_request_lines(void **state)
{
	(void)state;
	open_pipe(LOG_TEXT);
	log_request_line(NULL, 0);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(take(), "2017-12-14T09:08:07.000042Z INFO  request\n" HEAD_TEXT "\n");
}

static void test_log__flushes_by_itself_when_the_buffer_is_full(void **state)
{
	size_t total = 0;

	(void)state;
	open_pipe(LOG_TEXT);
	for (int i = 0; i < 1000; i++) {
		const struct log_field count = LOG_I(LOG_COUNT, 100000 + i);
		log_request_line(&count, 1);
		total += strlen(take());
	}
	assert_true(total > 50000);
	log_flush();
	total += strlen(take());
	assert_int_equal(total, 1000 * strlen(HEAD_TEXT "equest count=100000\n"));
}

static void test_log__chooses_json_unless_at_a_terminal(void **state)
{
	(void)state;
	open_pipe(LOG_AUTO);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(take(), HEAD_JSON "}\n");
}

static void test_log__chooses_text_at_a_terminal(void **state)
{
	(void)state;
	open_terminal(LOG_AUTO);
	log_line(LOG_INFO, "e", NULL, 0);
	assert_string_equal(take(), HEAD_TEXT "\r\n");
}

static void test_log__leaves_the_callers_descriptor_as_it_is(void **state)
{
	(void)state;
	open_pipe(LOG_JSON);
	assert_int_equal(fcntl(wire.ends[1], F_GETFL) & O_NONBLOCK, 0);
	log_setup(LOG_JSON, LOG_INFO, STDERR_FILENO);
	assert_true(fcntl(wire.ends[1], F_GETFD) >= 0);
}

/* ---- when nobody takes the lines ------------------------------------------------------ */

struct tally {
	size_t n_whole;
	size_t n_cut;      /* of these and of log_dropped */
	int64_t n_dropped; /* as the log itself says */
};

/* Adds up what came. Every line, cut or not, begins on a line of its own. */
static void count_lines(struct tally *t)
{
	char *save = NULL;

	for (char *line = strtok_r(wire.got, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		const char *dropped = strstr(line, "log_dropped count=");
		line[strcspn(line, "\r")] = '\0'; /* a terminal's */
		assert_memory_equal(line, HEAD_TEXT, strlen(line) < 5 ? strlen(line) : 5);
		if (dropped)
			t->n_dropped += strtoll(dropped + strlen("log_dropped count="), NULL, 10);
		else if (strlen(line) == strlen(HEAD_TEXT " count=100000"))
			t->n_whole++;
		else
			t->n_cut++;
	}
}

static void write_lines(size_t n)
{
	for (size_t i = 0; i < n; i++)
		log_event(LOG_INFO, "e", LOG_I(LOG_COUNT, (int64_t)(100000 + i)));
}

static void drop_and_recover(size_t n)
{
	struct tally t = {0};

	int64_t before_us = clock_mono_us();
	write_lines(n);
	assert_true(clock_mono_us() - before_us < 5000000);
	(void)take();
	count_lines(&t);
	assert_int_equal(t.n_dropped, 0);
	assert_true(t.n_whole > 0 && t.n_whole < n);

	write_lines(1);
	(void)take();
	assert_true(wire.n > 0);
	if (t.n_cut > 0)
		assert_true(wire.got[0] == '\n' || wire.got[0] == '\r');
	count_lines(&t);
	assert_int_equal(t.n_whole + (size_t)t.n_dropped, n + 1);

	write_lines(1);
	struct tally after = {0};
	(void)take();
	count_lines(&after);
	assert_int_equal(after.n_whole, 1);
	assert_int_equal(after.n_dropped, 0);
}

static void test_log__drops_and_counts_lines_when_a_pipe_is_full(void **state)
{
	(void)state;
	open_pipe(LOG_TEXT);
	assert_true(fcntl(wire.ends[1], F_SETPIPE_SZ, 16384) >= 16384);
	drop_and_recover(5000);
	drop_and_recover(5000);
}

static void test_log__drops_and_counts_lines_when_a_socket_is_full(void **state)
{
	const int bytes = 4096;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire.ends), 0);
	assert_int_equal(setsockopt(wire.ends[1], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)), 0);
	log_setup(LOG_TEXT, LOG_INFO, wire.ends[1]);
	drop_and_recover(5000);
	drop_and_recover(5000);
}

/* A terminal takes part of a write, so lines are cut off there. */
static void test_log__drops_and_counts_lines_when_a_terminal_is_full(void **state)
{
	(void)state;
	open_terminal(LOG_TEXT);
	drop_and_recover(5000);
	drop_and_recover(5000);
}

static void test_log__survives_a_reader_that_has_gone(void **state)
{
	(void)state;
	open_pipe(LOG_TEXT);
	(void)close(wire.ends[0]);
	wire.ends[0] = -1;
	write_lines(100);
}

static void test_log__survives_a_disk_that_is_full(void **state)
{
	(void)state;
	wire.ends[1] = open("/dev/full", O_WRONLY | O_CLOEXEC);
	if (wire.ends[1] < 0)
		skip();
	log_setup(LOG_TEXT, LOG_INFO, wire.ends[1]);
	write_lines(100);
}

static void test_log__survives_a_descriptor_that_is_closed(void **state)
{
	(void)state;
	open_pipe(LOG_TEXT);
	int closed = wire.ends[1];
	(void)close(closed);
	wire.ends[1] = -1;
	log_setup(LOG_AUTO, LOG_INFO, closed);
	write_lines(100);
}

/* ---- the last error ------------------------------------------------------------------- */

static void test_log__remembers_no_error_when_there_was_none(void **state)
{
	char text[8] = "before";
	int64_t at_us = 7;

	(void)state;
	open_pipe(LOG_JSON);
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
	open_pipe(LOG_JSON);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char text[256];
		int64_t at_us = 0;
		now_us++;
		log_event(LOG_ERROR, "commit", LOG_I(LOG_COUNT, 1),
			  LOG_S(LOG_CAUSE, cases[i].cause));
		assert_true(log_last_error(&at_us, text, cases[i].bytes));
		assert_string_equal(text, cases[i].text);
		assert_int_equal(at_us, now_us);
	}
}

static void test_log__remembers_an_error_without_a_cause(void **state)
{
	char text[256];
	int64_t at_us;

	(void)state;
	open_pipe(LOG_JSON);
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
	open_pipe(LOG_JSON);
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
		log_request_line(&field, 1);
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
					"2017-12-14T09:08:07.000042Z INFO  request "
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* First: the last error is the process's. */
		TEST(test_log__remembers_no_error_when_there_was_none),
		TEST(test_log__writes_json_for_a_machine),
		TEST(test_log__writes_text_for_a_person),
		TEST(test_log__writes_an_event_without_fields),
		TEST(test_log__names_each_level),
		TEST(test_log__names_each_key),
		TEST(test_log__shows_the_time_of_every_line),
		TEST(test_log__escapes_values),
		TEST(test_log__lets_no_control_character_through),
		TEST(test_log__cuts_long_values_and_ends_the_line_all_the_same),
		TEST(test_log__leaves_out_fields_that_do_not_fit),
		TEST(test_log__leaves_out_what_is_below_the_lowest_level),
		TEST(test_log__keeps_request_lines_until_they_are_flushed),
		TEST(test_log__writes_an_event_behind_the_kept_request_lines),
		TEST(test_log__flushes_by_itself_when_the_buffer_is_full),
		TEST(test_log__chooses_json_unless_at_a_terminal),
		TEST(test_log__chooses_text_at_a_terminal),
		TEST(test_log__leaves_the_callers_descriptor_as_it_is),
		TEST(test_log__drops_and_counts_lines_when_a_pipe_is_full),
		TEST(test_log__drops_and_counts_lines_when_a_socket_is_full),
		TEST(test_log__drops_and_counts_lines_when_a_terminal_is_full),
		TEST(test_log__survives_a_reader_that_has_gone),
		TEST(test_log__survives_a_disk_that_is_full),
		TEST(test_log__survives_a_descriptor_that_is_closed),
		TEST(test_log__remembers_the_newest_error),
		TEST(test_log__remembers_an_error_without_a_cause),
		TEST(test_log__remembers_as_much_of_a_long_cause_as_fits),
		TEST(test_log__writes_the_lines_of_all_threads_whole),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as the server does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
