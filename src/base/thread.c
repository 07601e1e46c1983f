#include "base/thread.h"

#include <signal.h>

enum rc thread_start(pthread_t *ret_thread, void *(*run)(void *owner), void *owner)
{
	sigset_t all, before;

	(void)sigfillset(&all); /* fails only on a bad pointer */
	if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
		return RC_IO;
	int e = pthread_create(ret_thread, NULL, run, owner);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* what was possible a moment ago */
	return e == 0 ? RC_OK : RC_NOMEM;
}
