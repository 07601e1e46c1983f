/*
 * Bytes on a connection, through the whole http layer and the real gate: the same bytes come back
 * however they are cut into segments, and what comes back is well formed (answers.h).
 *
 * The server listens on the admin socket only. A Unix socket tells when its peer has read all that
 * was sent (SIOCOUTQ), so that segments are read one by one; and its commands need no credentials,
 * so that they are reached. Behind the socket the code is that of every door. The clock stands
 * still and random bytes do not vary, so nothing in an answer does but the X-Request-Id that the
 * server makes itself, which is a counter, stirred. What is written is taken back again: the
 * store is the same for every run.
 */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "base/random.h"
#include "command/executor.h"
#include "command/gate.h"
#include "http/http.h"
#include "http/response.h"
#include "support/house.h"

#define BODY_BYTES_MAX   2000
#define NEVER_MS         600000 /* no deadline of the server's may cut in */
#define STUCK_MS         8000   /* nothing has moved for so long: a fault */
#define SINGLE_BYTES_MAX 400    /* longer inputs are not sent byte by byte */
#define PIECES_MAX       64     /* about */
#define ANSWER_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define RECEIVE_BYTES    65536

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void need(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "http_fuzz: %s\n", what);
	abort();
}

/* ---- the server ---------------------------------------------------------------------------- */

static struct house house;
static struct http *http;
static pthread_t server;
static char socket_path[sizeof(house.dir) + 16];
static char date[RESPONSE_DATE_CHARS + 1];

static struct {
	struct executor executor;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct call *call; /* one at a time: there is one connection, and it waits */
	bool closing;
} writer = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

static enum rc submit(struct executor *e, struct call *call)
{
	(void)e;
	need(pthread_mutex_lock(&writer.mutex) == 0, "cannot lock");
	need(!writer.call, "a second call of one connection");
	writer.call = call;
	(void)pthread_cond_signal(&writer.changed); /* never fails on a good one */
	(void)pthread_mutex_unlock(&writer.mutex);  /* it is ours */
	return RC_OK;
}

static void write_and_take_back(struct call *call)
{
	need(store_begin(house.writer) == RC_OK && store_savepoint(house.writer) == RC_OK,
	     "cannot begin to write");
	(void)gate_execute(call, house.writer); /* the status stays in the call */
	store_rollback(house.writer);
	gate_finish(call, RC_OK);
	call->done(call);
}

static void *write_calls(void *unused)
{
	(void)unused;
	for (;;) {
		need(pthread_mutex_lock(&writer.mutex) == 0, "cannot lock");
		while (!writer.call && !writer.closing)
			(void)pthread_cond_wait(&writer.changed, &writer.mutex); /* as signal */
		struct call *call = writer.call;
		writer.call = NULL;
		(void)pthread_mutex_unlock(&writer.mutex); /* it is ours */
		if (!call)
			return NULL;
		write_and_take_back(call);
	}
}

static void same_bytes(void *ret_bytes, size_t n)
{
	memset(ret_bytes, 0x5a, n);
}

static struct services *open_services(void *owner, unsigned thread)
{
	(void)owner;
	(void)thread;
	return &house.services;
}

static void close_services(void *owner, struct services *services)
{
	(void)owner;
	(void)services;
}

static void rest_services(struct services *services)
{
	store_rest(services->reader);
}

/* The server catches the signals that are meant to end the fuzzer. */
static void on_stop(void *owner, int signal)
{
	(void)owner;
	if (signal)
		_exit(128 + signal);
}

static void *serve(void *unused)
{
	static const struct http_events events = {.on_stop = on_stop};
	struct text why;

	(void)unused;
	text_init(&why, 1000);
	need(http_run(http, &events, &why) == RC_OK, text_c(&why));
	text_fini(&why);
	return NULL;
}

static void open_server(void)
{
	const struct http_options options = {
		.admin_path = socket_path,
		.base_path = "",
		.n_threads = 1,
		.body_bytes_max = BODY_BYTES_MAX,
		.connections_max = 1,
		.connections_per_address_max = 1,
		.head_ms = NEVER_MS,
		.whole_ms = NEVER_MS,
		.write_ms = NEVER_MS,
		.idle_ms = NEVER_MS,
		.services_open = open_services,
		.services_close = close_services,
		.services_rest = rest_services,
	};
	struct text why;

	text_init(&why, 1000);
	need(http_open(&options, &http, &why) == RC_OK, text_c(&why));
	text_fini(&why);
}

static void shut(void)
{
	http_stop(http);
	need(pthread_join(server, NULL) == 0, "cannot wait for the server");
	http = http_close(http);
	need(pthread_mutex_lock(&writer.mutex) == 0, "cannot lock");
	writer.closing = true;
	(void)pthread_cond_signal(&writer.changed); /* never fails on a good one */
	(void)pthread_mutex_unlock(&writer.mutex);  /* it is ours */
	need(pthread_join(writer.thread, NULL) == 0, "cannot wait for the writer");
	house_close(&house);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	house_open(&house, "sqlite");
	random_replace(same_bytes);
	response_date(house_now_us / 1000000, date);
	(void)snprintf(socket_path, sizeof(socket_path), "%s/socket", house.dir); /* it fits */
	writer.executor.submit = submit;
	house.services.writer = &writer.executor;
	open_server();
	need(pthread_create(&writer.thread, NULL, write_calls, NULL) == 0 &&
		     pthread_create(&server, NULL, serve, NULL) == 0,
	     "cannot begin a thread");
	return atexit(shut);
}

/* ---- one client ---------------------------------------------------------------------------- */

