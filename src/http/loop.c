#include "http/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "http/exchange.h"
#include "http/limits.h"

#define TICK_BUSY_MS   20 /* also how long without work we wait before we rest */
#define TICK_REST_MS   100
#define WORKS_KEPT_MAX 64
#define SPARE_KEPT_MAX 256
#define OUT_BYTES_MAX  (CALL_ANSWER_BYTES_MAX + 1024 * 1024)

/* ---- time ---------------------------------------------------------------------------------- */

static void on_tick(uv_timer_t *tick);

static void set_tick(struct loop *loop, int64_t ms)
{
	if (loop->tick_ms == ms)
		return;
	loop->tick_ms = ms;
	int r = ms ? uv_timer_start(&loop->tick, on_tick, (uint64_t)ms, (uint64_t)ms)
		   : uv_timer_stop(&loop->tick);
	assert(r == 0); /* fails only for a timer that is closing */
}

static void look_at_date(struct loop *loop)
{
	int64_t now_s = clock_now_us() / 1000000;

	if (now_s == loop->date_s)
		return;
	loop->date_s = now_s;
	response_date(now_s, loop->date);
}

void loop_tick_on(struct loop *loop)
{
	if (loop->tick_ms)
		return;
	look_at_date(loop);
	set_tick(loop, TICK_REST_MS);
}

void loop_get_up(struct loop *loop)
{
	loop->resting = false;
	look_at_date(loop);
	set_tick(loop, TICK_BUSY_MS);
}

static void rest(struct loop *loop)
{
	const struct http_options *options = &loop->common->options;

	loop->resting = true;
	if (options->services_rest)
		options->services_rest(loop->services);
	log_flush();
	set_tick(loop, loop->n_connections || loop->accept_paused ? TICK_REST_MS : 0);
}

/* How long a connection may be in a state; 0: as long as it takes. */
static int64_t state_ms(const struct http_options *options, enum connection_state state)
{
	switch (state) {
	case CONNECTION_HANDSHAKE:
	case CONNECTION_REQUEST:
		return options->head_ms;
	case CONNECTION_IDLE:
		return options->idle_ms;
	case CONNECTION_WRITING:
		return options->write_ms;
	case CONNECTION_LINGER:
		return LINGER_MS;
	case CONNECTION_CALL:
	case CONNECTION_ANSWERED:
	case CONNECTION_CLOSED:
	case CONNECTION_STATES:
		break;
	}
	return 0;
}

/* A request whose head is there has longer. */
static bool has_longer(const struct connection *c, int64_t now_ms)
{
	return c->state == CONNECTION_REQUEST && c->framing.headers_end &&
	       now_ms - c->since_ms < c->loop->common->options.whole_ms;
}

/* The lists are in the order of arrival, so this looks only at those that are late. */
static void expire(struct loop *loop, enum connection_state state, int64_t now_ms)
{
	int64_t ms = state_ms(&loop->common->options, state);
	struct connection *next;

	if (ms == 0)
		return;
	for (struct connection *c = loop->lists[state].first; c; c = next) {
		next = c->next;
		if (now_ms - c->since_ms < ms)
			break;
		if (!has_longer(c, now_ms))
			connection_expire(c);
	}
}

/* ---- the orderly stop
 * ------------------------------------------------------------------- */

static void each(struct loop *loop, enum connection_state state,
		 void (*doing)(struct connection *c))
{
	struct connection *next;

	for (struct connection *c = loop->lists[state].first; c; c = next) {
		next = c->next;
		doing(c);
	}
}

static void dismiss(struct connection *c)
{
	(void)connection_dismiss(c); /* or it is looked at again */
}

static void begin_drain(struct loop *loop)
{
	loop->draining = true;
	loop->drain_began_ms = loop_now_ms(loop);
	if (loop->number == 0)
		loop->common->stop_begun(loop->common);
	accept_last(loop);
	loop->resting = false;
	set_tick(loop, TICK_BUSY_MS);
}

