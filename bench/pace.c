/*
 * A load generator for `make bench`, for two things that wrk cannot do:
 *
 * - Latency at a fixed rate. Each request has its time, and its latency counts from that time,
 *   sent late or not: a server that stalls cannot hide the requests that it held up.
 * - An exact check. A connection has one request under way and knows which customer it asked
 *   for, so each answer is held against its own question.
 *
 * Without a rate each connection asks again as soon as it is answered.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "connection.h"
#include "histogram.h"

#define CONNECTIONS_MAX 1024
#define EXPECTS_MAX     8
#define BODY_BYTES_MAX  4096
#define ID_MARK         "@ID@"
#define NS_PER_S        1000000000u
#define PATIENCE_S      5

struct options {
	struct sockaddr_in address;
	bool tls;
	const char *path;
	char body[BODY_BYTES_MAX]; /* ID_MARK in it stands for the customer's id */
	const char *expects[EXPECTS_MAX];
	size_t n_expects;
	unsigned connections;
	double rate; /* requests a second; 0: as fast as it is answered */
	double seconds;
	double warm_up_s; /* of them, not counted */
	int64_t ids;
};

struct run {
	const struct options *options;
	struct connection *connections;
	struct connection *idle[CONNECTIONS_MAX];
	unsigned n_idle;
	int epoll;
	uint64_t random;
	uint64_t begin_ns, count_from_ns, end_ns;
	uint64_t n_sent, n_answers, n_bad;
	struct histogram latency;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Uniform in 1 to ids (xorshift64*). */
static int64_t random_id(struct run *r)
{
	uint64_t x = r->random;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	r->random = x;
	x = (x * 2685821657736338717u) >> 32;
	return (int64_t)((x * (uint64_t)r->options->ids) >> 32) + 1;
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

static void ask(struct run *r, struct connection *c, uint64_t due_ns)
{
	char message[BODY_BYTES_MAX + 512];
	char body[BODY_BYTES_MAX];
	size_t n_body;
	int n;

	c->id = random_id(r);
	c->due_ns = due_ns;
	n_body = fill_in(body, sizeof(body), r->options->body, c->id);
	n = snprintf(message, sizeof(message),
		     "POST %s HTTP/1.1\r\nHost: localhost\r\n"
		     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
		     r->options->path, n_body, body);
	if (n < 0 || (size_t)n >= sizeof(message))
		errx(1, "a request of more than %zu bytes", sizeof(message));
	connection_send(c, message, (size_t)n);
	r->n_sent++;
}

/* The answer has everything that was asked for, about this very customer. */
static bool answer_good(const struct options *o, const struct connection *c, bool is_200,
			const char *body, size_t bytes)
{
	char wanted[256];
	size_t n;

	if (!is_200)
		return false;
	for (size_t i = 0; i < o->n_expects; i++) {
		n = fill_in(wanted, sizeof(wanted), o->expects[i], c->id);
		if (!memmem(body, bytes, wanted, n))
			return false;
	}
	return true;
}

static void receive(struct run *r, struct connection *c)
{
	const char *body;
	bool is_200;
	size_t bytes;

	if (!connection_receive(c, &is_200, &body, &bytes))
		return;
	r->idle[r->n_idle++] = c;
	if (!answer_good(r->options, c, is_200, body, bytes)) {
		if (r->n_bad++ == 0)
			warnx("asked for customer %" PRId64 ", answered %.*s", c->id, (int)bytes,
			      body);
		return;
	}
	if (c->due_ns < r->count_from_ns)
		return;
	r->n_answers++;
	histogram_add(&r->latency, now_ns() - c->due_ns);
}

/* Waits at most timeout_ms; 0 only looks. */
static void receive_all(struct run *r, int timeout_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(r->epoll, events, 64, timeout_ms);

	if (n < 0 && errno != EINTR)
		err(1, "epoll_wait");
	for (int i = 0; i < n; i++)
		receive(r, events[i].data.ptr);
}

static void run_closed(struct run *r)
{
	while (now_ns() < r->end_ns) {
		while (r->n_idle > 0)
			ask(r, r->idle[--r->n_idle], now_ns());
		receive_all(r, 1000);
	}
}

/* Never sleeps: waking up late would be measured as the server's latency. */
static void run_open(struct run *r)
{
	uint64_t n_due = 0, due_ns = r->begin_ns;
	uint64_t give_up_ns = r->end_ns + (uint64_t)PATIENCE_S * NS_PER_S;

	while (due_ns < r->end_ns) {
		if (now_ns() > give_up_ns)
			errx(1, "the server cannot keep up with %.0f requests a second",
			     r->options->rate);
		while (r->n_idle > 0 && due_ns < r->end_ns && due_ns <= now_ns()) {
			ask(r, r->idle[--r->n_idle], due_ns);
			n_due++;
			due_ns = r->begin_ns +
				 (uint64_t)((double)n_due * NS_PER_S / r->options->rate);
		}
		receive_all(r, 0);
	}
}

static void run_load(struct run *r)
{
	const struct options *o = r->options;
	uint64_t give_up_ns;

	r->begin_ns = now_ns();
	r->count_from_ns = r->begin_ns + (uint64_t)(o->warm_up_s * NS_PER_S);
	r->end_ns = r->begin_ns + (uint64_t)(o->seconds * NS_PER_S);
	if (o->rate > 0)
		run_open(r);
	else
		run_closed(r);

	give_up_ns = now_ns() + (uint64_t)PATIENCE_S * NS_PER_S;
	while (r->n_idle < o->connections) {
		if (now_ns() > give_up_ns)
			errx(1, "%u answers never came", o->connections - r->n_idle);
		receive_all(r, 100);
	}
}

static void open_connections(struct run *r)
{
	const struct options *o = r->options;
	SSL_CTX *context = NULL;

	if (o->tls) {
		context = SSL_CTX_new(TLS_client_method());
		if (!context)
			errx(1, "OpenSSL does not start");
	}
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll < 0)
		err(1, "epoll_create1");
	for (unsigned i = 0; i < o->connections; i++) {
		struct connection *c = &r->connections[i];
		struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};

		connection_open(c, &o->address, context);
		if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
			err(1, "epoll_ctl");
		r->idle[r->n_idle++] = c;
	}
	SSL_CTX_free(context); /* the connections hold it */
}

