#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/str.h"
#include "command/command.h"
#include "command/probe.h"

/*
 * From a request's target to a command: {base}/{Command}, compared by whole parts. Or, through the
 * public door, to a probe, which has no base before it.
 */
struct route {
	const struct command *command;
	const struct probe *probe;
	/* Where there is neither, which is HTTP 404: */
	const char *why;   /* a sentence that shows nothing of the target */
	const char *meant; /* what the caller may have meant, or NULL */
};

struct route route_find(enum door door, struct str base, struct str target);

#endif
