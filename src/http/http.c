#include "http/http.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "http/limits.h"
#include "http/loop.h"
#include "http/socket.h"
#include "http/tls.h"

/* Descriptors that are not for connections: databases, log, loops, a moment's extra. */
#define FILES_KEPT 128

struct http {
	struct common common;
	char (*addresses)[ADDRESS_CHARS_MAX + 1];
	bool has_admin;

	/* While http_run runs. */
	const struct http_events *events;
	uv_thread_t *threads;
	size_t n_threads; /* begun, beside the first */
	uv_sem_t opened, go;
	_Atomic bool failed;
	uv_signal_t signals[3];
	bool told_stop;
};

/* ---- open
 * ------------------------------------------------------------------------------- */

static enum rc no_memory(struct text *reterr)
{
	text_add_c(reterr, "out of memory");
	return RC_NOMEM;
}

/* As many descriptors as the system gives us; then no more connections than that allows. */
static void fit_to_files(struct http_options *options)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files); /* if not, the next line sees the old limit */
	if (getrlimit(RLIMIT_NOFILE, &files) != 0)
		return;
	rlim_t room =
		files.rlim_cur > 2 * FILES_KEPT ? files.rlim_cur - FILES_KEPT : files.rlim_cur / 2;
	if (options->connections_max > room)
		options->connections_max = (size_t)room;
}

static enum rc open_common(struct http *h, struct text *reterr)
{
	struct common *common = &h->common;
	struct http_options *options = &common->options;

	common->proxies = (struct proxies){options->trusted_proxies, options->n_trusted_proxies};
	common->base_path = str_c(options->base_path);
	common->limits =
		limits_create(options->connections_max, options->connections_per_address_max);
	common->loops = calloc(options->n_threads, sizeof(*common->loops));
	h->threads = calloc(options->n_threads, sizeof(*h->threads));
	h->addresses = calloc(options->n_listen + 1, sizeof(*h->addresses));
	if (!common->limits || !common->loops || !h->threads || !h->addresses)
		return no_memory(reterr);
	if (!options->tls_cert)
		return RC_OK;
	return tls_context_open(options->tls_cert, options->tls_key, &common->tls, reterr);
}

static enum rc open_loops(struct http *h, struct text *reterr)
{
	struct common *common = &h->common;
	unsigned n = common->options.n_threads;

	for (unsigned i = 0; i < n; i++) {
		common->n_loops++;
		enum rc rc = loop_open(&common->loops[i], common, i, common->options.n_listen + 1);
		if (rc != RC_OK)
			return no_memory(reterr);
	}
	return RC_OK;
}

/* Gives each loop one of the sockets; those that no loop took are closed. */
static enum rc share_out(struct http *h, const int *fds, enum door door, size_t n)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < n; i++) {
		if (rc == RC_OK)
			rc = loop_listen(&h->common.loops[i], fds[i], door,
					 door == DOOR_PUBLIC && h->common.tls);
		if (rc != RC_OK)
			(void)close(fds[i]); /* nothing was written to it */
	}
	return rc;
}

static enum rc open_sockets(struct http *h, struct text *reterr)
{
	const struct http_options *options = &h->common.options;
	size_t n = options->n_threads;
	int *fds = calloc(n, sizeof(*fds));
	enum rc rc = fds ? RC_OK : no_memory(reterr);

	for (size_t i = 0; rc == RC_OK && i < options->n_listen; i++) {
		rc = socket_listen(options->listen[i], n, fds, h->addresses[i], reterr);
		if (rc != RC_OK)
			break;
		rc = share_out(h, fds, DOOR_PUBLIC, n);
		if (rc != RC_OK)
			text_printf(reterr, "cannot watch %s", h->addresses[i]);
	}
	if (rc == RC_OK && options->admin_path) {
		rc = socket_listen_unix(options->admin_path, fds, reterr);
		h->has_admin = rc == RC_OK;
		if (rc == RC_OK) {
			rc = share_out(h, fds, DOOR_ADMIN, 1);
			if (rc != RC_OK)
				text_printf(reterr, "cannot watch %s", options->admin_path);
		}
	}
	free(fds);
	return rc;
}

