#include "command/answer.h"

#include "base/clock.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/metrics.h"
#include "command/command.h"

static void add_details(struct text *t, const struct call *call)
{
	struct str meaning = str_c(status_row(call->status)->meaning);
	/* The operator may know why it failed; an integrator learns nothing but that it did. */
	bool tell = call->cause.n && call->command && call->command->door == DOOR_ADMIN;
	const struct text *details = tell ? &call->cause : &call->details;
	struct text whole;

	if (details->n == 0) {
		text_add_json(t, meaning);
		return;
	}
	text_init(&whole, details->bytes_max + 256);
	text_add_str(&whole, meaning);
	text_add_c(&whole, ": ");
	text_add_str(&whole, text_str(details));
	text_add_json(t, text_str(&whole));
	text_fini(&whole);
}

static void write_envelope(struct call *call)
{
	struct text *t = &call->answer;

	text_add_c(t, "{\"status\":{\"code\":");
	text_add_int(t, status_row(call->status)->code);
	text_add_c(t, ",\"details\":");
	add_details(t, call);
	text_add_char(t, '}');
	if (call->status == ST_OK && call->command)
		field_encode_members(call->command->out_fields, call->out, true, t);
	text_add_char(t, '}');
}

void answer_write(struct call *call)
{
	static const char no_room[] =
		"{\"status\":{\"code\":500,\"details\":\"General service error\"}}";

	text_clear(&call->answer);
	write_envelope(call);
	if (!call->answer.failed)
		return;
	/* Out of memory, or an answer beyond every limit. This much there was room for before. */
	call->status = ST_ERROR;
	text_clear(&call->cause);
	text_add_c(&call->cause, "writing the answer: no room");
	text_clear(&call->answer);
	text_add_c(&call->answer, no_room);
}

static enum metrics_outcome outcome(const struct call *call)
{
	if (call->status == ST_OK)
		return METRICS_GOOD;
	return call->cause.n ? METRICS_FAILED : METRICS_REFUSED;
}

void answer_record(const struct call *call)
{
	const struct command *command = call->command;
	int64_t duration_us = call->began_us ? clock_mono_us() - call->began_us : 0;
	char peer[IP_CHARS_MAX + 1];
	struct log_field fields[10];
	size_t n = 0;

	metrics_count(registry_row(command), outcome(call), duration_us);
	fields[n++] = LOG_S(LOG_REQUEST_ID, call->request_id);
	if (command) {
		fields[n++] = LOG_S(LOG_COMMAND, str_c(command->name));
		fields[n++] =
			LOG_S(LOG_DOOR, command->door == DOOR_ADMIN ? STR("admin") : STR("public"));
	}
	if (call->scope.company_id) {
		fields[n++] = LOG_I(LOG_COMPANY_ID, call->scope.company_id);
		fields[n++] = LOG_I(LOG_KEY_NUMBER, call->key_number);
	}
	if (!command || command->door == DOOR_PUBLIC) {
		ip_format(&call->peer, peer);
		fields[n++] = LOG_S(LOG_PEER, str_c(peer));
	}
	fields[n++] = LOG_I(LOG_HTTP, call->http_status);
	fields[n++] = LOG_I(LOG_CODE, status_row(call->status)->code);
	fields[n++] = LOG_I(LOG_DURATION_US, duration_us);
	log_request_line(call->now_us ? call->now_us : clock_now_us(), fields, n);
	if (call->cause.n) {
		struct log_field cause[] = {
			LOG_S(LOG_REQUEST_ID, call->request_id),
			LOG_S(LOG_CAUSE, text_str(&call->cause)),
		};
		log_line(LOG_ERROR, "call_failed", cause, ARRAY_LEN(cause));
	}
}
