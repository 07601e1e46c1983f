#include "server/writer.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "command/command.h"
#include "command/executor.h"
#include "server/batch.h"
#include "store/store.h"

/* Somebody else has the database (a backup, a curious sqlite3 shell): how long we wait for him. */
#define BUSY_TRIES   100
#define BUSY_WAIT_US 10000
#define WIPE_WAIT_NS NS_PER_S

/* When nobody has come for so long, there is time to tidy up. Who sends one call after the other
 * comes sooner, and is not kept waiting. */
#define TIDY_WAIT_NS 1000000
#define NS_PER_S     INT64_C(1000000000)

#define WRITER_NICE 10

/* How often what has expired is taken out. */
#define SWEEP_EVERY_S 60

struct writer {
	struct executor executor; /* the first: what submit is given is the writer */
	struct store *store;
	struct access *access;
	void (*failed)(void *owner);
	void *owner;
	pthread_t thread;
	atomic_bool taking;
	struct timespec sweep_at; /* by CLOCK_MONOTONIC; the thread's own */
	bool kept; /* the thread's own: what was erased is still in the write-ahead log */

	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct call *first;
	struct call **last;
	size_t n_waiting;
	bool closing;
};

static enum rc submit(struct executor *e, struct call *call)
{
	struct writer *w = (struct writer *)e;
	enum rc rc = RC_OK;

	(void)pthread_mutex_lock(&w->mutex); /* a plain mutex of our own cannot fail */
	assert(!w->closing);
	if (!writer_taking(w)) {
		rc = RC_IO;
	} else if (w->n_waiting == WRITER_QUEUE) {
		rc = RC_BUSY;
	} else {
		call->next = NULL;
		*w->last = call;
		w->last = &call->next;
		if (w->n_waiting++ == 0)
			(void)pthread_cond_signal(&w->wake); /* never fails on a good one */
	}
	(void)pthread_mutex_unlock(&w->mutex); /* as above */
	return rc;
}

static bool is_alone(const struct call *call)
{
	return call->command->flags & CMD_ALONE;
}

/* EraseCustomer has said in the log that something was kept; this says that it is gone. */
static void note_kept(struct writer *w)
{
	bool kept = store_unwiped(w->store) > 0;

	if (w->kept && !kept)
		log_line(LOG_INFO, "erased_data_gone", NULL, 0);
	w->kept = kept;
}

/* Behind a commit of unknown outcome nothing is written any more. */
static bool may_tidy(const struct writer *w)
{
	return writer_taking(w) && store_untidy(w->store);
}

/* When there is something to do without a call: where the log still has what was erased, since
 * somebody kept it, that is tried again and again. */
static struct timespec next_time(const struct writer *w)
{
	int64_t wait_ns = w->kept ? WIPE_WAIT_NS : TIDY_WAIT_NS;
	struct timespec until;

	if (!w->kept && !may_tidy(w))
		return w->sweep_at;
	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* every Linux has it */
	wait_ns += until.tv_nsec;
	until.tv_sec += wait_ns / NS_PER_S;
	until.tv_nsec = wait_ns % NS_PER_S;
	return until;
}

/* Waits for calls, or until there is something to do without, and cuts a batch off the queue;
 * *ret_more is false when none are there and none will come. */
static struct call *take(struct writer *w, bool *ret_more)
{
	struct call *first, **last = &w->first;
	const struct timespec until = next_time(w);
	int waited = 0;
	size_t n = 0;

	(void)pthread_mutex_lock(&w->mutex); /* as in submit */
	while (!w->first && !w->closing && waited == 0)
		waited = pthread_cond_clockwait(&w->wake, &w->mutex, CLOCK_MONOTONIC, &until);
	for (; n < WRITER_BATCH && *last && !(n > 0 && (is_alone(w->first) || is_alone(*last)));
	     n++)
		last = &(*last)->next;
	first = w->first;
	w->first = *last;
	*last = NULL;
	if (!w->first)
		w->last = &w->first;
	w->n_waiting -= n;
	*ret_more = first || !w->closing;
	(void)pthread_mutex_unlock(&w->mutex); /* as in submit */
	return first;
}