enum rc http_open(const struct http_options *options, struct http **ret_http, struct text *reterr)
{
	struct http *h = calloc(1, sizeof(*h));

	if (!h)
		return no_memory(reterr);
	if (uv_sem_init(&h->opened, 0) != 0 || uv_sem_init(&h->go, 0) != 0) {
		free(h);
		return no_memory(reterr);
	}
	h->common.options = *options;
	if (h->common.options.n_threads == 0)
		h->common.options.n_threads = 1;
	/* A peer that is gone is an error of write(), not the end of the process. */
	(void)signal(SIGPIPE, SIG_IGN); /* fails only for a bad signal number */
	fit_to_files(&h->common.options);
	enum rc rc = open_common(h, reterr);
	if (rc == RC_OK)
		rc = open_loops(h, reterr);
	if (rc == RC_OK)
		rc = open_sockets(h, reterr);
	if (rc != RC_OK) {
		(void)http_close(h); /* always NULL */
		return rc;
	}
	*ret_http = h;
	return RC_OK;
}

struct http *http_close(struct http *h)
{
	if (!h)
		return NULL;
	for (size_t i = 0; i < h->common.n_loops; i++)
		loop_close(&h->common.loops[i]);
	if (h->has_admin)
		(void)unlink(h->common.options.admin_path); /* a leftover is cleared by the next */
	h->common.tls = tls_context_close(h->common.tls);
	h->common.limits = limits_destroy(h->common.limits);
	uv_sem_destroy(&h->opened);
	uv_sem_destroy(&h->go);
	free(h->common.loops);
	free(h->threads);
	free(h->addresses);
	free(h);
	return NULL;
}

const char *http_address(const struct http *h, size_t n)
{
	assert(n < h->common.options.n_listen);
	return h->addresses[n];
}

size_t http_connections(const struct http *h)
{
	return limits_count(h->common.limits);
}

/* ---- run
 * -------------------------------------------------------------------------------- */

static bool open_services(struct loop *loop)
{
	const struct http_options *options = &loop->common->options;

	loop->services = options->services_open(options->owner, loop->number);
	return loop->services != NULL;
}

static void close_services(struct loop *loop)
{
	const struct http_options *options = &loop->common->options;

	if (loop->services)
		options->services_close(options->owner, loop->services);
	loop->services = NULL;
}

struct thread_start {
	struct http *http;
	struct loop *loop;
};

static void other_thread(void *start_)
{
	struct thread_start *start = start_;
	struct http *h = start->http;
	struct loop *loop = start->loop;

	free(start);
	if (!open_services(loop))
		atomic_store(&h->failed, true);
	uv_sem_post(&h->opened);
	uv_sem_wait(&h->go);
	if (!atomic_load(&h->failed))
		loop_run(loop);
	close_services(loop);
	log_flush();
}

static bool begin_thread(struct http *h, struct loop *loop)
{
	struct thread_start *start = malloc(sizeof(*start));

	if (!start)
		return false;
	*start = (struct thread_start){h, loop};
	if (uv_thread_create(&h->threads[h->n_threads], other_thread, start) != 0) {
		free(start);
		return false;
	}
	h->n_threads++;
	return true;
}

/* Signals are for the first thread: the others are begun with them held back. */
static bool begin_threads(struct http *h)
{
	sigset_t ours, before;
	bool good = true;

	(void)sigemptyset(&ours); /* these fail only for a bad signal number */
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGHUP);
	int r = pthread_sigmask(SIG_BLOCK, &ours, &before);
	assert(r == 0);
	for (size_t i = 1; good && i < h->common.n_loops; i++)
		good = begin_thread(h, &h->common.loops[i]);
	r = pthread_sigmask(SIG_SETMASK, &before, NULL);
	assert(r == 0);
	return good;
}

