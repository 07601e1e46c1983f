/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "command/executor.h"
#include "command/gate.h"
#include "support/one_call.h"

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(str_c(text), &ip), RC_OK);
	return ip;
}

/* One call; the answer is good until the next. */
static const char *run(const char *name, const char *peer, const char *body, int *ret_http)
{
	begin_call(DOOR_PUBLIC, name);
	call.body = str_c(body);
	call.peer = ip(peer);
	assert_int_equal(gate_run(&call), GATE_DONE);
	*ret_http = call.http_status;
	return text_c(&call.answer);
}

/* Everything is wrong at first; each row mends one thing and meets the next check (contract
 * section 2). */
static void test_gate__checks_in_the_order_of_the_contract(void **state)
{
	char good[TOKEN_CHARS_MAX + 1], near[TOKEN_CHARS_MAX + 1], slow[TOKEN_CHARS_MAX + 1];
	int http;
	static const struct {
		const char *company, *token, *peer, *rest;
		int http, code;
	} cases[] = {
		{"9003", "bad", "198.51.100.7", ",\"customer_id\":\"x\"", 400, 303},
		{"", "bad", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 301},
		{"\"9003\"", "bad", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 303},
		{"-9003", "bad", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 302},
		{"9003", "bad", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 201},
		{"9002", "bad", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 201},
		{"9001", "bad", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 202},
		{"9001", "near", "198.51.100.7", ",\"customer_id\":\"x\"}", 200, 204},
		{"9001", "near", "192.0.1.255", ",\"customer_id\":\"x\"}", 200, 204},
		{"9001", "near", "192.0.3.0", ",\"customer_id\":\"x\"}", 200, 204},
		{"9001", "slow", "192.0.2.0", ",\"customer_id\":\"x\"}", 200, 205},
		{"9001", "near", "192.0.2.0", ",\"customer_id\":\"x\"}", 200, 303},
		{"9001", "near", "::ffff:192.0.2.255", ",\"customer_id\":-1}", 200, 302},
		{"9001", "good", "198.51.100.7", "}", 200, 301},
		{"9001", "good", "198.51.100.7", ",\"customer_id\":1409}", 200, 401},
		{"9001", "good", "198.51.100.7", ",\"customer_id\":1408}", 200, 101},
	};
	char body[512], code[32];

	(void)state;
	house_token(&house, HOUSE_OPEN, good);
	house_token(&house, HOUSE_NEAR, near);
	house_token(&house, HOUSE_SLOW, slow);
	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"key\":\"%s\"}",
		       house.keys[HOUSE_SLOW]);
	(void)run("GetSessionToken", "192.0.2.0", body, &http); /* all that its rate allows */
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *t = cases[i].token;
		t = !strcmp(t, "good") ? good : !strcmp(t, "near") ? near : t;
		t = !strcmp(t, "slow") ? slow : t;
		(void)snprintf(body, sizeof(body), "{%s%s%s\"session_token\":\"%s\"%s",
			       cases[i].company[0] ? "\"company_id\":" : "", cases[i].company,
			       cases[i].company[0] ? "," : "", t, cases[i].rest);
		const char *answer = run("GetCustomer", cases[i].peer, body, &http);
		(void)snprintf(code, sizeof(code), "{\"status\":{\"code\":%d,", cases[i].code);
		if (http != cases[i].http || strncmp(answer, code, strlen(code)) != 0)
			fail_msg("case %zu: HTTP %d %s", i, http, answer);
	}
}

static void test_gate__lists_kinds_of_faults_one_after_the_other(void **state)
{
	int http;

	(void)state;
	assert_string_equal(
		run("GetSessionToken", "192.0.2.1", "{\"company_id\":\"x\"}", &http),
		"{\"status\":{\"code\":301,\"details\":\"Required data missing: key; Incorrect data "
		"type: company_id (int)\"}}");
	assert_string_equal(run("GetSessionToken", "192.0.2.1", "", &http),
			    "{\"status\":{\"code\":301,\"details\":\"Required data missing: "
			    "body\"}}");
	assert_int_equal(http, 400);
	assert_string_equal(
		run("GetSessionToken", "192.0.2.1", "{\"company_id\":9001 \"key\"}", &http),
		"{\"status\":{\"code\":303,\"details\":\"Incorrect data type: body: not "
		"valid JSON at line 1, column 20\"}}");
	assert_int_equal(http, 400);
}

static void test_gate__blocks_an_address_that_keeps_failing_before_it_looks_at_a_key(void **state)
{
	char body[200];
	int http;

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_non_null(strstr(run("GetSessionToken", "203.0.113.9",
					   "{\"company_id\":9001,\"key\":\"wrong\"}", &http),
				       "\"code\":202"));
	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"key\":\"%s\"}",
		       house.keys[HOUSE_OPEN]);
	assert_non_null(strstr(run("GetSessionToken", "203.0.113.9", body, &http), "\"code\":205"));
	assert_non_null(strstr(run("GetSessionToken", "203.0.113.8", body, &http), "\"code\":101"));
	house_now_us += 60 * 1000000;
	assert_non_null(strstr(run("GetSessionToken", "203.0.113.9", body, &http), "\"code\":101"));
}

