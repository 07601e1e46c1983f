/*
 * Any body to any command of the public door: the answer is one JSON object with a code
 * that the command may give. The input is the command's name, a newline and the body; where the
 * name is none, its first byte picks a command. The words TOKEN and KEY in it stand for good ones,
 * so that what lies behind the credentials is reached. What is written is taken back again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command/executor.h"
#include "command/gate.h"
#include "support/house.h"
#include "json/json.h"

static struct house house;
static struct call call;
static struct arena arena;

static enum rc write_and_take_back(struct executor *e, struct call *c)
{
	(void)e;
	if (store_begin(house.writer) != RC_OK || store_savepoint(house.writer) != RC_OK)
		abort();
	(void)gate_execute(c, house.writer); /* the status stays in the call */
	store_rollback(house.writer);
	gate_finish(c, RC_OK);
	return RC_OK;
}

static struct executor writer = {.submit = write_and_take_back};

static void shut(void)
{
	call_fini(&call);
	arena_fini(&arena);
	house_close(&house);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	house_open(&house, "sqlite");
	house.services.writer = &writer;
	call_init(&call);
	arena_init(&arena, 65536, 64 * 1024 * 1024);
	return atexit(shut);
}

static void put_words(struct text *t, struct str body, const char *token)
{
	const struct {
		struct str word;
		const char *value;
	} words[] = {{STR("TOKEN"), token}, {STR("KEY"), house.keys[HOUSE_OPEN]}};

	for (size_t i = 0; i < body.n;) {
		size_t w = 0;
		while (w < ARRAY_LEN(words) &&
		       (body.n - i < words[w].word.n ||
			memcmp(body.p + i, words[w].word.p, words[w].word.n) != 0))
			w++;
		if (w < ARRAY_LEN(words)) {
			text_add_c(t, words[w].value);
			i += words[w].word.n;
		} else {
			text_add_char(t, body.p[i++]);
		}
	}
}

static void check_answer(void)
{
	const struct json *answer, *status, *code;
	struct json_error e;
	bool known = false;

	arena_reset(&arena);
	if (json_parse(&arena, text_str(&call.answer), 8, &answer, &e) != RC_OK)
		abort();
	status = json_member(answer, "status");
	code = json_member(status, "code");
	assert(json_kind(json_member(status, "details")) == JSON_KIND_STRING);
	for (unsigned i = 0; i < ST_END; i++)
		if (call.command->statuses & ST_BIT(i) &&
		    status_row((enum status)i)->code == json_int(code))
			known = true;
	assert(known);
	assert(call.http_status == 200 || call.http_status == 400);
	assert((json_int(code) == 101) == (call.status == ST_OK));
}

/* Leaves the body in *input. */
static const struct command *take_command(struct str *input)
{
	size_t n, n_commands;
	const struct command *const *commands = registry(DOOR_PUBLIC, &n_commands);
	const char *end = memchr(input->p, '\n', input->n);
	const struct command *named = NULL;

	if (end)
		named = registry_find(DOOR_PUBLIC,
				      (struct str){input->p, (size_t)(end - input->p)});
	n = named ? (size_t)(end + 1 - input->p) : 1;
	const struct command *command = named ? named : commands[(uint8_t)input->p[0] % n_commands];
	*input = (struct str){input->p + n, input->n - n};
	return command;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str input = {(const char *)bytes, n};
	char token[TOKEN_CHARS_MAX + 1];
	struct text body;

	if (n == 0)
		return 0;
	house_now_us += 20 * 1000000; /* so that no rate runs out */
	house_token(&house, HOUSE_OPEN, token);
	text_init(&body, 1024 * 1024);
	call_reset(&call);
	call.command = take_command(&input);
	put_words(&body, input, token);
	call.services = &house.services;
	call.body = text_str(&body);
	call.request_id = STR("fuzz");
	(void)gate_run(&call); /* in either way it is done by now */
	check_answer();
	text_fini(&body);
	return 0;
}
