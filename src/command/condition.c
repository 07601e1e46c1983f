#include "command/condition.h"

#include "base/text.h"

#define ONCE_KEY_BYTES_MAX 128

/* An entity tag, without its quotation marks. */
struct tag {
	struct str text;
	bool weak;
};

static void skip_blanks(struct str *s)
{
	while (s->n > 0 && (s->p[0] == ' ' || s->p[0] == '\t'))
		*s = (struct str){s->p + 1, s->n - 1};
}

/* Takes a tag off the front, with a comma behind it. False: there is something else. */
static bool next_tag(struct str *s, struct tag *ret_tag)
{
	struct tag tag = {.weak = s->n > 1 && s->p[0] == 'W' && s->p[1] == '/'};

	if (tag.weak)
		*s = (struct str){s->p + 2, s->n - 2};
	if (s->n < 2 || s->p[0] != '"')
		return false;
	const char *end = memchr(s->p + 1, '"', s->n - 1);
	if (!end)
		return false;
	tag.text = (struct str){s->p + 1, (size_t)(end - s->p) - 1};
	*s = (struct str){end + 1, s->n - tag.text.n - 2};
	skip_blanks(s);
	if (s->n > 0) {
		if (s->p[0] != ',')
			return false;
		*s = (struct str){s->p + 1, s->n - 1};
		skip_blanks(s);
		if (s->n == 0)
			return false; /* nothing behind the comma */
	}
	*ret_tag = tag;
	return true;
}

static bool is_any(struct str if_match)
{
	return str_equal(if_match, STR("*"));
}

bool condition_valid(struct str if_match)
{
	struct tag tag;
	bool good = if_match.n > 0;

	if (is_any(if_match))
		return true;
	while (good && if_match.n > 0)
		good = next_tag(&if_match, &tag);
	return good;
}

bool condition_holds(struct str if_match, int64_t version)
{
	char digits[TEXT_INT_CHARS_MAX];
	const struct str wanted = {digits, (size_t)(text_put_int(digits, version) - digits)};
	struct tag tag;

	if (is_any(if_match))
		return true;
	while (if_match.n > 0 && next_tag(&if_match, &tag))
		if (!tag.weak && str_equal(tag.text, wanted))
			return true;
	return false;
}

bool once_key_valid(struct str idempotency_key)
{
	if (idempotency_key.n < 1 || idempotency_key.n > ONCE_KEY_BYTES_MAX)
		return false;
	for (size_t i = 0; i < idempotency_key.n; i++)
		if (idempotency_key.p[i] < '!' || idempotency_key.p[i] > '~')
			return false;
	return true;
}
