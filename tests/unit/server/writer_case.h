#ifndef TESTS_UNIT_SERVER_WRITER_CASE_H
#define TESTS_UNIT_SERVER_WRITER_CASE_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "command/command.h"
#include "server/writer.h"

/*
 * The writer on a real database in a folder of its own, with commands made for the test. Calls are
 * given to the executor as the gate would. store_begin, store_savepoint, store_commit and
 * store_rollback pass through writer_case.c (--wrap), so that they can fail in ways that a healthy
 * disk does not.
 */
#define COMPANY 1

/* ---- the store, as a test wants it ---------------------------------------------------- */

extern atomic_int n_busy_begins; /* so many begins find the database busy */
extern atomic_int n_begins;
extern atomic_int n_busy_parts;  /* so many savepoints do */
extern atomic_int n_bad_commits; /* so many commits fail, */
extern atomic_int bad_commit;    /* with this rc: RC_FULL unless set */
extern atomic_bool transaction_open;

/* ---- a writer with everything around it ------------------------------------------------ */

struct fixture {
	char dir[64];
	char url[128];
	struct database *db;
	struct access *access;
	struct writer *writer;
	atomic_int n_failed; /* calls of `failed` */
};

/* `scheme` is that of the database: "sqlite" or "faulty:sqlite". */
void set_up(struct fixture *f, const char *scheme);
void tear_down(struct fixture *f);

/* Is there a customer of that reference, for all who look now? */
bool is_stored(struct fixture *f, const char *ref);

/* ---- jobs: calls with what their commands need ------------------------------------------ */

struct job {
	struct call call;
	char ref[32];
	int64_t fail_at;             /* command_fail_at */
	sem_t *started, *go;         /* command_hold */
	struct directory *directory; /* looks for COMPANY there when it is answered; may be NULL */
	enum rc found;
	atomic_int n_done;
};

extern const struct command command_add;     /* a customer of the job's reference */
extern const struct command command_refuse;  /* the same, and then refuses */
extern const struct command command_fail_at; /* the same, and has a later call fail */
/* The same two, each with a transaction to itself. */
extern const struct command command_add_alone, command_refuse_alone;
extern const struct command command_hold;        /* waits; writes nothing */
extern const struct command command_add_company; /* COMPANY; CMD_ACCESS */

/* The reference becomes "name-n". */
void job_init(struct job *job, const struct command *command, const char *name, int n);
void job_fini(struct job *job);
enum rc submit(struct fixture *f, struct job *job);
void submit_good(struct fixture *f, struct job *job); /* which is taken */
void wait_for(struct job *job);                       /* answered once, and no more */

/* Keeps the writer busy, so that calls pile up behind. */
struct holder {
	struct job job;
	sem_t started, go;
};

void holder_begin(struct holder *h, struct fixture *f);
void holder_end(struct holder *h);

#endif