static double us(uint64_t ns)
{
	return (double)ns / 1000.0;
}

static void report(const struct run *r)
{
	const struct histogram *h = &r->latency;

	printf("{\"sent\":%" PRIu64 ",\"answers\":%" PRIu64 ",\"bad\":%" PRIu64
	       ",\"seconds\":%.3f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f"
	       ",\"p999_us\":%.1f,\"max_us\":%.1f}\n",
	       r->n_sent, r->n_answers, r->n_bad, r->options->seconds - r->options->warm_up_s,
	       us(histogram_percentile(h, 50)), us(histogram_percentile(h, 90)),
	       us(histogram_percentile(h, 99)), us(histogram_percentile(h, 99.9)), us(h->max));
}

static void read_body(const char *path, char *to)
{
	FILE *f = fopen(path, "r");
	size_t n;

	if (!f)
		err(1, "%s", path);
	n = fread(to, 1, BODY_BYTES_MAX, f);
	if (ferror(f) || n == BODY_BYTES_MAX)
		errx(1, "%s: cannot be read, or too long", path);
	to[n] = '\0';
	(void)fclose(f); /* only read */
}

static void read_address(const char *text, struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN];
	const char *colon = strchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : sizeof(host);

	if (n >= sizeof(host))
		errx(1, "%s is not ADDRESS:PORT", text);
	memcpy(host, text, n);
	host[n] = '\0';
	address->sin_family = AF_INET;
	address->sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &address->sin_addr) != 1)
		errx(1, "%s is not ADDRESS:PORT", text);
}

static const struct option flags[] = {
	{"address", required_argument, NULL, 'a'},
	{"body-file", required_argument, NULL, 'b'},
	{"connections", required_argument, NULL, 'c'},
	{"expect", required_argument, NULL, 'e'},
	{"ids", required_argument, NULL, 'i'},
	{"path", required_argument, NULL, 'p'},
	{"rate", required_argument, NULL, 'r'},
	{"seconds", required_argument, NULL, 's'},
	{"tls", no_argument, NULL, 't'},
	{"warm-up", required_argument, NULL, 'w'},
	{NULL, 0, NULL, 0},
};

static void read_flag(struct options *o, int flag)
{
	switch (flag) {
	case 'a':
		read_address(optarg, &o->address);
		break;
	case 'b':
		read_body(optarg, o->body);
		break;
	case 'c':
		o->connections = (unsigned)strtoul(optarg, NULL, 10);
		break;
	case 'e':
		if (o->n_expects == EXPECTS_MAX)
			errx(2, "at most %d --expect", EXPECTS_MAX);
		o->expects[o->n_expects++] = optarg;
		break;
	case 'i':
		o->ids = strtoll(optarg, NULL, 10);
		break;
	case 'p':
		o->path = optarg;
		break;
	case 'r':
		o->rate = strtod(optarg, NULL);
		break;
	case 's':
		o->seconds = strtod(optarg, NULL);
		break;
	case 't':
		o->tls = true;
		break;
	case 'w':
		o->warm_up_s = strtod(optarg, NULL);
		break;
	default:
		errx(2, "usage: pace --address ADDRESS:PORT --path /Command --body-file FILE "
			"[--expect TEXT]... [--ids N] [--connections N] [--rate N] [--seconds N] "
			"[--warm-up N] [--tls]");
	}
}

int main(int argc, char **argv)
{
	static struct options options = {
		.path = "/", .connections = 32, .seconds = 5, .warm_up_s = 0.5, .ids = 1};
	static struct run run = {.options = &options};
	int flag;

	while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1)
		read_flag(&options, flag);
	if (options.connections == 0 || options.connections > CONNECTIONS_MAX || options.ids < 1 ||
	    options.address.sin_family != AF_INET)
		errx(2, "--address, 1 to %d --connections, and --ids above 0", CONNECTIONS_MAX);

	run.connections = calloc(options.connections, sizeof(*run.connections));
	if (!run.connections)
		err(1, "memory");
	run.random = now_ns() | 1; /* other customers in each round */
	open_connections(&run);
	run_load(&run);
	for (unsigned i = 0; i < options.connections; i++)
		connection_close(&run.connections[i]);
	free(run.connections);
	report(&run);
	return run.n_bad == 0 ? 0 : 1;
}
