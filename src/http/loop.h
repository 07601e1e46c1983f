#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/text.h"
#include "command/command.h"
#include "http/buffer.h"
#include "http/connection.h"
#include "http/http.h"
#include "http/proxy.h"
#include "http/response.h"

struct common;
struct limits;
struct loop;
struct tls_context;

/*
 * One thread's loop: its listeners, its connections by state, and what it lends them. Only
 * loop_wake, loop_hand_back and loop_evict may be called by other threads.
 */
#define LOOP_READ_BYTES      (64 * 1024) /* read at a time */
#define REQUEST_ID_MAX       64
#define LINGER_MS            2000
#define LINGER_BYTES_MAX     (16 * 1024 * 1024)
#define GREETED_MS           50   /* after a stop began, those being greeted still come in */
#define DRAIN_IDLE_MS        1000 /* so long a stopping server waits for requests on their way */
#define TURNED_AWAY_MAX      64   /* of a loop, at a time */
#define ADMIN_BODY_BYTES_MAX (4 * 1024 * 1024) /* a batch of an import */
#define ADMINS_MAX           32                /* connections to the admin socket */
#define GATHERED_MAX         16 /* answers; the first waits for the making of the others */
#define GATHERED_BYTES_MAX   (64 * 1024)
#define RETRY_AFTER_FULL_S   1

struct listener {
	uv_poll_t poll;
	struct loop *loop;
	int fd;
	enum door door;
	bool tls;
};

/* A call, on loan to a connection. */
struct work {
	struct call call;
	struct loop *loop;
	struct connection *connection; /* NULL: it is gone, nobody waits for the answer */
	char request_id[REQUEST_ID_MAX];
};

/* An answer that waits for the end of the turn: a piece of the loop's `out`. */
struct gathered {
	struct connection *connection; /* NULL: it is gone */
	size_t from, n;
};

struct connection_list {
	struct connection *first, *last;
};

/* What all loops of a server share. */
struct common {
	struct http_options options;
	struct limits *limits;
	struct tls_context *tls; /* NULL: none */
	struct proxies proxies;
	struct str base_path;
	struct loop *loops;
	size_t n_loops;
	_Atomic bool stopping;
	void (*stop_begun)(struct common *common); /* called by the first loop */
};

struct loop {
	uv_loop_t uv;
	bool opened;
	struct common *common;
	struct services *services;
	unsigned number;
	uv_async_t wake;
	uv_timer_t tick;
	int64_t tick_ms; /* 0: the timer stands still */

	struct listener *listeners;
	size_t n_listeners;
	bool accept_paused, accept_warned;

	struct connection_list lists[CONNECTION_STATES];
	size_t n_connections; /* of any state */
	size_t n_turned_away, n_admins;
	_Atomic size_t n_idle;  /* for other loops, that look for one to send away */
	_Atomic size_t n_evict; /* what they ask for */

	/* Work: how much there was, and whether we rest from it. */
	uint64_t n_requests, n_requests_seen;
	bool resting;

	/* Calls with the writer, and those that are back. */
	size_t n_out;
	uv_mutex_t mutex;
	struct call *done, **done_end;

	/* Lent out. */
	struct buffer shared; /* what is being read just now */
	char *cipher;         /* the same, before it is decrypted; NULL without TLS */
	struct buffer_pool buffers;
	struct call *works; /* chained by call.next */
	size_t n_works;
	struct connection *spare; /* chained by next */
	size_t n_spare;
	struct text out, wrapped; /* answers, and one of them encrypted */

	/* While connections are being read, answers are gathered. */
	uv_check_t turn;
	bool gathering;
	struct gathered gathered[GATHERED_MAX];
	size_t n_gathered;

	char date[RESPONSE_DATE_CHARS + 1];
	int64_t date_s;
	uint64_t id_state;

	bool draining;
	bool closed; /* the listeners are */
	bool late;   /* the time for requests on their way is over */
	int64_t drain_began_ms;
};

/* Room for `n_listeners`. RC_NOMEM. */
MUST_CHECK enum rc loop_open(struct loop *loop, struct common *common, unsigned number,
			     size_t n_listeners);
/* Takes the descriptor on success. */
MUST_CHECK enum rc loop_listen(struct loop *loop, int fd, enum door door, bool tls);
/* Takes a zeroed loop, and one that loop_open failed on, as well. */
void loop_close(struct loop *loop);

/* Serves until it is drained. */
void loop_run(struct loop *loop);

/* It looks at once at what was asked of it. Any thread, until loop_close. */
void loop_wake(struct loop *loop);
/* Gives a call back that was with the writer. Any thread. */
void loop_hand_back(struct loop *loop, struct call *call);

static inline int64_t loop_now_ms(const struct loop *loop)
{
	return (int64_t)uv_now(&loop->uv);
}

/* A request is there. */
void loop_get_up(struct loop *loop);
static inline void loop_busy(struct loop *loop)
{
	loop->n_requests++;
	if (loop->resting)
		loop_get_up(loop);
}

/* The timer must run: there is a deadline. */
void loop_tick_on(struct loop *loop);

/* NULL: out of memory. */
struct work *loop_take_work(struct loop *loop);
void loop_give_work(struct loop *loop, struct work *work);

struct connection *loop_take_connection(struct loop *loop);
void loop_give_connection(struct loop *loop, struct connection *c);

/* Writes 16 hexadecimal digits that no other request of this process has. */
void loop_make_id(struct loop *loop, char ret_id[16]);

/* ---- accept.c ------------------------------------------------------------------------------ */

void accept_resume(struct loop *loop); /* after a pause, or for the first time */
/* The first step of a stop: nobody new is greeted; those who were go on coming in. */
void accept_last(struct loop *loop);
/* The second: takes what has come in and closes the listeners. */
void accept_finish(struct loop *loop);

/* Sends the longest idle one away. False: none is idle. */
bool loop_evict(struct loop *loop);

#endif
