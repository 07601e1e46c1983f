#include "command/credentials.h"

#include "command/command.h"

static const struct field none[] = {
	FIELD_END,
};

/* Contract section 4.1. */
static const struct field with_key[] = {
	FIELD_STRING(credentials, key, 128, .flags = FIELD_REQUIRED | FIELD_SECRET,
		     .help = "The access key that the pharmacy gave you."),
	FIELD_INT(credentials, company_id, 1, INT64_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The pharmacy company's number."),
	FIELD_END,
};

/* Contract section 4. A token has no limit of its own: a longer one is as malformed as others. */
static const struct field with_session[] = {
	FIELD_INT(credentials, company_id, 1, INT64_MAX, .flags = FIELD_REQUIRED | FIELD_ID,
		  .help = "The pharmacy company's number."),
	FIELD_STRING(credentials, session_token, INT64_MAX, .flags = FIELD_REQUIRED | FIELD_SECRET,
		     .help = "From GetSessionToken."),
	FIELD_END,
};

const struct field *command_credentials(const struct command *command)
{
	if (command->flags & CMD_KEY)
		return with_key;
	if (command->flags & CMD_SESSION)
		return with_session;
	return none;
}
