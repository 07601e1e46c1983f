#ifndef SERVER_WRITER_H
#define SERVER_WRITER_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/rc.h"

struct access;
struct database;
struct executor;

/*
 * The one thread that writes (design section 2): takes all waiting calls (at most
 * WRITER_BATCH, never waiting for more), runs each in a savepoint of one transaction,
 * commits once, then gives the answers. The queue is bounded.
 *
 * After a failed commit whose outcome is unknown nothing more is written: `failed` is called
 * once, on the writer's thread, and every further submit gives RC_IO. A full disk is refused
 * (RC_FULL) and tried again with the next call.
 */
#define WRITER_BATCH 256
#define WRITER_QUEUE 4096

struct writer;

MUST_CHECK enum rc writer_open(struct database *db, struct access *access,
			       void (*failed)(void *owner), void *owner,
			       struct writer **ret_writer);
struct executor *writer_executor(struct writer *w);
bool writer_taking(const struct writer *w);
/* Finishes what is queued, then ends the thread. Takes NULL; gives NULL. */
struct writer *writer_close(struct writer *w);

#endif