struct client {
	int fd;
	struct text came;
	bool refused; /* what we send is not taken any more */
	bool over;    /* the server has said all */
	bool reset;   /* and that was how */
	int64_t moved_ms;
};

static int64_t now_ms(void)
{
	struct timespec t;

	need(clock_gettime(CLOCK_MONOTONIC, &t) == 0, "no clock");
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void client_open(struct client *c)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	memcpy(to.sun_path, socket_path, strlen(socket_path) + 1);
	*c = (struct client){.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
	c->moved_ms = now_ms();
	text_init(&c->came, ANSWER_BYTES_MAX);
	need(c->fd >= 0 && connect(c->fd, (const struct sockaddr *)&to, sizeof(to)) == 0,
	     "cannot connect");
}

static void client_close(struct client *c)
{
	(void)close(c->fd); /* all that matters has been read */
	text_fini(&c->came);
}

/* Reads what is there. The answers come before the news of a reset: this is no TCP. */
static void hear(struct client *c)
{
	while (!c->over) {
		need(text_reserve(&c->came, RECEIVE_BYTES), "out of memory");
		ssize_t n = recv(c->fd, c->came.p + c->came.n, RECEIVE_BYTES, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			return;
		need(n >= 0 || errno == ECONNRESET, "cannot receive");
		c->over = n <= 0;
		c->reset = n < 0;
		c->came.n += n > 0 ? (size_t)n : 0;
		c->moved_ms = now_ms();
	}
}

static void check_moves(const struct client *c)
{
	if (now_ms() - c->moved_ms < STUCK_MS)
		return;
	(void)fprintf(stderr, "http_fuzz: stuck after: %.*s\n", STR_ARGS(text_str(&c->came)));
	abort();
}

static void wait_for(struct client *c, short events)
{
	struct pollfd wait = {.fd = c->fd, .events = events};

	(void)poll(&wait, 1, 100); /* whatever it says: we look again */
	hear(c);
	check_moves(c);
}

static void say(struct client *c, struct str piece)
{
	while (piece.n > 0 && !c->refused) {
		ssize_t n = send(c->fd, piece.p, piece.n, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			piece.p += n;
			piece.n -= (size_t)n;
			c->moved_ms = now_ms();
		} else if (errno == EAGAIN) {
			wait_for(c, c->over ? POLLOUT : POLLIN | POLLOUT);
		} else {
			need(errno == EPIPE || errno == ECONNRESET, "cannot send");
			c->refused = true;
		}
	}
}

/* Until the server has read it all, or let go of it. */
static void wait_until_read(struct client *c)
{
	int left = 0;

	for (;;) {
		need(ioctl(c->fd, SIOCOUTQ, &left) == 0, "cannot look at what is not read yet");
		if (left == 0)
			return;
		hear(c);
		check_moves(c);
		(void)sched_yield(); /* always 0 */
	}
}

/* ---- one input ----------------------------------------------------------------------------- */

/* How an input is cut. */
struct cuts {
	size_t at_most; /* bytes of a piece */
	uint64_t state; /* 0: all pieces are that long */
};

static size_t next_cut(struct cuts *cuts)
{
	if (cuts->state == 0)
		return cuts->at_most;
	cuts->state ^= cuts->state << 13;
	cuts->state ^= cuts->state >> 7;
	cuts->state ^= cuts->state << 17;
	return 1 + cuts->state % cuts->at_most;
}

/* The same ones for the same input, few enough for a long one. */
static struct cuts cuts_by_chance(struct str input)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < input.n; i++)
		hash = (hash ^ (unsigned char)input.p[i]) * UINT64_C(0x100000001b3);
	return (struct cuts){input.n / (PIECES_MAX / 2) + ((size_t)1 << hash % 8), hash | 1};
}

/* The answers to it, blanked by answers_check. */
static struct text run(struct str input, struct cuts cuts)
{
	bool pieces = cuts.at_most < input.n;
	struct str left = input;
	struct client c;
	struct text came;

	client_open(&c);
	while (left.n > 0 && !c.refused) {
		size_t n = next_cut(&cuts);
		struct str piece = {left.p, n < left.n ? n : left.n};
		say(&c, piece);
		/* The end comes together with the only piece, and for itself behind many. */
		if (pieces)
			wait_until_read(&c);
		left.p += piece.n;
		left.n -= piece.n;
	}
	(void)shutdown(c.fd, SHUT_WR); /* not connected any more: that is the end, too */
	while (!c.over)
		wait_for(&c, POLLIN);
	struct answers answers = answers_check(&c.came, input, date);
	need((answers.n > 0) == (input.n > 0), "not answered");
	/* Who has said that he closes need not read on; anybody else has to. */
	need(!c.reset || answers.closing, "closed without a word");
	came = c.came;
	text_init(&c.came, 0);
	client_close(&c);
	return came;
}

static void compare(const struct text *whole, struct str input, struct cuts cuts)
{
	struct text cut = run(input, cuts);

	if (!str_equal(text_str(whole), text_str(&cut))) {
		(void)fprintf(stderr, "http_fuzz: in one piece:\n%.*s\nin pieces:\n%.*s\n",
			      STR_ARGS(text_str(whole)), STR_ARGS(text_str(&cut)));
		abort();
	}
	text_fini(&cut);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str input = {(const char *)bytes, n};
	struct text whole = run(input, (struct cuts){.at_most = n});

	compare(&whole, input, cuts_by_chance(input));
	if (n <= SINGLE_BYTES_MAX)
		compare(&whole, input, (struct cuts){.at_most = 1});
	text_fini(&whole);
	return 0;
}
