/*
 * Three batches that go round between the thread that fills them and the one that sends them.
 */
#include <pthread.h>
#include <stdlib.h>

#include "cli/import.h"

#define BATCHES        3
#define KEPT_BYTES_MAX (16 * 1024 * 1024)
#define ROWS_BYTES_MAX (8 * 1024 * 1024)

struct import_queue {
	pthread_mutex_t mutex; /* guards what follows, but not what is in a batch */
	pthread_cond_t moved;
	struct import_batch *free;
	struct import_batch *full, **last;
	bool ended, given_up;
	struct import_batch *batches[BATCHES];
};

struct import_queue *import_queue_create(void)
{
	struct import_queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	*q = (struct import_queue){.mutex = PTHREAD_MUTEX_INITIALIZER,
				   .moved = PTHREAD_COND_INITIALIZER,
				   .last = &q->full};
	for (size_t i = 0; i < BATCHES; i++) {
		struct import_batch *b = calloc(1, sizeof(*b));
		if (!b)
			return import_queue_destroy(q);
		text_init(&b->rows, ROWS_BYTES_MAX);
		text_init(&b->kept, KEPT_BYTES_MAX);
		q->batches[i] = b;
		b->next = q->free;
		q->free = b;
	}
	return q;
}

struct import_queue *import_queue_destroy(struct import_queue *q)
{
	if (!q)
		return NULL;
	for (size_t i = 0; i < BATCHES && q->batches[i]; i++) {
		text_fini(&q->batches[i]->rows);
		text_fini(&q->batches[i]->kept);
		free(q->batches[i]);
	}
	(void)pthread_cond_destroy(&q->moved);  /* nobody waits any more */
	(void)pthread_mutex_destroy(&q->mutex); /* as above */
	free(q);
	return NULL;
}

/* A plain mutex and a good condition of our own cannot fail, here and below. */
static void lock(struct import_queue *q)
{
	(void)pthread_mutex_lock(&q->mutex);
}

static void unlock(struct import_queue *q)
{
	(void)pthread_cond_broadcast(&q->moved);
	(void)pthread_mutex_unlock(&q->mutex);
}

struct import_batch *import_queue_room(struct import_queue *q)
{
	lock(q);
	while (!q->free && !q->given_up)
		(void)pthread_cond_wait(&q->moved, &q->mutex);
	struct import_batch *b = q->given_up ? NULL : q->free;
	if (b)
		q->free = b->next;
	unlock(q);
	if (!b)
		return NULL;
	text_clear(&b->rows);
	text_clear(&b->kept);
	b->n = b->n_sent = 0;
	b->next = NULL;
	return b;
}

void import_queue_put(struct import_queue *q, struct import_batch *b)
{
	lock(q);
	*q->last = b;
	q->last = &b->next;
	unlock(q);
}

void import_queue_end(struct import_queue *q)
{
	lock(q);
	q->ended = true;
	unlock(q);
}

struct import_batch *import_queue_take(struct import_queue *q)
{
	lock(q);
	while (!q->full && !q->ended && !q->given_up)
		(void)pthread_cond_wait(&q->moved, &q->mutex);
	struct import_batch *b = q->given_up ? NULL : q->full;
	if (b) {
		q->full = b->next;
		b->next = NULL;
		if (!q->full)
			q->last = &q->full;
	}
	unlock(q);
	return b;
}

void import_queue_give(struct import_queue *q, struct import_batch *b)
{
	lock(q);
	b->next = q->free;
	q->free = b;
	unlock(q);
}

void import_queue_give_up(struct import_queue *q)
{
	lock(q);
	q->given_up = true;
	unlock(q);
}
