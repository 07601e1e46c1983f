/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>

#include "command/gate.h"
#include "command/page.h"
#include "support/one_call.h"

/*
 * Cursors of lists that are sealed well and hold what this program does not write: from another
 * version of it, which may have meant something else. tests/api/test_cursors.py has all others.
 */
static void begin(const char *name)
{
	begin_call(DOOR_PUBLIC, name);
	call.scope.company_id = 9001;
}

/* The answer's code to `name` with a cursor that holds these bytes. */
static int code_with(const char *name, const char *rest, const struct str *filter, size_t n_filter,
		     const void *bytes, size_t n)
{
	char token[TOKEN_CHARS_MAX + 1], body[1024];
	struct str cursor;

	house_token(&house, HOUSE_OPEN, token);
	begin(name);
	struct cursor_use use = page_use(&call, filter, n_filter);
	assert_int_equal(page_cursor(&call, &use, bytes, n, &cursor), ST_OK);
	int length =
		snprintf(body, sizeof(body),
			 "{\"company_id\":9001,\"session_token\":\"%s\",\"cursor\":\"%.*s\"%s}",
			 token, STR_ARGS(cursor), rest);
	assert_true(length > 0 && (size_t)length < sizeof(body));
	begin(name);
	call.scope = (struct scope){0};
	call.body = str_c(body);
	assert_int_equal(gate_run(&call), GATE_DONE);
	return status_row(call.status)->code;
}

static void test_page__takes_what_it_has_sealed(void **state)
{
	static const uint8_t op[OP_BYTES] = {1};
	uint8_t id[PAGE_ID_BYTES];

	(void)state;
	page_put_id(1407, id);
	assert_int_equal(code_with("ListCustomers", "", NULL, 0, id, sizeof(id)), 101);
	assert_non_null(strstr(text_c(&call.answer), "\"customer_id\":1408,"));
	page_put_id(1408, id);
	assert_int_equal(code_with("ListCustomers", "", NULL, 0, id, sizeof(id)), 101);
	assert_non_null(strstr(text_c(&call.answer), "\"customers\":[]"));
	assert_int_equal(code_with("ListChanges", "", NULL, 0, op, sizeof(op)), 101);
}

static void test_page__refuses_a_cursor_that_holds_too_little(void **state)
{
	static const uint8_t bytes[OP_BYTES] = {1};

	(void)state;
	for (size_t n = 0; n < PAGE_ID_BYTES; n++)
		assert_int_equal(code_with("ListCustomers", "", NULL, 0, bytes, n), 302);
	for (size_t n = 0; n < OP_BYTES; n++)
		assert_int_equal(code_with("ListChanges", "", NULL, 0, bytes, n), 302);
}

static void test_page__refuses_a_place_that_is_not_of_the_search(void **state)
{
	const struct str filter[] = {STR("bloggs"), {NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
	const char *rest = ",\"last_name\":\"bloggs\"";
	uint8_t bytes[PAGE_ID_BYTES + 7];

	(void)state;
	page_put_id(1, bytes);
	memcpy(bytes + PAGE_ID_BYTES, "lbloggs", 7);
	assert_int_equal(code_with("SearchCustomers", rest, filter, 5, bytes, sizeof(bytes)), 101);
	assert_non_null(strstr(text_c(&call.answer), "\"customer_id\":1408,"));
	memcpy(bytes + PAGE_ID_BYTES, "ebloggs", 7);
	assert_int_equal(code_with("SearchCustomers", rest, filter, 5, bytes, sizeof(bytes)), 302);
	assert_int_equal(code_with("SearchCustomers", rest, filter, 5, bytes, PAGE_ID_BYTES), 302);
	assert_int_equal(code_with("SearchCustomers", rest, filter, 5, bytes, 3), 302);
}

static void test_page__ids_come_back(void **state)
{
	static const int64_t ids[] = {0, 1, 255, 256, 500001, INT64_MAX};
	uint8_t bytes[PAGE_ID_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		page_put_id(ids[i], bytes);
		assert_int_equal(page_id(bytes), ids[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page__takes_what_it_has_sealed),
		cmocka_unit_test(test_page__refuses_a_cursor_that_holds_too_little),
		cmocka_unit_test(test_page__refuses_a_place_that_is_not_of_the_search),
		cmocka_unit_test(test_page__ids_come_back),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
