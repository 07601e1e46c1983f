/*
 * The types of settings: from text to a member of struct settings.
 */
#include <assert.h>
#include <inttypes.h>

#include "base/utf8.h"
#include "server/settings_inner.h"

#define VALUE_SHOWN_BYTES 60

_Static_assert(sizeof(enum log_level) == sizeof(unsigned), "stored as one");
_Static_assert(sizeof(enum log_format) == sizeof(unsigned), "stored as one");

static void *member(const struct setting *row, struct settings *s)
{
	return (char *)s + row->offset;
}

/* ---- what is allowed ---------------------------------------------------------------- */

static void say_words(const char *const *words, struct text *t)
{
	text_add_c(t, "one of ");
	for (size_t i = 0; words[i]; i++) {
		text_add_c(t, i ? ", " : "");
		text_add_c(t, words[i]);
	}
}

void setting_say_allowed(const struct setting *row, struct text *t)
{
	switch (row->type) {
	case SETTING_TEXT:
		text_add_c(t, row->rule);
		break;
	case SETTING_INT:
		text_printf(t, "a whole number from %" PRId64 " to %" PRId64, row->min, row->max);
		break;
	case SETTING_BOOL:
		text_add_c(t, "true or false");
		break;
	case SETTING_WORD:
		say_words(row->words, t);
		break;
	case SETTING_ADDRESSES:
		text_printf(t,
			    "%" PRId64 " to %" PRId64 " addresses with a port, separated by commas"
			    ", such as 192.0.2.1:8080 or [::1]:8080",
			    row->min, row->max);
		break;
	case SETTING_NETWORKS:
		text_printf(t,
			    "at most %" PRId64 " networks, separated by commas"
			    ", such as 192.0.2.0/24 or 2001:db8::/32",
			    row->max);
		break;
	}
}

static bool refuse(const struct setting *row, struct str value, struct text *reterr)
{
	bool cut = value.n > VALUE_SHOWN_BYTES;

	text_add_c(reterr, "must be ");
	setting_say_allowed(row, reterr);
	if (row->secret)
		return false;
	if (cut || !utf8_valid(value)) {
		text_printf(reterr, ", not what stands here in %zu bytes", value.n);
		return false;
	}
	text_add_c(reterr, ", not ");
	text_add_json(reterr, value);
	return false;
}

/* ---- single values ------------------------------------------------------------------ */

bool setting_check_base_path(const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._~/-";
	size_t n = strlen(value);

	return n == 0 || (value[0] == '/' && value[n - 1] != '/' && strspn(value, allowed) == n &&
			  !strstr(value, "//"));
}

/* What is behind the scheme is looked at by whoever opens it. */
bool setting_check_name(const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return value[strspn(value, allowed)] == '\0';
}

bool setting_check_database_url(const char *value)
{
	static const char scheme[] = "postgresql://";

	return !*value || strncmp(value, scheme, sizeof(scheme) - 1) == 0;
}

static bool parse_text(const struct setting *row, const char *value, const char **ret_text)
{
	size_t n = strlen(value);

	if ((int64_t)n < row->min || (int64_t)n > row->max || (row->check && !row->check(value)))
		return false;
	*ret_text = value;
	return true;
}

/* Digits alone, without zeros in front; up to `max`, which is far from where int64 ends. */
static bool parse_number(struct str s, int64_t max, int64_t *ret_number)
{
	int64_t number = 0;

	if (s.n == 0 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		number = number * 10 + (s.p[i] - '0');
		if (number > max)
			return false;
	}
	*ret_number = number;
	return true;
}

static bool parse_int(const struct setting *row, const char *value, int64_t *ret_int)
{
	int64_t number;

	if (!parse_number(str_c(value), row->max, &number) || number < row->min)
		return false;
	*ret_int = number;
	return true;
}

static bool parse_bool(const char *value, bool *ret_bool)
{
	bool yes = strcmp(value, "true") == 0;

	if (!yes && strcmp(value, "false") != 0)
		return false;
	*ret_bool = yes;
	return true;
}

static bool parse_word(const struct setting *row, const char *value, unsigned *ret_word)
{
	for (unsigned i = 0; row->words[i]; i++)
		if (strcmp(value, row->words[i]) == 0) {
			*ret_word = i;
			return true;
		}
	return false;
}

/* ---- lists -------------------------------------------------------------------------- */

