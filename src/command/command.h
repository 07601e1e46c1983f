#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/ip.h"
#include "base/metrics.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "command/status.h"
#include "field/field.h"
#include "store/store.h"

struct access;
struct call;
struct directory;
struct zone;

/*
 * Everything the system can do is a command, and a command is a row of data. Dispatch,
 * validation, answers, documentation and the command line come from the rows.
 */
enum door {
	DOOR_PUBLIC, /* integrators, over HTTP */
	DOOR_ADMIN,  /* the operator, over the socket in the data directory or in his own process */
};

enum command_flags {
	CMD_KEY = 1u << 0,     /* needs company_id and key */
	CMD_SESSION = 1u << 1, /* needs company_id and session_token */
	CMD_WRITE = 1u << 2,   /* runs on the writer, in a transaction */
	CMD_ACCESS = 1u << 3,  /* changes what the directory of companies holds */
	CMD_MATCH = 1u << 4,   /* honours If-Match; with CMD_WRITE */
	CMD_ONCE = 1u << 5,    /* honours Idempotency-Key; with CMD_WRITE */
	CMD_ALONE = 1u << 6,   /* writes so much that it has a transaction to itself */
	CMD_REPLICA = 1u << 7, /* may be answered by a replica: reads nothing but customers' data,
				* and whatever it answers is answered again a moment later */
	CMD_ADDS = 1u << 8,    /* only adds, and asks for nothing: see store_hope; with CMD_WRITE */
};

/*
 * Does the command's own work. By now the gate has made every check of contract section 2
 * and `in` is decoded; for CMD_WRITE a transaction is open that the executor commits when
 * ST_OK comes back and takes back on anything else. `out` is zeroed; it is encoded when ST_OK
 * comes back. Leaves in one of three ways: return ST_OK, return call_refuse(…), return
 * call_fail(…).
 */
typedef enum status command_run(struct call *call, const void *in, void *out);

struct command {
	const char *name;
	const char *other_name;  /* accepted as well; NULL: none */
	const char *summary;     /* one line */
	const char *description; /* for its page; may be several sentences */
	enum door door;
	unsigned flags;
	char mark;                     /* contract.md: P, A or X */
	const struct field *in_fields; /* its own, without the credentials */
	size_t in_bytes;
	const struct field *out_fields; /* members of the answer beside `status` */
	size_t out_bytes;
	uint64_t statuses; /* ST_BIT of each that it may answer */
	command_run *run;
	/* Tells the store which look-ups `run` begins with, so that those of several calls go
	 * together; with CMD_REPLICA. NULL: nothing. */
	void (*ahead)(struct call *call, const void *in);
	/* Fills in what only is known when the change is committed; on the thread and with the
	 * store that it was made with. NULL: nothing. */
	void (*committed)(struct call *call, void *out);
};

/* Credentials that the flags ask for: company_id and key, or company_id and session_token. */
const struct field *command_credentials(const struct command *command);

/* ---- the registry ------------------------------------------------------------------- */

/* Sorted by name, within a door. */
const struct command *const *registry(enum door door, size_t *ret_n);
/* By name or other name; NULL: unknown. */
const struct command *registry_find(enum door door, struct str name);
/* The known name nearest to a wrong one, or NULL when none is near. */
const struct command *registry_nearest(enum door door, struct str name);
/* A number for each command of both doors, below METRICS_ROWS; what the metrics count by. */
#define REGISTRY_ROW_NONE (METRICS_ROWS - 1) /* of what is no command */
unsigned registry_row(const struct command *command);
const struct command *registry_by_row(unsigned row); /* NULL behind the last */

/* ---- one call ------------------------------------------------------------------------ */

struct executor; /* runs writes; see executor.h */

/* What GetStatus and the probes tell of the running server. Filled before the first call; read, and
 * its functions called, by any thread. */
