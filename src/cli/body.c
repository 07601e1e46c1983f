#include "cli/body.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/near.h"
#include "base/utf8.h"

/* Our own tables are not that deep. */
#define DEPTH_MAX 8

#define ITEMS_MAX      10000
#define PATH_BYTES_MAX 4096
#define NAMES_MAX      256

struct builder {
	struct assignment *all;
	size_t n;
	struct text *t;
	struct text *reterr;
	struct text path; /* of the place that is being written */
	bool failed;      /* and reterr says why */
};

bool body_assignment(const char *arg, struct assignment *ret_assignment)
{
	const char *equals = strchr(arg, '=');

	if (!equals || equals == arg)
		return false;
	bool raw = equals[-1] == ':';
	size_t n = (size_t)(equals - arg) - raw;
	if (n == 0)
		return false;
	*ret_assignment = (struct assignment){
		.name = {arg, n}, .value = str_c(equals + 1), .raw = raw, .shown = NULL};
	return true;
}

/* ---- one value ------------------------------------------------------------------------- */

static void fault(struct builder *b, const struct assignment *a, const char *must)
{
	if (!b->failed && a->shown)
		text_printf(b->reterr, "%s %s", a->shown, must);
	else if (!b->failed)
		text_printf(b->reterr, "%.*s %s", STR_ARGS(a->name), must);
	b->failed = true;
}

static void add_int(struct builder *b, const struct assignment *a)
{
	char digits[24];
	char *end;

	if (a->value.n == 0 || a->value.n >= sizeof(digits)) {
		fault(b, a, "must be a whole number");
		return;
	}
	memcpy(digits, a->value.p, a->value.n);
	digits[a->value.n] = '\0';
	errno = 0;
	long long value = strtoll(digits, &end, 10);
	/* strtoll lets blanks and a plus sign pass. */
	bool plain = digits[0] == '-' || (digits[0] >= '0' && digits[0] <= '9');
	if (!plain || end != digits + a->value.n || errno != 0)
		fault(b, a, "must be a whole number");
	else
		text_add_int(b->t, value);
}

static void add_boolean(struct builder *b, const struct assignment *a)
{
	static const struct {
		const char *word, *json;
	} words[] = {{"yes", "true"},    {"no", "false"}, {"true", "true"},
		     {"false", "false"}, {"1", "true"},   {"0", "false"}};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_equal_c(a->value, words[i].word))
			continue;
		text_add_c(b->t, words[i].json);
		return;
	}
	fault(b, a, "must be yes or no");
}

static void add_value(struct builder *b, const struct field *f, struct assignment *a)
{
	a->used = true;
	if (a->raw) {
		text_add_str(b->t, a->value);
		return;
	}
	switch (f->kind) {
	case FIELD_KIND_INT:
		add_int(b, a);
		break;
	case FIELD_KIND_BOOLEAN:
		add_boolean(b, a);
		break;
	case FIELD_KIND_STRING:
	case FIELD_KIND_DATE:
	case FIELD_KIND_CHOICE:
	case FIELD_KIND_REF:
		if (utf8_valid(a->value))
			text_add_json(b->t, a->value);
		else
			fault(b, a, "must be UTF-8");
		break;
	case FIELD_KIND_OBJECT:
		fault(b, a, "has fields of its own: give them as NAME.FIELD=VALUE");
		break;
	case FIELD_KIND_ARRAY:
		fault(b, a, "has items: give them as NAME[0].FIELD=VALUE");
		break;
	case FIELD_KIND_END:
	case FIELD_KIND_ONE_OF:
		assert(false);
		break;
	}
}

/* ---- objects and arrays, at b->path ---------------------------------------------------- */

/* The next assignment to exactly this place that is not used yet. */
static struct assignment *next_here(struct builder *b)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->all[i].used && str_equal(b->all[i].name, text_str(&b->path)))
			return &b->all[i];
	return NULL;
}

static bool goes_on(struct str name, struct str path, char with)
{
	return name.n > path.n && name.p[path.n] == with &&
	       (path.n == 0 || memcmp(name.p, path.p, path.n) == 0);
}

/* Is there one to a place below this one? */
static bool any_below(const struct builder *b, char with)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->all[i].used && goes_on(b->all[i].name, text_str(&b->path), with))
			return true;
	return false;
}

static void add_comma(struct builder *b)
{
	char last = b->t->n > 0 ? b->t->p[b->t->n - 1] : '{';

	if (last != '{' && last != '[')
		text_add_char(b->t, ',');
}

static void add_name(struct builder *b, const char *name)
{
	add_comma(b);
	text_add_json(b->t, str_c(name));
	text_add_char(b->t, ':');
}

static void add_known(struct builder *b, const struct field *fields, int depth);
static void add_strange(struct builder *b);

static void add_fields(struct builder *b, const struct field *fields, int depth)
{
	text_add_char(b->t, '{');
	add_known(b, fields, depth + 1);
	add_strange(b);
	text_add_char(b->t, '}');
}

/* NAME=a NAME=b, of an array of plain values. */
static void add_plain_items(struct builder *b, const struct field *item)
{
	struct assignment *a;

	while ((a = next_here(b))) {
		add_comma(b);
		add_value(b, item, a);
	}
}

