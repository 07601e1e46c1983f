#ifndef COMMAND_PROBE_H
#define COMMAND_PROBE_H

#include "base/str.h"

struct call;

/*
 * What a load balancer asks every second, beside the commands: no company, no rate, no line in the
 * log for an answer. Its whole path is the row's, wherever the commands are.
 */
struct probe {
	const char *path;
	void (*run)(struct call *call); /* fills in the answer: http_status and body */
};

/* NULL: none of that path. */
const struct probe *probe_find(struct str path);

/* Answers and counts; needs of the call no more than its services. */
void probe_run(const struct probe *probe, struct call *call);

#endif
