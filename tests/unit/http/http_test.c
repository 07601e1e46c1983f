/*
 * The floor as a whole, over real sockets.
 */
#include "http/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "served.h"

#define ROOM_MAX 16

static void check(const struct served *s, const char *bytes, const char *statuses)
{
	int fd = client_open(s);

	client_send(fd, bytes);
	client_expect(fd, statuses);
	close(fd);
}

static void test_http__answers_in_order_one_at_a_time(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	served_open(&s, &options);
	check(&s, READ, "200");
	check(&s, READ WRITE READ READ WRITE, "200 200 200 200 200");
	served_close(&s);
}

static void test_http__answers_nothing_behind_a_refusal(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	served_open(&s, &options);
	check(&s, READ "GET\r\n" READ, "200 400 end");
	check(&s, "POST /GetCustomer/ HTTP/1.1\r\n" HEADERS "\r\n" READ, "404 end");
	check(&s, "GET /GetCustomer HTTP/1.1\r\n" HEADERS "\r\n" READ, "405 end");
	check(&s, "POST /GetCustomer HTTP/1.1\r\nHost: a\r\n\r\n" READ, "415 end");
	check(&s, "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Content-Length: 1001\r\n\r\n" READ,
	      "413 end");
	check(&s, "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Connection: close\r\n\r\n" READ,
	      "200 end");
	served_close(&s);
}

static void test_http__lets_one_who_still_sends_read_the_refusal(void **state)
{
	struct http_options options = served_options();
	char *much = calloc(1, 500001);
	struct served s;

	(void)state;
	assert_non_null(much);
	memset(much, 'x', 500000);
	served_open(&s, &options);
	int fd = client_open(&s);
	client_send(fd, "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Content-Length: 500000\r\n\r\n");
	client_send(fd, much);
	client_expect(fd, "413 end");
	close(fd);
	free(much);
	served_close(&s);
}

static void test_http__says_continue_only_when_all_is_well(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	served_open(&s, &options);
	int fd = client_open(&s);
	client_send(fd, "POST /GetCustomer HTTP/1.1\r\n" HEADERS
			"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
	client_expect(fd, "100");
	client_send(fd, "{}");
	client_expect(fd, "200");
	close(fd);
	check(&s,
	      "POST /No HTTP/1.1\r\n" HEADERS "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
	      "404 end");
	check(&s, "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Expect: more\r\n\r\n", "417 end");
	served_close(&s);
}

static void test_http__answers_one_who_has_said_all(void **state)
{
	static const struct {
		const char *bytes, *statuses;
	} rows[] = {
		{READ, "200 end"},
		{WRITE READ WRITE, "200 200 200 end"},
		{READ "POST /GetCustomer HTTP/1.1\r\nHost", "200 400 end"},
		{"", "end"},
	};
	struct http_options options = served_options();
	struct served s;

	(void)state;
	served_open(&s, &options);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int fd = client_open(&s);
		client_send(fd, rows[i].bytes);
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
		client_expect(fd, rows[i].statuses);
		close(fd);
	}
	served_close(&s);
}

static void test_http__keeps_the_deadlines(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	options.head_ms = 200;
	options.whole_ms = 600;
	options.idle_ms = 400;
	served_open(&s, &options);
	check(&s, "POST /GetCustomer", "408 end");
	check(&s, "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Content-Length: 2\r\n\r\n{", "408 end");
	check(&s, READ, "200 end");
	/* A byte now and then does not help. */
	int fd = client_open(&s);
	for (int i = 0; i < 6; i++) {
		if (send(fd, "A", 1, MSG_NOSIGNAL) != 1)
			break;
		usleep(60000);
	}
	client_expect(fd, "408 end");
	close(fd);
	/* The head in time, the body later than a head may be. */
	fd = client_open(&s);
	client_send(fd, "POST /GetCustomer HTTP/1.1\r\n" HEADERS "Content-Length: 2\r\n\r\n");
	usleep(400000);
	client_send(fd, "{}");
	client_expect(fd, "200");
	close(fd);
	served_close(&s);
}

static void test_http__sends_the_longest_idle_away_when_full(void **state)
{
	struct http_options options = served_options();
	struct served s;
	int fds[3];

	(void)state;
	options.connections_max = 2;
	served_open(&s, &options);
	for (size_t i = 0; i < 3; i++) {
		fds[i] = client_open(&s);
		client_send(fds[i], READ);
		client_expect(fds[i], "200");
	}
	client_expect(fds[0], "end");
	client_send(fds[1], READ);
	client_expect(fds[1], "200");
	assert_int_equal(http_connections(s.http), 2);
	for (size_t i = 0; i < 3; i++)
		close(fds[i]);
	served_close(&s);
}

