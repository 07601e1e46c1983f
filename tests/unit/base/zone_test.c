#include "base/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N_THREADS 4

static const struct zone *find(const char *name)
{
	const struct zone *z = NULL;

	if (zone_find(str_c(name), &z) != RC_OK || !z)
		fail_msg("%s is not found", name);
	return z;
}

static void test_zone__knows_the_offset_in_summer_and_winter(void **state)
{
	static const struct {
		const char *name;
		int64_t utc_s;
		int32_t offset_s;
	} cases[] = {
		{"UTC", 0, 0},
		{"UTC", 1719835200, 0},
		{"Europe/London", 1705320000, 0},    /* 2024-01-15 */
		{"Europe/London", 1719835200, 3600}, /* 2024-07-01 */
		{"Europe/London", 1711846799, 0},    /* 2024-03-31 00:59:59 */
		{"Europe/London", 1711846800, 3600}, /* 2024-03-31 01:00:00 */
		{"Europe/London", 1729990799, 3600}, /* 2024-10-27 00:59:59 */
		{"Europe/London", 1729990800, 0},    /* 2024-10-27 01:00:00 */
		{"Europe/London", 0, 3600},          /* standard time from 1968 to 1971 */
		{"Europe/London", -3000000000, 0},   /* 1874 */
		{"GB", 1719835200, 3600},            /* another name of it */
		{"Europe/Berlin", 1719835200, 7200},
		{"America/New_York", 1705320000, -18000},
		{"America/New_York", 1719835200, -14400},
		{"America/Argentina/Buenos_Aires", 1719835200, -10800},
		{"America/St_Johns", 1705320000, -12600},
		{"Asia/Kolkata", 1719835200, 19800},
		{"Pacific/Auckland", 1705320000, 46800},
		{"Etc/GMT+5", 1719835200, -18000},
		{"Etc/GMT-14", 1719835200, 50400},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int32_t offset_s = zone_offset_s(find(cases[i].name), cases[i].utc_s);
		if (offset_s != cases[i].offset_s)
			fail_msg("%s, case %zu: %d", cases[i].name, i, (int)offset_s);
	}
}

static void test_zone__knows_the_offset_in_the_far_future(void **state)
{
	static const struct {
		int64_t utc_s;
		int32_t offset_s;
	} cases[] = {
		{2147483647, 0},     /* 2038-01-19 */
		{2163240000, 3600},  /* 2038-07-20 */
		{4103654400, 0},     /* 2100-01-15 */
		{4119292800, 3600},  /* 2100-07-15 */
		{16726435200, 0},    /* 2500-01-15 */
		{16742073600, 3600}, /* 2500-07-15 */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(zone_offset_s(find("Europe/London"), cases[i].utc_s),
				 cases[i].offset_s);
		assert_int_equal(zone_offset_s(find("UTC"), cases[i].utc_s), 0);
	}
}

static void test_zone__takes_any_moment_at_all(void **state)
{
	(void)state;
	assert_int_equal(zone_offset_s(find("UTC"), INT64_MAX), 0);
	assert_int_equal(zone_offset_s(find("UTC"), INT64_MIN), 0);
	assert_in_range(zone_offset_s(find("Europe/London"), INT64_MAX), 0, 3600);
	/* Before railways: 75 seconds behind Greenwich. */
	assert_int_equal(zone_offset_s(find("Europe/London"), INT64_MIN), -75);
}

