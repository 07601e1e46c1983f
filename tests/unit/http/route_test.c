#include "http/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const char *found(const char *base, const char *target)
{
	struct route r = route_find(DOOR_PUBLIC, str_c(base), str_c(target));

	if (!r.command)
		assert_non_null(r.why);
	return r.command ? r.command->name : NULL;
}

static const char *meant(const char *base, const char *target)
{
	struct route r = route_find(DOOR_PUBLIC, str_c(base), str_c(target));

	assert_null(r.command);
	return r.meant;
}

static void test_route__finds_a_command_behind_the_base_path(void **state)
{
	static const struct {
		const char *base, *target, *command;
	} rows[] = {
		{"", "/GetCustomer", "GetCustomer"},
		{"", "/GetSessionToken", "GetSessionToken"},
		{"", "/GetSession", "GetSessionToken"},
		{"/api", "/api/GetCustomer", "GetCustomer"},
		{"/api/v2", "/api/v2/GetCustomer", "GetCustomer"},
		{"/api", "/apiv2/GetCustomer", NULL},
		{"/api", "/ap/GetCustomer", NULL},
		{"/api", "/apiGetCustomer", NULL},
		{"/api", "/API/GetCustomer", NULL},
		{"/api", "/GetCustomer", NULL},
		{"/api", "/api", NULL},
		{"/api", "/api/", NULL},
		{"/api", "/api//GetCustomer", NULL},
		{"", "/api/GetCustomer", NULL},
		{"", "//GetCustomer", NULL},
		{"", "/", NULL},
		{"", "/GetCustomer/", NULL},
		{"", "/GetCustomer/x", NULL},
		{"", "/GetCustomer?a=b", NULL},
		{"", "/getcustomer", NULL},
		{"", "/GetCustome", NULL},
		{"", "/GetCustomers", NULL},
		{"", "/%47etCustomer", NULL},
		/* Of the other door. */
		{"", "/AddCompany", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = found(rows[i].base, rows[i].target);
		if (rows[i].command)
			assert_string_equal(name, rows[i].command);
		else if (name)
			fail_msg("%s is taken for %s", rows[i].target, name);
	}
}

static void test_route__helps_who_nearly_had_it(void **state)
{
	(void)state;
	assert_string_equal(meant("", "/getcustomer"), "GetCustomer");
	assert_string_equal(meant("", "/GetCustommer"), "GetCustomer");
	assert_string_equal(meant("", "/GetCustomer/"), "GetCustomer");
	assert_string_equal(meant("/api", "/api/GetCustomer/"), "GetCustomer");
	assert_null(meant("", "/Nothing/"));
	assert_null(meant("", "/wp-admin.php"));
	assert_null(meant("", "/"));
}

static void test_route__keeps_the_doors_apart(void **state)
{
	(void)state;
	struct route r = route_find(DOOR_ADMIN, STR(""), STR("/AddCompany"));
	assert_non_null(r.command);
	assert_int_equal(r.command->door, DOOR_ADMIN);
	r = route_find(DOOR_ADMIN, STR(""), STR("/GetCustomer"));
	assert_null(r.command);
}

static void test_route__finds_a_probe_whatever_the_base_path_is(void **state)
{
	static const struct {
		const char *base, *target;
		bool found;
	} rows[] = {
		{"", "/readyz", true},          {"", "/healthz", true},
		{"/api", "/readyz", true},      {"/readyz", "/readyz", true},
		{"/api", "/api/readyz", false}, {"", "/readyz/", false},
		{"", "/readyz?a", false},       {"", "/readyz/GetCustomer", false},
		{"", "//readyz", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct route r =
			route_find(DOOR_PUBLIC, str_c(rows[i].base), str_c(rows[i].target));
		if ((r.probe != NULL) != rows[i].found)
			fail_msg("%s behind %s", rows[i].target, rows[i].base);
		assert_null(r.command);
		assert_true(r.probe || r.why);
	}
	struct route r = route_find(DOOR_PUBLIC, STR("/readyz"), STR("/readyz/GetCustomer"));
	assert_non_null(r.command);
	r = route_find(DOOR_ADMIN, STR(""), STR("/readyz"));
	assert_null(r.probe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route__finds_a_command_behind_the_base_path),
		cmocka_unit_test(test_route__helps_who_nearly_had_it),
		cmocka_unit_test(test_route__keeps_the_doors_apart),
		cmocka_unit_test(test_route__finds_a_probe_whatever_the_base_path_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
