/* Idempotency-Key and If-Match, on the way through the gate. Time stands still unless it is moved.
 */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "command/gate.h"
#include "support/one_call.h"

#define DAY_US (INT64_C(24) * 60 * 60 * 1000000)

static void prepare(const char *name, enum house_key key, const char *rest)
{
	char token[TOKEN_CHARS_MAX + 1], body[1024];

	house_token(&house, key, token);
	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"session_token\":\"%s\",%s}",
		       token, rest);
	begin_call(DOOR_PUBLIC, name);
	call.body = arena_str(&call.arena, str_c(body));
	assert_int_equal(ip_parse(STR("192.0.2.1"), &call.peer), RC_OK);
}

#define PERSON(last_name)                                                                          \
	"\"first_name\":\"Ann\",\"last_name\":\"" last_name "\",\"address\":{\"line_1\":\"1 High " \
	"Street\",\"city\":\"Leeds\",\"postal_code\":\"LS1 1AA\"}"

/* CreateCustomer under an Idempotency-Key (NULL: without); gives the customer's id, or minus the
 * code. */
static int64_t create_as(enum house_key key, const char *once, const char *customer)
{
	long long id;
	int code;

	prepare("CreateCustomer", key, customer);
	if (once)
		call.idempotency_key = str_c(once);
	(void)gate_run(&call); /* done either way: see house.c */
	if (sscanf(text_c(&call.answer), "{\"status\":{\"code\":%d", &code) != 1)
		fail_msg("%s", text_c(&call.answer));
	if (code != 101)
		return -code;
	const char *at = strstr(text_c(&call.answer), "\"customer_id\":");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"customer_id\":%lld,", &id), 1);
	return id;
}

static int64_t create(const char *once, const char *customer)
{
	return create_as(HOUSE_OPEN, once, customer);
}

static void test_once__gives_the_first_answer_again(void **state)
{
	char first[2048];

	(void)state;
	const int64_t id = create("k", "\"customer\":{" PERSON("Bloggs") "}");
	assert_true(id > 1408);
	(void)snprintf(first, sizeof(first), "%s", text_c(&call.answer));
	house_now_us += 3600 * INT64_C(1000000); /* with another token */
	assert_int_equal(create("k", "\"customer\":{" PERSON("Bloggs") "}"), id);
	assert_string_equal(text_c(&call.answer), first);
	assert_int_equal(call.etag, 1);
	/* Other blanks, another order, and what we do not know: the same is asked for. */
	assert_int_equal(
		create("k", "\"x\":1, \"customer\" : {\"title\":\"\", " PERSON("Bloggs") "}"), id);
	assert_int_equal(create("l", "\"customer\":{" PERSON("Bloggs") "}"), id + 1);
	assert_int_equal(create(NULL, "\"customer\":{" PERSON("Bloggs") "}"), id + 2);
}

static void test_once__refuses_the_key_with_other_data(void **state)
{
	(void)state;
	const int64_t id = create("k", "\"customer\":{" PERSON("Bloggs") "}");
	assert_int_equal(create("k", "\"customer\":{" PERSON("bloggs") "}"), -406);
	assert_int_equal(create("k", "\"customer\":{" PERSON("Bloggs") ",\"active\":true}"), -406);
	assert_int_equal(create("k", "\"customer\":{" PERSON("Bloggs") "}"), id);
}

static void test_once__is_of_one_access_key(void **state)
{
	(void)state;
	const int64_t id = create("k", "\"customer\":{" PERSON("Bloggs") "}");
	assert_int_equal(create_as(HOUSE_NEAR, "k", "\"customer\":{" PERSON("Smith") "}"), id + 1);
	assert_int_equal(create("k", "\"customer\":{" PERSON("Bloggs") "}"), id);
}

