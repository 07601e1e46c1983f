/*
 * Every call passes here. `steps` is the order of contract section 2, and nothing else
 * in the program knows it.
 */
#include "command/gate.h"

#include <assert.h>
#include <inttypes.h>

#include "access/access.h"
#include "base/clock.h"
#include "command/answer.h"
#include "command/condition.h"
#include "command/credentials.h"
#include "command/executor.h"
#include "command/once.h"
#include "json/json.h"

#define BODY_DEPTH_MAX 8

/* What is known of a call on its way through the steps. */
struct attempt {
	struct call *call;
	const struct json *body;
	struct credentials credentials;
	const struct directory_company *company; /* NULL: there is none */
	const struct directory_key *key;
};

static bool has(const struct attempt *a, unsigned flags)
{
	return a->call->command->flags & flags;
}

static enum status parse_body(struct attempt *a)
{
	struct call *call = a->call;
	struct json_error e;

	if (call->body.n == 0) {
		call->http_status = 400;
		return call_refuse(call, ST_MISSING, "body");
	}
	enum rc rc = json_parse(&call->arena, call->body, BODY_DEPTH_MAX, &a->body, &e);
	if (rc == RC_OK)
		return ST_OK;
	if (rc != RC_INVALID)
		return call_fail(call, rc, "reading the body");
	call->http_status = 400;
	return call_refuse(call, ST_TYPE, "body: %s at line %d, column %d", e.what, e.line,
			   e.column);
}

/* Lists the faults of one kind, in the order in which they were found. */
static void list_faults(struct text *t, const struct faults *faults, enum field_fault kind,
			enum status status)
{
	bool any = false;

	for (const struct fault *f = faults->first; f; f = f->next) {
		if (f->kind != kind)
			continue;
		if (!any && t->n)
			text_printf(t, "; %s: ", status_row(status)->meaning);
		text_add_c(t, any ? ", " : "");
		text_add_str(t, f->path);
		if (f->rule)
			text_printf(t, " (%s)", f->rule);
		any = true;
	}
}

/* ST_OK when there are none; else the first that applies of 301, 303, 302, and the list of all. */
static enum status judge_faults(struct call *call, const struct faults *faults)
{
	static const struct {
		enum field_fault kind;
		enum status status;
	} order[] = {
		{FIELD_MISSING, ST_MISSING},
		{FIELD_TYPE, ST_TYPE},
		{FIELD_RANGE, ST_RANGE},
	};
	enum status first = ST_OK;

	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		size_t before = call->details.n;
		list_faults(&call->details, faults, order[i].kind, order[i].status);
		if (first == ST_OK && call->details.n > before)
			first = order[i].status;
	}
	if (faults->n > FAULTS_MAX)
		text_printf(&call->details, "; and %zu more", faults->n - FAULTS_MAX);
	return first;
}

static enum status decode(struct attempt *a, const struct field *fields, void *to)
{
	struct call *call = a->call;
	struct field_context context = {.arena = &call->arena, .today = call->today};
	struct faults faults = {0};

	enum rc rc = field_decode(fields, a->body, &context, to, &faults);
	if (rc != RC_OK)
		return call_fail(call, rc, "decoding the request");
	return judge_faults(call, &faults);
}

static enum status read_credentials(struct attempt *a)
{
	return decode(a, command_credentials(a->call->command), &a->credentials);
}

static enum status refuse_rate(struct call *call, const struct rate_answer *rate, const char *why)
{
	call->retry_after_s = rate->retry_after_s;
	call->rate_limit = rate->limit;
	call->rate_remaining = rate->remaining;
	call->rate_reset_s = rate->reset_s;
	return call_refuse(call, ST_RATE, "%stry again in %" PRId64 " s", why, rate->retry_after_s);
}

/* Before any key is looked at (contract section 5): guessing must not pay. */
static enum status look_at_failures(struct attempt *a)
{
	struct call *call = a->call;
	struct rate_answer rate;

	if (!has(a, CMD_KEY))
		return ST_OK;
	failure_look(call->services->access, &call->peer, call->now_us, &rate);
	if (rate.allowed)
		return ST_OK;
	return refuse_rate(call, &rate, "too many failed attempts from this address; ");
}

