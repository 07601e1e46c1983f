#include "served.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command/gate.h"

#define PATIENCE_MS 20000 /* a server that has not answered by then never will */
#define SLICE_MS    20
#define QUIET_MS    60 /* nothing more comes */

/* ---- the gate and the registry, in the place of the real ones ---- */

static const struct command read_command = {.name = "GetCustomer", .door = DOOR_PUBLIC};
static const struct command write_command = {
	.name = "CreateCustomer", .door = DOOR_PUBLIC, .flags = CMD_WRITE};
static const struct command admin_command = {.name = "GetStatus", .door = DOOR_ADMIN};

const struct command *registry_find(enum door door, struct str name)
{
	static const struct command *const all[] = {&read_command, &write_command, &admin_command};

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		if (all[i]->door == door && str_equal_c(name, all[i]->name))
			return all[i];
	}
	return NULL;
}

const struct command *registry_nearest(enum door door, struct str name)
{
	(void)door;
	(void)name;
	return NULL;
}

static void answer(struct call *call)
{
	call->http_status = 200;
	call->status = ST_OK;
	text_printf(&call->answer, "{\"n\":%zu}", call->body.n);
}

static struct {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct call *first, **end;
	int n_waiting;
	bool held, ended;
} writer = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
	.end = &writer.first,
};

static void *write_calls(void *unused)
{
	(void)unused;
	pthread_mutex_lock(&writer.mutex);
	while (!writer.ended) {
		struct call *call = writer.held ? NULL : writer.first;
		if (!call) {
			pthread_cond_wait(&writer.changed, &writer.mutex);
			continue;
		}
		writer.first = call->next;
		if (!writer.first)
			writer.end = &writer.first;
		writer.n_waiting--;
		pthread_mutex_unlock(&writer.mutex);
		answer(call);
		call->done(call);
		pthread_mutex_lock(&writer.mutex);
	}
	pthread_mutex_unlock(&writer.mutex);
	return NULL;
}

enum gate_result gate_run(struct call *call)
{
	if (!(call->command->flags & CMD_WRITE)) {
		answer(call);
		return GATE_DONE;
	}
	pthread_mutex_lock(&writer.mutex);
	call->next = NULL;
	*writer.end = call;
	writer.end = &call->next;
	writer.n_waiting++;
	pthread_cond_signal(&writer.changed);
	pthread_mutex_unlock(&writer.mutex);
	return GATE_QUEUED;
}

void gate_refuse(struct call *call, int http_status, enum status status, const char *format, ...)
{
	va_list args;

	call->http_status = http_status;
	call->status = status;
	va_start(args, format);
	text_vprintf(&call->answer, format, args);
	va_end(args);
}

void served_hold_writer(bool hold)
{
	pthread_mutex_lock(&writer.mutex);
	writer.held = hold;
	pthread_cond_signal(&writer.changed);
	pthread_mutex_unlock(&writer.mutex);
}

int served_waiting(void)
{
	pthread_mutex_lock(&writer.mutex);
	int n = writer.n_waiting;
	pthread_mutex_unlock(&writer.mutex);
	return n;
}

/* ---- the server ---- */

static struct services services[8];
static _Atomic int n_rests, n_threads, thread_that_fails = -1;
static pthread_t server;
static pthread_mutex_t ready_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ready_changed = PTHREAD_COND_INITIALIZER;
static bool is_ready;

static struct services *open_services(void *owner, unsigned thread)
{
	(void)owner;
	if ((int)thread == thread_that_fails)
		return NULL;
	n_threads++;
	return &services[thread];
}

static void close_services(void *owner, struct services *s)
{
	(void)owner;
	(void)s;
	n_threads--;
}

static void rest(struct services *s)
{
	(void)s;
	n_rests++;
}

int served_rests(void)
{
	return n_rests;
}

int served_threads(void)
{
	return n_threads;
}

void served_fail_thread(int number)
{
	thread_that_fails = number;
}

struct http_options served_options(void)
{
	static const char *const listen_on[] = {"127.0.0.1:0"};

	return (struct http_options){
		.listen = listen_on,
		.n_listen = 1,
		.base_path = "",
		.n_threads = 1,
		.body_bytes_max = 1000,
		.connections_max = 100,
		.connections_per_address_max = 100,
		.head_ms = 5000,
		.whole_ms = 5000,
		.write_ms = 5000,
		.idle_ms = 5000,
		.drain_ms = 5000,
		.services_open = open_services,
		.services_close = close_services,
		.services_rest = rest,
	};
}