struct server_facts {
	const char *version;
	int64_t started_us;
	size_t (*connections)(void *owner); /* how many there are just now */
	bool (*writes_taken)(void *owner); /* false after a failed commit: the server is stopping */
	bool (*stopping)(void *owner);     /* true from the moment that a stop begins */
	/* Can the database be reached, as far as is known? It asks nobody and waits for nobody:
	 * load balancers call it every second. When not, a few words in ret_why, which strangers
	 * see: no address, no name. NULL: a database that is always at hand. */
	bool (*database_ready)(void *owner, struct text *ret_why);
	void *owner;
};

/* Can the server take calls? When not, a few words in ret_why. `facts` may be NULL: true. */
bool facts_ready(const struct server_facts *facts, struct text *ret_why);

/* What a thread has at hand for the calls it makes. */
struct services {
	struct access *access;
	struct directory *directory;
	struct store *reader;
	struct executor *writer;
	/* Where calls are not run by the thread that they come in on, but by threads that may wait
	 * for the database: who takes them. NULL: this thread runs them. */
	struct executor *pool;
	struct server_facts *facts; /* for GetStatus; NULL where no server runs */
	int64_t session_s;          /* how long a token lives */
	const char *server;         /* which of several it is, for the audit */
};

/* Limits on what a call may take; both text and arena give up beyond. */
#define CALL_ARENA_BLOCK      (32 * 1024)
#define CALL_ARENA_BYTES_MAX  (64 * 1024 * 1024)
#define CALL_ANSWER_BYTES_MAX (64 * 1024 * 1024)

struct call {
	/* Set by the door before gate_run. */
	const struct command *command;
	struct services *services; /* of the thread that the call came in on */
	struct str body;
	struct str request_id;
	struct ip peer;
	int64_t began_us;           /* clock_mono_us at the first byte; 0: the gate's own begin */
	int64_t deadline_us;        /* a pool's: when it is given up, by clock_mono_us */
	int64_t operator_uid;       /* who is behind the admin door; -1: nobody */
	struct str if_match;        /* the header as it came; p is NULL without one */
	struct str idempotency_key; /* the same */

	/* Set by the gate. */
	int64_t now_us;
	struct scope scope;
	int64_t key_number;            /* 0: none */
	int64_t branch_id;             /* the key's; 0 without one */
	uint8_t token_mac[KILL_BYTES]; /* of the session's token; for EndSession */
	int64_t token_expires_us;
	struct change change;    /* for the store, when the command writes */
	const struct zone *zone; /* of the company; NULL when there is none */
	struct str today;        /* there */
	bool answer_kept;        /* `answer` is the one of its Idempotency-Key, as it stays */
	int64_t key_generation;
	void *in, *out;
	struct store *store; /* that the handler may use */

	/* The answer, when the call is done: HTTP status, body, and what goes into headers. */
	int http_status;
	enum status status;
	struct text answer;
	int64_t customer_id;   /* whom the answer tells of; 0: nobody, or several */
	int64_t etag;          /* version; 0: no ETag */
	int64_t retry_after_s; /* 0: no header */
	int64_t rate_limit, rate_remaining, rate_reset_s; /* with ST_RATE */

	/* For the parts that carry the call about. */
	struct arena arena;
	struct text details;             /* particulars behind the status's meaning */
	struct text cause;               /* for the log: why the status is ST_ERROR */
	void (*done)(struct call *call); /* called once by an executor, on its thread */
	void *owner;
	struct call *next;
};

void call_init(struct call *call);
void call_fini(struct call *call);
void call_reset(struct call *call); /* ready for another one; keeps memory */

/* The day that it is in the zone (UTC when NULL), as the API writes it. Empty when out of memory.
 */
struct str call_day(struct call *call, const struct zone *zone);

/* Is `version` what the caller's If-Match asks for? True where it does not ask. */
bool call_matches(const struct call *call, int64_t version);

/* For handlers. call_refuse: an outcome that the caller can do something about; the particulars
 * are for him, and carry no value of another record. call_fail: our own fault; the caller learns
 * nothing but 500, the log gets rc, the store's words and what we were doing. */
enum status call_refuse(struct call *call, enum status status, const char *format, ...)
	PRINTF_LIKE(3, 4);
enum status call_fail(struct call *call, enum rc rc, const char *doing, ...) PRINTF_LIKE(3, 4);

#endif