/* For the log, with the words of the session that failed. */
static enum status fail_reading(struct call *call, enum rc rc, const char *doing)
{
	call->store = call->services->reader;
	return call_fail(call, rc, "%s", doing);
}

static enum status find_company(struct attempt *a)
{
	struct call *call = a->call;

	if (!has(a, CMD_KEY | CMD_SESSION))
		return ST_OK;
	enum rc rc =
		directory_find(call->services->directory, a->credentials.company_id, &a->company);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return fail_reading(call, rc, "looking up the company");
	if (rc == RC_NOTFOUND)
		a->company = NULL;
	return ST_OK;
}

static const struct directory_key *key_proven(struct attempt *a)
{
	uint8_t hash[ACCESS_HASH_BYTES];

	access_key_hash(a->call->services->access, a->credentials.key, hash);
	return directory_key_by_hash(a->company, hash);
}

static const struct directory_key *token_proven(struct attempt *a)
{
	struct call *call = a->call;
	struct token token = {0};
	bool formed = token_parse(a->credentials.session_token, &token) == RC_OK;
	const struct directory_key *key = directory_key_by_number(a->company, token.key_number);
	bool good =
		token_good(call->services->access, &token, key ? key->generation : 0, call->now_us);

	if (!formed || !good || !key || !key->active)
		return NULL;
	if (token.company_id != a->credentials.company_id)
		return NULL;
	/* Only who had the token gets here: the time this takes is nothing to anybody else. */
	if (token_ended(a->company, &token))
		return NULL;
	memcpy(call->token_mac, token.mac, sizeof(call->token_mac));
	call->token_expires_us = (int64_t)token.expires_s * 1000000;
	return key;
}

/* Company and proof in one step: the work is done in full before either is judged, so that the
 * time it takes does not tell whether a company exists. */
static enum status prove_caller(struct attempt *a)
{
	struct call *call = a->call;

	if (!has(a, CMD_KEY | CMD_SESSION))
		return ST_OK;
	a->key = has(a, CMD_KEY) ? key_proven(a) : token_proven(a);
	if (a->company && a->company->active && a->key) {
		call->scope.company_id = a->company->company_id;
		call->scope.branch_id = a->key->branch_only ? a->key->branch_id : 0;
		call->branch_id = a->key->branch_id;
		call->zone = a->company->zone;
		call->key_number = a->key->key_number;
		call->key_generation = a->key->generation;
		return ST_OK;
	}
	if (has(a, CMD_KEY))
		failure_count(call->services->access, &call->peer, call->now_us);
	return a->company && a->company->active ? ST_KEY : ST_COMPANY;
}

static enum status check_address(struct attempt *a)
{
	char text[IP_CHARS_MAX + 1];

	if (!a->key || directory_key_allows(a->key, &a->call->peer))
		return ST_OK;
	/* The caller's own address, which behind a NAT he may not know. */
	ip_format(&a->call->peer, text);
	return call_refuse(a->call, ST_ADDRESS, "this call came from %s", text);
}

static enum status take_rate(struct attempt *a)
{
	struct call *call = a->call;
	struct rate_answer rate;

	if (!a->key)
		return ST_OK;
	/* The company may have been waited for, and others have taken of the rate meanwhile. */
	rate_take(call->services->access, call->scope.company_id, a->key, clock_now_us(), &rate);
	return rate.allowed ? ST_OK : refuse_rate(call, &rate, "");
}

static enum status read_fields(struct attempt *a)
{
	struct call *call = a->call;
	const struct command *command = call->command;

	call->in = arena_alloc(&call->arena, command->in_bytes);
	call->out = arena_alloc(&call->arena, command->out_bytes);
	if (!call->in || !call->out)
		return call_fail(call, RC_NOMEM, "making room for the request");
	/* Only what is written has days in it that are compared with today. */
	if (has(a, CMD_WRITE)) {
		call->today = call_day(call, call->zone);
		if (!call->today.n)
			return call_fail(call, RC_NOMEM, "making room for the day");
	}
	return decode(a, command->in_fields, call->in);
}

/* The headers that belong to the command's own fields. */
static enum status read_headers(struct attempt *a)
{
	struct call *call = a->call;

	if (call->if_match.p && !condition_valid(call->if_match))
		return call_refuse(call, ST_RANGE, "If-Match (%s)", CONDITION_RULE);
	if (call->idempotency_key.p && !once_key_valid(call->idempotency_key))
		return call_refuse(call, ST_RANGE, "Idempotency-Key (%s)", ONCE_KEY_RULE);
	return ST_OK;
}

