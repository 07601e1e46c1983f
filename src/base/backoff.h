#ifndef BASE_BACKOFF_H
#define BASE_BACKOFF_H

#include <stdint.h>

/*
 * Pauses between attempts: twice as long each time, and by chance as much of that as comes, so that
 * those who were turned away together do not come back together. Zeroed, it begins anew.
 */
struct backoff {
	int64_t us; /* the longest that the last one could have been */
};

/* How long the next one is, in us. */
int64_t backoff_next(struct backoff *b, int64_t min_us, int64_t max_us);

#endif
