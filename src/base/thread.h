#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

#include "base/compiler.h"
#include "base/rc.h"

/* Starts a thread with all signals held back: they are for the thread that called us. RC_NOMEM: the
 * system has no room for one. */
MUST_CHECK enum rc thread_start(pthread_t *ret_thread, void *(*run)(void *owner), void *owner);

#endif
