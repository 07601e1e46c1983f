#include "log_wire.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct wire wire = {.ends = {-1, -1}};

static int64_t wire_now_us(void)
{
	return wire.now_us;
}

int wire_set_up(void **state)
{
	(void)state;
	wire.now_us = WIRE_NOW_US;
	clock_replace(wire_now_us, NULL);
	return 0;
}

int wire_tear_down(void **state)
{
	(void)state;
	log_flush();
	log_setup(LOG_AUTO, LOG_INFO, STDERR_FILENO);
	clock_replace(NULL, NULL);
	for (int i = 0; i < 2; i++) {
		if (wire.ends[i] >= 0)
			(void)close(wire.ends[i]);
		wire.ends[i] = -1;
	}
	return 0;
}

void wire_open_pipe(enum log_format format)
{
	assert_int_equal(pipe2(wire.ends, O_CLOEXEC), 0);
	log_setup(format, LOG_INFO, wire.ends[1]);
}

void wire_open_socket(enum log_format format, int send_bytes)
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, wire.ends), 0);
	assert_int_equal(
		setsockopt(wire.ends[1], SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof(send_bytes)),
		0);
	log_setup(format, LOG_INFO, wire.ends[1]);
}

void wire_open_terminal(enum log_format format)
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

const char *wire_take(void)
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
