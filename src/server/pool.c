#include "server/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "command/command.h"
#include "command/executor.h"
#include "command/gate.h"
#include "server/keeper.h"
#include "server/queue.h"
#include "server/replay.h"
#include "server/sampler.h"
#include "store/store.h"

#define READ_BATCH 64
#define ADDED_MAX  16 /* calls in one transaction */

struct session {
	struct pool *pool;
	pthread_t thread;
	struct store *store;
	struct services services; /* for a thread that reads */
	int together; /* how many calls a thread that writes may add at once; below 1: none */
};

struct pool {
	struct executor executor; /* the first: what submit is given is the pool */
	int64_t deadline_us;
	struct access *access;
	struct queue *reads, *writes;
	struct keeper *keeper;
	struct sampler *sampler;  /* NULL: replicas are not read from */
	struct session *sessions; /* those that read, then those that write */
	unsigned n_readers, n_writers, n_started;
};

/* The operator has time, unless he asks what is the matter. */
static int64_t deadline_of(const struct pool *p, const struct call *call)
{
	bool patient = call->command->door == DOOR_ADMIN && keeper_database_ready(p->keeper, NULL);

	return call->began_us + (patient ? REPLAY_PATIENT_US : p->deadline_us);
}

static enum rc submit(struct executor *e, struct call *call)
{
	struct pool *p = (struct pool *)e;

	/* It is counted from here on, or the time in the queue would be a gift. */
	if (!call->began_us)
		call->began_us = clock_mono_us();
	call->deadline_us = deadline_of(p, call);
	return queue_put(p->reads, call, call->deadline_us);
}

/* ---- threads that read ---------------------------------------------------------------- */

static void finish(struct call *call)
{
	gate_finish(call, RC_OK);
	call->done(call); /* it is not ours any more */
}

static void hand_on(struct pool *p, struct call *call)
{
	enum rc rc = queue_put(p->writes, call, call->deadline_us);

	if (rc == RC_OK)
		return;
	gate_turn_away(call, rc, "waiting for a thread that writes");
	call->done(call);
}

/* Takes it through the gate. True: it is to be run here. */
static bool admit(struct session *s, struct call *call)
{
	call->services = &s->services;
	if (clock_mono_us() >= call->deadline_us) {
		gate_turn_away(call, RC_LOST, "waiting for a thread that reads");
		call->done(call);
		return false;
	}
	if (replay_check(call, s->store) != ST_OK) {
		finish(call);
		return false;
	}
	if (!(call->command->flags & CMD_WRITE))
		return true;
	hand_on(s->pool, call);
	return false;
}

static struct call *admit_all(struct session *s, struct call *call, size_t *ret_n)
{
	struct call *next, *first = NULL, **last = &first;
	size_t n = 0;

	for (; call; call = next, n++) {
		next = call->next;
		call->next = NULL;
		if (!admit(s, call))
			continue;
		*last = call;
		last = &call->next;
	}
	*ret_n = n;
	return first;
}

static void look_ahead(struct session *s, struct call *first)
{
	store_ahead_begin(s->store);
	if (!first || !first->next)
		return;
	for (struct call *call = first; call; call = call->next) {
		call->store = s->store;
		if (call->command->ahead)
			call->command->ahead(call, call->in);
	}
	store_deadline(s->store, first->deadline_us);
	store_ahead_fetch(s->store);
}

static void read_all(struct session *s, struct call *call)
{
	struct call *next;

	look_ahead(s, call);
	for (; call; call = next) {
		next = call->next;
		replay_read(call, s->store);
		finish(call);
	}
}

static void *run_reader(void *s_)
{
	struct session *s = s_;
	bool more = true;
	size_t n;

	while (more) {
		struct call *call = queue_take(s->pool->reads, READ_BATCH, &more);
		int64_t begin = clock_mono_us();
		if (!call)
			continue;
		read_all(s, admit_all(s, call, &n));
		queue_worked(s->pool->reads, n, clock_mono_us() - begin);
		log_flush();
	}
	return NULL;
}

/* ---- threads that write --------------------------------------------------------------- */

/* False: its time was over before its turn came. */
static bool in_time(struct call *call)
{
	if (clock_mono_us() < call->deadline_us)
		return true;
	call->status = call_fail(call, RC_LOST, "waiting for a thread that writes");
	return false;
}

static void finish_all(struct call *call)
{
	struct call *next;

	for (; call; call = next) {
		next = call->next;
		finish(call);
	}
}

/* Leaves in the list those of its first one's company, so that a transaction stays on one shard;
 * gives the others. */
static struct call *split_company(struct call *first)
{
	struct call *others = NULL, **last_other = &others, **last = &first->next, *call;

	for (call = first->next; call; call = call->next) {
		struct call ***end =
			call->scope.company_id == first->scope.company_id ? &last : &last_other;
		**end = call;
		*end = &call->next;
	}
	*last = *last_other = NULL;
	return others;
}

/* Together as long as that goes well; behind a failure the next few by themselves, or callers who
 * send again what is there already would make everybody's work be done twice. */
