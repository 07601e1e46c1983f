#ifndef COMMAND_ANSWER_H
#define COMMAND_ANSWER_H

struct call;

/* What becomes of a call whose status is settled. For the gate alone. */

/* Writes the body: the envelope, and the command's own members when the status is ST_OK. */
void answer_write(struct call *call);

/* One line in the log, one count in the metrics. */
void answer_record(const struct call *call);

#endif