/* NAME[0]…, NAME[1]…, as far as they go without a gap. */
static void add_numbered_items(struct builder *b, const struct field *f, int depth)
{
	size_t base = b->path.n;

	for (int i = 0; i < ITEMS_MAX; i++) {
		text_printf(&b->path, "[%d]", i);
		struct assignment *a = next_here(b);
		bool below = !a && any_below(b, '.');
		if (a || below)
			add_comma(b);
		if (a)
			add_value(b, f->fields[0].name[0] == '\0' ? &f->fields[0] : f, a);
		else if (below)
			add_fields(b, f->fields, depth);
		b->path.n = base;
		if (!a && !below)
			return;
	}
}

static void add_field(struct builder *b, const struct field *f, int depth)
{
	bool array = f->kind == FIELD_KIND_ARRAY;
	bool plain_items = array && f->fields[0].name[0] == '\0';
	struct assignment *a = next_here(b);

	if (a && (a->raw || !plain_items)) {
		add_name(b, f->name);
		add_value(b, f, a);
	} else if (a || (array && any_below(b, '['))) {
		add_name(b, f->name);
		text_add_char(b->t, '[');
		if (plain_items)
			add_plain_items(b, &f->fields[0]);
		add_numbered_items(b, f, depth);
		text_add_char(b->t, ']');
	} else if (f->kind == FIELD_KIND_OBJECT && any_below(b, '.')) {
		add_name(b, f->name);
		add_fields(b, f->fields, depth);
	}
}

static void add_known(struct builder *b, const struct field *fields, int depth)
{
	size_t base = b->path.n;

	assert(depth <= DEPTH_MAX);
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (!field_in_request(f))
			continue;
		if (base > 0)
			text_add_char(&b->path, '.');
		text_add_c(&b->path, f->name);
		add_field(b, f, depth);
		b->path.n = base;
	}
}

/* Raw values at this place whose names no table knows: to see what a server makes of them. */
static void add_strange(struct builder *b)
{
	size_t skip = b->path.n > 0 ? b->path.n + 1 : 0;

	for (size_t i = 0; i < b->n; i++) {
		struct assignment *a = &b->all[i];
		if (a->used || !a->raw || a->name.n <= skip)
			continue;
		if (skip > 0 && !goes_on(a->name, text_str(&b->path), '.'))
			continue;
		struct str name = {a->name.p + skip, a->name.n - skip};
		if (memchr(name.p, '.', name.n) || memchr(name.p, '[', name.n))
			continue;
		add_comma(b);
		text_add_json(b->t, name);
		text_add_char(b->t, ':');
		text_add_str(b->t, a->value);
		a->used = true;
	}
}

/* ---- what fits nowhere ------------------------------------------------------------------ */

/* The paths of all members, for "did you mean". */
static void gather(const struct field *fields, struct text *path, struct arena *arena,
		   const char **names, size_t *n, int depth)
{
	size_t base = path->n;

	assert(depth <= DEPTH_MAX);
	for (const struct field *f = fields; f->kind != FIELD_KIND_END && *n < NAMES_MAX; f++) {
		if (!field_in_request(f) || f->name[0] == '\0')
			continue;
		if (base > 0)
			text_add_char(path, '.');
		text_add_c(path, f->name);
		struct str name = arena_str(arena, text_str(path));
		if (name.p)
			names[(*n)++] = name.p;
		if (f->kind == FIELD_KIND_ARRAY)
			text_add_c(path, "[0]");
		if (f->fields)
			gather(f->fields, path, arena, names, n, depth + 1);
		path->n = base;
	}
}

static void refuse_name(struct builder *b, const struct field *const *tables, size_t n_tables,
			const struct assignment *a)
{
	const char *names[NAMES_MAX];
	size_t n = 0;
	struct arena arena;

	arena_init(&arena, PATH_BYTES_MAX, NAMES_MAX * PATH_BYTES_MAX);
	for (size_t i = 0; i < n_tables; i++)
		gather(tables[i], &b->path, &arena, names, &n, 0);
	const char *near = near_word(a->name, names, n);
	bool twice = near && str_equal_c(a->name, near);
	if (twice)
		text_printf(b->reterr, "%.*s is given twice", STR_ARGS(a->name));
	else
		text_printf(b->reterr, "there is no field %.*s%s%s%s", STR_ARGS(a->name),
			    near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	b->failed = true;
	arena_fini(&arena);
}

enum rc body_object(const struct field *const *tables, size_t n_tables,
		    struct assignment *assignments, size_t n, struct text *t, struct text *reterr)
{
	struct builder b = {.all = assignments, .n = n, .t = t, .reterr = reterr};

	text_init(&b.path, PATH_BYTES_MAX);
	for (size_t i = 0; i < n; i++)
		assignments[i].used = false;
	text_add_char(t, '{');
	for (size_t i = 0; i < n_tables; i++)
		add_known(&b, tables[i], 0);
	add_strange(&b);
	text_add_char(t, '}');
	for (size_t i = 0; i < n && !b.failed; i++)
		if (!assignments[i].used)
			refuse_name(&b, tables, n_tables, &assignments[i]);
	bool no_memory = t->failed || b.path.failed;
	text_fini(&b.path);
	if (b.failed)
		return RC_INVALID;
	return no_memory ? RC_NOMEM : RC_OK;
}
