/*
 * EndSession: the token stops working before its time. It is put on the company's list of ended
 * ones, which every directory of companies holds.
 */
#include "command/api/api.h"
#include "command/command.h"

static const struct field none[] = {
	FIELD_END,
};

static enum status end_session_run(struct call *call, const void *in, void *out)
{
	(void)in;
	(void)out;
	enum rc rc = store_kill_add(call->store, call->scope.company_id, call->token_mac,
				    call->token_expires_us, &call->change);
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "ending a session");
}

const struct command cmd_end_session = {
	.name = "EndSession",
	.summary = "End a session before its time",
	.description =
		"The token with which it is called stops working: at once on the server that "
		"answers, within 2 seconds on others that share its data. Other tokens of the same "
		"key go on; but two that were fetched within the same second are one and the same, "
		"and end together. Where several programs share a key, let each be ready to get a "
		"new token when a command answers 202, or give each a key of its own. A token that "
		"is never ended expires by itself.",
	.door = DOOR_PUBLIC,
	.flags = CMD_SESSION | CMD_WRITE | CMD_ACCESS,
	.mark = 'X',
	.in_fields = none,
	.out_fields = none,
	.statuses = ST_GATE,
	.run = end_session_run,
};