static void tell_stop(struct http *h, int number)
{
	if (!h->told_stop && h->events->on_stop)
		h->events->on_stop(h->events->owner, number);
	h->told_stop = true;
}

static void on_stop_begun(struct common *common)
{
	tell_stop((struct http *)((char *)common - offsetof(struct http, common)), 0);
}

static void on_stop_signal(uv_signal_t *signal, int number)
{
	struct http *h = signal->data;

	/* The next one finds the system's own handler, and ends the process at once. */
	for (size_t i = 0; i < 2; i++)
		(void)uv_signal_stop(&h->signals[i]); /* always 0 */
	/* First: who reads in the log that it stops finds it stopping. */
	http_stop(h);
	tell_stop(h, number);
}

static void on_reload_signal(uv_signal_t *signal, int number)
{
	struct http *h = signal->data;

	(void)number;
	if (h->events->on_reload && !atomic_load(&h->common.stopping))
		h->events->on_reload(h->events->owner);
}

static bool watch_signals(struct http *h)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
	uv_loop_t *uv = &h->common.loops[0].uv;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		int r = uv_signal_init(uv, &h->signals[i]);
		h->signals[i].data = h;
		if (r != 0 ||
		    uv_signal_start(&h->signals[i],
				    numbers[i] == SIGHUP ? on_reload_signal : on_stop_signal,
				    numbers[i]) != 0)
			return false;
	}
	return true;
}

static void forget_signals(struct http *h)
{
	for (size_t i = 0; i < ARRAY_LEN(h->signals); i++) {
		if (h->signals[i].data && !uv_is_closing((uv_handle_t *)&h->signals[i]))
			uv_close((uv_handle_t *)&h->signals[i], NULL);
	}
}

/* Lets the threads go on, to serve or (when something failed) to their end. */
static void let_go(struct http *h)
{
	for (size_t i = 0; i < h->n_threads; i++)
		uv_sem_post(&h->go);
}

static void join_threads(struct http *h)
{
	for (size_t i = 0; i < h->n_threads; i++) {
		int r = uv_thread_join(&h->threads[i]);
		assert(r == 0);
	}
	h->n_threads = 0;
}

enum rc http_run(struct http *h, const struct http_events *events, struct text *reterr)
{
	struct loop *first = &h->common.loops[0];
	const char *what = NULL;

	h->events = events;
	h->common.stop_begun = on_stop_begun;
	if (!begin_threads(h))
		what = "cannot begin a thread";
	else if (!open_services(first))
		what = "cannot open what the first thread works with";
	else if (!watch_signals(h))
		what = "cannot watch for signals";
	for (size_t i = 0; i < h->n_threads; i++)
		uv_sem_wait(&h->opened);
	if (!what && atomic_load(&h->failed))
		what = "cannot open what a thread works with";
	if (what)
		atomic_store(&h->failed, true);
	let_go(h);
	if (!what) {
		if (events->ready)
			events->ready(events->owner);
		loop_run(first);
	}
	close_services(first);
	join_threads(h);
	forget_signals(h);
	if (!what)
		return RC_OK;
	text_add_c(reterr, what);
	return RC_IO;
}

void http_stop(struct http *h)
{
	atomic_store(&h->common.stopping, true);
	for (size_t i = 0; i < h->common.n_loops; i++)
		loop_wake(&h->common.loops[i]);
}

bool http_stopping(const struct http *h)
{
	return atomic_load(&h->common.stopping);
}

enum rc http_reload_tls(struct http *h, struct text *reterr)
{
	const struct http_options *options = &h->common.options;

	if (!h->common.tls)
		return RC_OK;
	return tls_context_reload(h->common.tls, options->tls_cert, options->tls_key, reterr);
}
