#include "cli/example.h"

#include "cli/curl.h"
#include "command/command.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct json *parse(struct arena *a, const char *text)
{
	const struct json *object;
	struct json_error error;

	assert_int_equal(json_parse(a, str_c(text), 8, &object, &error), RC_OK);
	return object;
}

/* Every member that the table has for an answer, in its place. */
static void check_answer(const struct field *fields, const struct json *object)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (f->kind == FIELD_KIND_ONE_OF || f->flags & FIELD_REQUEST_ONLY)
			continue;
		const struct json *value = json_member(object, f->name);
		if (!value)
			fail_msg("the example's answer has no %s", f->name);
		if (f->kind == FIELD_KIND_OBJECT)
			check_answer(f->fields, value);
	}
}

static void check_request(const struct command *c, const struct field *fields, void *in,
			  struct arena *a, const struct json *object)
{
	struct field_context context = {.arena = a, .today = STR("2017-12-14")};
	struct faults faults = {.n = 0};

	assert_int_equal(field_decode(fields, object, &context, in, &faults), RC_OK);
	if (faults.n > 0)
		fail_msg("%s: %.*s", c->name, STR_ARGS(faults.first->path));
}

static void test_example__is_there_for_every_command_and_fits_its_fields(void **state)
{
	static char in[4096];
	size_t n;
	const struct command *const *commands = registry(DOOR_PUBLIC, &n);

	(void)state;
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		const struct example *e = example_of(commands[i]->name);
		struct arena arena;
		arena_init(&arena, 4096, 1024 * 1024);
		if (!e)
			fail_msg("no example for %s", commands[i]->name);
		/* In its place a shell puts text. */
		char request[1000];
		size_t length = strlen(e->request);
		assert_true(length < sizeof(request));
		memcpy(request, e->request, length + 1);
		for (char *p = request; *p; p++)
			*p = *p == CURL_SECRET[0] ? 'x' : *p;
		const struct json *object = parse(&arena, request);
		assert_true(commands[i]->in_bytes <= sizeof(in));
		memset(in, 0, sizeof(in));
		check_request(commands[i], command_credentials(commands[i]), in, &arena, object);
		memset(in, 0, sizeof(in));
		check_request(commands[i], commands[i]->in_fields, in, &arena, object);
		check_answer(commands[i]->out_fields, parse(&arena, e->answer));
		arena_fini(&arena);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example__is_there_for_every_command_and_fits_its_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