static void on_ready(void *owner)
{
	(void)owner;
	pthread_mutex_lock(&ready_mutex);
	is_ready = true;
	pthread_cond_signal(&ready_changed);
	pthread_mutex_unlock(&ready_mutex);
}

static void *serve(void *http)
{
	static const struct http_events events = {.ready = on_ready};
	struct text why;

	text_init(&why, 1000);
	if (http_run(http, &events, &why) != RC_OK)
		abort();
	text_fini(&why);
	return NULL;
}

void served_open(struct served *s, const struct http_options *options)
{
	struct text why;

	text_init(&why, 1000);
	if (http_open(options, &s->http, &why) != RC_OK)
		fail_msg("%s", text_c(&why));
	text_fini(&why);
	s->address = options->n_listen ? http_address(s->http, 0) : NULL;
	writer.ended = writer.held = is_ready = false;
	n_rests = 0;
	assert_int_equal(pthread_create(&writer.thread, NULL, write_calls, NULL), 0);
	assert_int_equal(pthread_create(&server, NULL, serve, s->http), 0);
	pthread_mutex_lock(&ready_mutex);
	while (!is_ready)
		pthread_cond_wait(&ready_changed, &ready_mutex);
	pthread_mutex_unlock(&ready_mutex);
}

void served_close(struct served *s)
{
	http_stop(s->http);
	assert_int_equal(pthread_join(server, NULL), 0);
	assert_int_equal(http_connections(s->http), 0);
	assert_int_equal(served_threads(), 0);
	pthread_mutex_lock(&writer.mutex);
	writer.ended = true;
	pthread_cond_signal(&writer.changed);
	pthread_mutex_unlock(&writer.mutex);
	assert_int_equal(pthread_join(writer.thread, NULL), 0);
	s->http = http_close(s->http);
}

/* ---- clients ---- */

int client_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	return fd;
}

void client_connect(int fd, const struct served *s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	to.sin_port = htons((uint16_t)strtoul(strrchr(s->address, ':') + 1, NULL, 10));
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
}

int client_open(const struct served *s)
{
	int fd = client_socket();

	client_connect(fd, s);
	return fd;
}

int client_open_unix(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(strlen(path) < sizeof(to.sun_path));
	memcpy(to.sun_path, path, strlen(path) + 1);
	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

void client_send(int fd, const char *bytes)
{
	size_t n = strlen(bytes);

	assert_int_equal(send(fd, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* What comes within that time. False: the server has closed, and how is appended. */
static bool read_some(int fd, int wait_ms, struct text *t)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	char bytes[65536];

	if (poll(&wait, 1, wait_ms) <= 0)
		return true;
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
	if (n > 0)
		text_add(t, bytes, (size_t)n);
	else
		text_add_c(t, n == 0 ? "<end>" : "<reset>");
	return n > 0;
}

void client_read_all(int fd, struct text *ret_text)
{
	for (int i = 0; i < PATIENCE_MS / SLICE_MS; i++) {
		if (!read_some(fd, SLICE_MS, ret_text))
			return;
	}
	fail_msg("the server does not close: %s", text_c(ret_text));
}

static void list_statuses(struct text *from, struct text *list)
{
	text_clear(list);
	for (const char *p = text_c(from); (p = strstr(p, "HTTP/1.1 ")); p += 9)
		text_printf(list, "%s%.3s", list->n ? " " : "", p + 9);
	if (strstr(text_c(from), "<end>"))
		text_printf(list, "%send", list->n ? " " : "");
	if (strstr(text_c(from), "<reset>"))
		text_printf(list, "%sreset", list->n ? " " : "");
}

void client_expect(int fd, const char *statuses)
{
	struct text came, list;
	bool more = true;

	text_init(&came, 10000000);
	text_init(&list, 10000);
	for (int i = 0; more && i < PATIENCE_MS / SLICE_MS; i++) {
		more = read_some(fd, SLICE_MS, &came);
		list_statuses(&came, &list);
		if (strcmp(text_c(&list), statuses) == 0)
			break;
	}
	if (more)
		(void)read_some(fd, QUIET_MS, &came);
	list_statuses(&came, &list);
	assert_string_equal(text_c(&list), statuses);
	text_fini(&came);
	text_fini(&list);
}
