#include "rate_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* ---- addresses ---------------------------------------------------------------------- */

static struct ip address(const char *text)
{
	struct ip ip;

	assert_int_equal(ip_parse(str_c(text), &ip), RC_OK);
	return ip;
}

static bool may_fail(struct access *a, const char *text, int64_t now_us,
		     struct rate_answer *ret_answer)
{
	struct ip ip = address(text);

	failure_look(a, &ip, now_us, ret_answer);
	return ret_answer->allowed;
}

static void fails(struct access *a, const char *text, int64_t now_us)
{
	struct ip ip = address(text);

	failure_count(a, &ip, now_us);
}

static void test_failure__five_a_minute_are_forgiven(void **state)
{
	struct fixture *f = *state;
	struct rate_answer answer;

	for (int i = 0; i < 5; i++) {
		assert_true(may_fail(f->access, "192.0.2.1", T0, &answer));
		assert_int_equal(answer.remaining, 5 - i);
		fails(f->access, "192.0.2.1", T0);
	}
	assert_false(may_fail(f->access, "192.0.2.1", T0, &answer));
	assert_int_equal(answer.limit, 5);
	assert_int_equal(answer.remaining, 0);
	assert_int_equal(answer.retry_after_s, 12);
	assert_int_equal(answer.reset_s, 60);
	assert_false(may_fail(f->access, "192.0.2.1", T0 + 12 * S - 1, &answer));
	assert_true(may_fail(f->access, "192.0.2.1", T0 + 12 * S, &answer));
	assert_true(may_fail(f->access, "192.0.2.1", T0 + MINUTE, &answer));
	assert_int_equal(answer.remaining, 5);
}

static void test_failure__debt_ends_at_one_minute(void **state)
{
	struct fixture *f = *state;
	struct rate_answer answer;

	/* Many who looked at the same time and all failed. */
	for (int i = 0; i < 1000; i++)
		fails(f->access, "192.0.2.1", T0);
	assert_false(may_fail(f->access, "192.0.2.1", T0, &answer));
	assert_int_equal(answer.reset_s, 60);
	assert_true(may_fail(f->access, "192.0.2.1", T0 + 12 * S, &answer));
}

static void test_failure__looking_takes_nothing(void **state)
{
	struct fixture *f = *state;
	struct rate_answer answer;

	for (int i = 0; i < 100; i++)
		assert_true(may_fail(f->access, "192.0.2.1", T0, &answer));
	assert_int_equal(answer.remaining, 5);
}

static void test_failure__counts_ipv4_alone_and_ipv6_with_its_64(void **state)
{
	static const struct {
		const char *fails, *looks;
		bool allowed;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", false},
		{"192.0.2.1", "::ffff:192.0.2.1", false},
		{"192.0.2.1", "192.0.2.2", true},
		{"192.0.2.1", "::1", true},
		{"2001:db8::1", "2001:db8::1", false},
		{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", false},
		{"2001:db8::1", "2001:db8:0:1::1", true},
		{"::1", "192.0.2.1", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		void *fixture;
		struct rate_answer answer;

		assert_int_equal(set_up(&fixture), 0);
		struct access *a = ((struct fixture *)fixture)->access;
		for (int n = 0; n < 5; n++)
			fails(a, cases[i].fails, T0);
		if (may_fail(a, cases[i].looks, T0, &answer) != cases[i].allowed)
			fail_msg("%s, %s", cases[i].fails, cases[i].looks);
		assert_int_equal(tear_down(&fixture), 0);
	}
}

static void test_failure__has_no_limit_where_none_is_set(void **state)
{
	struct fixture *f = *state;
	struct rate_answer answer;

	f->access = access_close(f->access);
	f->access = place_open(&f->place, &(struct access_options){.failures_per_minute = 0});
	for (int i = 0; i < 100; i++)
		fails(f->access, "192.0.2.1", T0);
	assert_true(may_fail(f->access, "192.0.2.1", T0, &answer));
	assert_int_equal(answer.retry_after_s, 0);
}

static void test_failure__table_full_of_strangers_shuts_nobody_out(void **state)
{
	struct fixture *f = *state;
	struct rate_answer answer;
	struct ip ip = address("2001:db8::1");

	for (uint32_t i = 0; i < 4 * RATE_SETS * RATE_WAYS; i++) {
		ip.bytes[4] = (uint8_t)(i >> 16);
		ip.bytes[5] = (uint8_t)(i >> 8);
		ip.bytes[6] = (uint8_t)i;
		for (int n = 0; n < 5; n++)
			failure_count(f->access, &ip, T0);
	}
	assert_true(may_fail(f->access, "192.0.2.1", T0, &answer));
	assert_int_equal(answer.remaining, 5);
	fails(f->access, "192.0.2.1", T0);
	assert_true(may_fail(f->access, "192.0.2.1", T0, &answer));
	assert_int_equal(answer.remaining, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_failure__five_a_minute_are_forgiven),
		TEST(test_failure__debt_ends_at_one_minute),
		TEST(test_failure__looking_takes_nothing),
		cmocka_unit_test(test_failure__counts_ipv4_alone_and_ipv6_with_its_64),
		TEST(test_failure__has_no_limit_where_none_is_set),
		TEST(test_failure__table_full_of_strangers_shuts_nobody_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