static void go_on_draining(struct loop *loop, int64_t now_ms)
{
	int64_t gone_ms = now_ms - loop->drain_began_ms;
	int64_t drain_ms = loop->common->options.drain_ms;

	if (!loop->closed && gone_ms >= GREETED_MS)
		accept_finish(loop);
	if (gone_ms >= DRAIN_IDLE_MS || gone_ms >= drain_ms) {
		loop->late = true;
		each(loop, CONNECTION_IDLE, dismiss);
		each(loop, CONNECTION_HANDSHAKE, connection_close);
	}
	if (gone_ms < drain_ms)
		return;
	for (int state = 0; state < CONNECTION_CLOSED; state++)
		each(loop, (enum connection_state)state, connection_close);
}

static bool is_drained(const struct loop *loop)
{
	return loop->draining && loop->closed && loop->n_connections == 0 && loop->n_out == 0;
}

static void look_for_end(struct loop *loop)
{
	if (is_drained(loop))
		uv_stop(&loop->uv);
}

static void on_tick(uv_timer_t *tick)
{
	struct loop *loop = tick->data;
	int64_t now_ms = loop_now_ms(loop);

	look_at_date(loop);
	for (int state = 0; state < CONNECTION_CLOSED; state++)
		expire(loop, (enum connection_state)state, now_ms);
	if (loop->accept_paused && !loop->draining)
		accept_resume(loop);
	if (loop->draining)
		go_on_draining(loop, now_ms);
	log_flush();
	if (loop->n_requests == loop->n_requests_seen && !loop->resting && !loop->draining)
		rest(loop);
	else if (loop->resting && !loop->n_connections && !loop->accept_paused && !loop->draining)
		set_tick(loop, 0);
	loop->n_requests_seen = loop->n_requests;
	look_for_end(loop);
}

/* ---- from other threads
 * ----------------------------------------------------------------- */

void loop_wake(struct loop *loop)
{
	int r = uv_async_send(&loop->wake);

	assert(r == 0); /* fails only for a handle that is closing */
}

void loop_hand_back(struct loop *loop, struct call *call)
{
	call->next = NULL;
	uv_mutex_lock(&loop->mutex);
	bool first = !loop->done;
	*loop->done_end = call;
	loop->done_end = &call->next;
	/* Inside, so that whoever has taken the call from the list knows that we are done here, and
	 * may close the loop. */
	if (first)
		loop_wake(loop);
	uv_mutex_unlock(&loop->mutex);
}

static void take_back(struct loop *loop)
{
	uv_mutex_lock(&loop->mutex);
	struct call *call = loop->done;
	loop->done = NULL;
	loop->done_end = &loop->done;
	uv_mutex_unlock(&loop->mutex);
	while (call) {
		struct call *next = call->next;
		struct work *work = call->owner;
		loop->n_out--;
		if (work->connection)
			connection_call_done(work->connection, work);
		else
			loop_give_work(loop, work);
		call = next;
	}
}

static void on_wake(uv_async_t *wake)
{
	struct loop *loop = wake->data;

	take_back(loop);
	size_t n_evict = atomic_exchange_explicit(&loop->n_evict, 0, memory_order_relaxed);
	while (n_evict-- > 0 && loop_evict(loop))
		;
	if (atomic_load(&loop->common->stopping) && !loop->draining)
		begin_drain(loop);
	look_for_end(loop);
}

/* ---- what is lent out
 * ------------------------------------------------------------------- */

struct work *loop_take_work(struct loop *loop)
{
	struct call *call = loop->works;

	if (call) {
		loop->works = call->next;
		loop->n_works--;
		call->next = NULL;
		return (struct work *)((char *)call - offsetof(struct work, call));
	}
	struct work *work = malloc(sizeof(*work));
	if (!work)
		return NULL;
	call_init(&work->call);
	work->loop = loop;
	work->connection = NULL;
	return work;
}

void loop_give_work(struct loop *loop, struct work *work)
{
	if (loop->n_works == WORKS_KEPT_MAX) {
		call_fini(&work->call);
		free(work);
		return;
	}
	work->connection = NULL;
	call_reset(&work->call);
	work->call.next = loop->works;
	loop->works = &work->call;
	loop->n_works++;
}

struct connection *loop_take_connection(struct loop *loop)
{
	struct connection *c = loop->spare;

