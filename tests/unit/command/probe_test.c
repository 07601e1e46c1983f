/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <string.h>

#include "base/metrics.h"
#include "command/gate.h"
#include "command/probe.h"
#include "support/one_call.h"

/* The running server, as the test wants it. */
static struct {
	bool writes_taken, stopping, database;
} is;

static size_t connections(void *owner)
{
	(void)owner;
	return 0;
}

static bool writes_taken(void *owner)
{
	(void)owner;
	return is.writes_taken;
}

static bool stopping(void *owner)
{
	(void)owner;
	return is.stopping;
}

static bool database_ready(void *owner, struct text *ret_why)
{
	(void)owner;
	if (!is.database)
		text_add_c(ret_why, "the database cannot be reached");
	return is.database;
}

static struct server_facts facts = {
	.version = "0",
	.connections = connections,
	.writes_taken = writes_taken,
	.stopping = stopping,
	.database_ready = database_ready,
};

static void run_probe(const char *path)
{
	const struct probe *probe = probe_find(str_c(path));

	assert_non_null(probe);
	call_reset(&call);
	call.services = &house.services;
	probe_run(probe, &call);
}

static const struct {
	bool writes_taken, stopping, database;
	const char *why;
} states[] = {
	{true, false, true, NULL},
	{true, true, true, "the server is stopping"},
	{false, false, true, "writes are not taken after a failed commit"},
	{false, true, false, "writes are not taken after a failed commit"},
	{true, false, false, "the database cannot be reached"},
};

static void be(size_t state)
{
	is.writes_taken = states[state].writes_taken;
	is.stopping = states[state].stopping;
	is.database = states[state].database;
	house.services.facts = &facts;
}

static void test_probe__says_whether_calls_are_taken_and_why_not(void **state)
{
	char body[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		const char *why = states[i].why;
		be(i);
		(void)snprintf(body, sizeof(body), "{\"ready\":false,\"why\":\"%s\"}",
			       why ? why : "");
		run_probe("/readyz");
		assert_string_equal(text_c(&call.answer), why ? body : "{\"ready\":true}");
		assert_int_equal(call.http_status, why ? 503 : 200);
		assert_int_equal(call.retry_after_s, why ? 1 : 0);
		run_probe("/healthz");
		assert_string_equal(text_c(&call.answer), "{\"healthy\":true}");
		assert_int_equal(call.http_status, 200);
	}
}

static void test_probe__is_good_where_nothing_is_known_of_the_server(void **state)
{
	(void)state;
	run_probe("/readyz");
	assert_int_equal(call.http_status, 200);
	be(0);
	facts.database_ready = NULL;
	run_probe("/readyz");
	facts.database_ready = database_ready;
	assert_int_equal(call.http_status, 200);
}

static void test_probe__is_counted_but_not_timed(void **state)
{
	struct metrics_sum before, after;

	(void)state;
	metrics_sum(&before);
	for (size_t i = 0; i < 2; i++) {
		be(i);
		run_probe("/readyz");
	}
	metrics_sum(&after);
	const unsigned row = REGISTRY_ROW_NONE;
	assert_int_equal(after.requests[row] - before.requests[row], 2);
	assert_int_equal(after.refused[row] - before.refused[row], 1);
	assert_int_equal(after.failed[row] - before.failed[row], 0);
	assert_int_equal(after.total - before.total, 0);
}

static void test_probe__is_found_by_its_exact_path(void **state)
{
	static const char *const others[] = {"",         "/",        "/ready",   "/readyz/",
					     "/readyz?", "/Readyz",  "/healthy", "readyz",
					     "//readyz", "/readyzz", "/livez"};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_null(probe_find(str_c(others[i])));
}

static void ask_status(void)
{
	begin_call(DOOR_ADMIN, "GetStatus");
	call.body = STR("{}");
	assert_int_equal(gate_run(&call), GATE_DONE);
}

static void test_get_status__tells_the_same(void **state)
{
	char members[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		const char *why = states[i].why;
		be(i);
		ask_status();
		assert_int_equal(call.status, ST_OK);
		(void)snprintf(members, sizeof(members), "\"ready\":%s,\"not_ready\":\"%s\",",
			       why ? "false" : "true", why ? why : "");
		assert_non_null(strstr(text_c(&call.answer), members));
	}
}

/* The first call of the store begins to read, the second one counts the companies. */
static void test_get_status__needs_no_database_to_say_that_it_is_gone(void **state)
{
	(void)state;
	be(4);
	(void)store_fail_at(house.services.reader, 1);
	ask_status();
	assert_int_equal(store_fail_at(house.services.reader, -1), 2);
	assert_int_equal(call.status, ST_OK);
	assert_non_null(strstr(text_c(&call.answer), "\"not_ready\":\"the database cannot be"));
	be(0);
	(void)store_fail_at(house.services.reader, 1);
	ask_status();
	(void)store_fail_at(house.services.reader, -1);
	assert_int_equal(call.status, ST_ERROR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_probe__says_whether_calls_are_taken_and_why_not),
		TEST(test_probe__is_good_where_nothing_is_known_of_the_server),
		TEST(test_probe__is_counted_but_not_timed),
		TEST(test_probe__is_found_by_its_exact_path),
		TEST(test_get_status__tells_the_same),
		TEST(test_get_status__needs_no_database_to_say_that_it_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
