/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <ctype.h>
#include <stdio.h>

#include "base/metrics.h"
#include "command/command.h"

static const enum door doors[] = {DOOR_PUBLIC, DOOR_ADMIN};

static void test_registry__is_sorted_and_has_each_name_once(void **state)
{
	size_t seen = 0;

	(void)state;
	for (size_t d = 0; d < ARRAY_LEN(doors); d++) {
		size_t n;
		const struct command *const *c = registry(doors[d], &n);
		for (size_t i = 0; i < n; i++, seen++) {
			if (i > 0 && strcmp(c[i - 1]->name, c[i]->name) >= 0)
				fail_msg("%s stands behind %s", c[i]->name, c[i - 1]->name);
			assert_int_equal(c[i]->door, doors[d]);
			assert_ptr_equal(registry_find(doors[d], str_c(c[i]->name)), c[i]);
			if (c[i]->other_name)
				assert_ptr_equal(registry_find(doors[d], str_c(c[i]->other_name)),
						 c[i]);
		}
	}
	printf("%zu commands\n", seen);
	assert_true(seen > 10);
}

static void check_row(const struct command *c)
{
	const char *why = "";
	const enum status gate[] = {ST_OK, ST_MISSING, ST_RANGE, ST_TYPE, ST_ERROR};

	if (!field_table_sound(c->in_fields, &why) || !field_table_sound(c->out_fields, &why) ||
	    !field_table_sound(command_credentials(c), &why))
		fail_msg("%s: %s", c->name, why);
	assert_non_null(c->run);
	assert_true(c->summary && islower((unsigned char)c->name[0]) == 0);
	assert_true(c->description && strchr("PAX", c->mark));
	for (size_t i = 0; i < ARRAY_LEN(gate); i++)
		assert_true(c->statuses & ST_BIT(gate[i]));
	assert_int_equal(c->statuses >> ST_END, 0);
	assert_false(c->flags & (CMD_ACCESS | CMD_MATCH | CMD_ONCE) && !(c->flags & CMD_WRITE));
	/* Whoever writes, or is the operator, must see what there is now. */
	assert_false(c->flags & CMD_REPLICA &&
		     (c->flags & CMD_WRITE || c->door != DOOR_PUBLIC || !(c->flags & CMD_SESSION)));
	assert_false(c->ahead && !(c->flags & CMD_REPLICA));
	assert_int_equal(!(c->flags & CMD_MATCH), !(c->statuses & ST_BIT(ST_CHANGED)));
	assert_int_equal(!(c->flags & CMD_ONCE), !(c->statuses & ST_BIT(ST_IDEMPOTENCY)));
	if (c->door == DOOR_PUBLIC) {
		/* Nobody gets in without one or the other. */
		assert_true(!(c->flags & CMD_KEY) != !(c->flags & CMD_SESSION));
		assert_int_equal(c->statuses & ST_GATE, ST_GATE);
		assert_false(c->statuses & (ST_BIT(ST_NOT_FOUND) | ST_BIT(ST_EXISTS)));
	}
}

static void test_registry__has_only_sound_rows(void **state)
{
	(void)state;
	for (size_t d = 0; d < ARRAY_LEN(doors); d++) {
		size_t n;
		const struct command *const *c = registry(doors[d], &n);
		for (size_t i = 0; i < n; i++)
			check_row(c[i]);
	}
}

static void test_registry__numbers_every_command_once(void **state)
{
	unsigned row = 0;

	(void)state;
	for (; registry_by_row(row); row++)
		assert_int_equal(registry_row(registry_by_row(row)), row);
	assert_true(row > 10 && row < METRICS_ROWS);
	assert_int_equal(registry_row(NULL), METRICS_ROWS - 1);
}

static void test_registry__knows_names_to_the_letter_and_helps_with_others(void **state)
{
	static const struct {
		const char *wrong, *near;
	} cases[] = {
		{"getcustomer", "GetCustomer"},
		{"GetCustomers", "GetCustomer"},
		{"GetSesionToken", "GetSessionToken"},
		{"Frobnicate", NULL},
		{"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_null(registry_find(DOOR_PUBLIC, str_c(cases[i].wrong)));
		const struct command *c = registry_nearest(DOOR_PUBLIC, str_c(cases[i].wrong));
		if (cases[i].near)
			assert_string_equal(c->name, cases[i].near);
		else
			assert_null(c);
	}
	assert_null(registry_find(DOOR_PUBLIC, STR("AddCompany")));
}

static void test_status__has_a_row_for_each_and_no_code_twice(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ST_END; i++) {
		const struct status_row *row = status_row((enum status)i);
		assert_true(row->code > 0 && row->meaning && row->cause && row->remedy);
		assert_non_null(strchr("PAX", row->mark));
		for (unsigned k = 0; k < i; k++)
			assert_int_not_equal(status_row((enum status)k)->code, row->code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry__is_sorted_and_has_each_name_once),
		cmocka_unit_test(test_registry__has_only_sound_rows),
		cmocka_unit_test(test_registry__numbers_every_command_once),
		cmocka_unit_test(test_registry__knows_names_to_the_letter_and_helps_with_others),
		cmocka_unit_test(test_status__has_a_row_for_each_and_no_code_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
