#include "http/exchange.h"

#include <assert.h>
#include <stdarg.h>

#include "command/gate.h"
#include "command/probe.h"
#include "http/connection.h"
#include "http/loop.h"
#include "http/route.h"

#define WHY_BYTES_MAX 256

static enum status status_of(int http_status)
{
	switch (http_status) {
	case 413:
	case 431:
		return ST_RANGE;
	case 404:
	case 405:
	case 408:
	case 503:
		return ST_ERROR;
	default:
		return ST_TYPE;
	}
}

static bool id_valid(struct str id)
{
	if (id.n < 1 || id.n > REQUEST_ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.p[i];
		bool letter = (c | 0x20u) >= 'a' && (c | 0x20u) <= 'z';
		if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

/* The caller's own, when it is good; it is copied, since the call may outlive the request. */
static void set_id(struct work *work, struct str id)
{
	if (id.p && id_valid(id)) {
		memcpy(work->request_id, id.p, id.n);
	} else {
		id.n = 16;
		loop_make_id(work->loop, work->request_id);
	}
	work->call.request_id = (struct str){work->request_id, id.n};
}

/* A call with what is known of its caller. NULL: out of memory, and the connection is lost. */
static struct work *begin(struct connection *c, const char *bytes)
{
	const struct framing *f = &c->framing;
	struct loop *loop = c->loop;
	struct work *work = loop_take_work(loop);

	if (!work) {
		connection_close(c);
		return NULL;
	}
	loop_busy(loop);
	work->connection = c;
	work->call.services = loop->services;
	work->call.command = c->command;
	work->call.peer = c->peer;
	work->call.operator_uid = c->operator_uid;
	work->call.began_us = c->began_us;
	set_id(work, bytes ? framing_str(f->request_id, bytes) : (struct str){NULL, 0});
	if (bytes && c->from_proxy && f->has_forwarded)
		work->call.peer = proxies_caller(&loop->common->proxies, &c->peer, f, bytes);
	return work;
}

static struct str allowed(const struct connection *c)
{
	return c->probe ? STR("GET, HEAD") : STR("POST");
}

void exchange_answer(struct connection *c, struct work *work)
{
	const struct call *call = &work->call;
	struct loop *loop = c->loop;
	struct response r = {
		.http_status = call->http_status,
		.body = text_str(&call->answer),
		.date = {loop->date, RESPONSE_DATE_CHARS},
		.request_id = call->request_id,
		.allow = call->http_status == 405 ? allowed(c) : STR(""),
		/* A write that was refused or failed may have had one in its hand. */
		.etag = call->status == ST_OK ? call->etag : 0,
		.retry_after_s = call->retry_after_s,
		.has_rate = call->status == ST_RATE,
		.rate_limit = call->rate_limit,
		.rate_remaining = call->rate_remaining,
		.rate_reset_s = call->rate_reset_s,
		.head_only = c->head_only,
	};

	c->closing = c->closing || loop->draining;
	r.closing = c->closing;
	r.keep_alive = c->said_1_0;
	size_t from = loop->out.n;
	response_write(&loop->out, &r);
	loop->out.failed = loop->out.failed || call->answer.failed;
	loop_give_work(loop, work);
	connection_answer(c, from);
}

void exchange_refuse(struct connection *c, const char *bytes, int http_status, const char *format,
		     ...)
{
	struct work *work = begin(c, bytes);
	char why[WHY_BYTES_MAX];
	va_list args;

	if (!work)
		return;
	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args); /* too long: cut off */
	va_end(args);
	if (http_status == 503)
		work->call.retry_after_s = RETRY_AFTER_FULL_S;
	c->closing = true;
	c->unread = true;
	gate_refuse(&work->call, http_status, status_of(http_status), "%s", why);
	exchange_answer(c, work);
}

/* A probe is asked for as a page would be, and answered also while the server stops. */
static bool probe_head(struct connection *c, const char *bytes, struct str method)
{
	if (!str_equal(method, STR("GET")) && !c->head_only)
		exchange_refuse(c, bytes, 405, "method: this is asked for with GET or HEAD");
	else if (framing_has_body(&c->framing))
		exchange_refuse(c, bytes, 400, "body: this is asked for without one");
	else
		return true;
	return false;
}

bool exchange_head(struct connection *c, const char *bytes)
{
	const struct framing *f = &c->framing;
	struct loop *loop = c->loop;
	struct str method = framing_str(f->method, bytes);
	/* The operator's own door is never moved. */
	struct str base = c->door == DOOR_PUBLIC ? loop->common->base_path : STR("");
	struct route route = route_find(c->door, base, framing_str(f->target, bytes));

	c->command = route.command;
	c->probe = route.probe;
	c->head_only = str_equal(method, STR("HEAD"));
	if (c->probe)
		return probe_head(c, bytes, method);
	if (loop->late) {
		exchange_refuse(c, bytes, 503, "the server is stopping");
	} else if (!route.command) {
		exchange_refuse(c, bytes, 404, route.meant ? "%s; did you mean %s?" : "%s",
				route.why, route.meant);
	} else if (!str_equal(method, STR("POST"))) {
		exchange_refuse(c, bytes, 405, "method: a command is called with POST");
	} else if (!framing_is_json(framing_str(f->content_type, bytes))) {
		exchange_refuse(c, bytes, 415, "Content-Type: must be application/json");
	} else if (f->expects_continue && framing_has_body(f)) {
		size_t from = loop->out.n;
		text_add_str(&loop->out, response_continue);
		return connection_interject(c, from);
	} else {
		return true;
	}
	return false;
}

/* On the writer's thread. */
static void on_done(struct call *call)
{
	struct work *work = call->owner;

	loop_hand_back(work->loop, call);
}

/* A header's value, kept for the call; of several, all with commas between them, as HTTP reads
 * them. Stays as it is where there is none. False: out of memory. */
static bool keep_header(const struct framing *f, const char *bytes, struct str name,
			struct arena *a, struct str *value)
{
	struct str next;
	size_t at = 0;

	while (framing_header(f, bytes, name, &at, &next)) {
		size_t n = value->p ? value->n + 2 : 0;
		char *p = arena_alloc_raw(a, n + next.n + 1);
		if (!p)
			return false;
		if (n)
			memcpy(mempcpy(p, value->p, value->n), ", ", 2);
		memcpy(p + n, next.p, next.n);
		*value = (struct str){p, n + next.n};
	}
	return true;
}

/* What a call that is run elsewhere needs for longer than the buffer lives. False: out of memory.
 */
static bool keep_request(const struct framing *f, const char *bytes, struct call *call)
{
	unsigned flags = call->command->flags;
	struct arena *a = &call->arena;

	call->body = arena_str(a, call->body);
	return call->body.p &&
	       (!(flags & CMD_MATCH) ||
		keep_header(f, bytes, STR("If-Match"), a, &call->if_match)) &&
	       (!(flags & CMD_ONCE) ||
		keep_header(f, bytes, STR("Idempotency-Key"), a, &call->idempotency_key));
}

void exchange_run(struct connection *c, const char *bytes)
{
	const struct framing *f = &c->framing;
	struct work *work = begin(c, bytes);

	if (!work)
		return;
	struct call *call = &work->call;
	c->closing = !f->keep_alive;
	c->said_1_0 = f->http_1_0;
	if (c->probe) {
		probe_run(c->probe, call);
		exchange_answer(c, work);
		return;
	}
	call->body = (struct str){bytes + f->body_at, f->body_n};
	bool waits = call->command->flags & CMD_WRITE || call->services->pool;
	if (waits && !keep_request(f, bytes, call)) {
		loop_give_work(c->loop, work);
		connection_close(c);
		return;
	}
	call->owner = work;
	call->done = on_done;
	if (gate_run(call) == GATE_DONE) {
		exchange_answer(c, work);
		return;
	}
	c->loop->n_out++;
	c->work = work;
	connection_set_state(c, CONNECTION_CALL);
}
