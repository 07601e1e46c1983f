/* What the operator's commands about a person do when the store fails. Time stands still. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "command/gate.h"
#include "record/audit.h"
#include "record/customer.h"
#include "support/one_call.h"

#define CALLS_MAX 1000
#define FAILED    "{\"status\":{\"code\":500,"
#define GOOD      "{\"status\":{\"code\":101,"

/* One call; the answer is good until the next. */
static const char *run(const char *name, const char *body)
{
	begin_call(DOOR_ADMIN, name);
	call.body = str_c(body);
	call.operator_uid = 1000;
	call.request_id = STR("person-test");
	(void)gate_run(&call); /* done either way: see house.c */
	return text_c(&call.answer);
}

static bool begins(const char *answer, const char *with)
{
	return strncmp(answer, with, strlen(with)) == 0;
}

static void test_person__reads_answer_500_or_rightly_when_any_call_of_the_store_fails(void **state)
{
	static const struct {
		const char *command, *body, *part;
	} cases[] = {
		{"ShowDossier", "{\"company_id\":9001,\"customer_id\":1408}",
		 "\"branch_id\":1,\"version\":1},\"search_terms\":\"Made of"},
		{"ListAudit", "{\"company_id\":9001,\"customer_id\":1408}",
		 "\"record\":\"customer\",\"record_id\":1408,"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t n = 0, failures = 0;
		do {
			store_rest(house.services.reader);
			(void)store_fail_at(house.services.reader, n);
			const char *answer = run(cases[i].command, cases[i].body);
			failures += begins(answer, FAILED);
			assert_true(begins(answer, FAILED) || strstr(answer, cases[i].part));
		} while (store_fail_at(house.services.reader, -1) > n && ++n < CALLS_MAX);
		assert_true(failures > 5 && n < CALLS_MAX);
	}
}

static void test_person__is_erased_whole_or_not_at_all_when_the_store_fails(void **state)
{
	const struct customer joe = {.customer_id = 1408,
				     .created = STR("2026-01-01"),
				     .last_modified = STR("2026-01-01"),
				     .first_name = STR("Joe"),
				     .active = 1,
				     .branch_id = 1};
	struct customer back;
	struct scope all = {9001, 0};
	struct list audit;
	int64_t n = 0, failures = 0, id;
	const struct audit_filter filter = {
		.company_id = 9001, .record = AUDIT_CUSTOMER, .record_id = 1408};
	const struct change change = {.operator_uid = -1};

	(void)state;
	for (; n < CALLS_MAX; n++) {
		(void)store_fail_at(house.writer, n);
		const char *answer = run("EraseCustomer", "{\"company_id\":9001,\"customer_id\":"
							  "1408,\"confirm\":\"C001408\"}");
		bool good = begins(answer, GOOD);
		bool late = store_fail_at(house.writer, -1) <= n;
		assert_true(good || begins(answer, FAILED));
		failures += !good;
		assert_int_equal(store_read(house.services.reader), RC_OK);
		enum rc rc =
			store_customer_get(house.services.reader, &call.arena, all, 1408, &back);
		assert_int_equal(rc, good ? RC_NOTFOUND : RC_OK);
		assert_int_equal(store_audit_list(house.services.reader, &call.arena, &filter, NULL,
						  CALLS_MAX, &audit),
				 RC_OK);
		if (good) {
			const struct audit *rows = audit.items;
			const struct audit *last = &rows[audit.n - 1];
			assert_true(str_equal_c(last->command, "EraseCustomer"));
			assert_true(str_equal_c(last->request_id, "person-test"));
			assert_int_equal(last->operator_uid, 1000);
			/* Each change has a microsecond of its own. */
			assert_in_range(last->at_us, house_now_us, house_now_us + CALLS_MAX);
		}
		store_rest(house.services.reader);
		if (good && late)
			break;
		if (!good)
			continue;
		/* Only the emptying of the log has failed: it says so, and the next time it is
		 * done. */
		assert_null(strstr(answer, "\"bytes_left\":0}"));
		assert_int_equal(store_begin(house.writer), RC_OK);
		assert_int_equal(store_unwiped(house.writer), 0);
		assert_int_equal(store_customer_add(house.writer, &joe, 9001, &change, &id), RC_OK);
		assert_int_equal(store_commit(house.writer), RC_OK);
	}
	printf("%lld of %lld erasures failed\n", (long long)failures, (long long)n);
	assert_true(failures > 20 && n < CALLS_MAX);
}

static void test_person__is_not_erased_without_the_right_word(void **state)
{
	static const char *const bodies[] = {
		"{\"company_id\":9001,\"customer_id\":1408}",
		"{\"company_id\":9001,\"customer_id\":1408,\"confirm\":\"\"}",
		"{\"company_id\":9001,\"customer_id\":1408,\"confirm\":\"C001409\"}",
		"{\"company_id\":9001,\"customer_id\":1408,\"confirm\":\"c001408\"}",
		"{\"company_id\":9001,\"customer_id\":1408,\"confirm\":\"1408\"}",
		"{\"company_id\":9001,\"customer_id\":1408,\"confirm\":\"EXTREF164736\"}",
		"{\"company_id\":9002,\"customer_id\":1408,\"confirm\":\"C001408\"}",
		"{\"company_id\":9001,\"confirm\":\"C001408\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		assert_false(begins(run("EraseCustomer", bodies[i]), GOOD));
	assert_true(
		begins(run("ShowCustomer", "{\"company_id\":9001,\"customer_id\":1408}"), GOOD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_person__reads_answer_500_or_rightly_when_any_call_of_the_store_fails),
		cmocka_unit_test(test_person__is_not_erased_without_the_right_word),
		cmocka_unit_test(test_person__is_erased_whole_or_not_at_all_when_the_store_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
