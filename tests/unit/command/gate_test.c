/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/executor.h"
#include "command/gate.h"
#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"

/*
 * The gate over a real store: company 9001 (active) and 9002 (inactive), key 1 of 9001 from
 * anywhere, key 2 only from 192.0.2.0/24, key 3 with a rate of one.
 */
static char dir[] = "/tmp/pdmd-gate-XXXXXX";
static char url[64];
static struct database *db;
static struct store *writer;
static struct services services;
static struct call call; /* the newest */
static char keys[4][ACCESS_KEY_CHARS + 1];
static int64_t now_us = INT64_C(1767225600) * 1000000; /* 2026-01-01 */

static int64_t test_now_us(void)
{
	return now_us;
}

static int64_t test_mono_us(void)
{
	return now_us;
}

static void add_key(int n, struct access_key key)
{
	int64_t number;

	access_key_make(keys[n]);
	access_key_hash(services.access, str_c(keys[n]), key.key_hash);
	key.company_id = key.company_id ? key.company_id : 9001;
	key.branch_id = 1;
	key.label = STR("test");
	key.active = 1;
	key.created = STR("2026-01-01");
	assert_int_equal(store_access_key_add(writer, &key, &number), RC_OK);
}

static void fill(void)
{
	const uint8_t op[16] = {0};
	struct company company = {.timezone = STR("Europe/London"), .created = STR("2026-01-01")};
	struct network net = {STR("192.0.2.0/24")};
	int64_t id;

	assert_int_equal(store_begin(writer), RC_OK);
	for (int64_t i = 9001; i <= 9002; i++) {
		company.company_id = i;
		company.name = STR("Company");
		company.active = i == 9001;
		assert_int_equal(store_company_add(writer, &company), RC_OK);
		struct branch branch = {.company_id = i, .name = STR("Branch"), .active = 1};
		assert_int_equal(store_branch_add(writer, &branch, &id), RC_OK);
	}
	add_key(0, (struct access_key){.rate = 1000, .burst = 1000});
	add_key(1, (struct access_key){.rate = 1000, .burst = 1000, .allow = {&net, 1}});
	add_key(2, (struct access_key){.rate = 1, .burst = 1});
	add_key(3, (struct access_key){.company_id = 9002, .rate = 1000, .burst = 1000});
	struct customer customer = {.customer_id = 1408,
				    .external_customer_ref = STR("EXTREF164736"),
				    .created = STR("2026-01-01"),
				    .last_modified = STR("2026-01-01"),
				    .first_name = STR("Joe"),
				    .last_name = STR("Bloggs"),
				    .active = 1,
				    .branch_id = 1};
	assert_int_equal(store_customer_add(writer, &customer, 9001, op, &id), RC_OK);
	assert_int_equal(store_commit(writer), RC_OK);
}

static int set_up(void **state)
{
	struct access_options options = {.failures_per_minute = 5, .directory_us = 1000000};
	struct text why;

	(void)state;
	text_init(&why, 4096);
	call_init(&call);
	assert_non_null(mkdtemp(dir));
	(void)snprintf(url, sizeof(url), "faulty:sqlite:%s/pdmd.db", dir);
	clock_replace(test_now_us, test_mono_us);
	log_setup(LOG_TEXT, LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
	if (database_create(url, &why) != RC_OK || database_open(url, &db, &why) != RC_OK ||
	    access_create_secret(dir, &why) != RC_OK ||
	    access_open(dir, &options, &services.access, &why) != RC_OK)
		fail_msg("%s", text_c(&why));
	text_fini(&why);
	assert_int_equal(store_open(db, STORE_WRITER, &writer), RC_OK);
	fill();
	assert_int_equal(store_open(db, STORE_READER, &services.reader), RC_OK);
	services.directory = directory_create(services.access, services.reader);
	assert_non_null(services.directory);
	services.session_s = 3600;
	return 0;
}

static int tear_down(void **state)
{
	char path[128];

	(void)state;
	call_fini(&call);
	services.directory = directory_destroy(services.directory);
	services.reader = store_close(services.reader);
	writer = store_close(writer);
	db = database_close(db);
	services.access = access_close(services.access);
	static const char *const files[] = {"pdmd.db", "pdmd.db-wal", "pdmd.db-shm", "secret.key"};
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		(void)unlink(path); /* some may not be there */
	}
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

static struct ip ip(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(str_c(text), &ip), RC_OK);
	return ip;
}

