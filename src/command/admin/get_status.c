/*
 * GetStatus: how the running server is.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "base/log.h"
#include "base/metrics.h"
#include "command/admin/admin.h"
#include "command/command.h"

#define NOT_READY_BYTES_MAX 256

struct server_state {
	struct str version;
	int64_t pid, uptime_s;
	int64_t companies, access_keys;
	int64_t connections;
	int8_t ready;
	struct str not_ready;
	int8_t writes_taken;
	int64_t requests, refused, failed;
	int64_t latency_p50_us, latency_p99_us;
	struct str last_error, last_error_at;
};

struct command_state {
	struct str name;
	int64_t requests, refused, failed;
};

struct get_status_out {
	struct server_state server;
	struct list commands;
};

static const struct field in_fields[] = {
	FIELD_END,
};

static const struct field server_fields[] = {
	FIELD_STRING(server_state, version, 20, .help = "Of the program."),
	FIELD_INT(server_state, pid, 0, INT64_MAX, .help = "Process id."),
	FIELD_INT(server_state, uptime_s, 0, INT64_MAX, .help = "Seconds since the start."),
	FIELD_INT(server_state, companies, 0, INT64_MAX,
		  .help = "Companies; 0 while not ready, where they cannot be counted."),
	FIELD_INT(server_state, access_keys, 0, INT64_MAX,
		  .help = "Access keys not revoked; the same."),
	FIELD_INT(server_state, connections, 0, INT64_MAX, .help = "Open connections."),
	FIELD_BOOLEAN(server_state, ready, .help = "It can take calls: what /readyz answers."),
	FIELD_STRING(server_state, not_ready, NOT_READY_BYTES_MAX,
		     .help = "Why not, where it is not."),
	FIELD_BOOLEAN(server_state, writes_taken, .help = "False after a failed disk write."),
	FIELD_INT(server_state, requests, 0, INT64_MAX, .help = "Answered since the start."),
	FIELD_INT(server_state, refused, 0, INT64_MAX, .help = "Of these: not as wished."),
	FIELD_INT(server_state, failed, 0, INT64_MAX, .help = "Of these: our own fault."),
	FIELD_INT(server_state, latency_p50_us, 0, INT64_MAX,
		  .help = "Half of the answers took at most this many microseconds."),
	FIELD_INT(server_state, latency_p99_us, 0, INT64_MAX,
		  .help = "All but one in a hundred took at most this."),
	FIELD_STRING(server_state, last_error, 500, .help = "The newest line at level error."),
	FIELD_STRING(server_state, last_error_at, DATETIME_CHARS, .help = "When, in UTC."),
	FIELD_END,
};

static const struct field command_fields[] = {
	FIELD_STRING(command_state, name, 50, .help = "Name."),
	FIELD_INT(command_state, requests, 0, INT64_MAX, .help = "Answered since the start."),
	FIELD_INT(command_state, refused, 0, INT64_MAX, .help = "Of these: not as wished."),
	FIELD_INT(command_state, failed, 0, INT64_MAX, .help = "Of these: our own fault."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(get_status_out, server, server_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The server."),
	FIELD_ARRAY(get_status_out, commands, command_state, command_fields, METRICS_ROWS,
		    .flags = FIELD_ANSWER_ONLY, .help = "Commands that were called."),
	FIELD_END,
};

static bool fill_readiness(struct call *call, struct server_state *s)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, NOT_READY_BYTES_MAX);
	s->ready = facts_ready(call->services->facts, &why);
	s->not_ready = arena_str(&call->arena, text_str(&why));
	return s->not_ready.p;
}

static bool fill_error(struct call *call, struct server_state *s)
{
	char text[500], at[DATETIME_CHARS + 1];
	int64_t at_us;

	if (!log_last_error(&at_us, text, sizeof(text)))
		return true;
	datetime_format(at_us / 1000000, at);
	s->last_error = arena_str(&call->arena, str_c(text));
	s->last_error_at = arena_str(&call->arena, str_c(at));
	return s->last_error.p && s->last_error_at.p;
}

static bool fill_counts(struct call *call, struct get_status_out *out)
{
	struct metrics_sum *sum = arena_alloc(&call->arena, sizeof(*sum));
	struct command_state *rows = arena_alloc(&call->arena, METRICS_ROWS * sizeof(*rows));
	size_t n = 0;

	if (!sum || !rows)
		return false;
	metrics_sum(sum);
	for (unsigned i = 0; i < METRICS_ROWS; i++) {
		const struct command *c = registry_by_row(i);
		out->server.requests += (int64_t)sum->requests[i];
		out->server.refused += (int64_t)sum->refused[i];
		out->server.failed += (int64_t)sum->failed[i];
		if (c && sum->requests[i])
			rows[n++] = (struct command_state){
				str_c(c->name), (int64_t)sum->requests[i], (int64_t)sum->refused[i],
				(int64_t)sum->failed[i]};
	}
	out->server.latency_p50_us = metrics_percentile_us(sum, 50);
	out->server.latency_p99_us = metrics_percentile_us(sum, 99);
	out->commands = (struct list){rows, n};
	return true;
}

static enum status get_status_run(struct call *call, const void *in_, void *out_)
{
	const struct server_facts *facts = call->services->facts;
	struct get_status_out *out = out_;
	struct server_state *s = &out->server;

	(void)in_;
	if (!facts)
		return call_refuse(call, ST_NOT_FOUND, "no server is running");
	if (!fill_readiness(call, s))
		return call_fail(call, RC_NOMEM, "telling whether it is ready");
	enum rc rc = store_company_count(call->store, &s->companies, &s->access_keys);
	/* Where the database cannot be reached that is told already, and the rest is known. */
	if (rc != RC_OK && s->ready)
		return call_fail(call, rc, "counting the companies");
	s->version = str_c(facts->version);
	s->pid = getpid();
	s->uptime_s = (call->now_us - facts->started_us) / 1000000;
	s->connections = (int64_t)facts->connections(facts->owner);
	s->writes_taken = facts->writes_taken(facts->owner);
	if (!fill_error(call, s) || !fill_counts(call, out))
		return call_fail(call, RC_NOMEM, "gathering the counters");
	return ST_OK;
}

const struct command cmd_get_status = {
	.name = "GetStatus",
	.summary = "Tell how the running server is",
	.description = "Counters since the start, latencies, and the last error.",
	.door = DOOR_ADMIN,
	.mark = 'X',
	.in_fields = in_fields,
	.out_fields = out_fields,
	.out_bytes = sizeof(struct get_status_out),
	.statuses = ST_ADMIN | ST_BIT(ST_NOT_FOUND),
	.run = get_status_run,
};
