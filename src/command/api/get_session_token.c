/*
 * GetSessionToken: an access key for a session token. Nothing is written: the token
 * carries its own proof.
 *
 * By now the gate has checked the company, the key, the address and the rate.
 */
#include "access/access.h"
#include "base/date.h"
#include "base/zone.h"
#include "command/api/api.h"
#include "command/command.h"

struct session {
	struct str session_token, expires_local_datetime, expires_utc_datetime;
};

struct get_session_token_out {
	struct session session;
};

static const struct field in_fields[] = {
	FIELD_END,
};

static const struct field session_fields[] = {
	FIELD_STRING(session, session_token, TOKEN_CHARS_MAX, .flags = FIELD_SECRET,
		     .help = "Send it with every other command. Opaque: do not take it apart."),
	FIELD_STRING(session, expires_local_datetime, DATETIME_CHARS,
		     .help = "`YYYY-MM-DD HH:MM:SS` in the company's time zone."),
	FIELD_STRING(session, expires_utc_datetime, DATETIME_CHARS,
		     .help = "The same moment in UTC."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_OBJECT(get_session_token_out, session, session_fields, .flags = FIELD_ANSWER_ONLY,
		     .help = "The session."),
	FIELD_END,
};

static enum status get_session_token_run(struct call *call, const void *in_, void *out_)
{
	struct get_session_token_out *out = out_;
	int64_t expires_s = call->now_us / 1000000 + call->services->session_s;
	char local[DATETIME_CHARS + 1], utc[DATETIME_CHARS + 1], token[TOKEN_CHARS_MAX + 1];

	(void)in_;
	token_make(call->services->access, call->scope.company_id, call->key_number,
		   call->key_generation, (uint32_t)expires_s, token);
	datetime_format(expires_s, utc);
	datetime_format(expires_s + zone_offset_s(call->zone, expires_s), local);
	out->session = (struct session){
		.session_token = arena_str(&call->arena, str_c(token)),
		.expires_local_datetime = arena_str(&call->arena, str_c(local)),
		.expires_utc_datetime = arena_str(&call->arena, str_c(utc)),
	};
	if (!out->session.session_token.p || !out->session.expires_local_datetime.p ||
	    !out->session.expires_utc_datetime.p)
		return call_fail(call, RC_NOMEM, "making the session");
	return ST_OK;
}

const struct command cmd_get_session_token = {
	.name = "GetSessionToken",
	.other_name = "GetSession",
	.summary = "Exchange an access key for a session token",
	.description =
		"Every other command needs the token. It lives for an hour unless the operator has "
		"chosen otherwise; get a new one when a command answers 202. Several tokens of one "
		"key may be in use at the same time. Too many failed attempts from one address are "
		"answered 205 until some time has passed.",
	.door = DOOR_PUBLIC,
	.flags = CMD_KEY,
	.mark = 'P',
	.in_fields = in_fields,
	.out_fields = out_fields,
	.out_bytes = sizeof(struct get_session_token_out),
	.statuses = ST_GATE,
	.run = get_session_token_run,
};
