/*
 * The log when nobody takes its lines: it must neither wait nor lose count.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "log_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct tally {
	size_t n_whole;
	size_t n_cut;      /* of these and of log_dropped */
	int64_t n_dropped; /* as the log itself says */
};

/* Adds up what came. Every line, cut or not, begins on a line of its own. */
static void count_lines(struct tally *t)
{
	char *next;

	for (char *line = wire.got; *line; line = next) {
		char *end = line + strcspn(line, "\r\n"); /* a terminal makes "\r\n" of "\n" */
		size_t n = (size_t)(end - line);
		bool whole = strchr(end, '\n') != NULL;
		const char *dropped = strstr(line, "log_dropped count=");
		next = end + strspn(end, "\r\n");
		if (n == 0)
			continue;
		assert_memory_equal(line, HEAD_TEXT, n < 5 ? n : 5);
		if (whole && dropped && dropped < end)
			t->n_dropped += strtoll(strchr(dropped, '=') + 1, NULL, 10);
		else if (whole && n == strlen(HEAD_TEXT " count=100000"))
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
	(void)wire_take();
	count_lines(&t);
	assert_int_equal(t.n_dropped, 0);
	assert_true(t.n_whole > 0 && t.n_whole < n);

	write_lines(1);
	(void)wire_take();
	assert_true(wire.n > 0);
	if (t.n_cut > 0)
		assert_true(wire.got[0] == '\n' || wire.got[0] == '\r');
	count_lines(&t);
	assert_int_equal(t.n_whole + (size_t)t.n_dropped, n + 1);

	write_lines(1);
	struct tally after = {0};
	(void)wire_take();
	count_lines(&after);
	assert_int_equal(after.n_whole, 1);
	assert_int_equal(after.n_dropped, 0);
}

static void test_log__drops_and_counts_lines_when_a_pipe_is_full(void **state)
{
	(void)state;
	wire_open_pipe(LOG_TEXT);
	assert_true(fcntl(wire.ends[1], F_SETPIPE_SZ, 16384) >= 16384);
	drop_and_recover(5000);
	drop_and_recover(5000);
}

static void test_log__drops_and_counts_lines_when_a_socket_is_full(void **state)
{
	(void)state;
	wire_open_socket(LOG_TEXT, 4096);
	drop_and_recover(5000);
	drop_and_recover(5000);
}

/* A terminal takes part of a write, so lines are cut off there. */
static void test_log__drops_and_counts_lines_when_a_terminal_is_full(void **state)
{
	(void)state;
	wire_open_terminal(LOG_TEXT);
	drop_and_recover(5000);
	drop_and_recover(5000);
}

static void test_log__survives_a_reader_that_has_gone(void **state)
{
	(void)state;
	wire_open_pipe(LOG_TEXT);
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
	wire_open_pipe(LOG_TEXT);
	int closed = wire.ends[1];
	(void)close(closed);
	wire.ends[1] = -1;
	log_setup(LOG_AUTO, LOG_INFO, closed);
	write_lines(100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WIRE_TEST(test_log__drops_and_counts_lines_when_a_pipe_is_full),
		WIRE_TEST(test_log__drops_and_counts_lines_when_a_socket_is_full),
		WIRE_TEST(test_log__drops_and_counts_lines_when_a_terminal_is_full),
		WIRE_TEST(test_log__survives_a_reader_that_has_gone),
		WIRE_TEST(test_log__survives_a_disk_that_is_full),
		WIRE_TEST(test_log__survives_a_descriptor_that_is_closed),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as the server does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
