#include "server/ticker.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/thread.h"

struct ticker {
	void (*act)(void *owner);
	void *owner;
	int64_t every_us;
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	bool closing;
};

/* False: it is over. */
static bool wait(struct ticker *t)
{
	struct timespec until;
	int waited = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until); /* every Linux has it */
	until.tv_nsec += t->every_us % 1000000 * 1000;
	until.tv_sec += t->every_us / 1000000 + until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	(void)pthread_mutex_lock(&t->mutex); /* a plain mutex of our own cannot fail */
	while (!t->closing && waited == 0)
		waited = pthread_cond_clockwait(&t->wake, &t->mutex, CLOCK_MONOTONIC, &until);
	bool more = !t->closing;
	(void)pthread_mutex_unlock(&t->mutex); /* as above */
	return more;
}

static void *run(void *t_)
{
	struct ticker *t = t_;

	do {
		t->act(t->owner);
		log_flush();
	} while (wait(t));
	return NULL;
}

enum rc ticker_open(void (*act)(void *owner), void *owner, int64_t every_us,
		    struct ticker **ret_ticker)
{
	struct ticker *t = calloc(1, sizeof(*t));

	if (!t)
		return RC_NOMEM;
	t->act = act;
	t->owner = owner;
	t->every_us = every_us;
	/* These fail only for attributes that we do not give. */
	(void)pthread_mutex_init(&t->mutex, NULL);
	(void)pthread_cond_init(&t->wake, NULL);
	enum rc rc = thread_start(&t->thread, run, t);
	if (rc != RC_OK) {
		free(t);
		return rc;
	}
	*ret_ticker = t;
	return RC_OK;
}

struct ticker *ticker_close(struct ticker *t)
{
	if (!t)
		return NULL;
	(void)pthread_mutex_lock(&t->mutex); /* as in wait */
	t->closing = true;
	(void)pthread_cond_signal(&t->wake);   /* never fails on a good one */
	(void)pthread_mutex_unlock(&t->mutex); /* as in wait */
	(void)pthread_join(t->thread, NULL);   /* it is there and nobody else joins it */
	(void)pthread_cond_destroy(&t->wake);  /* nobody waits any more */
	(void)pthread_mutex_destroy(&t->mutex);
	free(t);
	return NULL;
}
