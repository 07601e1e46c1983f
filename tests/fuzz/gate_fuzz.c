/*
 * Any body to any command of the public door: the answer is one JSON object with a code
 * that the command may give. The words TOKEN and KEY in the input stand for good ones, so that
 * what lies behind the credentials is reached.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "command/gate.h"
#include "support/house.h"
#include "json/json.h"

static struct house house;
static struct call call;
static struct arena arena;

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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t n_commands;
	const struct command *const *commands = registry(DOOR_PUBLIC, &n_commands);
	char token[TOKEN_CHARS_MAX + 1];
	struct text body;

	if (n == 0)
		return 0;
	house_now_us += 20 * 1000000; /* so that no rate runs out */
	house_token(&house, HOUSE_OPEN, token);
	text_init(&body, 1024 * 1024);
	put_words(&body, (struct str){(const char *)bytes + 1, n - 1}, token);

	call_reset(&call);
	call.command = commands[bytes[0] % n_commands];
	call.services = &house.services;
	call.body = text_str(&body);
	call.request_id = STR("fuzz");
	if (gate_run(&call) != GATE_DONE)
		abort();
	check_answer();
	text_fini(&body);
	return 0;
}