bool setting_parse_listen(struct str s, struct ip *ret_ip)
{
	const char *colon = s.n ? memrchr(s.p, ':', s.n) : NULL;
	int64_t port;

	if (!colon)
		return false;
	struct str host = {s.p, (size_t)(colon - s.p)};
	bool bracketed = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';

	if (!parse_number((struct str){colon + 1, s.n - host.n - 1}, UINT16_MAX, &port))
		return false;
	if (bracketed)
		host = (struct str){host.p + 1, host.n - 2};
	/* An IPv6 address stands in brackets, an IPv4 one does not. */
	if (bracketed != (host.n && memchr(host.p, ':', host.n)))
		return false;
	return ip_parse(host, ret_ip) == RC_OK;
}

/* The next item without the blanks around it, with a NUL behind; NULL: there is no more. *rest is
 * NULL behind the last. */
static char *take_item(char **rest)
{
	char *item = *rest;

	if (!item)
		return NULL;
	char *comma = strchr(item, ',');
	char *end = comma ? comma : item + strlen(item);
	*rest = comma ? comma + 1 : NULL;
	while (*item == ' ')
		item++;
	while (end > item && end[-1] == ' ')
		end--;
	*end = '\0';
	return item;
}

/* On a fault *reterr_why is what more there is to say of it, if anything. */
static bool parse_item(const struct setting *row, const char *item, void *list, size_t i,
		       const char **reterr_why)
{
	struct ip ip;

	if (row->type == SETTING_NETWORKS) {
		struct cidr *networks = list;
		return cidr_parse(str_c(item), &networks[i], reterr_why) == RC_OK;
	}
	const char **addresses = list;
	addresses[i] = item;
	return setting_parse_listen(str_c(item), &ip);
}

static bool parse_list(const struct setting *row, char *value, struct settings *s,
		       struct text *reterr)
{
	size_t *n_items = (size_t *)(void *)((char *)s + row->n_offset);
	char *rest = value[0] ? value : NULL;
	const char *item, *why = NULL;
	size_t n = 0;

	assert(row->max <= SETTINGS_LIST_MAX);
	while ((item = take_item(&rest))) {
		if (n < (size_t)row->max && parse_item(row, item, member(row, s), n, &why)) {
			n++;
			continue;
		}
		(void)refuse(row, str_c(item), reterr); /* false */
		if (why)
			text_printf(reterr, ": %s", why);
		return false;
	}
	if (n < (size_t)row->min)
		return refuse(row, STR(""), reterr);
	*n_items = n;
	return true;
}

/* ---- all ---------------------------------------------------------------------------- */

bool setting_parse(const struct setting *row, char *value, struct settings *s, struct text *reterr)
{
	void *to = member(row, s);
	bool good = false;

	switch (row->type) {
	case SETTING_TEXT:
		good = parse_text(row, value, to);
		break;
	case SETTING_INT:
		good = parse_int(row, value, to);
		break;
	case SETTING_BOOL:
		good = parse_bool(value, to);
		break;
	case SETTING_WORD:
		good = parse_word(row, value, to);
		break;
	case SETTING_ADDRESSES:
	case SETTING_NETWORKS:
		return parse_list(row, value, s, reterr);
	}
	return good || refuse(row, str_c(value), reterr);
}

static bool same_list(const struct setting *row, const struct settings *a, const struct settings *b)
{
	const void *x = (const char *)a + row->offset, *y = (const char *)b + row->offset;
	size_t n_a = *(const size_t *)(const void *)((const char *)a + row->n_offset);
	size_t n_b = *(const size_t *)(const void *)((const char *)b + row->n_offset);
	bool same = n_a == n_b;

	for (size_t i = 0; same && i < n_a; i++)
		same = row->type == SETTING_NETWORKS
			       ? cidr_equal((const struct cidr *)x + i, (const struct cidr *)y + i)
			       : strcmp(((const char *const *)x)[i], ((const char *const *)y)[i]) ==
					 0;
	return same;
}

bool setting_same(const struct setting *row, const struct settings *a, const struct settings *b)
{
	const void *x = (const char *)a + row->offset, *y = (const char *)b + row->offset;

	switch (row->type) {
	case SETTING_TEXT:
		return strcmp(*(const char *const *)x, *(const char *const *)y) == 0;
	case SETTING_INT:
		return *(const int64_t *)x == *(const int64_t *)y;
	case SETTING_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case SETTING_WORD:
		return *(const unsigned *)x == *(const unsigned *)y;
	case SETTING_ADDRESSES:
	case SETTING_NETWORKS:
		return same_list(row, a, b);
	}
	return false;
}
