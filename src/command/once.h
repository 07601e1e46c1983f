#ifndef COMMAND_ONCE_H
#define COMMAND_ONCE_H

#include "command/status.h"

struct call;

/*
 * Runs a call's command once for its Idempotency-Key, in the writer's transaction: the answer of
 * the first one that does what was asked (101) is kept with it, for a day and per access key, and
 * given again to each that asks for the same. What was refused leaves no trace, so a mended request
 * may come under the same key. For the gate alone.
 */
enum status once_run(struct call *call);

#endif
