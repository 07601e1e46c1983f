/*
 * A load generator for `make bench`, for three things that wrk cannot do:
 *
 * - Latency at a fixed rate. Each request has its time, and its latency counts from that time,
 *   sent late or not: a server that stalls cannot hide the requests that it held up.
 * - An exact check. A connection has one request under way and knows what it asked, so each
 *   answer is held against its own question.
 * - Requests that differ from each other altogether, a line of a file for each, and requests of
 *   a second kind beside the first.
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

#include "stream.h"

#define STREAMS_MAX     2
#define LINES_BYTES_MAX (1024u * 1024 * 1024)
#define PATIENCE_S      5

struct options {
	struct sockaddr_in address;
	bool tls;
	double seconds;
	double warm_up_s; /* of them, not counted */
};

struct run {
	struct options options;
	struct stream streams[STREAMS_MAX];
	size_t n_streams;
	bool sleeps; /* waking up late would be measured as the server's latency at a rate */
	int epoll;
};

/* ---- running ------------------------------------------------------------------------ */

/* Waits at most timeout_ms; 0 only looks. */
static void receive_all(const struct run *r, int timeout_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(r->epoll, events, 64, timeout_ms);

	if (n < 0 && errno != EINTR)
		err(1, "epoll_wait");
	for (int i = 0; i < n; i++)
		stream_receive(events[i].data.ptr);
}

static bool send_all(struct run *r)
{
	bool more = false;

	for (size_t i = 0; i < r->n_streams; i++)
		more = stream_send(&r->streams[i]) || more;
	return more;
}

static unsigned under_way(const struct run *r)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->n_streams; i++)
		n += r->streams[i].n_connections - r->streams[i].n_idle;
	return n;
}

static void run_load(struct run *r)
{
	uint64_t begin = now_ns(), give_up_ns;
	uint64_t warm_up = (uint64_t)(r->options.warm_up_s * NS_PER_S);
	uint64_t whole = (uint64_t)(r->options.seconds * NS_PER_S);

	for (size_t i = 0; i < r->n_streams; i++)
		stream_begin(&r->streams[i], begin, begin + warm_up, begin + whole);
	while (send_all(r))
		receive_all(r, r->sleeps ? 1000 : 0);

	give_up_ns = now_ns() + (uint64_t)PATIENCE_S * NS_PER_S;
	while (under_way(r) > 0) {
		if (now_ns() > give_up_ns)
			errx(1, "%u answers never came", under_way(r));
		receive_all(r, 100);
	}
}

static void open_streams(struct run *r)
{
	SSL_CTX *context = NULL;

	if (r->options.tls) {
		context = SSL_CTX_new(TLS_client_method());
		if (!context)
			errx(1, "OpenSSL does not start");
	}
	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll < 0)
		err(1, "epoll_create1");
	r->sleeps = true;
	for (size_t i = 0; i < r->n_streams; i++) {
		stream_open(&r->streams[i], &r->options.address, context, r->epoll);
		r->sleeps = r->sleeps && r->streams[i].rate <= 0;
	}
	SSL_CTX_free(context); /* the connections hold it */
}

/* ---- the report --------------------------------------------------------------------- */

static double us(uint64_t ns)
{
	return (double)ns / 1000.0;
}

static void report(const struct stream *s)
{
	const struct histogram *h = &s->latency;
	/* Where the lines were over before the time, it went on until the last answer. */
	uint64_t end_ns = s->last_ns < s->end_ns ? s->last_ns : s->end_ns;
	double seconds = end_ns > s->count_from_ns ? us(end_ns - s->count_from_ns) / 1e6 : 0;

	printf("{\"sent\":%" PRIu64 ",\"answers\":%" PRIu64 ",\"bad\":%" PRIu64
	       ",\"seconds\":%.3f,\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f"
	       ",\"p999_us\":%.1f,\"max_us\":%.1f}\n",
	       s->n_sent, s->n_answers, s->n_bad, seconds, us(histogram_percentile(h, 50)),
	       us(histogram_percentile(h, 90)), us(histogram_percentile(h, 99)),
	       us(histogram_percentile(h, 99.9)), us(h->max));
}

/* ---- the command line --------------------------------------------------------------- */

