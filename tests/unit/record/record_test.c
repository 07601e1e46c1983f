/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

/* clang-format on */

#include <stdio.h>

#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"
#include "json/json.h"

static void test_record__tables_are_sound(void **state)
{
	static const struct field *const tables[] = {
		customer_fields, company_fields, branch_fields, access_key_fields, network_fields,
	};
	const char *why = "";

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		if (!field_table_sound(tables[i], &why))
			fail_msg("table %zu: %s", i, why);
}

/* Contract section 4.2, the worked example, byte for byte. */
static void test_customer__is_written_as_the_contract_shows(void **state)
{
	struct customer joe = {
		.customer_id = 1408,
		.external_customer_ref = STR("EXTREF164736"),
		.created = STR("2017-12-12"),
		.last_modified = STR("2017-12-14"),
		.title = STR("Mr"),
		.first_name = STR("Joe"),
		.last_name = STR("Bloggs"),
		.gender = GENDER_MALE,
		.dob = STR("1968-11-06"),
		.address = {.line_1 = STR("Test Address Line 1"),
			    .line_2 = STR("Test Address Line 2"),
			    .city = STR("Test City"),
			    .county = STR("Test County"),
			    .postal_code = STR("TT11 1TT")},
		.email_address = STR("joe@blogs.com"),
		.active = 1,
	};
	struct text t;

	(void)state;
	text_init(&t, 4096);
	field_encode(customer_fields, &joe, &t);
	assert_string_equal(
		text_c(&t),
		"{\"customer_id\":1408,\"customer_ref\":\"C001408\",\"external_customer_ref\":"
		"\"EXTREF164736\",\"created\":\"2017-12-12\",\"last_modified\":\"2017-12-14\","
		"\"title\":\"Mr\",\"first_name\":\"Joe\",\"last_name\":\"Bloggs\",\"gender\":"
		"\"Male\",\"dob\":\"1968-11-06\",\"address\":{\"line_1\":\"Test Address Line 1\","
		"\"line_2\":\"Test Address Line 2\",\"line_3\":\"\",\"city\":\"Test City\","
		"\"county\":\"Test County\",\"postal_code\":\"TT11 1TT\"},\"email_address\":"
		"\"joe@blogs.com\",\"tel_number_1\":\"\",\"tel_number_2\":\"\",\"active\":true}");
	text_fini(&t);
}

static void check(const struct field *table, const char *body, size_t struct_bytes,
		  const char *path, const char *rule)
{
	struct arena a;
	const struct json *object = NULL;
	struct json_error e;
	struct faults faults = {0};

	arena_init(&a, 4096, 65536);
	struct field_context context = {.arena = &a};
	assert_int_equal(json_parse(&a, str_c(body), 8, &object, &e), RC_OK);
	void *to = arena_alloc(&a, struct_bytes);
	assert_non_null(to);
	assert_int_equal(field_decode(table, object, &context, to, &faults), RC_OK);
	if (!path) {
		assert_int_equal(faults.n, 0);
	} else {
		assert_int_equal(faults.n, 1);
		assert_true(str_equal_c(faults.first->path, path));
		assert_string_equal(faults.first->rule, rule);
	}
	arena_fini(&a);
}

static void test_company__takes_only_time_zones_of_the_system(void **state)
{
	static const char rule[] = "a time zone of this system such as Europe/London";
	static const char *const bad[] = {"Europe/Nowhere", "+01", "../../etc/passwd", "london"};
	char body[200];

	(void)state;
	check(company_fields, "{\"company_id\":1,\"name\":\"n\",\"timezone\":\"Europe/London\"}",
	      sizeof(struct company), NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		(void)snprintf(body, sizeof(body),
			       "{\"company_id\":1,\"name\":\"n\",\"timezone\":\"%s\"}", bad[i]);
		check(company_fields, body, sizeof(struct company), "timezone", rule);
	}
}

static void test_access_key__keeps_networks_in_their_standard_form(void **state)
{
	struct arena a;
	const struct json *object = NULL;
	struct json_error e;
	struct faults faults = {0};
	struct access_key key = {0};

	(void)state;
	arena_init(&a, 4096, 65536);
	struct field_context context = {.arena = &a};
	assert_int_equal(json_parse(&a,
				    STR("{\"allow\":[\"192.0.2.0/24\",\"2001:DB8:0::/48\","
					"\"::ffff:192.0.2.1\",\"300.1.1.1\"]}"),
				    8, &object, &e),
			 RC_OK);
	assert_int_equal(field_decode(access_key_fields, object, &context, &key, &faults), RC_OK);
	assert_int_equal(faults.n, 1);
	assert_true(str_equal_c(faults.first->path, "allow[3]"));
	const struct network *networks = key.allow.items;
	assert_int_equal(key.allow.n, 4);
	assert_true(str_equal_c(networks[0].cidr, "192.0.2.0/24"));
	assert_true(str_equal_c(networks[1].cidr, "2001:db8::/48"));
	assert_true(str_equal_c(networks[2].cidr, "192.0.2.1/32"));
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record__tables_are_sound),
		cmocka_unit_test(test_customer__is_written_as_the_contract_shows),
		cmocka_unit_test(test_company__takes_only_time_zones_of_the_system),
		cmocka_unit_test(test_access_key__keeps_networks_in_their_standard_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
