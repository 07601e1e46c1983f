#include "stream.h"

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#define ID_MARK    "@ID@"
#define PATIENCE_S 5 /* seconds by which a schedule may be late in the end */

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- its connections ---------------------------------------------------------------- */

void stream_open(struct stream *s, const struct sockaddr_in *address, SSL_CTX *context, int epoll)
{
	s->connections = calloc(s->n_connections, sizeof(*s->connections));
	if (!s->connections)
		err(1, "memory");
	s->random = now_ns() | 1; /* other customers in each round */
	for (unsigned i = 0; i < s->n_connections; i++) {
		struct connection *c = &s->connections[i];
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

		c->stream = s;
		connection_open(c, address, context);
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
			err(1, "epoll_ctl");
		s->idle[s->n_idle++] = c;
	}
}

void stream_close(struct stream *s)
{
	for (unsigned i = 0; i < s->n_connections; i++)
		connection_close(&s->connections[i]);
	free(s->connections);
}

/* ---- what is asked ------------------------------------------------------------------ */

/* Uniform in 1 to ids (xorshift64*). */
static int64_t random_id(struct stream *s)
{
	uint64_t x = s->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	s->random = x;
	x = (x * 2685821657736338717u) >> 32;
	return (int64_t)((x * (uint64_t)s->ids) >> 32) + 1;
}

/* Writes `text` with the id in the place of ID_MARK, if it has one; gives the length. */
static size_t fill_in(char *to, size_t room, const char *text, int64_t id)
{
	const char *mark = strstr(text, ID_MARK);
	int n;

	if (mark)
		n = snprintf(to, room, "%.*s%" PRId64 "%s", (int)(mark - text), text, id,
			     mark + strlen(ID_MARK));
	else
		n = snprintf(to, room, "%s", text);
	if (n < 0 || (size_t)n >= room)
		errx(1, "a text of more than %zu bytes", room);
	return (size_t)n;
}

static bool has_more(const struct stream *s)
{
	return !s->next_line || *s->next_line;
}

/* Gives the next body, and the id that goes with it. */
static const char *take_body(struct stream *s, int64_t *ret_id)
{
	char *line = s->next_line;
	char *end;

	if (!line) {
		*ret_id = random_id(s);
		return s->body;
	}
	end = strchr(line, '\n');
	s->next_line = end ? end + 1 : line + strlen(line);
	if (end)
		*end = '\0';
	*ret_id = ++s->n_lines;
	return line;
}

static void ask(struct stream *s, uint64_t due_ns)
{
	struct connection *c = s->idle[--s->n_idle];
	char message[BODY_BYTES_MAX + 512];
	char body[BODY_BYTES_MAX];
	const char *text;
	size_t n_body;
	int n;

	c->due_ns = due_ns;
	text = take_body(s, &c->id);
	n_body = fill_in(body, sizeof(body), text, c->id);
	n = snprintf(message, sizeof(message),
		     "POST %s HTTP/1.1\r\nHost: localhost\r\n"
		     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		     s->path, n_body, body);
	if (n < 0 || (size_t)n >= sizeof(message))
		errx(1, "a request of more than %zu bytes", sizeof(message));
	connection_send(c, message, (size_t)n);
	s->n_sent++;
}

/* ---- when --------------------------------------------------------------------------- */

void stream_begin(struct stream *s, uint64_t begin_ns, uint64_t count_from_ns, uint64_t end_ns)
{
	s->begin_ns = s->due_ns = begin_ns;
	s->count_from_ns = count_from_ns;
	s->end_ns = end_ns;
}

static bool send_closed(struct stream *s)
{
	if (now_ns() >= s->end_ns)
		return false;
	while (s->n_idle > 0 && has_more(s))
		ask(s, now_ns());
	return has_more(s);
}

/* Each request has its time, whatever became of those before it. */
static bool send_due(struct stream *s)
{
	if (now_ns() > s->end_ns + (uint64_t)PATIENCE_S * NS_PER_S)
		errx(1, "the server cannot keep up with %.0f requests a second to %s", s->rate,
		     s->path);
	while (s->n_idle > 0 && s->due_ns < s->end_ns && s->due_ns <= now_ns()) {
		if (!has_more(s))
			errx(1, "too few lines of requests to %s", s->path);
		ask(s, s->due_ns);
		s->n_due++;
		s->due_ns = s->begin_ns + (uint64_t)((double)s->n_due * NS_PER_S / s->rate);
	}
	return s->due_ns < s->end_ns;
}

bool stream_send(struct stream *s)
{
	return s->rate > 0 ? send_due(s) : send_closed(s);
}

/* ---- what is answered --------------------------------------------------------------- */

/* The answer has everything that was asked for, about this very id. */
static bool answer_good(const struct stream *s, int64_t id, bool is_200, const char *body,
			size_t bytes)
{
	char wanted[256];
	size_t n;

	if (!is_200)
		return false;
	for (size_t i = 0; i < s->n_expects; i++) {
		n = fill_in(wanted, sizeof(wanted), s->expects[i], id);
		if (!memmem(body, bytes, wanted, n))
			return false;
	}
	return true;
}

void stream_receive(struct connection *c)
{
	struct stream *s = c->stream;
	const char *body;
	bool is_200;
	size_t bytes;

	if (!connection_receive(c, &is_200, &body, &bytes))
		return;
	s->last_ns = now_ns();
	s->idle[s->n_idle++] = c;
	if (!answer_good(s, c->id, is_200, body, bytes)) {
		if (s->n_bad++ == 0)
			warnx("%s, id %" PRId64 ", answered %.*s", s->path, c->id, (int)bytes,
			      body);
		return;
	}
	if (c->due_ns < s->count_from_ns)
		return;
	s->n_answers++;
	histogram_add(&s->latency, s->last_ns - c->due_ns);
}