static void test_http__is_full_when_nobody_is_idle(void **state)
{
	struct http_options options = served_options();
	struct served s;
	int fds[2];

	(void)state;
	options.connections_per_address_max = 2;
	served_open(&s, &options);
	for (size_t i = 0; i < 2; i++) {
		fds[i] = client_open(&s);
		client_send(fds[i], "POST ");
		client_expect(fds[i], "");
	}
	int third = client_open(&s);
	struct text t;
	text_init(&t, 10000);
	client_read_all(third, &t);
	assert_non_null(strstr(text_c(&t), "HTTP/1.1 503 "));
	assert_non_null(strstr(text_c(&t), "\r\nRetry-After: 1\r\n"));
	assert_non_null(strstr(text_c(&t), "\r\nConnection: close\r\n"));
	assert_non_null(strstr(text_c(&t), "<end>"));
	text_fini(&t);
	close(third);
	for (size_t i = 0; i < 2; i++)
		close(fds[i]);
	/* And there is room again, once the server has seen them go. */
	for (int i = 0; i < 1000 && http_connections(s.http) > 0; i++)
		usleep(10000);
	check(&s, READ, "200");
	served_close(&s);
}

static void test_http__evicts_on_another_thread(void **state)
{
	enum { OPEN = 40 };
	struct http_options options = served_options();
	struct served s;
	int fds[OPEN];

	(void)state;
	options.n_threads = 2;
	options.connections_max = 4;
	served_open(&s, &options);
	for (size_t i = 0; i < OPEN; i++) {
		fds[i] = client_open(&s);
		client_send(fds[i], READ);
		client_expect(fds[i], "200");
	}
	usleep(100000);
	assert_in_range(http_connections(s.http), 1, 4);
	for (size_t i = 0; i < OPEN; i++)
		close(fds[i]);
	served_close(&s);
}

static void wait_for_writes(int n)
{
	for (int i = 0; i < 400 && served_waiting() < n; i++)
		usleep(10000);
	assert_int_equal(served_waiting(), n);
}

static void wait_for_rests(int n)
{
	for (int i = 0; i < 2000 && served_rests() < n; i++)
		usleep(10000);
	assert_int_equal(served_rests(), n);
}

static void test_http__forgets_who_left_before_his_answer(void **state)
{
	struct http_options options = served_options();
	struct linger reset = {.l_onoff = 1};
	struct served s;

	(void)state;
	served_open(&s, &options);
	served_hold_writer(true);
	for (int i = 0; i < 10; i++) {
		int fd = client_open(&s);
		client_send(fd, WRITE READ);
		/* Half of them go with a reset, half in peace. */
		wait_for_writes(i + 1);
		if (i % 2)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	served_hold_writer(false);
	check(&s, WRITE, "200");
	served_close(&s);
}

/* More than it keeps for later: it stops reading, and goes on when the writer is done. */
static void test_http__reads_on_after_a_long_wait(void **state)
{
	enum { BEHIND = 500 };
	struct http_options options = served_options();
	struct text statuses;
	struct served s;

	(void)state;
	served_open(&s, &options);
	served_hold_writer(true);
	text_init(&statuses, 10000);
	int fd = client_open(&s);
	client_send(fd, WRITE);
	wait_for_writes(1);
	text_add_c(&statuses, "200");
	for (int i = 0; i < BEHIND; i++) {
		client_send(fd, READ);
		text_add_c(&statuses, " 200");
	}
	client_expect(fd, "");
	served_hold_writer(false);
	client_expect(fd, text_c(&statuses));
	text_fini(&statuses);
	close(fd);
	served_close(&s);
}

static void test_http__finishes_what_is_in_flight_when_it_stops(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	options.n_threads = 2;
	served_open(&s, &options);
	served_hold_writer(true);
	int writes = client_open(&s), idle = client_open(&s), silent = client_open(&s);
	client_send(writes, WRITE);
	wait_for_writes(1);
	client_send(idle, READ);
	client_expect(idle, "200");
	http_stop(s.http);
	usleep(100000);
	/* This one was on its way, as far as its sender knows. */
	client_send(idle, READ);
	client_expect(idle, "200 end");
	client_expect(silent, "end");
	served_hold_writer(false);
	client_expect(writes, "200 end");
	close(writes);
	close(idle);
	close(silent);
	served_close(&s);
}

static void test_http__stops_in_the_end_whatever_clients_do(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	options.drain_ms = 300;
	served_open(&s, &options);
	int slow = client_open(&s);
	client_send(slow, "POST ");
	client_expect(slow, "");
	served_close(&s);
	client_expect(slow, "end");
	close(slow);
}

/* Everything on its way is let in for a second; then a half request is too late. */
static void test_http__sends_the_late_away_while_it_stops(void **state)
{
	struct http_options options = served_options();
	struct served s;
	struct text t;

	(void)state;
	options.drain_ms = 20000;
	served_open(&s, &options);
	int half = client_open(&s), idle = client_open(&s);
	client_send(half, "POST /GetCustomer HTTP/1.1\r\n");
	client_expect(half, "");
	http_stop(s.http);
	/* The idle ones are sent away in the moment from which on it is too late. */
	client_expect(idle, "end");
	client_send(half, HEADERS "Content-Length: 2\r\n\r\n{}" READ);
	text_init(&t, 10000);
	client_read_all(half, &t);
	assert_memory_equal(text_c(&t), "HTTP/1.1 503 ", 13);
	assert_non_null(strstr(text_c(&t), "\r\nRetry-After: 1\r\n"));
	assert_non_null(strstr(text_c(&t), "\r\nConnection: close\r\n"));
	assert_null(strstr(text_c(&t), "HTTP/1.1 200 "));
	assert_non_null(strstr(text_c(&t), "<end>"));
	text_fini(&t);
	close(half);
	close(idle);
	served_close(&s);
}

/* Over a socket in a folder of its own, where no stranger can give it work. */
static void test_http__rests_once_after_work(void **state)
{
	struct http_options options = served_options();
	char dir[] = "/tmp/pdmd-http-XXXXXX";
	char path[64];
	struct served s;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	options.n_listen = 0;
	options.admin_path = path;
	served_open(&s, &options);
	usleep(200000);
	assert_int_equal(served_rests(), 0);
	for (int i = 1; i <= 2; i++) {
		int fd = client_open_unix(path);
		client_send(fd, STATUS);
		client_expect(fd, "200");
		wait_for_rests(i);
		/* Connected or not: there is nothing to rest from. */
		usleep(200000);
		close(fd);
		usleep(200000);
		assert_int_equal(served_rests(), i);
	}
	served_close(&s);
	assert_int_equal(rmdir(dir), 0);
}

/* Lets the process have `room` descriptors more than it has. */
static void leave_room_for(size_t room, struct rlimit *ret_before)
{
	int fds[ROOM_MAX], highest = 0;
	struct rlimit few;

	assert_in_range(room, 1, ROOM_MAX);
	for (size_t i = 0; i < room; i++) {
		fds[i] = dup(STDERR_FILENO);
		assert_true(fds[i] > highest);
		highest = fds[i];
	}
	for (size_t i = 0; i < room; i++)
		close(fds[i]);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, ret_before), 0);
	few = *ret_before;
	few.rlim_cur = (rlim_t)highest + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
}