/* One call; the answer is good until the next. */
static const char *run(const char *name, const char *peer, const char *body, int *ret_http)
{
	call_reset(&call);
	call.command = registry_find(DOOR_PUBLIC, str_c(name));
	assert_non_null(call.command);
	call.services = &services;
	call.body = str_c(body);
	call.request_id = STR("test");
	call.peer = ip(peer);
	assert_int_equal(gate_run(&call), GATE_DONE);
	*ret_http = call.http_status;
	return text_c(&call.answer);
}

static void get_token(int key, char *ret_token, size_t bytes)
{
	char body[200];
	int http;

	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"key\":\"%s\"}", keys[key]);
	const char *answer = run("GetSessionToken", "192.0.2.1", body, &http);
	const char *from = strstr(answer, "\"session_token\":\"");
	assert_non_null(from);
	from += strlen("\"session_token\":\"");
	(void)snprintf(ret_token, bytes, "%.*s", (int)(strchr(from, '"') - from), from);
}

/* Everything is wrong at first; each row mends one thing and meets the next check (contract
 * section 2). */
static void test_gate__checks_in_the_order_of_the_contract(void **state)
{
	char good[128], near[128], slow[128];
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
	get_token(0, good, sizeof(good));
	get_token(1, near, sizeof(near));
	get_token(2, slow, sizeof(slow)); /* takes the one call that its rate allows */
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *t = cases[i].token;
		int http;
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
		"valid JSON at line 1, column 24\"}}");
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
	(void)snprintf(body, sizeof(body), "{\"company_id\":9001,\"key\":\"%s\"}", keys[0]);
	assert_non_null(strstr(run("GetSessionToken", "203.0.113.9", body, &http), "\"code\":205"));
	assert_non_null(strstr(run("GetSessionToken", "203.0.113.8", body, &http), "\"code\":101"));
	now_us += 60 * 1000000;
	assert_non_null(strstr(run("GetSessionToken", "203.0.113.9", body, &http), "\"code\":101"));
}

static void test_gate__takes_a_token_until_the_second_it_expires(void **state)
{
	char token[128], body[300];
	int http;

	(void)state;
	get_token(0, token, sizeof(token));
	(void)snprintf(body, sizeof(body),
		       "{\"company_id\":9001,\"session_token\":\"%s\",\"customer_id\":1408}",
		       token);
	now_us += INT64_C(3599) * 1000000;
	assert_non_null(strstr(run("GetCustomer", "192.0.2.1", body, &http), "\"code\":101"));
	now_us += 1000000;
	assert_non_null(strstr(run("GetCustomer", "192.0.2.1", body, &http), "\"code\":202"));
}

static void test_gate__answers_500_or_rightly_when_any_call_of_the_store_fails(void **state)
{
	char token[128], body[300];
	int http;
	int64_t n = 0, failures = 0;
	const char *answer;

	(void)state;
	get_token(0, token, sizeof(token));
	(void)snprintf(body, sizeof(body),
		       "{\"company_id\":9001,\"session_token\":\"%s\",\"customer_id\":7,"
		       "\"external_customer_ref\":\"EXTREF164736\"}",
		       token);
	do {
		access_changed(services.access); /* the directory asks again */
		store_rest(services.reader);
		(void)store_fail_at(services.reader, n);
		answer = run("GetCustomer", "192.0.2.1", body, &http);
		assert_int_equal(http, 200);
		if (strstr(answer, "\"code\":500")) {
			assert_string_equal(answer, "{\"status\":{\"code\":500,\"details\":"
						    "\"General service error\"}}");
			failures++;
		} else {
			assert_non_null(strstr(answer, "\"customer_id\":1408,"));
		}
	} while (store_fail_at(services.reader, -1) > n && ++n < 1000);
	printf("%lld of %lld calls failed\n", (long long)failures, (long long)n);
	assert_true(failures > 5 && n < 1000);
	assert_non_null(strstr(run("GetCustomer", "192.0.2.1", body, &http), "\"code\":101"));
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
	struct executor none = {.submit = full};
	static const struct {
		enum rc (*submit)(struct executor *e, struct call *c);
		int http, retry_after_s;
	} cases[] = {{full, 503, 1}, {stopped, 200, 0}};

	(void)state;
	services.writer = &none;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		none.submit = cases[i].submit;
		call_reset(&call);
		call.command = registry_find(DOOR_ADMIN, STR("AddBranch"));
		call.services = &services;
		call.body = STR("{\"company_id\":9001,\"name\":\"x\"}");
		assert_int_equal(gate_run(&call), GATE_DONE);
		assert_int_equal(call.http_status, cases[i].http);
		assert_int_equal(call.retry_after_s, cases[i].retry_after_s);
		assert_int_equal(call.status, ST_ERROR);
	}
	assert_string_equal(text_c(&call.answer), "{\"status\":{\"code\":500,\"details\":\"General "
						  "service error\"}}");
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