	if (c) {
		loop->spare = c->next;
		loop->n_spare--;
		*c = (struct connection){.loop = loop};
	} else {
		c = calloc(1, sizeof(*c));
		if (!c)
			return NULL;
		c->loop = loop;
	}
	loop->n_connections++;
	return c;
}

void loop_give_connection(struct loop *loop, struct connection *c)
{
	assert(loop->n_connections > 0);
	loop->n_connections--;
	if (c->door == DOOR_ADMIN)
		loop->n_admins--;
	else if (!c->counted)
		loop->n_turned_away--;
	if (loop->n_spare == SPARE_KEPT_MAX) {
		free(c);
	} else {
		c->next = loop->spare;
		loop->spare = c;
		loop->n_spare++;
	}
	look_for_end(loop);
}

/* A counter, stirred: different for every request, from a start that nobody knows. */
void loop_make_id(struct loop *loop, char ret_id[16])
{
	static const char digits[] = "0123456789abcdef";
	uint64_t id = loop->id_state += UINT64_C(0x9e3779b97f4a7c15);

	id = (id ^ id >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	id = (id ^ id >> 27) * UINT64_C(0x94d049bb133111eb);
	id ^= id >> 31;
	for (int i = 0; i < 16; i++)
		ret_id[i] = digits[id >> (60 - 4 * i) & 15];
}

/* All connections that had something to read have been read. */
static void on_turn(uv_check_t *turn)
{
	connection_end_turn(turn->data);
}

/* ---- open, run, close
 * ------------------------------------------------------------------- */

enum rc loop_open(struct loop *loop, struct common *common, unsigned number, size_t n_listeners)
{
	*loop = (struct loop){.common = common, .number = number, .resting = true};
	if (uv_mutex_init(&loop->mutex) != 0)
		return RC_NOMEM;
	if (uv_loop_init(&loop->uv) != 0) {
		uv_mutex_destroy(&loop->mutex);
		return RC_NOMEM;
	}
	loop->opened = true;
	loop->done_end = &loop->done;
	text_init(&loop->out, OUT_BYTES_MAX);
	text_init(&loop->wrapped, OUT_BYTES_MAX);
	random_bytes(&loop->id_state, sizeof(loop->id_state));
	loop->listeners = calloc(n_listeners + 1, sizeof(*loop->listeners));
	loop->cipher = common->tls ? malloc(LOOP_READ_BYTES) : NULL;
	if (!loop->listeners || (common->tls && !loop->cipher) ||
	    !buffer_reserve(&loop->shared, LOOP_READ_BYTES) ||
	    uv_timer_init(&loop->uv, &loop->tick) != 0 ||
	    uv_check_init(&loop->uv, &loop->turn) != 0 ||
	    uv_async_init(&loop->uv, &loop->wake, on_wake) != 0)
		return RC_NOMEM;
	loop->wake.data = loop->tick.data = loop->turn.data = loop;
	uv_check_start(&loop->turn, on_turn); /* always 0 */
	return RC_OK;
}

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void loop_close(struct loop *loop)
{
	if (!loop->opened)
		return;
	accept_finish(loop);
	uv_walk(&loop->uv, close_handle, NULL);
	while (uv_run(&loop->uv, UV_RUN_DEFAULT) != 0)
		;
	int r = uv_loop_close(&loop->uv);
	assert(r == 0);
	while (loop->works) {
		struct work *work = loop_take_work(loop);
		call_fini(&work->call);
		free(work);
	}
	while (loop->spare) {
		struct connection *c = loop->spare;
		loop->spare = c->next;
		free(c);
	}
	buffer_pool_fini(&loop->buffers);
	free(loop->shared.p);
	free(loop->cipher);
	free(loop->listeners);
	text_fini(&loop->out);
	text_fini(&loop->wrapped);
	uv_mutex_destroy(&loop->mutex);
}

void loop_run(struct loop *loop)
{
	look_at_date(loop);
	accept_resume(loop);
	/* http_stop may have been called before there was anybody to hear it. */
	loop_wake(loop);
	while (!is_drained(loop))
		(void)uv_run(&loop->uv, UV_RUN_DEFAULT); /* more handles or not: the loop decides */
	log_flush();
}
