#include "http/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct ip v4(uint32_t number)
{
	struct ip ip = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}};

	memcpy(ip.bytes + 12, &number, 4);
	return ip;
}

static struct ip ip_of(const char *text)
{
	struct ip ip = {{0}};

	assert_int_equal(ip_parse(str_c(text), &ip), RC_OK);
	return ip;
}

static void test_limits__count_in_all_and_by_address(void **state)
{
	struct limits *l = limits_create(3, 2);
	struct ip a = v4(1), b = v4(2), c = v4(3);

	(void)state;
	assert_int_equal(limits_take(l, &a, 0), LIMITS_GOOD);
	assert_int_equal(limits_take(l, &a, 0), LIMITS_GOOD);
	assert_int_equal(limits_take(l, &a, 0), LIMITS_ADDRESS);
	assert_int_equal(limits_take(l, &b, 0), LIMITS_GOOD);
	assert_int_equal(limits_take(l, &c, 0), LIMITS_FULL);
	assert_int_equal(limits_take(l, NULL, 0), LIMITS_FULL);
	assert_int_equal(limits_count(l), 3);
	assert_int_equal(limits_take(l, &c, 1), LIMITS_GOOD);
	assert_int_equal(limits_take(l, &c, 1), LIMITS_FULL);
	limits_give(l, &c);
	limits_give(l, &a);
	assert_int_equal(limits_take(l, &a, 0), LIMITS_GOOD);
	limits_give(l, &a);
	limits_give(l, &a);
	limits_give(l, &b);
	assert_int_equal(limits_count(l), 0);
	limits_destroy(l);
}

static void test_limits__take_a_64_for_one_address(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{"2001:db8::1", "2001:db8::2", true},
		{"2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ip one = ip_of(rows[i].one), other = ip_of(rows[i].other);
		one = limits_key(&one);
		other = limits_key(&other);
		assert_int_equal(ip_equal(&one, &other), rows[i].same);
	}
}

/* Many come and go in an order of its own; every count must stay right. */
static void test_limits__find_every_address_again(void **state)
{
	enum { ADDRESSES = 150, MOVES = 20000 };
	size_t counts[ADDRESSES] = {0}, n = 0;
	struct limits *l = limits_create(ADDRESSES * 2, 2);
	uint32_t chance = 1;

	(void)state;
	for (int i = 0; i < MOVES; i++) {
		chance = chance * 1664525u + 1013904223u;
		uint32_t which = (chance >> 16) % ADDRESSES;
		struct ip ip = v4(which * 256);
		if (chance >> 31 && counts[which]) {
			limits_give(l, &ip);
			counts[which]--;
			n--;
			continue;
		}
		enum limits_answer answer = limits_take(l, &ip, 0);
		assert_int_equal(answer, counts[which] == 2 ? LIMITS_ADDRESS : LIMITS_GOOD);
		counts[which] += answer == LIMITS_GOOD;
		n += answer == LIMITS_GOOD;
		assert_int_equal(limits_count(l), n);
	}
	limits_destroy(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits__count_in_all_and_by_address),
		cmocka_unit_test(test_limits__take_a_64_for_one_address),
		cmocka_unit_test(test_limits__find_every_address_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