static void add_all(struct session *s, struct call *call)
{
	struct call *others;

	for (; call; call = others) {
		others = split_company(call);
		if (replay_add(call, s->store))
			s->together = s->together < ADDED_MAX / 2 ? s->together * 2 : ADDED_MAX;
		else
			s->together = -ADDED_MAX;
		finish_all(call);
	}
}

static void write_all(struct session *s, struct call *call)
{
	struct call *next, *adds = NULL, **last = &adds;

	for (; call; call = next) {
		next = call->next;
		call->next = NULL;
		if (in_time(call) && call->command->flags & CMD_ADDS && s->together > 0) {
			*last = call;
			last = &call->next;
			continue;
		}
		if (call->status == ST_OK) {
			replay_write(call, s->store, s->pool->access);
			s->together += s->together < 1;
		}
		finish(call);
	}
	add_all(s, adds);
}

static void *run_writer(void *s_)
{
	struct session *s = s_;
	bool more = true;

	while (more) {
		size_t n_max = s->together > 1 ? (size_t)s->together : 1, n = 0;
		struct call *call = queue_take(s->pool->writes, n_max, &more);
		int64_t begin = clock_mono_us();
		for (const struct call *c = call; c; c = c->next)
			n++;
		if (n > 0) {
			write_all(s, call);
			queue_worked(s->pool->writes, n, clock_mono_us() - begin);
		}
		log_flush();
	}
	return NULL;
}

/* ---- opening and closing -------------------------------------------------------------- */

static enum rc open_session(struct session *s, const struct pool_options *options, bool reads)
{
	enum rc rc = store_open(options->db, reads ? STORE_READER : STORE_WRITER, &s->store);

	if (rc != RC_OK || !reads)
		return rc;
	s->services = *options->services;
	s->services.pool = NULL;
	s->services.reader = s->store;
	s->services.writer = NULL; /* hand_on */
	s->services.directory = directory_create(options->services->access, s->store);
	return s->services.directory ? RC_OK : RC_NOMEM;
}

static enum rc start(struct pool *p)
{
	enum rc rc = RC_OK;

	for (unsigned i = 0; i < p->n_readers + p->n_writers && rc == RC_OK; i++) {
		struct session *s = &p->sessions[i];
		rc = thread_start(&s->thread, i < p->n_readers ? run_reader : run_writer, s);
		p->n_started += rc == RC_OK;
	}
	return rc;
}

static enum rc open_all(struct pool *p, const struct pool_options *options)
{
	enum rc rc = RC_OK;

	p->reads = queue_create(p->n_readers);
	p->writes = queue_create(p->n_writers);
	if (options->replica_staleness_us)
		database_use_replicas(options->db, options->replica_staleness_us);
	p->sessions = calloc(p->n_readers + p->n_writers, sizeof(*p->sessions));
	if (!p->reads || !p->writes || !p->sessions)
		return RC_NOMEM;
	for (unsigned i = 0; i < p->n_readers + p->n_writers && rc == RC_OK; i++) {
		p->sessions[i].pool = p;
		p->sessions[i].together = 1;
		rc = open_session(&p->sessions[i], options, i < p->n_readers);
	}
	if (rc == RC_OK)
		rc = keeper_open(options->db, &p->keeper);
	if (rc == RC_OK && options->replica_staleness_us)
		rc = sampler_open(options->db, options->replica_staleness_us, &p->sampler);
	return rc == RC_OK ? start(p) : rc;
}

enum rc pool_open(const struct pool_options *options, struct pool **ret_pool)
{
	struct pool *p = calloc(1, sizeof(*p));

	if (!p)
		return RC_NOMEM;
	p->executor.submit = submit;
	p->deadline_us = options->deadline_us;
	p->access = options->services->access;
	p->n_readers = options->readers;
	p->n_writers = options->writers;
	enum rc rc = open_all(p, options);
	if (rc != RC_OK) {
		p = pool_close(p);
		return rc;
	}
	*ret_pool = p;
	return RC_OK;
}

struct executor *pool_executor(struct pool *p)
{
	return &p->executor;
}

bool pool_database_ready(const struct pool *p, struct text *ret_why)
{
	return sampler_reads(p->sampler) || keeper_database_ready(p->keeper, ret_why);
}

static void join(struct pool *p, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to && i < p->n_started; i++)
		(void)pthread_join(p->sessions[i].thread, NULL); /* there, and nobody else's */
}

/* Those that read hand on to those that write, so they go first. */
static void stop(struct pool *p)
{
	queue_close(p->reads);
	join(p, 0, p->n_readers);
	queue_close(p->writes);
	join(p, p->n_readers, p->n_readers + p->n_writers);
}

struct pool *pool_close(struct pool *p)
{
	if (!p)
		return NULL;
	if (p->n_started > 0)
		stop(p);
	p->sampler = sampler_close(p->sampler);
	p->keeper = keeper_close(p->keeper);
	for (unsigned i = 0; p->sessions && i < p->n_readers + p->n_writers; i++) {
		struct session *s = &p->sessions[i];
		s->services.directory = directory_destroy(s->services.directory);
		s->store = store_close(s->store);
	}
	free(p->sessions);
	p->reads = queue_destroy(p->reads);
	p->writes = queue_destroy(p->writes);
	free(p);
	return NULL;
}
