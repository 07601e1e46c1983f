/*
 * The server: the parts, opened in order, wired together and put away again.
 */
#include "server/server.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "http/http.h"
#include "server/home.h"
#include "server/installation.h"
#include "server/pool.h"
#include "server/reload.h"
#include "server/scratch.h"
#include "server/settings.h"
#include "server/writer.h"
#include "store/store.h"

/* How long the directory of companies believes what it has read; a change made through this server
 * is seen at once, one made through another server of the same database this late at most. */
#define DIRECTORY_US 1000000

struct server {
	const struct server_options *options;
	struct text admin_path;
	struct home home;
	char host[HOME_HOST_BYTES];
	struct writer *writer; /* NULL where the database is shared: */
	struct pool *pool;
	struct store *leasing; /* NULL: rates are not leased */
	struct http *http;
	struct server_facts facts;
	int64_t began_us;
	atomic_bool commit_failed;
};

/* What server_stop stops. */
static pthread_mutex_t running_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct http *running;

static void set_running(struct http *http)
{
	(void)pthread_mutex_lock(&running_mutex); /* a plain mutex of our own cannot fail */
	running = http;
	(void)pthread_mutex_unlock(&running_mutex); /* as above */
}

void server_stop(void)
{
	(void)pthread_mutex_lock(&running_mutex); /* as in set_running */
	if (running)
		http_stop(running);
	(void)pthread_mutex_unlock(&running_mutex); /* as in set_running */
}

/* ---- signals --------------------------------------------------------------------------- */

static void mask_signals(int how)
{
	sigset_t ours;

	(void)sigemptyset(&ours); /* these fail only for a bad signal number */
	(void)sigaddset(&ours, SIGTERM);
	(void)sigaddset(&ours, SIGINT);
	(void)sigaddset(&ours, SIGHUP);
	(void)pthread_sigmask(how, &ours, NULL); /* fails only for a bad `how` */
}

void server_hold_signals(void)
{
	mask_signals(SIG_BLOCK);
}

/* ---- what each thread has at hand ---------------------------------------------------- */

static void services_close(void *owner, struct services *services)
{
	(void)owner;
	if (!services)
		return;
	services->directory = directory_destroy(services->directory);
	services->reader = store_close(services->reader);
	free(services);
}

static enum rc open_parts(struct server *s, struct services *services)
{
	if (s->pool)
		return RC_OK; /* the sessions are those of its threads */
	enum rc rc = store_open(s->home.db, STORE_READER, &services->reader);
	if (rc != RC_OK)
		return rc;
	services->directory = directory_create(s->home.access, services->reader);
	return services->directory ? RC_OK : RC_NOMEM;
}

/* What the sessions of a thread are beside. */
static struct services common_services(struct server *s)
{
	return (struct services){
		.access = s->home.access,
		.writer = s->writer ? writer_executor(s->writer) : NULL,
		.pool = s->pool ? pool_executor(s->pool) : NULL,
		.facts = &s->facts,
		.session_s = s->options->settings->minutes * 60,
		.server = s->options->settings->name[0] ? s->options->settings->name : s->host,
	};
}

static struct services *services_open(void *owner, unsigned thread)
{
	struct server *s = owner;
	struct services *services = calloc(1, sizeof(*services));
	enum rc rc = RC_NOMEM;

	(void)thread;
	if (services) {
		*services = common_services(s);
		rc = open_parts(s, services);
	}
	if (rc == RC_OK)
		return services;
	log_event(LOG_ERROR, "thread_failed", LOG_S(LOG_RC, str_c(rc_name(rc))));
	services_close(s, services);
	return NULL;
}

static void services_rest(struct services *services)
{
	if (services->reader)
		store_rest(services->reader);
}

/* ---- what happens while it runs ------------------------------------------------------- */

static size_t count_connections(void *owner)
{
	const struct server *s = owner;

	return http_connections(s->http);
}

static bool writes_taken(void *owner)
{
	const struct server *s = owner;

	return !s->writer || writer_taking(s->writer);
}

