#include "record/audit.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/date.h"

#define WHO_CHARS_MAX 31 /* "operator " and any number */

/* enum audit_record of store.h, in its order. */
static const char *const records[] = {"company", "branch", "access_key", "customer", NULL};

const struct field audit_fields[] = {
	FIELD_STRING(audit, time, DATETIME_CHARS, .help = "When, in UTC."),
	FIELD_STRING(audit, who, WHO_CHARS_MAX,
		     .help = "`key` and its number, or `operator` and his user id."),
	FIELD_STRING(audit, command, 64, .help = "The command; `demo` for made-up data."),
	FIELD_STRING(audit, request_id, 64, .help = "The call's X-Request-Id; empty without one."),
	FIELD_CHOICE(audit, record, records, .help = "What was changed."),
	FIELD_INT(audit, record_id, 1, INT64_MAX, .help = "Its number."),
	FIELD_STRING(audit, fields, 1024,
		     .help = "The fields that were changed; empty: it was added, or erased."),
	FIELD_INT(audit, old_version, 0, INT64_MAX,
		  .help = "Its version before; 0: it was not there, or has none."),
	FIELD_INT(audit, new_version, 0, INT64_MAX,
		  .help = "Its version since; 0: it is gone, or has none."),
	FIELD_STRING(audit, server, 64, .flags = FIELD_IF_ANY,
		     .help = "Where several servers share the database: the name of the one."),
	FIELD_END,
};

static void format_who(const struct audit *row, char ret_who[WHO_CHARS_MAX + 1])
{
	bool key = row->key_number > 0;
	int64_t number = key ? row->key_number : row->operator_uid;
	const char *what = key ? "key" : "operator";

	if (number < 0)
		(void)snprintf(ret_who, WHO_CHARS_MAX + 1, "nobody"); /* fits */
	else
		(void)snprintf(ret_who, WHO_CHARS_MAX + 1, "%s %" PRId64, what, number); /* fits */
}

enum rc audit_tell(struct audit *rows, size_t n, struct arena *a)
{
	char time[DATETIME_CHARS + 1], who[WHO_CHARS_MAX + 1];

	for (size_t i = 0; i < n; i++) {
		datetime_format(rows[i].at_us / 1000000, time);
		format_who(&rows[i], who);
		rows[i].time = arena_str(a, str_c(time));
		rows[i].who = arena_str(a, str_c(who));
		if (!rows[i].time.p || !rows[i].who.p)
			return RC_NOMEM;
	}
	return RC_OK;
}
