#include "server/settings.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "base/near.h"
#include "base/utf8.h"
#include "server/dir.h"
#include "server/settings_inner.h"

#define ROWS_MAX        64
#define NAME_BYTES_MAX  80
#define WHY_BYTES_MAX   4096
#define TEXTS_BLOCK     (16 * 1024)
#define TEXTS_BYTES_MAX (8 * 1024 * 1024)
#define ENV_PREFIX      "PDMD_"

/* Where a setting got its value from, last. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_FILE, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct origin {
	enum origin_kind kind;
	const char *name; /* the file's, or the flag's */
	int line;
};

struct loading {
	struct settings settings;
	struct origin origins[ROWS_MAX];
	const char *file;
	bool out_of_memory;
	struct text *reterr;
};

/* ---- names -------------------------------------------------------------------------- */

/* "server.listen" */
static void full_name(const struct setting *row, char ret_name[NAME_BYTES_MAX])
{
	(void)snprintf(ret_name, NAME_BYTES_MAX, "%s.%s", row->section, row->name);
}

/* "PDMD_SERVER_LISTEN" */
static void env_name(const struct setting *row, char ret_name[NAME_BYTES_MAX])
{
	(void)snprintf(ret_name, NAME_BYTES_MAX, ENV_PREFIX "%s_%s", row->section, row->name);
	for (char *c = ret_name; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
}

typedef void name_of_row(const struct setting *row, char ret_name[NAME_BYTES_MAX]);

static const struct setting *find(struct str name, name_of_row *name_of)
{
	char known[NAME_BYTES_MAX];

	for (const struct setting *row = settings_rows; row->section; row++) {
		name_of(row, known);
		if (str_equal_c(name, known))
			return row;
	}
	return NULL;
}

/* "…; did you mean …?" False: nothing is near. */
static bool say_nearest(struct str wrong, name_of_row *name_of, struct text *t)
{
	char known[NAME_BYTES_MAX], nearest[NAME_BYTES_MAX];
	size_t least = SIZE_MAX;

	for (const struct setting *row = settings_rows; row->section; row++) {
		name_of(row, known);
		size_t distance = near_distance(wrong, str_c(known));
		if (distance >= least || !near_enough(wrong, str_c(known)))
			continue;
		least = distance;
		memcpy(nearest, known, sizeof(nearest));
	}
	if (least == SIZE_MAX)
		return false;
	text_printf(t, "; did you mean %s?", nearest);
	return true;
}

/* ---- one setting -------------------------------------------------------------------- */

/* How a sentence about a setting begins: where, and which. */
static void say_where(const struct setting *row, const struct origin *origin, struct text *t)
{
	char name[NAME_BYTES_MAX];

	full_name(row, name);
	switch (origin->kind) {
	case ORIGIN_DEFAULT:
		text_printf(t, "default: %s", name);
		break;
	case ORIGIN_FILE:
		text_printf(t, "%s:%d: %s", origin->name, origin->line, name);
		break;
	case ORIGIN_ENVIRONMENT:
		env_name(row, name);
		text_printf(t, "environment: %s", name);
		break;
	case ORIGIN_FLAG:
		text_printf(t, "%s: %s", origin->name, name);
		break;
	}
}

static bool assign(struct loading *l, const struct setting *row, const char *value,
		   struct origin origin)
{
	CLEANUP(text_fini) struct text why;
	struct str s = str_c(value);

	text_init(&why, WHY_BYTES_MAX);
	if (!utf8_valid(s) || utf8_has_control(s, false)) {
		say_where(row, &origin, l->reterr);
		text_add_c(l->reterr, " must be text in UTF-8 without control characters");
		return false;
	}
	/* The settings keep the text, and lists cut it up. */
	char *kept = arena_alloc_raw(&l->settings.texts, s.n + 1);
	if (!kept) {
		l->out_of_memory = true;
		return false;
	}
	memcpy(kept, value, s.n + 1);
	l->origins[row - settings_rows] = origin;
	if (setting_parse(row, kept, &l->settings, &why))
		return true;
	say_where(row, &origin, l->reterr);
	text_printf(l->reterr, " %s", text_c(&why));
	return false;
}

/* ---- where they come from ----------------------------------------------------------- */

static bool take_defaults(struct loading *l)
{
	for (const struct setting *row = settings_rows; row->section; row++)
		if (!assign(l, row, row->standard, (struct origin){.kind = ORIGIN_DEFAULT}))
			return false;
	return true;
}

static bool take_section(void *loading, const char *section, int line)
{
	struct loading *l = loading;
	const char *known[ROWS_MAX];
	size_t n = 0;

	for (const struct setting *row = settings_rows; row->section; row++) {
		if (strcmp(row->section, section) == 0)
			return true;
		if (n == 0 || strcmp(known[n - 1], row->section) != 0)
			known[n++] = row->section;
	}
	text_printf(l->reterr, "%s:%d: [%s] is not a section", l->file, line, section);
	const char *nearest = near_word(str_c(section), known, n);
	if (nearest) {
		text_printf(l->reterr, "; did you mean [%s]?", nearest);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		text_printf(l->reterr, "%s [%s]", i ? "," : "; there are", known[i]);
	return false;
}

static bool refuse_pair(struct loading *l, const char *section, const char *name, int line)
{
	char wrong[NAME_BYTES_MAX];
	size_t n = 0;

	text_printf(l->reterr, "%s:%d: ", l->file, line);
	if (!*section) {
		text_printf(l->reterr, "%s stands before the first [section]", name);
		return false;
	}
	text_printf(l->reterr, "%s.%s is not a setting", section, name);
	(void)snprintf(wrong, sizeof(wrong), "%s.%s", section, name); /* cut: then not near */
	if (say_nearest(str_c(wrong), full_name, l->reterr))
		return false;
	for (const struct setting *row = settings_rows; row->section; row++)
		if (strcmp(row->section, section) == 0)
			text_printf(l->reterr, "%s %s", n++ ? "," : "; the section has", row->name);
	return false;
}

static bool take_pair(void *loading, const char *section, const char *name, const char *value,
		      int line)
{
	struct loading *l = loading;
	const struct setting *row = settings_rows;

	while (row->section && (strcmp(row->section, section) != 0 || strcmp(row->name, name) != 0))
		row++;
	if (!row->section)
		return refuse_pair(l, section, name, line);
	const struct origin *before = &l->origins[row - settings_rows];
	if (before->kind == ORIGIN_FILE) {
		text_printf(l->reterr, "%s:%d: %s.%s is set a second time; the first is in line %d",
			    l->file, line, section, name, before->line);
		return false;
	}
	return assign(l, row, value, (struct origin){ORIGIN_FILE, l->file, line});
}

static bool take_environment(struct loading *l)
{
	for (char *const *variable = environ; variable && *variable; variable++) {
		const char *equals = strchr(*variable, '=');

		if (!equals || strncmp(*variable, ENV_PREFIX, strlen(ENV_PREFIX)) != 0)
			continue;
		struct str name = {*variable, (size_t)(equals - *variable)};
		const struct setting *row = find(name, env_name);
		if (!row) {
			text_printf(l->reterr, "environment: %.*s is not a setting",
				    STR_ARGS(name));
			(void)say_nearest(name, env_name, l->reterr); /* nothing more to say */
			return false;
		}
		if (!assign(l, row, equals + 1, (struct origin){.kind = ORIGIN_ENVIRONMENT}))
			return false;
	}
	return true;
}

static bool take_flags(struct loading *l, const struct setting_flag *flags, size_t n_flags)
{
	for (size_t i = 0; i < n_flags; i++) {
		const struct setting *row = find(str_c(flags[i].setting), full_name);

		assert(row);
		if (!assign(l, row, flags[i].value, (struct origin){ORIGIN_FLAG, flags[i].flag, 0}))
			return false;
	}
	return true;
}

/* ---- what must fit together --------------------------------------------------------- */

static void say_where_is(struct loading *l, const char *name)
{
	const struct setting *row = find(str_c(name), full_name);

	assert(row);
	say_where(row, &l->origins[row - settings_rows], l->reterr);
}

static bool is_loopback(const char *listen)
{
	static const struct cidr loopback[] = {
		{.ip.bytes = {[10] = 0xff, [11] = 0xff, [12] = 127}, .bits = 104},
		{.ip.bytes = {[15] = 1}, .bits = 128},
	};
	struct ip ip;
	bool parsed = setting_parse_listen(str_c(listen), &ip);

	assert(parsed);
	return cidr_contains(&loopback[0], &ip) || cidr_contains(&loopback[1], &ip);
}

static bool check_tls(struct loading *l)
{
	const struct settings *s = &l->settings;
	bool cert = *s->tls_cert, key = *s->tls_key;

	if (cert == key)
		return true;
	say_where_is(l, cert ? "server.tls_cert" : "server.tls_key");
	text_printf(l->reterr, " is set but %s is not; TLS needs both",
		    cert ? "server.tls_key" : "server.tls_cert");
	return false;
}

static bool check_plain_http(struct loading *l)
{
	const struct settings *s = &l->settings;

	if (*s->tls_cert || s->plain_http)
		return true;
	for (size_t i = 0; i < s->n_listen; i++) {
		if (is_loopback(s->listen[i]))
			continue;
		say_where_is(l, "server.listen");
		text_printf(l->reterr,
			    " has %s, which is not loopback, and there is no TLS: "
			    "set server.tls_cert and server.tls_key, "
			    "or server.plain_http = true to allow plain HTTP there",
			    s->listen[i]);
		return false;
	}
	return true;
}

/* ---- all ---------------------------------------------------------------------------- */

static enum rc load(struct loading *l, const struct setting_flag *flags, size_t n_flags)
{
	const struct settings_sink sink = {take_section, take_pair, l};
	enum rc rc = RC_OK;

	if (!take_defaults(l))
		return RC_INVALID;
	if (l->file)
		rc = settings_file_read(l->file, &sink, l->reterr);
	if (rc != RC_OK)
		return rc;
	return take_environment(l) && take_flags(l, flags, n_flags) && check_tls(l) &&
			       check_plain_http(l)
		       ? RC_OK
		       : RC_INVALID;
}

enum rc settings_load(struct settings *ret_settings, const char *file,
		      const struct setting_flag *flags, size_t n_flags, struct text *reterr)
{
	struct loading l = {.file = file, .reterr = reterr};

	arena_init(&l.settings.texts, TEXTS_BLOCK, TEXTS_BYTES_MAX);
	enum rc rc = load(&l, flags, n_flags);
	if (l.out_of_memory) {
		text_add_c(reterr, "settings: out of memory");
		rc = RC_NOMEM;
	}
	if (rc == RC_OK)
		*ret_settings = l.settings;
	else
		settings_fini(&l.settings);
	return rc;
}

enum rc settings_load_dir(struct settings *ret_settings, const char *dir, const char *config,
			  struct text *reterr)
{
	CLEANUP(text_fini) struct text usual;

	text_init(&usual, PATH_MAX);
	if (!config && dir_config(dir, &usual))
		config = text_c(&usual);
	return settings_load(ret_settings, config, NULL, 0, reterr);
}

void settings_fini(struct settings *s)
{
	arena_fini(&s->texts);
}

void settings_compare(const struct settings *a, const struct settings *b,
		      void (*differs)(void *owner, const char *setting), void *owner)
{
	char name[NAME_BYTES_MAX];

	for (const struct setting *row = settings_rows; row->section; row++) {
		if (setting_same(row, a, b))
			continue;
		full_name(row, name);
		differs(owner, name);
	}
}

/* ---- the table itself --------------------------------------------------------------- */

/* No other row before this one has its section, but for the one just before. */
static bool section_is_whole(const struct setting *row)
{
	for (const struct setting *other = settings_rows; other < row - 1; other++)
		if (strcmp(other->section, row->section) == 0 &&
		    strcmp(row[-1].section, row->section) != 0)
			return false;
	return true;
}

static const char *row_fault(const struct setting *row)
{
	const struct setting *last = row > settings_rows ? row - 1 : NULL;
	char name[NAME_BYTES_MAX];

	if (row - settings_rows >= ROWS_MAX)
		return "there are more settings than settings.c has room for";
	if (last && strcmp(last->section, row->section) == 0 && strcmp(last->name, row->name) >= 0)
		return "the names of a section are not in the order of the alphabet";
	if (!section_is_whole(row))
		return "a section is in two pieces";
	env_name(row, name);
	if (find(str_c(name), env_name) != row)
		return "two settings have the same variable";
	if (!row->help || !row->help[0])
		return "a setting has no help";
	return NULL;
}

bool settings_sound(const char **reterr_why)
{
	struct text ignored;
	struct loading l = {.reterr = &ignored};

	for (const struct setting *row = settings_rows; row->section; row++) {
		const char *why = row_fault(row);
		if (why) {
			*reterr_why = why;
			return false;
		}
	}
	text_init(&ignored, TEXTS_BLOCK);
	arena_init(&l.settings.texts, TEXTS_BLOCK, TEXTS_BYTES_MAX);
	bool good = take_defaults(&l);
	settings_fini(&l.settings);
	text_fini(&ignored);
	if (!good)
		*reterr_why = "a default is not what its own setting takes";
	return good;
}