static bool stopping(void *owner)
{
	const struct server *s = owner;

	return http_stopping(s->http);
}

/* On the writer's thread. Nothing that was answered is lost, but what the database holds of the
 * last batch is not known: only a new start can tell. */
static void commit_failed(void *owner)
{
	struct server *s = owner;

	atomic_store(&s->commit_failed, true);
	http_stop(s->http);
}

static void add_url(const struct server *s, struct text *t)
{
	const struct settings *settings = s->options->settings;

	text_printf(t, "http%s://%s%s", settings->tls_cert[0] ? "s" : "", http_address(s->http, 0),
		    settings->base_path);
}

static bool database_ready(void *owner, struct text *ret_why)
{
	const struct server *s = owner;

	return !s->pool || pool_database_ready(s->pool, ret_why);
}

static void on_ready(void *owner)
{
	struct server *s = owner;
	const struct server_options *options = s->options;
	CLEANUP(text_fini) struct text url;

	for (size_t i = 0; i < options->settings->n_listen; i++)
		log_event(LOG_INFO, "listening",
			  LOG_S(LOG_ADDRESS, str_c(http_address(s->http, i))));
	log_event(LOG_INFO, "ready", LOG_I(LOG_DURATION_US, clock_mono_us() - s->began_us));
	text_init(&url, PATH_MAX);
	add_url(s, &url);
	if (options->ready)
		options->ready(options->owner, text_c(&url));
	/* By now http watches for them. Last, so that a thread that `ready` began has none. */
	mask_signals(SIG_UNBLOCK);
}

static void on_stop(void *owner, int signal)
{
	(void)owner;
	log_event(LOG_INFO, "stopping", LOG_I(LOG_SIGNAL, signal));
}

static void on_reload(void *owner)
{
	struct server *s = owner;

	reload(s->options, s->http);
}

/* ---- opening and closing --------------------------------------------------------------- */

static unsigned count_threads(int64_t wanted)
{
	cpu_set_t cores;

	if (wanted > 0)
		return (unsigned)wanted;
	/* Those that we may use, which need not be all there are. */
	if (sched_getaffinity(0, sizeof(cores), &cores) != 0)
		return 1;
	return (unsigned)CPU_COUNT(&cores);
}

static enum rc open_http(struct server *s, struct text *reterr)
{
	const struct settings *settings = s->options->settings;
	bool tls = settings->tls_cert[0] != '\0';
	const struct http_options options = {
		.listen = settings->listen,
		.n_listen = settings->n_listen,
		.admin_path = text_c(&s->admin_path),
		.base_path = settings->base_path,
		.n_threads = count_threads(settings->threads),
		.tls_cert = tls ? settings->tls_cert : NULL,
		.tls_key = tls ? settings->tls_key : NULL,
		.trusted_proxies = settings->trusted_proxies,
		.n_trusted_proxies = settings->n_trusted_proxies,
		.body_bytes_max = (size_t)settings->body_bytes_max,
		.connections_max = (size_t)settings->connections_max,
		.connections_per_address_max = (size_t)settings->connections_per_address_max,
		.head_ms = settings->head_ms,
		.whole_ms = settings->whole_ms,
		.write_ms = settings->write_ms,
		.idle_ms = settings->idle_ms,
		.drain_ms = settings->drain_ms,
		.services_open = services_open,
		.services_close = services_close,
		.services_rest = services_rest,
		.owner = s,
	};

	return http_open(&options, &s->http, reterr);
}

static enum rc lease_rates(struct server *s)
{
	enum rc rc = store_open(s->home.db, STORE_WRITER, &s->leasing);

	if (rc != RC_OK)
		return rc;
	return access_lease_rates(s->home.access, s->leasing, s->options->settings->servers);
}

static enum rc open_executors(struct server *s)
{
	const struct services services = common_services(s);
	const struct settings *settings = s->options->settings;
	const struct pool_options pool = {
		.db = s->home.db,
		.services = &services,
		.readers = (unsigned)settings->database_readers,
		.writers = (unsigned)settings->database_writers,
		.deadline_us = settings->deadline_ms * 1000,
		.replica_staleness_us =
			settings->replica_reads ? settings->replica_staleness_ms * 1000 : 0,
	};

