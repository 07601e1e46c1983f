/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
/* clang-format on */

#include "reading.h"

static struct arena arena;
static char *wrapped;

int reading_set_up(void **state)
{
	(void)state;
	arena_init(&arena, 4096, 16 * 1024 * 1024);
	return 0;
}

int reading_tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	free(wrapped);
	return 0;
}

const struct json *parse_good(struct str body)
{
	const struct json *object = NULL;
	struct json_error e;

	arena_reset(&arena);
	if (json_parse(&arena, body, READING_DEPTH, &object, &e) != RC_OK)
		fail_msg("%.*s: %s at %d, %d", STR_ARGS(body), e.what, e.line, e.column);
	return object;
}

const struct json *parse_good_c(const char *body)
{
	return parse_good(str_c(body));
}

void parse_bad(struct str body, const char *what, int line, int column)
{
	const struct json *object = NULL;
	struct json_error e = {0};

	arena_reset(&arena);
	if (json_parse(&arena, body, READING_DEPTH, &object, &e) != RC_INVALID)
		fail_msg("%.*s: is taken", STR_ARGS(body));
	assert_null(object);
	if (strcmp(e.what, what) != 0 || e.line != line || e.column != column)
		fail_msg("%.*s: %s at %d, %d", STR_ARGS(body), e.what, e.line, e.column);
}

struct str wrap(const char *before, struct str value, const char *after)
{
	struct str b = str_c(before), a = str_c(after);
	struct str whole = {NULL, b.n + value.n + a.n};

	free(wrapped);
	wrapped = malloc(whole.n ? whole.n : 1);
	assert_non_null(wrapped);
	memcpy(wrapped, b.p, b.n);
	if (value.n)
		memcpy(wrapped + b.n, value.p, value.n);
	memcpy(wrapped + b.n + value.n, a.p, a.n);
	whole.p = wrapped;
	return whole;
}
