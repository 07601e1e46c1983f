/* Records member by member, and records of which only a part is sent. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/compiler.h"
#include "field/field.h"
#include "json/json.h"

struct place {
	struct str line, city;
};

struct person {
	int64_t id;
	struct str name;
	int8_t kind, active;
	struct place home;
};

struct people {
	struct list all;
};

static const char *const kinds[] = {"Old", "New", NULL};

static const struct field place_fields[] = {
	FIELD_STRING(place, line, 5, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_STRING(place, city, 5, .help = "h"),
	FIELD_END,
};

static const struct field person_fields[] = {
	FIELD_INT(person, id, 1, 9, .flags = FIELD_ID, .help = "h"),
	FIELD_STRING(person, name, 5, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_ONE_OF("id", "name"),
	FIELD_CHOICE(person, kind, kinds, .help = "h"),
	FIELD_BOOLEAN(person, active, .absent = -1, .help = "h"),
	FIELD_OBJECT(person, home, place_fields, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_END,
};

static const struct field partial_fields[] = {
	FIELD_ARRAY(people, all, person, person_fields, 3, .flags = FIELD_REQUIRED | FIELD_PARTIAL,
		    .help = "h"),
	FIELD_END,
};

static const struct field whole_fields[] = {
	FIELD_ARRAY(people, all, person, person_fields, 3, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_END,
};

static void test_leaves__are_all_members_with_values_in_the_tables_order(void **state)
{
	static const char *const paths[] = {"id",     "name",      "kind",
					    "active", "home.line", "home.city"};
	struct field_leaf leaves[8];

	(void)state;
	assert_int_equal(field_leaves(person_fields, leaves, ARRAY_LEN(leaves)), ARRAY_LEN(paths));
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_string_equal(leaves[i].path, paths[i]);
}

static void test_leaves__are_copied_one_by_one_and_known_to_be_empty(void **state)
{
	const struct person full = {3, STR_INIT("Ann"), 2, 0, {STR_INIT("1"), STR_INIT("Leeds")}};
	const struct person empty = {.active = -1};
	struct field_leaf leaves[8];
	size_t n = field_leaves(person_fields, leaves, ARRAY_LEN(leaves));

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct person p = empty;
		for (size_t k = 0; k < n; k++)
			assert_true(field_leaf_is_empty(&leaves[k], &p));
		field_leaf_copy(&leaves[i], &full, &p);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(field_leaf_is_empty(&leaves[k], &p), k != i);
	}
}

static size_t faults_of(const struct field *fields, const char *body, bool partial,
			struct people *ret_people, struct arena *a)
{
	const struct field_context context = {.arena = a, .partial = partial};
	struct faults faults = {0};
	const struct json *object;
	struct json_error e;

	assert_int_equal(json_parse(a, str_c(body), 8, &object, &e), RC_OK);
	assert_int_equal(field_decode(fields, object, &context, ret_people, &faults), RC_OK);
	return faults.n;
}

static void test_decode__a_part_of_a_record_needs_nothing_and_is_checked_all_the_same(void **state)
{
	struct people people = {0};
	struct person person = {0};
	struct arena a;

	(void)state;
	arena_init(&a, 4096, 65536);
	assert_int_equal(faults_of(partial_fields, "{\"all\":[{},{\"id\":2,\"home\":{}}]}", false,
				   &people, &a),
			 0);
	const struct person *items = people.all.items;
	assert_int_equal(people.all.n, 2);
	assert_int_equal(items[0].active, -1);
	assert_int_equal(items[1].id, 2);
	assert_int_equal(faults_of(partial_fields,
				   "{\"all\":[{\"name\":\"abcdef\",\"home\":{\"city\":1}}]}", false,
				   &people, &a),
			 2);
	assert_int_equal(faults_of(partial_fields, "{}", false, &people, &a), 1);
	assert_int_equal(faults_of(whole_fields, "{\"all\":[{}]}", false, &people, &a), 3);
	struct faults faults = {0};
	const struct field_context context = {.arena = &a, .partial = true};
	assert_int_equal(field_decode(person_fields, NULL, &context, &person, &faults), RC_OK);
	assert_int_equal(faults.n, 0);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leaves__are_all_members_with_values_in_the_tables_order),
		cmocka_unit_test(test_leaves__are_copied_one_by_one_and_known_to_be_empty),
		cmocka_unit_test(
			test_decode__a_part_of_a_record_needs_nothing_and_is_checked_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
