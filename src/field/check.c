/*
 * The rules of single fields that are more than a kind and a length: contract section 3.
 */
#include "base/date.h"
#include "field/field.h"

enum field_fault field_check_email(void *member, const struct field_context *context,
				   const char **reterr_rule)
{
	const struct str *s = member;
	size_t n_at = 0, at = 0;
	bool blank = false;

	(void)context;
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] == '@') {
			n_at++;
			at = i;
		}
		blank = blank || s->p[i] == ' ';
	}
	if (n_at == 1 && at > 0 && at + 1 < s->n && !blank)
		return FIELD_GOOD;
	*reterr_rule = "one @ with something on each side and no spaces";
	return FIELD_RANGE;
}

/* Days compare as their texts do. */
static bool day_before(struct str a, const char *b)
{
	return memcmp(a.p, b, DATE_CHARS) < 0;
}

enum field_fault field_check_dob(void *member, const struct field_context *context,
				 const char **reterr_rule)
{
	const struct str *s = member;

	if (day_before(*s, "1850-01-01")) {
		*reterr_rule = "not before 1850";
		return FIELD_RANGE;
	}
	if (context->today.n == DATE_CHARS && day_before(context->today, s->p)) {
		*reterr_rule = "not in the future";
		return FIELD_RANGE;
	}
	return FIELD_GOOD;
}
