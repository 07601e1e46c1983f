#ifndef BASE_TURN_H
#define BASE_TURN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Something that one thread at a time may use, for which others wait no longer than they have time.
 */
struct turn {
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t free;
	bool taken;
};

void turn_init(struct turn *t);
void turn_fini(struct turn *t); /* nobody has it */

/* Until this time of CLOCK_MONOTONIC. False: it did not come. */
bool turn_take(struct turn *t, int64_t until_us);
void turn_give(struct turn *t);

#endif
