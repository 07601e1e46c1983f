/*
 * What is opened before anything is served: addresses, the admin socket, threads.
 */
#include "http/http.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "served.h"

static enum rc try_open(const struct http_options *options, const char *expected_words)
{
	struct http *http = NULL;
	struct text why;

	text_init(&why, 1000);
	enum rc rc = http_open(options, &http, &why);
	if (rc != RC_OK)
		assert_null(http);
	if (expected_words && !strstr(text_c(&why), expected_words))
		fail_msg("not in the reason: %s: %s", expected_words, text_c(&why));
	text_fini(&why);
	(void)http_close(http);
	return rc;
}

static void test_http__refuses_addresses_that_are_none(void **state)
{
	static const char *const bad[] = {"",
					  "8080",
					  "127.0.0.1",
					  "127.0.0.1:",
					  ":8080",
					  "127.0.0.1:65536",
					  "127.0.0.1:-1",
					  "::1:8080",
					  "[::1]",
					  "[::1:80",
					  "a.b:80",
					  "127.0.0.1:80 ",
					  "1.2.3.4.5:80",
					  "[1.2.3.4:80"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_options options = served_options();
		options.listen = &bad[i];
		assert_int_equal(try_open(&options, "is not an address and port"), RC_INVALID);
	}
}

static void test_http__refuses_a_port_in_use(void **state)
{
	struct http_options options = served_options();
	struct served s;

	(void)state;
	options.n_threads = 2;
	served_open(&s, &options);
	options.listen = &s.address;
	assert_int_equal(try_open(&options, "it is in use"), RC_EXISTS);
	served_close(&s);
}

static void test_http__speaks_ipv6(void **state)
{
	static const char *const address[] = {"[::1]:0"};
	struct http_options options = served_options();
	struct http *http;
	struct text why;

	(void)state;
	text_init(&why, 1000);
	options.listen = address;
	assert_int_equal(http_open(&options, &http, &why), RC_OK);
	assert_memory_equal(http_address(http, 0), "[::1]:", 6);
	assert_string_not_equal(http_address(http, 0), "[::1]:0");
	text_fini(&why);
	(void)http_close(http);
}

static void test_http__guards_the_admin_socket(void **state)
{
	struct http_options options = served_options();
	char dir[] = "/tmp/pdmd-http-XXXXXX";
	char path[64];
	struct stat st;
	struct served s;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	options.admin_path = path;
	mode_t mask = umask(0);
	served_open(&s, &options);
	(void)umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	int fd = client_open_unix(path);
	client_send(fd, "POST /GetStatus HTTP/1.1\r\n" HEADERS "\r\n");
	client_expect(fd, "200");
	client_send(fd, READ);
	client_expect(fd, "404 end");
	close(fd);
	assert_int_equal(try_open(&options, "another server answers"), RC_EXISTS);
	served_close(&s);
	assert_int_not_equal(stat(path, &st), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void test_http__replaces_nothing_but_a_dead_servers_socket(void **state)
{
	struct http_options options = served_options();
	char dir[] = "/tmp/pdmd-http-XXXXXX";
	char path[64], long_path[300];

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/socket", dir);
	options.admin_path = path;
	int dead = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	memcpy(at.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(dead, (const struct sockaddr *)&at, sizeof(at)), 0);
	close(dead);
	assert_int_equal(try_open(&options, NULL), RC_OK);
	int file = open(path, O_CREAT | O_WRONLY, 0600);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(try_open(&options, "is not a socket"), RC_EXISTS);
	assert_int_equal(unlink(path), 0);

	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	options.admin_path = long_path;
	assert_int_equal(try_open(&options, "shorter"), RC_INVALID);
	assert_int_equal(rmdir(dir), 0);
}

static void test_http__fails_when_a_thread_has_nothing_to_work_with(void **state)
{
	static const struct http_events events = {.owner = NULL};
	struct http_options options = served_options();
	struct http *http;
	struct text why;

	(void)state;
	options.n_threads = 3;
	for (int i = 0; i < 3; i++) {
		text_init(&why, 1000);
		served_fail_thread(i);
		assert_int_equal(http_open(&options, &http, &why), RC_OK);
		assert_int_equal(http_run(http, &events, &why), RC_IO);
		assert_non_null(strstr(text_c(&why), "thread"));
		assert_int_equal(served_threads(), 0);
		(void)http_close(http);
		text_fini(&why);
	}
	served_fail_thread(-1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_http__refuses_addresses_that_are_none),
		cmocka_unit_test(test_http__refuses_a_port_in_use),
		cmocka_unit_test(test_http__speaks_ipv6),
		cmocka_unit_test(test_http__guards_the_admin_socket),
		cmocka_unit_test(test_http__replaces_nothing_but_a_dead_servers_socket),
		cmocka_unit_test(test_http__fails_when_a_thread_has_nothing_to_work_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
