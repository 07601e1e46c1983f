#ifndef SERVER_TICKER_H
#define SERVER_TICKER_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"

/* A thread that does something now and then: at once, and then so long after it has done it. */
struct ticker;

MUST_CHECK enum rc ticker_open(void (*act)(void *owner), void *owner, int64_t every_us,
			       struct ticker **ret_ticker);
/* Waits for what is being done. Takes NULL; gives NULL. */
struct ticker *ticker_close(struct ticker *t);

#endif
