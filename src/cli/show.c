#include "cli/show.h"

#include <assert.h>

#include "base/utf8.h"
#include "json/json.h"

/* Members of a record, those of objects inside it counted one by one; our tables have fewer. */
#define CELLS_MAX 64

#define DEPTH_MAX      8
#define CELL_BYTES_MAX (1024 * 1024)
#define GAP            2 /* blanks between columns on a terminal */

struct cell {
	struct str name; /* "address.city" */
	struct str value;
	bool number; /* aligned to the right in a table */
	bool if_any; /* a table's last column may be left out where all of it is empty */
};

struct record {
	struct cell cells[CELLS_MAX];
	size_t n;
};

/* ---- JSON → cells ------------------------------------------------------------------------ */

void show_plain(struct str s, struct text *t)
{
	bool strange = !utf8_valid(s) || utf8_has_control(s, false);

	for (size_t i = 0; i < s.n && strange; i++) {
		unsigned char c = (unsigned char)s.p[i];
		/* U+0080 to U+009F are control characters too: C2 80 to C2 9F. */
		bool c1 = c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;
		text_add_char(t, c < 0x20 || c == 0x7f || c1 ? ' ' : (char)c);
		i += c1;
	}
	if (!strange)
		text_add_str(t, s);
}

static void add_scalar(const struct json *value, struct text *t)
{
	if (!value)
		return;
	enum json_kind kind = json_kind(value);
	if (kind == JSON_KIND_BOOLEAN)
		text_add_c(t, json_bool(value) ? "yes" : "no");
	else if (kind == JSON_KIND_INT)
		text_add_int(t, json_int(value));
	else if (kind == JSON_KIND_STRING)
		show_plain(json_str(value), t);
}

static bool is_array(const struct json *value)
{
	return value && json_kind(value) == JSON_KIND_ARRAY;
}

static bool is_object(const struct json *value)
{
	return value && json_kind(value) == JSON_KIND_OBJECT;
}

static enum rc value_of(const struct json *value, struct arena *arena, struct str *ret_value)
{
	struct text t;
	enum rc rc = RC_NOMEM;

	text_init(&t, CELL_BYTES_MAX);
	size_t n = is_array(value) ? json_count(value) : 0;
	for (size_t i = 0; i < n; i++) {
		text_add_c(&t, i > 0 ? "," : "");
		add_scalar(json_item(value, i), &t);
	}
	if (!is_array(value))
		add_scalar(value, &t);
	struct str kept = arena_str(arena, text_str(&t));
	if (!t.failed && kept.p) {
		*ret_value = kept;
		rc = RC_OK;
	}
	text_fini(&t);
	return rc;
}

static enum rc name_of(struct str prefix, const char *name, struct arena *arena,
		       struct str *ret_name)
{
	size_t n = strlen(name), dot = prefix.n > 0;
	char *p = arena_alloc(arena, prefix.n + dot + n + 1);

	if (!p)
		return RC_NOMEM;
	if (dot) {
		memcpy(p, prefix.p, prefix.n);
		p[prefix.n] = '.';
	}
	memcpy(p + prefix.n + dot, name, n);
	*ret_name = (struct str){p, prefix.n + dot + n};
	return RC_OK;
}

/* The cells of an object, or with NULL only their names. */
static enum rc cells_of(const struct field *fields, struct str prefix, const struct json *object,
			struct arena *arena, struct record *r, int depth)
{
	assert(depth <= DEPTH_MAX);
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		struct cell cell = {.number = f->kind == FIELD_KIND_INT,
				    .if_any = f->flags & FIELD_IF_ANY};
		const struct json *value = is_object(object) ? json_member(object, f->name) : NULL;
		if (f->kind == FIELD_KIND_ONE_OF || f->flags & FIELD_REQUEST_ONLY)
			continue;
		enum rc rc = name_of(prefix, f->name, arena, &cell.name);
		if (rc == RC_OK && f->kind == FIELD_KIND_OBJECT) {
			rc = cells_of(f->fields, cell.name, value, arena, r, depth + 1);
		} else if (rc == RC_OK) {
			rc = value_of(value, arena, &cell.value);
			assert(r->n < CELLS_MAX);
			r->cells[r->n++] = cell;
		}
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- cells → text ------------------------------------------------------------------------ */

static size_t width_of(struct str s)
{
	return utf8_valid(s) ? utf8_chars(s) : s.n;
}

static void add_blanks(struct text *t, size_t n)
{
	while (n-- > 0)
		text_add_char(t, ' ');
}

/* An empty cell would look like a mistake to a person. */
static struct str seen(struct str s, bool terminal)
{
	return terminal && s.n == 0 ? STR("-") : s;
}

static void show_lines(const struct record *r, bool terminal, struct text *t)
{
	size_t width = 0;

	for (size_t i = 0; i < r->n; i++)
		width = r->cells[i].name.n > width ? r->cells[i].name.n : width;
	for (size_t i = 0; i < r->n; i++) {
		const struct cell *c = &r->cells[i];
		text_add_str(t, c->name);
		if (terminal)
			add_blanks(t, width - c->name.n + GAP);
		else
			text_add_char(t, '\t');
		text_add_str(t, seen(c->value, terminal));
		text_add_char(t, '\n');
	}
}

/* The last column is not shown where it has nothing and is not worth it. */
static void leave_out_last(struct record *head, const struct str *values, size_t n_rows)
{
	size_t n = head->n, last = n - 1;
	bool any = !head->cells[last].if_any;

	for (size_t i = 0; i < n_rows && !any; i++)
		any = values[i * n + last].n > 0;
	head->n -= !any;
}

/* One line of a table; `n` cells, shown with the widths of their columns. */
static void show_row(const struct str *row, const struct record *head, const size_t *widths,
		     bool terminal, struct text *t)
{
	for (size_t i = 0; i < head->n; i++) {
		struct str s = seen(row[i], terminal);
		size_t blanks = widths[i] - width_of(s);
		bool right = head->cells[i].number, last = i + 1 == head->n;
		if (terminal && right)
			add_blanks(t, blanks);
		text_add_str(t, s);
		if (terminal && !right && !last)
			add_blanks(t, blanks);
		if (terminal && !last)
			add_blanks(t, GAP);
		if (!terminal && !last)
			text_add_char(t, '\t');
	}
	text_add_char(t, '\n');
}

static enum rc show_table(const struct field *fields, const struct json *array, bool terminal,
			  struct arena *arena, struct text *t)
{
	struct record head = {.n = 0};
	size_t widths[CELLS_MAX] = {0}, n_rows = is_array(array) ? json_count(array) : 0;
	struct str names[CELLS_MAX];

