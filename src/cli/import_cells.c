/*
 * One row: from its cells to the JSON that is sent, checked here already by the tables that the
 * server will check it by, so that one bad row does not keep the others of its batch out.
 */
#include "cli/import.h"

#include <assert.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/csv_write.h"
#include "record/customer.h"
#include "json/json.h"

#define ARENA_BLOCK     (64 * 1024)
#define ARENA_BYTES_MAX (64 * 1024 * 1024)
#define JSON_DEPTH      4
#define INT_DIGITS_MAX  18 /* more may not fit */

void import_checker_init(struct import_checker *c, const struct import_plan *plan)
{
	c->plan = plan;
	arena_init(&c->arena, ARENA_BLOCK, ARENA_BYTES_MAX);
	date_format(clock_now_us() / 1000000, c->today);
}

void import_checker_fini(struct import_checker *c)
{
	arena_fini(&c->arena);
}

/* ---- what is wrong ------------------------------------------------------------------------- */

static const struct import_column *column_at(const struct import_plan *plan, struct str path)
{
	for (size_t i = 0; i < plan->n_columns; i++) {
		const struct import_column *c = &plan->columns[i];
		if (c->kind == IMPORT_COLUMN_FIELD && str_equal_c(path, plan->leaves[c->leaf].path))
			return c;
	}
	return NULL;
}

static void begin_reason(struct text *reasons)
{
	text_add_c(reasons, reasons->n ? "; " : "");
}

/* "Town (address.city): at most 50 characters". */
static void add_reason(const struct import_checker *c, struct str path, const char *rule,
		       struct text *reasons)
{
	const struct import_column *column = column_at(c->plan, path);

	begin_reason(reasons);
	if (column && !str_equal(column->name, path))
		text_printf(reasons, "%.*s (%.*s): %s", STR_ARGS(column->name), STR_ARGS(path),
			    rule);
	else
		text_printf(reasons, "%.*s: %s", STR_ARGS(path), rule);
}

/* ---- cells → JSON -------------------------------------------------------------------------- */

static bool is_word(struct str s, const char *const *words)
{
	for (; *words; words++)
		if (str_equal_nocase(s, str_c(*words)))
			return true;
	return false;
}

static void add_boolean(struct str s, struct text *t)
{
	static const char *const yes[] = {"yes", "y", "true", "1", NULL};
	static const char *const no[] = {"no", "n", "false", "0", NULL};

	if (is_word(s, yes))
		text_add_c(t, "true");
	else if (is_word(s, no))
		text_add_c(t, "false");
	else
		text_add_json(t, s); /* the table will say what it should be */
}

static void add_int(struct str s, struct text *t)
{
	bool digits = s.n > 0 && s.n <= INT_DIGITS_MAX && s.p[0] != '0';

	for (size_t i = 0; i < s.n && digits; i++)
		digits = s.p[i] >= '0' && s.p[i] <= '9';
	if (digits)
		text_add_str(t, s);
	else
		text_add_json(t, s); /* as above */
}

/* A single letter stands for the word that it begins. */
static void add_choice(struct str s, const struct field *f, struct text *t)
{
	for (size_t i = 0; f->choices[i] && s.n == 1; i++) {
		const struct str first = {f->choices[i], 1};
		if (!str_equal_nocase(s, first))
			continue;
		text_add_json(t, str_c(f->choices[i]));
		return;
	}
	text_add_json(t, s);
}

/* One that is none is said, and counts as not there. */
static void add_value(const struct import_checker *c, const struct field_leaf *leaf, struct str s,
		      struct text *t, struct text *reasons)
{
	char date[DATE_CHARS + 1];

	switch (leaf->field->kind) {
	case FIELD_KIND_DATE:
		if (date_convert(s, c->plan->dates, date)) {
			text_add_json(t, str_c(date));
			return;
		}
		text_add_c(t, "null");
		add_reason(c, str_c(leaf->path),
			   c->plan->dates == DATE_FORM_YMD   ? "date as yyyy-mm-dd"
			   : c->plan->dates == DATE_FORM_DMY ? "date as dd/mm/yyyy"
							     : "date as mm/dd/yyyy",
			   reasons);
		return;
	case FIELD_KIND_BOOLEAN:
		add_boolean(s, t);
		return;
	case FIELD_KIND_INT:
		add_int(s, t);
		return;
	case FIELD_KIND_CHOICE:
		add_choice(s, leaf->field, t);
		return;
	case FIELD_KIND_STRING:
		if (!is_shortened_number(s)) {
			text_add_json(t, s);
			return;
		}
		text_add_c(t, "null");
		add_reason(c, str_c(leaf->path),
			   "a spreadsheet has shortened the number, as to 4.4E+11; make the column "
			   "text and take the number from where it came",
			   reasons);
		return;
	case FIELD_KIND_REF:
	case FIELD_KIND_OBJECT:
	case FIELD_KIND_ARRAY:
	case FIELD_KIND_ONE_OF:
	case FIELD_KIND_END:
		break;
	}
	assert(false); /* a customer has no others */
}

/* A cell's text; *ret_good: it can be read. */
static enum rc cell_text(struct import_checker *c, struct str cell, struct str *ret_text,
			 bool *ret_good)
{
	CLEANUP(text_fini) struct text t;

	text_init(&t, 4 * CSV_ROW_BYTES_MAX);
	*ret_good = true;
	*ret_text = cell;
	if (c->plan->charset == CHARSET_UTF8) {
		*ret_good = utf8_valid(cell);
		return RC_OK;
	}
	if (utf8_valid(cell) && utf8_chars(cell) == cell.n)
		return RC_OK; /* nothing but ASCII */
	charset_add_1252(&t, cell);
	*ret_text = arena_str(&c->arena, text_str(&t));
	return t.failed || !ret_text->p ? RC_NOMEM : RC_OK;
}

