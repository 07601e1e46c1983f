/*
 * One pass over the body, by recursive descent: as deep as depth_max allows. Children are put on a
 * stack as they come, and moved to a place of their own when their bracket closes.
 */
#include "base/utf8.h"
#include "json/reader.h"

#define PENDING_FIRST 16

/* ---- faults ------------------------------------------------------------------------------ */

bool reader_fail(struct reader *r, const char *what)
{
	r->what = what;
	return false;
}

bool reader_unexpected(struct reader *r)
{
	size_t at = (size_t)(r->at - r->body.p);

	if (r->at == r->end)
		return reader_fail(r, "ends too early");
	if ((unsigned char)*r->at >= 0x80 && utf8_sequence(r->body, at) == 0)
		return reader_fail(r, "not valid UTF-8");
	return reader_fail(r, "not valid JSON");
}

static struct json_error fault_of(const struct reader *r)
{
	struct json_error e = {.line = 1, .column = 1, .what = r->what};

	for (const char *p = r->body.p; p < r->at; p++) {
		unsigned char c = (unsigned char)*p;
		if (c == '\n') {
			e.line++;
			e.column = 1;
		} else if ((c & 0xc0) != 0x80) {
			e.column++;
		}
	}
	return e;
}

/* ---- values without children --------------------------------------------------------------- */

/* What comes next that is not a blank; `at` is there. */
static int next(struct reader *r)
{
	int c = reader_peek(r);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		r->at++;
		c = reader_peek(r);
	}
	return c;
}