static enum rc write_patiently(struct writer *w, struct call *first, bool *reterr_unknown)
{
	enum rc rc = batch_write(w->store, w->access, first, reterr_unknown);

	for (int tries = 1; rc == RC_BUSY && tries < BUSY_TRIES; tries++) {
		clock_sleep_us(BUSY_WAIT_US);
		rc = batch_write(w->store, w->access, first, reterr_unknown);
	}
	return rc;
}

/* Nobody knows what the database holds of the last commit. */
static void stop_taking(struct writer *w)
{
	atomic_store(&w->taking, false);
	w->failed(w->owner);
}

static void write_batch(struct writer *w, struct call *first)
{
	bool unknown = false;
	/* RC_IO is for calls that were waiting when an earlier commit failed. */
	enum rc rc = writer_taking(w) ? write_patiently(w, first, &unknown) : RC_IO;

	if (unknown)
		stop_taking(w);
	batch_answer(first, rc);
}

static void sweep_later(struct writer *w)
{
	(void)clock_gettime(CLOCK_MONOTONIC, &w->sweep_at); /* every Linux has it */
	w->sweep_at.tv_sec += SWEEP_EVERY_S;
}

/* When the time has come. A sweep that fails is tried again the next time. */
static void sweep(struct writer *w)
{
	struct timespec now;
	bool unknown = false;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* every Linux has it */
	if (now.tv_sec < w->sweep_at.tv_sec)
		return;
	sweep_later(w); /* whatever comes of it: take would not wait for a time that is past */
	if (!writer_taking(w))
		return;
	if (batch_sweep(w->store, &unknown) != RC_OK && unknown)
		stop_taking(w);
}

/* Where there is one core for all, who reads goes first: a batch and the emptying of the log take
 * milliseconds. On Linux this is for the thread alone; where it is refused, nothing is lost. */
static void step_back(void)
{
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), WRITER_NICE);
}

static void *run(void *w_)
{
	struct writer *w = w_;
	bool more = true;

	step_back();
	while (more) {
		struct call *first = take(w, &more);
		if (first)
			write_batch(w, first);
		else if (w->kept)
			store_wipe(w->store);
		else if (may_tidy(w))
			store_tidy(w->store);
		note_kept(w);
		sweep(w);
		log_flush(); /* gate_finish keeps its lines back; a batch is written at once */
	}
	return NULL;
}

enum rc writer_open(struct database *db, struct access *access, void (*failed)(void *owner),
		    void *owner, struct writer **ret_writer)
{
	struct writer *w = calloc(1, sizeof(*w));
	enum rc rc;

	if (!w)
		return RC_NOMEM;
	*w = (struct writer){
		.executor.submit = submit,
		.access = access,
		.failed = failed,
		.owner = owner,
		.taking = true,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.wake = PTHREAD_COND_INITIALIZER,
		.last = &w->first,
	};
	sweep_later(w);
	rc = store_open(db, STORE_WRITER, &w->store);
	if (rc == RC_OK)
		rc = thread_start(&w->thread, run, w);
	if (rc != RC_OK) {
		(void)store_close(w->store); /* gives NULL; nothing to assign it to */
		free(w);
		return rc;
	}
	*ret_writer = w;
	return RC_OK;
}

struct executor *writer_executor(struct writer *w)
{
	return &w->executor;
}

bool writer_taking(const struct writer *w)
{
	return atomic_load(&w->taking);
}

struct writer *writer_close(struct writer *w)
{
	if (!w)
		return NULL;
	(void)pthread_mutex_lock(&w->mutex); /* as in submit */
	w->closing = true;
	(void)pthread_cond_signal(&w->wake);   /* as in submit */
	(void)pthread_mutex_unlock(&w->mutex); /* as in submit */
	(void)pthread_join(w->thread, NULL);   /* it is there and nobody else joins it */
	(void)pthread_cond_destroy(&w->wake);  /* nobody waits any more */
	(void)pthread_mutex_destroy(&w->mutex);
	w->store = store_close(w->store);
	free(w);
	return NULL;
}