	if (database_shared(s->home.db)) {
		enum rc rc = settings->rate_leases ? lease_rates(s) : RC_OK;
		return rc == RC_OK ? pool_open(&pool, &s->pool) : rc;
	}
	return writer_open(s->home.db, s->home.access, commit_failed, s, &s->writer);
}

static enum rc open_all(struct server *s, struct text *reterr)
{
	const struct access_options access = {
		.failures_per_minute = s->options->settings->token_failures_per_minute,
		.directory_us = DIRECTORY_US,
	};
	enum rc rc = home_open(s->options->dir, s->options->settings->database_url, &access,
			       &s->home, reterr);

	if (rc != RC_OK)
		return rc;
	home_host(s->host);
	scratch_sweep(s->options->dir);
	rc = open_executors(s);
	if (rc != RC_OK) {
		text_printf(reterr, "%s: cannot open the database for writing (%s)",
			    s->options->dir, rc_name(rc));
		return rc;
	}
	return open_http(s, reterr);
}

/* Who runs calls ends before http does: what it still answers belongs to calls of http's. */
static void close_all(struct server *s)
{
	s->pool = pool_close(s->pool);
	s->writer = writer_close(s->writer);
	s->http = http_close(s->http);
	s->leasing = store_close(s->leasing);
	home_close(&s->home);
	text_fini(&s->admin_path);
}

static void warn_of_others(const char *dir)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, PATH_MAX);
	if (dir_is_open(dir, &why))
		log_event(LOG_WARN, "directory_open", LOG_S(LOG_PATH, str_c(dir)),
			  LOG_S(LOG_CAUSE, text_str(&why)));
}

static enum rc serve(struct server *s, struct text *reterr)
{
	const struct http_events events = {
		.ready = on_ready,
		.on_stop = on_stop,
		.on_reload = on_reload,
		.owner = s,
	};
	enum rc rc;

	s->facts = (struct server_facts){
		.version = PDMD_VERSION,
		.started_us = clock_now_us(),
		.connections = count_connections,
		.writes_taken = writes_taken,
		.database_ready = database_ready,
		.stopping = stopping,
		.owner = s,
	};
	set_running(s->http);
	rc = http_run(s->http, &events, reterr);
	set_running(NULL);
	if (rc != RC_OK || !atomic_load(&s->commit_failed))
		return rc;
	text_printf(reterr,
		    "%s: a commit failed, so nothing more is written; see the log for the cause, "
		    "then start the server again",
		    s->options->dir);
	return RC_IO;
}

static void say_end(enum rc rc, const struct text *why)
{
	if (rc == RC_OK)
		log_line(LOG_INFO, "stopped", NULL, 0);
	else
		log_event(LOG_ERROR, "failed", LOG_S(LOG_RC, str_c(rc_name(rc))),
			  LOG_S(LOG_CAUSE, text_str(why)));
}

enum rc server_run(const struct server_options *options, struct text *reterr)
{
	struct server s = {
		.options = options,
		.home.lock.fd = -1,
		.began_us = clock_mono_us(),
	};
	enum rc rc;

	server_hold_signals();
	log_setup(options->settings->log_format, options->settings->log_level, STDERR_FILENO);
	text_init(&s.admin_path, PATH_MAX);
	dir_path(options->dir, HOME_SOCKET, &s.admin_path);
	rc = open_all(&s, reterr);
	if (rc != RC_OK) {
		/* Nothing has begun; our caller says why. */
		close_all(&s);
		return rc;
	}
	log_event(LOG_INFO, "starting", LOG_S(LOG_VERSION, STR(PDMD_VERSION)),
		  LOG_S(LOG_PATH, str_c(options->dir)), LOG_I(LOG_PID, getpid()));
	warn_of_others(options->dir);
	installation_warn(s.home.db);
	rc = serve(&s, reterr);
	close_all(&s);
	say_end(rc, reterr);
	return rc;
}