static void test_gate__takes_a_token_until_the_second_it_expires(void **state)
{
	char token[TOKEN_CHARS_MAX + 1], body[300];
	int http;

	(void)state;
	house_token(&house, HOUSE_OPEN, token);
	(void)snprintf(body, sizeof(body),
		       "{\"company_id\":9001,\"session_token\":\"%s\",\"customer_id\":1408}",
		       token);
	house_now_us += INT64_C(3599) * 1000000;
	assert_non_null(strstr(run("GetCustomer", "192.0.2.1", body, &http), "\"code\":101"));
	house_now_us += 1000000;
	assert_non_null(strstr(run("GetCustomer", "192.0.2.1", body, &http), "\"code\":202"));
}

static void fail_each_call(const char *command, const char *token, const char *rest)
{
	char body[300];
	int http;
	int64_t n = 0, failures = 0;
	const char *answer;

	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"session_token\":\"%s\"%s}",
		       token, rest);
	do {
		access_changed(house.services.access); /* the directory asks again */
		store_rest(house.services.reader);
		(void)store_fail_at(house.services.reader, n);
		answer = run(command, "192.0.2.1", body, &http);
		assert_int_equal(http, 200);
		if (strstr(answer, "\"code\":500")) {
			assert_string_equal(answer, "{\"status\":{\"code\":500,\"details\":"
						    "\"General service error\"}}");
			failures++;
		} else {
			assert_non_null(strstr(answer, "\"customer_id\":1408,"));
		}
	} while (store_fail_at(house.services.reader, -1) > n && ++n < 1000);
	printf("%s: %lld of %lld calls failed\n", command, (long long)failures, (long long)n);
	assert_true(failures > 5 && n < 1000);
	assert_non_null(strstr(run(command, "192.0.2.1", body, &http), "\"code\":101"));
}

static void test_gate__answers_500_or_rightly_when_any_call_of_the_store_fails(void **state)
{
	/* Every command that reads and needs a session is here: it finds customer 1408. */
	static const struct {
		const char *command, *rest;
	} cases[] = {
		{"GetCustomer", ",\"customer_id\":7,\"external_customer_ref\":\"EXTREF164736\""},
		{"ListChanges", ""},
		{"ListCustomers", ""},
		{"SearchCustomers", ",\"last_name\":\"bloggs\",\"dob\":\"1968-11-06\""},
	};
	char token[TOKEN_CHARS_MAX + 1];
	size_t n, n_reading = 0;
	const struct command *const *commands = registry(DOOR_PUBLIC, &n);

	(void)state;
	for (size_t i = 0; i < n; i++)
		n_reading += commands[i]->flags & CMD_SESSION && !(commands[i]->flags & CMD_WRITE);
	assert_int_equal(n_reading, ARRAY_LEN(cases));
	house_token(&house, HOUSE_OPEN, token);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		fail_each_call(cases[i].command, token, cases[i].rest);
}

static enum rc full(struct executor *e, struct call *c)
{
	(void)e;
	(void)c;
	return RC_BUSY;
}

static enum rc stopped(struct executor *e, struct call *c)
{
	(void)e;
	(void)c;
	return RC_IO;
}

static void test_gate__says_at_once_when_a_write_cannot_be_taken(void **state)
{
	struct executor none = {.submit = full}, *writer = house.services.writer;
	static const struct {
		enum rc (*submit)(struct executor *e, struct call *c);
		int http, retry_after_s;
	} cases[] = {{full, 503, 1}, {stopped, 200, 0}};
	char token[TOKEN_CHARS_MAX + 1], body[400];
	int http;

	(void)state;
	house.services.writer = &none;
	house_token(&house, HOUSE_OPEN, token);
	(void)snprintf(body, sizeof(body),
		       "{\"company_id\":9001,\"session_token\":\"%s\",\"customer\":{"
		       "\"first_name\":\"A\",\"last_name\":\"B\",\"address\":{\"line_1\":\"1\","
		       "\"city\":\"2\",\"postal_code\":\"3\"}}}",
		       token);
	assert_string_equal(
		run("CreateCustomer", "192.0.2.1", body, &http),
		"{\"status\":{\"code\":500,\"details\":\"General service error: too many "
		"calls are waiting; try again\"}}");
	assert_int_equal(http, 503);
	assert_int_equal(call.retry_after_s, 1);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		none.submit = cases[i].submit;
		begin_call(DOOR_ADMIN, "AddBranch");
		call.body = STR("{\"company_id\":9001,\"name\":\"x\"}");
		assert_int_equal(gate_run(&call), GATE_DONE);
		assert_int_equal(call.http_status, cases[i].http);
		assert_int_equal(call.retry_after_s, cases[i].retry_after_s);
		assert_int_equal(call.status, ST_ERROR);
	}
	/* The operator is told why; test_gate__answers_500_… has that an integrator is not. */
	assert_non_null(
		strstr(text_c(&call.answer),
		       "\"details\":\"General service error: handing the call to the writer"));
	house.services.writer = writer;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gate__checks_in_the_order_of_the_contract),
		cmocka_unit_test(test_gate__lists_kinds_of_faults_one_after_the_other),
		cmocka_unit_test(
			test_gate__blocks_an_address_that_keeps_failing_before_it_looks_at_a_key),
		cmocka_unit_test(test_gate__takes_a_token_until_the_second_it_expires),
		cmocka_unit_test(
			test_gate__answers_500_or_rightly_when_any_call_of_the_store_fails),
		cmocka_unit_test(test_gate__says_at_once_when_a_write_cannot_be_taken),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
