/*
 * A call's life outside the gate: its memory, and how handlers end it.
 */
#include <assert.h>

#include "base/date.h"
#include "base/zone.h"
#include "command/command.h"
#include "command/condition.h"

#define DETAILS_BYTES_MAX (16 * 1024)

/* An answer that grew beyond this gives its memory back, so that one big list does not stay. */
#define ANSWER_KEPT_BYTES (64 * 1024)

void call_init(struct call *call)
{
	*call = (struct call){.operator_uid = -1};
	arena_init(&call->arena, CALL_ARENA_BLOCK, CALL_ARENA_BYTES_MAX);
	text_init(&call->answer, CALL_ANSWER_BYTES_MAX);
	text_init(&call->details, DETAILS_BYTES_MAX);
	text_init(&call->cause, DETAILS_BYTES_MAX);
}

void call_fini(struct call *call)
{
	arena_fini(&call->arena);
	text_fini(&call->answer);
	text_fini(&call->details);
	text_fini(&call->cause);
}

void call_reset(struct call *call)
{
	struct call fresh = {
		.operator_uid = -1,
		.arena = call->arena,
		.answer = call->answer,
		.details = call->details,
		.cause = call->cause,
	};

	if (fresh.answer.room > ANSWER_KEPT_BYTES)
		text_fini(&fresh.answer);
	arena_reset(&fresh.arena);
	text_clear(&fresh.answer);
	text_clear(&fresh.details);
	text_clear(&fresh.cause);
	*call = fresh;
}

enum status call_refuse(struct call *call, enum status status, const char *format, ...)
{
	va_list args;

	assert(status != ST_OK && status != ST_ERROR);
	text_clear(&call->details);
	va_start(args, format);
	text_vprintf(&call->details, format, args);
	va_end(args);
	return status;
}

enum status call_fail(struct call *call, enum rc rc, const char *doing, ...)
{
	va_list args;

	assert(rc != RC_OK);
	text_clear(&call->details);
	text_clear(&call->cause);
	va_start(args, doing);
	text_vprintf(&call->cause, doing, args);
	va_end(args);
	text_printf(&call->cause, ": %s", rc_name(rc));
	if (call->store && store_error(call->store)[0])
		text_printf(&call->cause, ": %s", store_error(call->store));
	return ST_ERROR;
}

struct str call_day(struct call *call, const struct zone *zone)
{
	char day[DATE_CHARS + 1];
	int64_t utc_s = call->now_us / 1000000;

	date_format(utc_s + (zone ? zone_offset_s(zone, utc_s) : 0), day);
	return arena_str(&call->arena, str_c(day));
}

bool call_matches(const struct call *call, int64_t version)
{
	return !call->if_match.p || condition_holds(call->if_match, version);
}
