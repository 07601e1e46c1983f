#ifndef COMMAND_GATE_H
#define COMMAND_GATE_H

#include "command/command.h"

/*
 * The one place that knows the order of the checks (contract section 2). Every call
 * of every door goes through here, whoever brought it.
 */
enum gate_result {
	GATE_DONE,   /* the answer is there */
	GATE_QUEUED, /* call->done will be called, on another thread, when it is */
};

/* Checks, runs or hands to the writer; or hands all of it to services->pool. */
enum gate_result gate_run(struct call *call);

/* The same in parts, for a pool. gate_check makes the checks of contract section 2: on ST_OK the
 * call is ready for gate_execute, on anything else for gate_finish. */
enum status gate_check(struct call *call);
/* What it has come to so far is forgotten. */
void gate_forget(struct call *call);
/* The call is to be run once more: nothing of the last time is left in it, but what its arena
 * holds. False: out of memory. */
bool gate_again(struct call *call);
/* Makes the answer for a call that nobody has taken, with the rc of whoever did not. */
void gate_turn_away(struct call *call, enum rc rc, const char *doing);

/* For executors. gate_execute runs the handler on `store`, where a transaction and a savepoint are
 * open: on ST_OK the change is to be kept, on anything else undone. gate_finish makes the answer
 * when the outcome is settled; `rc` is that of the commit (RC_OK when nothing was to be committed).
 */
enum status gate_execute(struct call *call, struct store *store);
void gate_finish(struct call *call, enum rc rc);

/* An answer for what never reached a command (contract section 1): fills http_status and the body.
 */
void gate_refuse(struct call *call, int http_status, enum status status, const char *format, ...)
	PRINTF_LIKE(4, 5);

#endif
