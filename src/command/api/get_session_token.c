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

/* A key's tokens that expire in the same second are one and the same, which may have been ended.
 * How many seconds earlier one may expire for that: half of the shortest session's life. */
#define EARLIER_S_MAX 30

static enum status make_live(struct call *call, char ret_token[TOKEN_CHARS_MAX + 1],
			     int64_t *ret_expires_s)
{
	const struct services *services = call->services;
	int64_t latest_s = call->now_us / 1000000 + services->session_s;
	const struct directory_company *company;
	struct token token;
	enum rc rc = directory_find(services->directory, call->scope.company_id, &company);

	for (int64_t s = latest_s; rc == RC_OK && s > latest_s - EARLIER_S_MAX; s--) {
		token_make(services->access, call->scope.company_id, call->key_number,
			   call->key_generation, (uint32_t)s, ret_token);
		rc = token_parse(str_c(ret_token), &token);
		if (rc == RC_OK && !token_ended(company, &token)) {
			*ret_expires_s = s;
			return ST_OK;
		}
	}
	if (rc != RC_OK)
		return call_fail(call, rc, "making a token");
	/* Each second brings one that was never given out. */
	call->rate_limit = 1;
	call->rate_reset_s = EARLIER_S_MAX;
	call->retry_after_s = 1;
	return call_refuse(call, ST_RATE,
			   "too many sessions were ended just now; try again in 1 s");
}

static enum status get_session_token_run(struct call *call, const void *in_, void *out_)
{
	struct get_session_token_out *out = out_;
	char local[DATETIME_CHARS + 1], utc[DATETIME_CHARS + 1], token[TOKEN_CHARS_MAX + 1];
	int64_t expires_s = 0;

	(void)in_;
	enum status status = make_live(call, token, &expires_s);
	if (status != ST_OK)
		return status;
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
		"key may be in use at the same time; EndSession ends one before its time. Too many failed attempts from one address are "
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