static void test_http__survives_having_no_descriptors(void **state)
{
	enum { BUSY = 5, WAIT = 3 };
	struct http_options options = served_options();
	struct rlimit before;
	struct served s;
	int fds[BUSY + WAIT];

	(void)state;
	options.head_ms = options.idle_ms = 60000;
	served_open(&s, &options);
	/* Ours are there before the limit, so that the room is the server's alone; with its first
	 * connection libuv takes one for itself. */
	for (size_t i = 0; i < BUSY + WAIT; i++)
		fds[i] = client_socket();
	client_connect(fds[0], &s);
	client_send(fds[0], READ "P");
	client_expect(fds[0], "200");
	leave_room_for(BUSY - 1, &before);
	for (size_t i = 1; i < BUSY; i++) {
		client_connect(fds[i], &s);
		client_expect(fds[i], "");
		client_send(fds[i], "P");
		client_expect(fds[i], "");
	}
	/* None of the server's is idle: these have to wait, and are not lost. */
	for (size_t i = BUSY; i < BUSY + WAIT; i++) {
		client_connect(fds[i], &s);
		client_send(fds[i], READ);
		client_expect(fds[i], "");
	}
	assert_int_equal(http_connections(s.http), BUSY);
	/* With room for one, each has to go for the next; but not before it is answered. */
	assert_int_equal(shutdown(fds[0], SHUT_WR), 0);
	for (size_t i = BUSY; i < BUSY + WAIT; i++)
		client_expect(fds[i], i + 1 < BUSY + WAIT ? "200 end" : "200");
	for (size_t i = 0; i < BUSY + WAIT; i++)
		close(fds[i]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	check(&s, READ, "200");
	served_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http__answers_in_order_one_at_a_time),
		cmocka_unit_test(test_http__answers_nothing_behind_a_refusal),
		cmocka_unit_test(test_http__lets_one_who_still_sends_read_the_refusal),
		cmocka_unit_test(test_http__says_continue_only_when_all_is_well),
		cmocka_unit_test(test_http__answers_one_who_has_said_all),
		cmocka_unit_test(test_http__keeps_the_deadlines),
		cmocka_unit_test(test_http__sends_the_longest_idle_away_when_full),
		cmocka_unit_test(test_http__is_full_when_nobody_is_idle),
		cmocka_unit_test(test_http__evicts_on_another_thread),
		cmocka_unit_test(test_http__forgets_who_left_before_his_answer),
		cmocka_unit_test(test_http__reads_on_after_a_long_wait),
		cmocka_unit_test(test_http__finishes_what_is_in_flight_when_it_stops),
		cmocka_unit_test(test_http__stops_in_the_end_whatever_clients_do),
		cmocka_unit_test(test_http__sends_the_late_away_while_it_stops),
		cmocka_unit_test(test_http__rests_once_after_work),
		cmocka_unit_test(test_http__survives_having_no_descriptors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