/* The file's text, ended by a NUL, for the rest of the program's life. */
static char *read_file(const char *path, size_t bytes_max)
{
	FILE *f = fopen(path, "r");
	size_t room = 0, n = 0;
	char *text = NULL;

	if (!f)
		err(1, "%s", path);
	do {
		room = room ? 2 * room : BODY_BYTES_MAX;
		text = room <= bytes_max ? realloc(text, room) : NULL;
		if (!text)
			errx(1, "%s: too long", path);
		n += fread(text + n, 1, room - n, f);
	} while (n == room);
	if (ferror(f))
		errx(1, "%s: cannot be read", path);
	text[n] = '\0';
	(void)fclose(f); /* only read */
	return text;
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

static void add_stream(struct run *r)
{
	struct stream *s = &r->streams[r->n_streams++];

	s->path = "/";
	s->n_connections = 32;
	s->ids = 1;
}

static const struct option flags[] = {
	{"address", required_argument, NULL, 'a'},
	{"beside", no_argument, NULL, 'B'},
	{"body-file", required_argument, NULL, 'b'},
	{"connections", required_argument, NULL, 'c'},
	{"expect", required_argument, NULL, 'e'},
	{"ids", required_argument, NULL, 'i'},
	{"lines-file", required_argument, NULL, 'l'},
	{"path", required_argument, NULL, 'p'},
	{"rate", required_argument, NULL, 'r'},
	{"seconds", required_argument, NULL, 's'},
	{"tls", no_argument, NULL, 't'},
	{"warm-up", required_argument, NULL, 'w'},
	{NULL, 0, NULL, 0},
};

static const char usage[] =
	"usage: pace --address ADDRESS:PORT [--tls] [--seconds N] [--warm-up N] STREAM "
	"[--beside STREAM]\n"
	"STREAM: --path /Command (--body-file FILE [--ids N] | --lines-file FILE) "
	"[--expect TEXT]... [--connections N] [--rate N]";

/* True where the flag is about a stream: about the last one begun. */
static bool read_stream_flag(struct stream *s, int flag)
{
	switch (flag) {
	case 'b':
		s->body = read_file(optarg, BODY_BYTES_MAX);
		return true;
	case 'c':
		s->n_connections = (unsigned)strtoul(optarg, NULL, 10);
		return true;
	case 'e':
		if (s->n_expects == EXPECTS_MAX)
			errx(2, "at most %d --expect", EXPECTS_MAX);
		s->expects[s->n_expects++] = optarg;
		return true;
	case 'i':
		s->ids = strtoll(optarg, NULL, 10);
		return true;
	case 'l':
		s->next_line = read_file(optarg, LINES_BYTES_MAX);
		return true;
	case 'p':
		s->path = optarg;
		return true;
	case 'r':
		s->rate = strtod(optarg, NULL);
		return true;
	default:
		return false;
	}
}

static void read_flag(struct run *r, int flag)
{
	if (read_stream_flag(&r->streams[r->n_streams - 1], flag))
		return;
	switch (flag) {
	case 'a':
		read_address(optarg, &r->options.address);
		break;
	case 'B':
		if (r->n_streams == STREAMS_MAX)
			errx(2, "at most %d streams", STREAMS_MAX);
		add_stream(r);
		break;
	case 's':
		r->options.seconds = strtod(optarg, NULL);
		break;
	case 't':
		r->options.tls = true;
		break;
	case 'w':
		r->options.warm_up_s = strtod(optarg, NULL);
		break;
	default:
		errx(2, "%s", usage);
	}
}

static void check(const struct run *r)
{
	if (r->options.address.sin_family != AF_INET)
		errx(2, "%s", usage);
	for (size_t i = 0; i < r->n_streams; i++) {
		const struct stream *s = &r->streams[i];

		if (!s->body == !s->next_line)
			errx(2, "a --body-file or a --lines-file");
		if (s->n_connections == 0 || s->n_connections > CONNECTIONS_MAX || s->ids < 1)
			errx(2, "1 to %d --connections, and --ids above 0", CONNECTIONS_MAX);
	}
}

int main(int argc, char **argv)
{
	static struct run run = {.options = {.seconds = 5, .warm_up_s = 0.5}};
	uint64_t n_bad = 0;
	int flag;

	add_stream(&run);
	while ((flag = getopt_long(argc, argv, "", flags, NULL)) != -1)
		read_flag(&run, flag);
	check(&run);

	open_streams(&run);
	run_load(&run);
	for (size_t i = 0; i < run.n_streams; i++) {
		stream_close(&run.streams[i]);
		report(&run.streams[i]);
		n_bad += run.streams[i].n_bad;
	}
	return n_bad == 0 ? 0 : 1;
}