static void test_once__forgets_after_a_day(void **state)
{
	(void)state;
	const int64_t id = create("k", "\"customer\":{" PERSON("Bloggs") "}");
	house_now_us += DAY_US - 1;
	assert_int_equal(create("k", "\"customer\":{" PERSON("Bloggs") "}"), id);
	house_now_us += 1;
	assert_int_equal(create("k", "\"customer\":{" PERSON("Smith") "}"), id + 1);
}

static void test_once__keeps_nothing_of_what_was_refused(void **state)
{
	(void)state;
	assert_int_equal(
		create("k", "\"customer\":{\"external_customer_ref\":\"EXTREF164736\"," PERSON(
				    "Bloggs") "}"),
		-402);
	assert_int_equal(create("k", "\"customer\":{}"), -301);
	assert_true(create("k", "\"customer\":{" PERSON("Bloggs") "}") > 1408);
}

static void test_once__looks_at_the_key_first(void **state)
{
	(void)state;
	assert_int_equal(create("", "\"customer\":{" PERSON("Bloggs") "}"), -302);
	assert_string_equal(text_c(&call.answer),
			    "{\"status\":{\"code\":302,\"details\":\"Data exceeded parameters: "
			    "Idempotency-Key (1 to 128 visible ASCII characters)\"}}");
}

/* Nothing is kept of a call that failed, and the next one does it. */
static void test_once__survives_every_failure_of_the_store(void **state)
{
	int64_t n = 2, id = -500;

	(void)state;
	/* Behind the two calls of the engine that begin. */
	for (; id == -500; n++) {
		(void)store_fail_at(house.writer, n);
		id = create("k", "\"customer\":{" PERSON("Bloggs") "}");
		if (id == -500)
			assert_true(store_fail_at(house.writer, -1) > n);
	}
	(void)store_fail_at(house.writer, -1);
	assert_true(n > 40);
	assert_int_equal(id, 1409);
	assert_int_equal(create("k", "\"customer\":{" PERSON("Bloggs") "}"), id);
}

/* ModifyCustomer of customer 1408 under an If-Match; gives the code. */
static int modify(const char *if_match, const char *last_name)
{
	char rest[512];
	int code = 0;

	(void)snprintf(
		rest, sizeof(rest),
		"\"customer\":{\"customer_id\":1408,\"first_name\":\"Joe\",\"last_name\":\"%s\","
		"\"address\":{\"line_1\":\"1\",\"city\":\"2\",\"postal_code\":\"3\"}}",
		last_name);
	prepare("ModifyCustomer", HOUSE_OPEN, rest);
	if (if_match)
		call.if_match = str_c(if_match);
	(void)gate_run(&call); /* done either way: see house.c */
	assert_int_equal(sscanf(text_c(&call.answer), "{\"status\":{\"code\":%d", &code), 1);
	return code;
}

static void test_if_match__lets_only_the_version_that_was_read_be_changed(void **state)
{
	(void)state;
	assert_int_equal(modify("\"1\"", "One"), 101);
	assert_int_equal(call.etag, 2);
	assert_int_equal(modify("\"1\"", "Two"), 405);
	assert_int_equal(modify("\"1\", \"2\"", "Two"), 101);
	assert_int_equal(modify("*", "Three"), 101);
	assert_int_equal(modify(NULL, "Four"), 101);
	assert_int_equal(call.etag, 5);
	assert_int_equal(modify("5", "Five"), 302);
	/* Nothing to change, but what was read is old. */
	assert_int_equal(modify("\"4\"", "Four"), 405);
	assert_int_equal(modify("\"5\"", "Four"), 101);
	assert_int_equal(call.etag, 5);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_once__gives_the_first_answer_again),
		TEST(test_once__refuses_the_key_with_other_data),
		TEST(test_once__is_of_one_access_key),
		TEST(test_once__forgets_after_a_day),
		TEST(test_once__keeps_nothing_of_what_was_refused),
		TEST(test_once__looks_at_the_key_first),
		TEST(test_once__survives_every_failure_of_the_store),
		TEST(test_if_match__lets_only_the_version_that_was_read_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