	enum rc rc = cells_of(fields, STR(""), NULL, arena, &head, 0);
	if (rc != RC_OK)
		return rc;
	struct str *values = arena_alloc(arena, (n_rows + 1) * head.n * sizeof(*values));
	if (!values)
		return RC_NOMEM;
	for (size_t c = 0; c < head.n; c++) {
		names[c] = head.cells[c].name;
		widths[c] = width_of(names[c]);
	}
	for (size_t i = 0; i < n_rows; i++) {
		struct record r = {.n = 0};
		rc = cells_of(fields, STR(""), json_item(array, i), arena, &r, 0);
		if (rc != RC_OK)
			return rc;
		for (size_t c = 0; c < head.n; c++) {
			values[i * head.n + c] = r.cells[c].value;
			size_t width = width_of(seen(r.cells[c].value, terminal));
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	size_t n_cells = head.n;
	leave_out_last(&head, values, n_rows);
	if (terminal && n_rows == 0)
		text_add_c(t, "(none)\n");
	else if (terminal)
		show_row(names, &head, widths, terminal, t);
	for (size_t i = 0; i < n_rows; i++)
		show_row(values + i * n_cells, &head, widths, terminal, t);
	return RC_OK;
}

enum rc show_answer(const struct field *fields, const struct json *answer, bool terminal,
		    struct arena *arena, struct text *out, struct text *beside)
{
	struct text *rest = out;

	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (!(f->flags & FIELD_SECRET))
			continue;
		add_scalar(json_member(answer, f->name), out);
		text_add_char(out, '\n');
		/* Only people read what is beside it. */
		rest = beside;
		terminal = true;
	}
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		const struct json *value = json_member(answer, f->name);
		struct record r = {.n = 0};
		enum rc rc = RC_OK;
		if (f->flags & FIELD_SECRET)
			continue;
		if (terminal && rest->n > 0)
			text_add_char(rest, '\n');
		if (f->kind == FIELD_KIND_ARRAY) {
			rc = show_table(f->fields, value, terminal, arena, rest);
		} else if (f->kind == FIELD_KIND_OBJECT) {
			rc = cells_of(f->fields, STR(""), value, arena, &r, 0);
			show_lines(&r, terminal, rest);
		}
		if (rc != RC_OK)
			return rc;
	}
	return out->failed || beside->failed ? RC_NOMEM : RC_OK;
}

/* ---- JSON as JSON ------------------------------------------------------------------------ */

static void new_line(struct text *t, size_t depth)
{
	text_add_char(t, '\n');
	add_blanks(t, 2 * (depth < CELLS_MAX ? depth : CELLS_MAX));
}

/* One character of JSON outside of a string; `last` is the one before it. */
static void show_character(char c, char last, size_t *depth, struct text *t)
{
	bool closes = c == '}' || c == ']', opened = last == '{' || last == '[';

	if (closes)
		*depth -= *depth > 0;
	if (closes ? !opened : opened || last == ',')
		new_line(t, *depth);
	text_add_char(t, c);
	if (c == ':')
		text_add_char(t, ' ');
	*depth += c == '{' || c == '[';
}

/* Works on the characters, so that names keep their order and numbers their form. */
static void show_indented(struct str s, struct text *t)
{
	size_t depth = 0;
	bool in_string = false;
	char last = ':';

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (in_string) {
			text_add_char(t, c);
			if (c == '\\' && i + 1 < s.n)
				text_add_char(t, s.p[++i]);
			in_string = c != '"';
		} else if (!memchr(" \t\r\n", c, 4)) {
			show_character(c, last, &depth, t);
			in_string = c == '"';
			last = c;
		}
	}
}

void show_json(struct str json, bool terminal, struct text *t)
{
	if (terminal)
		show_indented(json, t);
	else
		text_add_str(t, json);
	if (json.n == 0 || json.p[json.n - 1] != '\n')
		text_add_char(t, '\n');
}

void show_shell_word(struct str s, struct text *t)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_-./:=@%+,";
	bool quoted = s.n == 0;

	for (size_t i = 0; i < s.n && !quoted; i++)
		quoted = !memchr(plain, s.p[i], sizeof(plain) - 1);
	if (!quoted) {
		text_add_str(t, s);
		return;
	}
	text_add_char(t, '\'');
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\'')
			text_add_c(t, "'\\''");
		else
			text_add_char(t, s.p[i]);
	}
	text_add_char(t, '\'');
}
