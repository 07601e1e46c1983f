#include "connection.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

void connection_open(struct connection *c, const struct sockaddr_in *address, SSL_CTX *context)
{
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)address, sizeof(*address)) != 0)
		err(1, "connecting");
	if (setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) != 0)
		err(1, "TCP_NODELAY");
	if (context) {
		c->tls = SSL_new(context);
		if (!c->tls || SSL_set_fd(c->tls, c->fd) != 1 || SSL_connect(c->tls) != 1)
			errx(1, "the TLS handshake failed");
	}
	if (fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0)
		err(1, "O_NONBLOCK");
}

void connection_send(struct connection *c, const char *message, size_t bytes)
{
	ssize_t n;

	if (c->tls)
		n = SSL_write(c->tls, message, (int)bytes);
	else
		n = send(c->fd, message, bytes, MSG_NOSIGNAL);
	if (n != (ssize_t)bytes)
		err(1, "sending a request of %zu bytes: %zd taken", bytes, n);
	c->waiting = true;
}

/* 0: nothing there now. */
static size_t take_in(struct connection *c)
{
	size_t room = sizeof(c->in) - 1 - c->n_in;
	ssize_t n;

	if (room == 0)
		errx(1, "an answer of more than %zu bytes", sizeof(c->in) - 1);
	if (c->tls) {
		n = SSL_read(c->tls, c->in + c->n_in, (int)room);
		if (n <= 0 && SSL_get_error(c->tls, (int)n) == SSL_ERROR_WANT_READ)
			return 0;
	} else {
		n = recv(c->fd, c->in + c->n_in, room, 0);
		if (n < 0 && errno == EAGAIN)
			return 0;
	}
	if (n < 0)
		err(1, "receiving");
	if (n == 0)
		errx(1, "the server closed a connection");
	return (size_t)n;
}

/* The whole length of the answer whose head is complete; 0 when the head is not. */
static size_t answer_bytes(const char *in, const char **ret_body)
{
	static const char name[] = "\r\ncontent-length:";
	const char *end = strstr(in, "\r\n\r\n");
	const char *line;

	if (!end)
		return 0;
	for (line = in; line < end; line = strstr(line + 2, "\r\n")) {
		if (strncasecmp(line, name, sizeof(name) - 1) != 0)
			continue;
		*ret_body = end + 4;
		return (size_t)(end + 4 - in) + strtoul(line + sizeof(name) - 1, NULL, 10);
	}
	errx(1, "an answer without Content-Length");
}

bool connection_receive(struct connection *c, bool *ret_is_200, const char **ret_body,
			size_t *ret_bytes)
{
	static const char good[] = "HTTP/1.1 200 ";
	const char *body = NULL;
	size_t n, whole;

	/* To the end of what is there: TLS may hold bytes that epoll does not know of. */
	while ((n = take_in(c)) > 0)
		c->n_in += n;
	c->in[c->n_in] = '\0';

	whole = answer_bytes(c->in, &body);
	if (whole == 0 || c->n_in < whole)
		return false;
	if (!c->waiting || c->n_in > whole)
		errx(1, "bytes that nobody asked for");

	*ret_is_200 = strncmp(c->in, good, sizeof(good) - 1) == 0;
	*ret_body = body;
	*ret_bytes = (size_t)(c->in + whole - body);
	c->n_in = 0;
	c->waiting = false;
	return true;
}

void connection_close(struct connection *c)
{
	SSL_free(c->tls);
	(void)close(c->fd); /* nothing is kept there */
}
