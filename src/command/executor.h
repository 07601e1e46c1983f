#ifndef COMMAND_EXECUTOR_H
#define COMMAND_EXECUTOR_H

#include "base/compiler.h"
#include "base/rc.h"

struct call;

/*
 * Runs calls that write. submit takes the call over until it calls call->done, once, on
 * whatever thread it likes, after gate_execute, the commit and gate_finish. RC_BUSY: the
 * queue is full, the call was not taken; RC_IO: no more writes are taken.
 */
struct executor {
	enum rc (*submit)(struct executor *e, struct call *call);
};

#endif
