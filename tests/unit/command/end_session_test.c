/* EndSession, and what GetSessionToken gives where tokens were ended. Time stands still. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "base/date.h"
#include "command/gate.h"
#include "support/one_call.h"

#define OK        "{\"status\":{\"code\":101,\"details\":\"OK\"}}"
#define KEY_WRONG "{\"status\":{\"code\":202,\"details\":\"Invalid / inactive API key\"}}"

/* As many as GetSessionToken finds a way around. */
#define ENDED_MAX 30

/* One call; the answer is good until the next. */
static const char *run(const char *name, const char *credential, const char *value,
		       const char *more)
{
	char body[512];

	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"%s\":\"%s\"%s}", credential,
		       value, more);
	begin_call(DOOR_PUBLIC, name);
	call.body = arena_str(&call.arena, str_c(body));
	assert_int_equal(ip_parse(STR("192.0.2.1"), &call.peer), RC_OK);
	(void)gate_run(&call); /* done either way: see house.c */
	return text_c(&call.answer);
}

static const char *end(const char *token)
{
	return run("EndSession", "session_token", token, "");
}

static void assert_good(const char *token)
{
	const char *answer = run("GetCustomer", "session_token", token, ",\"customer_id\":1408");

	assert_non_null(strstr(answer, "\"customer_id\":1408,"));
}

static void assert_ended(const char *token)
{
	assert_string_equal(run("GetCustomer", "session_token", token, ",\"customer_id\":1408"),
			    KEY_WRONG);
}

/* What GetSessionToken gives; and it says rightly when the token expires. */
static void get_token(enum house_key key, char ret_token[TOKEN_CHARS_MAX + 1])
{
	const char *answer = run("GetSessionToken", "key", house.keys[key], "");
	const char *at = strstr(answer, "\"session_token\":\"");
	char expires[DATETIME_CHARS + 1];
	struct token token;

	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"session_token\":\"%76[^\"]", ret_token), 1);
	assert_int_equal(token_parse(str_c(ret_token), &token), RC_OK);
	datetime_format(token.expires_s, expires);
	at = strstr(answer, "\"expires_utc_datetime\":\"");
	assert_non_null(at);
	assert_memory_equal(strchr(at, ':') + 2, expires, DATETIME_CHARS);
}

static void test_end_session__ends_the_token_for_every_command(void **state)
{
	char token[TOKEN_CHARS_MAX + 1];

	(void)state;
	house_token(&house, HOUSE_OPEN, token);
	assert_good(token);
	assert_string_equal(end(token), OK);
	assert_ended(token);
	assert_string_equal(end(token), KEY_WRONG);
	assert_ended(token);
}

static void test_end_session__leaves_other_tokens_alone(void **state)
{
	char token[TOKEN_CHARS_MAX + 1], later[TOKEN_CHARS_MAX + 1], near[TOKEN_CHARS_MAX + 1];

	(void)state;
	house_token(&house, HOUSE_OPEN, token);
	house_token(&house, HOUSE_NEAR, near);
	house_now_us += 1000000;
	house_token(&house, HOUSE_OPEN, later);
	assert_string_equal(end(token), OK);
	assert_ended(token);
	assert_good(later);
	assert_good(near);
}

static void test_end_session__takes_only_a_good_token(void **state)
{
	char token[TOKEN_CHARS_MAX + 1];

	(void)state;
	house_token(&house, HOUSE_OPEN, token);
	token[10] = (char)(token[10] ^ 1); /* a hexadecimal digit stays one */
	assert_string_equal(end(token), KEY_WRONG);
	token[10] = (char)(token[10] ^ 1);
	assert_good(token);
	house_now_us += house.services.session_s * 1000000;
	assert_string_equal(end(token), KEY_WRONG);
}

static void test_end_session__that_cannot_be_kept_is_answered_500(void **state)
{
	char token[TOKEN_CHARS_MAX + 1];

	(void)state;
	house_token(&house, HOUSE_OPEN, token);
	/* Behind the two calls of the engine that begin: preparing, two values, and the step. */
	for (int64_t n = 2; n < 6; n++) {
		(void)store_fail_at(house.writer, n);
		assert_string_equal(end(token), "{\"status\":{\"code\":500,\"details\":"
						"\"General service error\"}}");
		assert_true(store_fail_at(house.writer, -1) > n);
		assert_good(token);
	}
	assert_string_equal(end(token), OK);
}

static void test_get_session_token__gives_none_that_was_ended(void **state)
{
	char first[TOKEN_CHARS_MAX + 1], token[TOKEN_CHARS_MAX + 1];

	(void)state;
	get_token(HOUSE_OPEN, first);
	get_token(HOUSE_OPEN, token);
	assert_string_equal(first, token); /* time stands still */
	assert_string_equal(end(first), OK);
	get_token(HOUSE_OPEN, token);
	assert_string_not_equal(first, token);
	assert_good(token);
	assert_ended(first);
}

static void test_get_session_token__asks_for_a_second_where_very_many_were_ended(void **state)
{
	char token[TOKEN_CHARS_MAX + 1];
	const char *answer;

	(void)state;
	for (int i = 0; i < ENDED_MAX; i++) {
		get_token(HOUSE_OPEN, token);
		assert_good(token);
		assert_string_equal(end(token), OK);
	}
	answer = run("GetSessionToken", "key", house.keys[HOUSE_OPEN], "");
	assert_non_null(strstr(answer, "\"code\":205"));
	assert_int_equal(call.retry_after_s, 1);
	assert_int_equal(call.rate_limit, 1);
	assert_int_equal(call.rate_remaining, 0);
	assert_int_equal(call.rate_reset_s, ENDED_MAX);
	get_token(HOUSE_NEAR, token); /* another key's are not touched */
	house_now_us += 1000000;
	get_token(HOUSE_OPEN, token);
	assert_good(token);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_end_session__ends_the_token_for_every_command),
		TEST(test_end_session__leaves_other_tokens_alone),
		TEST(test_end_session__takes_only_a_good_token),
		TEST(test_end_session__that_cannot_be_kept_is_answered_500),
		TEST(test_get_session_token__gives_none_that_was_ended),
		TEST(test_get_session_token__asks_for_a_second_where_very_many_were_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