static bool read_word(struct reader *r, const char *word, enum json_kind kind, struct json *value)
{
	value->kind = kind;
	value->boolean = *word == 't';
	for (; *word; word++) {
		if (reader_peek(r) != *word)
			return reader_unexpected(r);
		r->at++;
	}
	return true;
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool skip_digits(struct reader *r)
{
	if (!is_digit(reader_peek(r)))
		return reader_unexpected(r);
	do
		r->at++;
	while (is_digit(reader_peek(r)));
	return true;
}

/* Digits without a zero in front; -1 stands for what is beyond int64, as the header says. */
static int64_t integer_of(const char *p, const char *end, bool negative)
{
	uint64_t sum = 0, max = (uint64_t)INT64_MAX + negative;

	if (end - p > 19) /* with that many the sum cannot pass 64 bits */
		return -1;
	for (; p < end; p++)
		sum = sum * 10 + (uint64_t)(*p - '0');
	if (sum > max)
		return -1;
	return negative && sum > 0 ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
}

static bool read_number(struct reader *r, struct json *value)
{
	bool negative = reader_peek(r) == '-';
	const char *digits = r->at += negative;

	if (reader_peek(r) == '0')
		r->at++;
	else if (!skip_digits(r))
		return false;
	value->kind = JSON_KIND_INT;
	value->integer = integer_of(digits, r->at, negative);
	if (reader_peek(r) == '.') {
		value->kind = JSON_KIND_REAL;
		r->at++;
		if (!skip_digits(r))
			return false;
	}
	if (reader_peek(r) == 'e' || reader_peek(r) == 'E') {
		value->kind = JSON_KIND_REAL;
		r->at++;
		if (reader_peek(r) == '+' || reader_peek(r) == '-')
			r->at++;
		if (!skip_digits(r))
			return false;
	}
	return true;
}

/* ---- objects and arrays -------------------------------------------------------------------- */

static bool keep(struct reader *r, const struct json *child)
{
	if (r->n_pending == r->pending_room) {
		size_t room = r->pending_room ? 2 * r->pending_room : PENDING_FIRST;
		struct json *more = arena_alloc_raw(r->arena, room * sizeof(*more));
		if (!more)
			return false;
		if (r->n_pending)
			memcpy(more, r->pending, r->n_pending * sizeof(*more));
		r->pending = more;
		r->pending_room = room;
	}
	r->pending[r->n_pending++] = *child;
	return true;
}

/* The children from `first` on become those of `value`. */
static bool settle(struct reader *r, size_t first, struct json *value)
{
	size_t n = r->n_pending - first;

	value->children.all = NULL;
	value->children.n = n;
	if (n == 0)
		return true;
	if (value->kind == JSON_KIND_OBJECT && !reader_names_differ(r, r->pending + first, n))
		return false;
	struct json *all = arena_alloc_raw(r->arena, n * sizeof(*all));
	if (!all)
		return false;
	memcpy(all, r->pending + first, n * sizeof(*all));
	value->children.all = all;
	r->n_pending = first;
	return true;
}

static bool read_name(struct reader *r, struct json *member)
{
	if (next(r) != '"')
		return reader_unexpected(r);
	const char *begin = r->at;
	if (!reader_text(r, &member->name))
		return false;
	member->name_at = (uint32_t)(begin - r->body.p);
	if (member->name.n && memchr(member->name.p, '\0', member->name.n)) {
		r->at = begin;
		return reader_unexpected(r);
	}
	if (next(r) != ':')
		return reader_unexpected(r);
	r->at++;
	return true;
}

static bool read_value(struct reader *r, struct json *value);

/* From behind the opening bracket to behind the closing one, `last`. */
static bool read_children(struct reader *r, int last)
{
	int c = next(r);

	while (c != last) {
		struct json child = {.kind = JSON_KIND_NULL};
		if (last == '}' && !read_name(r, &child))
			return false;
		if (!read_value(r, &child) || !keep(r, &child))
			return false;
		c = next(r);
		if (c == last)
			break;
		if (c != ',')
			return reader_unexpected(r);
		r->at++;
	}
	r->at++;
	return true;
}

static bool read_bracket(struct reader *r, int last, enum json_kind kind, struct json *value)
{
	size_t first = r->n_pending;

	if (r->depth == r->depth_max)
		return reader_fail(r, "nested too deeply");
	r->depth++;
	r->at++;
	if (!read_children(r, last))
		return false;
	r->depth--;
	value->kind = kind;
	return settle(r, first, value);
}

static bool read_value(struct reader *r, struct json *value)
{
	int c = next(r);

	switch (c) {
	case '"':
		value->kind = JSON_KIND_STRING;
		return reader_text(r, &value->text);
	case '{':
		return read_bracket(r, '}', JSON_KIND_OBJECT, value);
	case '[':
		return read_bracket(r, ']', JSON_KIND_ARRAY, value);
	case 't':
		return read_word(r, "true", JSON_KIND_BOOLEAN, value);
	case 'f':
		return read_word(r, "false", JSON_KIND_BOOLEAN, value);
	case 'n':
		return read_word(r, "null", JSON_KIND_NULL, value);
	default:
		return c == '-' || is_digit(c) ? read_number(r, value) : reader_unexpected(r);
	}
}

/* ---- the whole ------------------------------------------------------------------------------ */

static bool read_document(struct reader *r, struct json *root)
{
	(void)next(r); /* what it is, read_value asks; here only where */
	const char *begin = r->at;
	if (!read_value(r, root))
		return false;
	if (root->kind != JSON_KIND_OBJECT) {
		r->at = begin;
		return reader_fail(r, "not a JSON object");
	}
	if (next(r) != READER_END)
		return reader_fail(r, "more text behind the object");
	return true;
}

enum rc json_parse(struct arena *a, struct str body, int depth_max, const struct json **ret_object,
		   struct json_error *reterr)
{
	struct reader r = {.arena = a, .body = body.n ? body : STR(""), .depth_max = depth_max};
	struct json *root = arena_alloc(a, sizeof(*root));

	if (!root || body.n > UINT32_MAX) /* places in it are kept in 32 bits */
		return RC_NOMEM;
	r.at = r.body.p;
	r.end = r.body.p + body.n;
	if (read_document(&r, root)) {
		*ret_object = root;
		return RC_OK;
	}
	if (!r.what)
		return RC_NOMEM;
	*reterr = fault_of(&r);
	return RC_INVALID;
}
