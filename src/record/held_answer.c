#include "record/held_answer.h"

#include "base/date.h"

const struct field held_answer_fields[] = {
	FIELD_INT(held_answer, key_number, 1, INT64_MAX, .help = "The access key that called."),
	FIELD_STRING(held_answer, idempotency_key, 128, .help = "Its Idempotency-Key."),
	FIELD_STRING(held_answer, expires, DATETIME_CHARS,
		     .help = "Until when it is given again, in UTC; it goes a little later."),
	FIELD_STRING(held_answer, answer, INT64_MAX, .help = "The answer, as it was given."),
	FIELD_END,
};

enum rc held_answer_tell(struct held_answer *all, size_t n, struct arena *a)
{
	char time[DATETIME_CHARS + 1];

	for (size_t i = 0; i < n; i++) {
		datetime_format(all[i].expires_us / 1000000, time);
		all[i].expires = arena_str(a, str_c(time));
		if (!all[i].expires.p)
			return RC_NOMEM;
	}
	return RC_OK;
}