/* "address": the object that a leaf is in; our customers have no deeper ones. */
static struct str outer_of(const struct field_leaf *leaf)
{
	const char *dot = strrchr(leaf->path, '.');

	return (struct str){leaf->path, dot ? (size_t)(dot - leaf->path) : 0};
}

/* Where the writing of a row stands. */
struct writing {
	struct text *json;
	struct str outer;
	bool more;
};

static void enter(struct writing *w, struct str outer)
{
	if (str_equal(w->outer, outer))
		return;
	if (w->outer.n > 0)
		text_add_char(w->json, '}');
	if (outer.n > 0) {
		text_add_c(w->json, w->more ? "," : "");
		text_add_json(w->json, outer);
		text_add_c(w->json, ":{");
		w->more = false;
	}
	w->outer = outer;
}

static enum rc add_cell(struct import_checker *c, struct writing *w, const struct field_leaf *leaf,
			struct str cell, struct text *reasons)
{
	struct str s;
	bool good;
	enum rc rc = cell_text(c, cell, &s, &good);

	if (rc != RC_OK)
		return rc;
	if (!good) {
		add_reason(c, str_c(leaf->path), "not valid UTF-8", reasons);
		return RC_OK;
	}
	enter(w, outer_of(leaf));
	text_add_c(w->json, w->more ? "," : "");
	text_add_json(w->json, str_c(leaf->field->name));
	text_add_char(w->json, ':');
	w->more = true;
	add_value(c, leaf, s, w->json, reasons);
	return RC_OK;
}

static enum rc add_cells(struct import_checker *c, const struct csv_row *row, struct text *json,
			 struct text *reasons)
{
	const struct import_plan *plan = c->plan;
	struct writing w = {.json = json};
	enum rc rc = RC_OK;

	text_add_char(json, '{');
	for (size_t leaf = 0; leaf < plan->n_leaves && rc == RC_OK; leaf++)
		for (size_t i = 0; i < row->n && i < plan->n_columns; i++) {
			const struct import_column *column = &plan->columns[i];
			bool its = column->kind == IMPORT_COLUMN_FIELD && column->leaf == leaf;
			const struct field_leaf *l = &plan->leaves[leaf];
			if (!its)
				continue;
			if (row->cells[i].n > 0)
				rc = add_cell(c, &w, l, row->cells[i], reasons);
			else if (l->field->flags & FIELD_REQUIRED)
				add_reason(c, str_c(l->path), "missing", reasons);
			break;
		}
	enter(&w, STR(""));
	text_add_char(json, '}');
	return json->failed ? RC_NOMEM : rc;
}

/* ---- the tables' own check ----------------------------------------------------------------- */

static enum rc check_json(struct import_checker *c, struct str json, struct text *reasons)
{
	const struct field_context context = {
		.arena = &c->arena, .today = str_c(c->today), .partial = true};
	struct customer customer = {0};
	struct faults faults = {0};
	const struct json *object;
	struct json_error e;

	enum rc rc = json_parse(&c->arena, json, JSON_DEPTH, &object, &e);
	if (rc == RC_INVALID) {
		begin_reason(reasons);
		text_add_c(reasons, e.what);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = field_decode(customer_known_fields, object, &context, &customer, &faults);
	for (const struct fault *f = faults.first; f && rc == RC_OK; f = f->next)
		add_reason(c, f->path, f->rule ? f->rule : "missing", reasons);
	return rc;
}

/* Cells too many may be empty: some programs end every line with a separator. */
static bool count_fits(const struct import_plan *plan, const struct csv_row *row,
		       struct text *reasons)
{
	bool fits = row->n >= plan->n_columns;

	for (size_t i = plan->n_columns; i < row->n && fits; i++)
		fits = row->cells[i].n == 0;
	if (!fits)
		text_printf(reasons, "%zu cells where the header has %zu", row->n, plan->n_columns);
	return fits;
}

enum rc import_check(struct import_checker *c, const struct csv_row *row, struct text *json,
		     struct text *reasons)
{
	size_t before = json->n, reasons_before = reasons->n;
	struct text why;
	enum rc rc = RC_OK;

	arena_reset(&c->arena);
	text_init(&why, 4 * CSV_ROW_BYTES_MAX);
	bool fits = count_fits(c->plan, row, &why);
	if (fits)
		rc = add_cells(c, row, json, &why);
	if (rc == RC_OK && fits)
		rc = check_json(c, (struct str){json->p + before, json->n - before}, &why);
	if (rc == RC_OK && why.n > 0) {
		text_cut(json, before);
		text_add_str(reasons, text_str(&why));
	}
	if (why.failed || reasons->failed)
		rc = RC_NOMEM;
	if (rc != RC_OK)
		text_cut(reasons, reasons_before);
	text_fini(&why);
	return rc;
}

enum rc import_add_cells(struct import_checker *c, const struct csv_row *row, struct text *t)
{
	const struct import_plan *plan = c->plan;

	for (size_t i = 0; i < row->n; i++) {
		struct str s;
		bool good;
		if (i < plan->n_columns && plan->columns[i].kind == IMPORT_COLUMN_MARK)
			continue;
		/* Bad bytes stay as they are: the person who mends them wants to see them. */
		enum rc rc = cell_text(c, row->cells[i], &s, &good);
		if (rc != RC_OK)
			return rc;
		text_add_char(t, plan->separator);
		csv_add_cell(t, s, plan->separator);
	}
	return t->failed ? RC_NOMEM : RC_OK;
}