/* On whose behalf a command that writes changes what it changes. */
static struct change change_of(const struct call *call)
{
	return (struct change){
		.now_us = call->now_us,
		.key_number = call->key_number,
		.operator_uid = call->command->door == DOOR_ADMIN ? call->operator_uid : -1,
		.command = str_c(call->command->name),
		.request_id = call->request_id,
		.server = str_c(call->services->server),
	};
}

typedef enum status gate_step(struct attempt *a);

static gate_step *const steps[] = {
	parse_body,    read_credentials, look_at_failures, find_company, prove_caller,
	check_address, take_rate,        read_fields,      read_headers,
};

static enum status pass_steps(struct attempt *a)
{
	enum status status = ST_OK;

	for (size_t i = 0; i < ARRAY_LEN(steps) && status == ST_OK; i++)
		status = steps[i](a);
	return status;
}

enum status gate_execute(struct call *call, struct store *store)
{
	call->store = store;
	call->status = call->idempotency_key.p ? once_run(call)
					       : call->command->run(call, call->in, call->out);
	assert(call->command->statuses & ST_BIT(call->status));
	return call->status;
}

void gate_finish(struct call *call, enum rc rc)
{
	if (rc != RC_OK && call->status == ST_OK)
		call->status = call_fail(call, rc, "committing");
	if (call->status == ST_OK && call->command->committed)
		call->command->committed(call, call->out);
	call->store = NULL;
	if (!call->answer_kept || call->status != ST_OK)
		answer_write(call);
	answer_record(call);
}

static void read_now(struct call *call)
{
	struct store *reader = call->services->reader;
	enum rc rc = store_read(reader);

	if (rc == RC_OK) {
		(void)gate_execute(call, reader); /* the status stays in the call */
	} else {
		call->status = fail_reading(call, rc, "beginning to read");
	}
	gate_finish(call, RC_OK);
}

void gate_turn_away(struct call *call, enum rc rc, const char *doing)
{
	if (rc == RC_BUSY) {
		call->retry_after_s = 1;
		gate_refuse(call, 503, ST_ERROR, "too many calls are waiting; try again");
		return;
	}
	call->http_status = 200;
	call->status = call_fail(call, rc, "%s", doing);
	gate_finish(call, RC_OK);
}

static enum gate_result hand_to(struct executor *executor, struct call *call, const char *doing)
{
	enum rc rc = executor->submit(executor, call);

	if (rc == RC_OK)
		return GATE_QUEUED;
	gate_turn_away(call, rc, doing);
	return GATE_DONE;
}

enum status gate_check(struct call *call)
{
	struct attempt a = {.call = call};

	text_clear(&call->details);
	text_clear(&call->cause);
	call->now_us = clock_now_us();
	if (!call->began_us)
		call->began_us = clock_mono_us();
	call->http_status = 200;
	call->status = pass_steps(&a);
	if (call->status == ST_OK && has(&a, CMD_WRITE))
		call->change = change_of(call);
	return call->status;
}

void gate_forget(struct call *call)
{
	text_clear(&call->answer);
	text_clear(&call->details);
	text_clear(&call->cause);
	call->answer_kept = false;
	call->customer_id = call->etag = 0;
}

bool gate_again(struct call *call)
{
	gate_forget(call);
	call->out = arena_alloc(&call->arena, call->command->out_bytes);
	return call->out;
}

enum gate_result gate_run(struct call *call)
{
	if (call->services->pool)
		return hand_to(call->services->pool, call, "waiting for the database");
	if (gate_check(call) != ST_OK) {
		gate_finish(call, RC_OK);
		return GATE_DONE;
	}
	if (call->command->flags & CMD_WRITE)
		return hand_to(call->services->writer, call, "handing the call to the writer");
	read_now(call);
	return GATE_DONE;
}

void gate_refuse(struct call *call, int http_status, enum status status, const char *format, ...)
{
	va_list args;

	text_clear(&call->details);
	va_start(args, format);
	text_vprintf(&call->details, format, args);
	va_end(args);
	call->http_status = http_status;
	call->status = status;
	answer_write(call);
	answer_record(call);
}
