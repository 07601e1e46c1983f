#include "base/turn.h"

#include <assert.h>
#include <time.h>

#define US_OF_S  INT64_C(1000000)
#define NS_OF_US 1000

void turn_init(struct turn *t)
{
	t->taken = false;
	/* With the standard attributes these never fail. */
	(void)pthread_mutex_init(&t->mutex, NULL);
	(void)pthread_cond_init(&t->free, NULL);
}

void turn_fini(struct turn *t)
{
	assert(!t->taken);
	(void)pthread_cond_destroy(&t->free); /* nobody waits any more */
	(void)pthread_mutex_destroy(&t->mutex);
}

bool turn_take(struct turn *t, int64_t until_us)
{
	const struct timespec until = {.tv_sec = until_us / US_OF_S,
				       .tv_nsec = until_us % US_OF_S * NS_OF_US};
	int waited = 0;

	(void)pthread_mutex_lock(&t->mutex); /* a plain mutex of our own cannot fail */
	while (t->taken && waited == 0)
		waited = pthread_cond_clockwait(&t->free, &t->mutex, CLOCK_MONOTONIC, &until);
	bool ours = !t->taken;
	t->taken = true;                       /* it is, by us or by who has it */
	(void)pthread_mutex_unlock(&t->mutex); /* as above */
	return ours;
}

void turn_give(struct turn *t)
{
	(void)pthread_mutex_lock(&t->mutex); /* as in turn_take */
	assert(t->taken);
	t->taken = false;
	(void)pthread_cond_signal(&t->free);   /* never fails on a good one */
	(void)pthread_mutex_unlock(&t->mutex); /* as in turn_take */
}
