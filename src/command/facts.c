#include "command/command.h"

bool facts_ready(const struct server_facts *facts, struct text *ret_why)
{
	if (!facts)
		return true;
	/* First what has caused the others: after a failed commit the server stops, too. */
	if (!facts->writes_taken(facts->owner)) {
		text_add_c(ret_why, "writes are not taken after a failed commit");
		return false;
	}
	if (facts->stopping(facts->owner)) {
		text_add_c(ret_why, "the server is stopping");
		return false;
	}
	return !facts->database_ready || facts->database_ready(facts->owner, ret_why);
}
