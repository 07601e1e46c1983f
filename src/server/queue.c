#include "server/queue.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "command/command.h"

#define WEIGHT 16 /* a new figure counts for one of so many */

struct queue {
	unsigned n_threads;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct call *first;
	struct call **last;
	size_t n;
	unsigned n_idle;
	int64_t each_us; /* that one call takes a thread */
	bool closing;
};

struct queue *queue_create(unsigned n_threads)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->n_threads = n_threads;
	q->last = &q->first;
	/* These fail only for attributes that we do not give. */
	(void)pthread_mutex_init(&q->mutex, NULL);
	(void)pthread_cond_init(&q->wake, NULL);
	return q;
}

struct queue *queue_destroy(struct queue *q)
{
	if (!q)
		return NULL;
	assert(!q->first);
	(void)pthread_cond_destroy(&q->wake); /* nobody waits any more */
	(void)pthread_mutex_destroy(&q->mutex);
	free(q);
	return NULL;
}

static enum rc judge(const struct queue *q, int64_t deadline_us)
{
	if (q->n >= QUEUE_CALLS_MAX)
		return RC_BUSY;
	if (deadline_us == 0 || q->n == 0)
		return RC_OK;
	int64_t wait_us = (int64_t)(q->n / q->n_threads) * q->each_us;
	return clock_mono_us() + wait_us > deadline_us ? RC_LOST : RC_OK;
}

enum rc queue_put(struct queue *q, struct call *call, int64_t deadline_us)
{
	(void)pthread_mutex_lock(&q->mutex); /* a plain mutex of our own cannot fail */
	assert(!q->closing);
	enum rc rc = judge(q, deadline_us);
	if (rc == RC_OK) {
		call->next = NULL;
		*q->last = call;
		q->last = &call->next;
		q->n++;
		if (q->n_idle > 0)
			(void)pthread_cond_signal(&q->wake); /* never fails on a good one */
	}
	(void)pthread_mutex_unlock(&q->mutex); /* as above */
	return rc;
}

/* Threads that wait get their share. */
static struct call *cut(struct queue *q, size_t n_max)
{
	struct call *first = q->first, **last = &q->first;
	size_t share = (q->n + q->n_idle) / (q->n_idle + 1), n = 0;

	if (n_max > share)
		n_max = share;

	for (; n < n_max && *last; n++)
		last = &(*last)->next;
	q->first = *last;
	*last = NULL;
	if (!q->first)
		q->last = &q->first;
	q->n -= n;
	return n ? first : NULL;
}

struct call *queue_take(struct queue *q, size_t n_max, bool *ret_more)
{
	(void)pthread_mutex_lock(&q->mutex); /* as in queue_put */
	q->n_idle++;
	while (!q->first && !q->closing)
		(void)pthread_cond_wait(&q->wake, &q->mutex); /* as in queue_put */
	q->n_idle--;
	struct call *first = cut(q, n_max);
	*ret_more = first || !q->closing;
	(void)pthread_mutex_unlock(&q->mutex); /* as in queue_put */
	return first;
}

void queue_worked(struct queue *q, size_t n, int64_t us)
{
	(void)pthread_mutex_lock(&q->mutex); /* as in queue_put */
	q->each_us += (us / (int64_t)n - q->each_us) / WEIGHT;
	(void)pthread_mutex_unlock(&q->mutex); /* as in queue_put */
}

void queue_close(struct queue *q)
{
	(void)pthread_mutex_lock(&q->mutex); /* as in queue_put */
	q->closing = true;
	(void)pthread_cond_broadcast(&q->wake); /* as in queue_put */
	(void)pthread_mutex_unlock(&q->mutex);  /* as in queue_put */
}