static void test_zone__refuses_whatever_is_no_name_of_the_database(void **state)
{
	static const char *const names[] = {
		"",
		"+01",
		"-01",
		"+01:00",
		"01",
		"Z",
		"z",
		"EST+3",
		"GMT0BST,M3.5.0/1,M10.5.0",
		"<+01>-1",
		":Europe/London",
		"../zoneinfo/Europe/London",
		"Europe/../Europe/London",
		"./UTC",
		"Europe/./London",
		"/etc/localtime",
		"/usr/share/zoneinfo/UTC",
		"Europe",
		"Europe/",
		"Europe//London",
		"Europe/London/",
		"Europe/London/x",
		"Europe/Atlantis",
		"Europe/London ",
		" Europe/London",
		"Europe/London\n",
		"Europe/Lond\xc3\xb6n",
		"europe/london",
		"EUROPE/LONDON",
		/* Files beside the zones. */
		"posix/Europe/London",
		"right/Europe/London",
		"posixrules",
		"localtime",
		"tzdata.zi",
		"zone.tab",
		"leapseconds",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const struct zone *z = NULL;
		if (zone_find(str_c(names[i]), &z) != RC_NOTFOUND)
			fail_msg("%s is a zone", names[i]);
		assert_null(z);
	}
}

static void test_zone__refuses_names_of_any_length(void **state)
{
	static char name[100001];

	(void)state;
	for (size_t n = 1; n < sizeof(name); n = n < 200 ? n + 1 : n * 10) {
		const struct zone *z = NULL;
		memset(name, 'A', n);
		name[n] = '\0';
		assert_int_equal(zone_find(str_c(name), &z), RC_NOTFOUND);
		assert_null(z);
	}
}

/* A database of our own, for names and files that the system's has not. */
static void test_zone__looks_at_the_length_and_at_the_file(void **state)
{
	char dir[] = "/tmp/zone_test.XXXXXX", path[256];
	char names[][ZONE_NAME_BYTES_MAX + 2] = {"Longest", "TooLong", "Notes"};
	static const enum rc expected[] = {RC_OK, RC_NOTFOUND, RC_NOTFOUND};
	const struct zone *z = NULL;
	enum rc rc[ARRAY_LEN(names)];

	(void)state;
	memset(names[0], 'A', ZONE_NAME_BYTES_MAX);
	memset(names[1], 'A', ZONE_NAME_BYTES_MAX + 1);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("TZDIR", dir, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		const char *file = i < 2 ? "/usr/share/zoneinfo/UTC" : "/proc/self/status";
		assert_int_equal(symlink(file, path), 0);
		rc[i] = zone_find(str_c(names[i]), &z);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(unsetenv("TZDIR"), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(rc[i], expected[i]);
}

static void test_zone__gives_the_same_zone_for_the_same_name(void **state)
{
	(void)state;
	const struct zone *london = find("Europe/London");
	assert_ptr_not_equal(find("UTC"), london);
	assert_ptr_equal(find("Europe/London"), london);
}

static void *find_and_ask(void *arg)
{
	static const char *const names[] = {"Asia/Tokyo", "Asia/Seoul", "Asia/Manila", "Asia/Dili"};
	const struct zone **ret_zones = arg;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (zone_find(str_c(names[i]), &ret_zones[i]) != RC_OK)
			return "not found";
		if (zone_offset_s(ret_zones[i], 1719835200) < 28800)
			return "wrong offset";
	}
	return NULL;
}

static void test_zone__serves_many_threads_at_once(void **state)
{
	const struct zone *zones[N_THREADS][4];
	pthread_t threads[N_THREADS];

	(void)state;
	for (size_t i = 0; i < N_THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, find_and_ask, zones[i]), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		void *why = NULL;
		assert_int_equal(pthread_join(threads[i], &why), 0);
		assert_null(why);
		assert_memory_equal(zones[i], zones[0], sizeof(zones[0]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zone__knows_the_offset_in_summer_and_winter),
		cmocka_unit_test(test_zone__knows_the_offset_in_the_far_future),
		cmocka_unit_test(test_zone__takes_any_moment_at_all),
		cmocka_unit_test(test_zone__refuses_whatever_is_no_name_of_the_database),
		cmocka_unit_test(test_zone__refuses_names_of_any_length),
		cmocka_unit_test(test_zone__looks_at_the_length_and_at_the_file),
		cmocka_unit_test(test_zone__gives_the_same_zone_for_the_same_name),
		cmocka_unit_test(test_zone__serves_many_threads_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
