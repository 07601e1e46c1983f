#ifndef SERVER_QUEUE_H
#define SERVER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"

struct call;

/*
 * Calls that wait for one of several threads, first come, first served. Bounded, and no call is
 * taken that could not be answered within its time: how long one takes is learned from those that
 * went before.
 */
#define QUEUE_CALLS_MAX 4096

struct queue;

struct queue *queue_create(unsigned n_threads); /* NULL: out of memory */
struct queue *queue_destroy(struct queue *q);   /* must be empty; takes NULL; gives NULL */

/* Any thread. RC_BUSY: it is full. RC_LOST: at the pace of now its turn would come behind
 * deadline_us (CLOCK_MONOTONIC; 0: it has time). */
MUST_CHECK enum rc queue_put(struct queue *q, struct call *call, int64_t deadline_us);

/* Waits for calls, and gives at most n_max, linked by `next`. NULL: none came; *ret_more is false
 * when none will. */
struct call *queue_take(struct queue *q, size_t n_max, bool *ret_more);
/* How long a thread has worked on n of them. */
void queue_worked(struct queue *q, size_t n, int64_t us);

/* What is in it is still given out; nothing more is taken in (the caller sees to that). */
void queue_close(struct queue *q);

#endif
