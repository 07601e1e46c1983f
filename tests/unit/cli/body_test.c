#include "cli/body.h"

#include "base/compiler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define WORDS_MAX 6

static const struct field plain_fields[] = {{.name = "", .kind = FIELD_KIND_STRING}, FIELD_END};
static const struct field item_fields[] = {{.name = "description", .kind = FIELD_KIND_STRING},
					   {.name = "quantity", .kind = FIELD_KIND_INT},
					   FIELD_END};
static const struct field address_fields[] = {{.name = "line_1", .kind = FIELD_KIND_STRING},
					      {.name = "city", .kind = FIELD_KIND_STRING},
					      FIELD_END};
static const struct field thing_fields[] = {
	{.name = "id", .kind = FIELD_KIND_INT},
	{.name = "ref", .kind = FIELD_KIND_STRING},
	{.name = "made", .kind = FIELD_KIND_STRING, .flags = FIELD_ANSWER_ONLY},
	{.name = "active", .kind = FIELD_KIND_BOOLEAN},
	{.name = "day", .kind = FIELD_KIND_DATE},
	{.name = "allow", .kind = FIELD_KIND_ARRAY, .fields = plain_fields},
	{.name = "items", .kind = FIELD_KIND_ARRAY, .fields = item_fields},
	{.name = "address", .kind = FIELD_KIND_OBJECT, .fields = address_fields},
	FIELD_ONE_OF("id", "ref"),
	FIELD_END,
};
static const struct field first_fields[] = {{.name = "company_id", .kind = FIELD_KIND_INT},
					    FIELD_END};

struct body_case {
	const char *words[WORDS_MAX];
	const char *expected; /* the body, or the sentence */
};

static enum rc run(const struct body_case *c, struct text *body, struct text *reason)
{
	const struct field *tables[] = {first_fields, thing_fields};
	struct assignment all[WORDS_MAX];
	size_t n = 0;

	text_init(body, 10000);
	text_init(reason, 10000);
	while (n < WORDS_MAX && c->words[n]) {
		assert_true(body_assignment(c->words[n], &all[n]));
		n++;
	}
	return body_object(tables, ARRAY_LEN(tables), all, n, body, reason);
}

static void test_body__writes_each_value_as_its_kind(void **state)
{
	static const struct body_case cases[] = {
		{{NULL}, "{}"},
		{{"id=7"}, "{\"id\":7}"},
		{{"id=-9223372036854775808"}, "{\"id\":-9223372036854775808}"},
		{{"ref=7"}, "{\"ref\":\"7\"}"},
		{{"ref="}, "{\"ref\":\"\"}"},
		{{"ref=a=b"}, "{\"ref\":\"a=b\"}"},
		{{"ref=\"\\"}, "{\"ref\":\"\\\"\\\\\"}"},
		{{"active=yes"}, "{\"active\":true}"},
		{{"active=no"}, "{\"active\":false}"},
		{{"active=1"}, "{\"active\":true}"},
		{{"day=2024-02-29"}, "{\"day\":\"2024-02-29\"}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text body, reason;
		assert_int_equal(run(&cases[i], &body, &reason), RC_OK);
		assert_string_equal(text_c(&body), cases[i].expected);
		text_fini(&body);
		text_fini(&reason);
	}
}

static void test_body__nests_by_dots_and_brackets_in_the_order_of_the_tables(void **state)
{
	static const struct body_case cases[] = {
		{{"ref=x", "id=1", "company_id=9"}, "{\"company_id\":9,\"id\":1,\"ref\":\"x\"}"},
		{{"address.city=Leeds"}, "{\"address\":{\"city\":\"Leeds\"}}"},
		{{"address.city=B", "id=1", "address.line_1=A"},
		 "{\"id\":1,\"address\":{\"line_1\":\"A\",\"city\":\"B\"}}"},
		{{"items[1].quantity=2", "items[0].description=x", "items[0].quantity=1"},
		 "{\"items\":[{\"description\":\"x\",\"quantity\":1},{\"quantity\":2}]}"},
		{{"allow=10.0.0.0/8", "allow=::1"}, "{\"allow\":[\"10.0.0.0/8\",\"::1\"]}"},
		{{"allow[1]=b", "allow[0]=a"}, "{\"allow\":[\"a\",\"b\"]}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text body, reason;
		assert_int_equal(run(&cases[i], &body, &reason), RC_OK);
		assert_string_equal(text_c(&body), cases[i].expected);
		text_fini(&body);
		text_fini(&reason);
	}
}

static void test_body__puts_raw_json_where_it_belongs_unread(void **state)
{
	static const struct body_case cases[] = {
		{{"id:=\"seven\""}, "{\"id\":\"seven\"}"},
		{{"id:=1e3", "ref:=null"}, "{\"id\":1e3,\"ref\":null}"},
		{{"address:=[]"}, "{\"address\":[]}"},
		{{"items:={}"}, "{\"items\":{}}"},
		{{"items[0]:=5"}, "{\"items\":[5]}"},
		{{"nonsense:=1", "id=2"}, "{\"id\":2,\"nonsense\":1}"},
		{{"address.nonsense:=1", "address.city=x"},
		 "{\"address\":{\"city\":\"x\",\"nonsense\":1}}"},
		{{"made:=1"}, "{\"made\":1}"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text body, reason;
		assert_int_equal(run(&cases[i], &body, &reason), RC_OK);
		assert_string_equal(text_c(&body), cases[i].expected);
		text_fini(&body);
		text_fini(&reason);
	}
}

static void test_body__refuses_what_does_not_fit_and_says_what_would(void **state)
{
	static const struct body_case cases[] = {
		{{"id=x"}, "id must be a whole number"},
		{{"id="}, "id must be a whole number"},
		{{"id= 1"}, "id must be a whole number"},
		{{"id=+1"}, "id must be a whole number"},
		{{"id=-"}, "id must be a whole number"},
		{{"id=1.0"}, "id must be a whole number"},
		{{"id=9223372036854775808"}, "id must be a whole number"},
		{{"id=00000000000000000000000000000000001"}, "id must be a whole number"},
		{{"active=maybe"}, "active must be yes or no"},
		{{"ref=\xff"}, "ref must be UTF-8"},
		{{"address=Leeds"}, "address has fields of its own: give them as NAME.FIELD=VALUE"},
		{{"items=x"}, "items has items: give them as NAME[0].FIELD=VALUE"},
		{{"rfe=1"}, "there is no field rfe; did you mean ref?"},
		{{"adress.city=x"}, "there is no field adress.city; did you mean address.city?"},
		{{"address.cty=x"}, "there is no field address.cty; did you mean address.city?"},
		{{"zzzzzz=1"}, "there is no field zzzzzz"},
		{{"made=1"}, "there is no field made"},
		{{"id=1", "id=2"}, "id is given twice"},
		{{"items[1].quantity=2"},
		 "there is no field items[1].quantity; did you mean items[0].quantity?"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text body, reason;
		assert_int_equal(run(&cases[i], &body, &reason), RC_INVALID);
		assert_string_equal(text_c(&reason), cases[i].expected);
		text_fini(&body);
		text_fini(&reason);
	}
}

static void test_body__calls_a_value_what_the_person_called_it(void **state)
{
	const struct field *table = thing_fields;
	struct assignment a = {.name = STR("id"), .value = STR("x"), .shown = "--external-ref"};
	struct text body, reason;

	(void)state;
	text_init(&body, 10000);
	text_init(&reason, 10000);
	assert_int_equal(body_object(&table, 1, &a, 1, &body, &reason), RC_INVALID);
	assert_string_equal(text_c(&reason), "--external-ref must be a whole number");
	text_fini(&body);
	text_fini(&reason);
}

static void test_body__gives_up_where_memory_ends(void **state)
{
	const struct field *table = thing_fields;
	struct assignment a = {.name = STR("ref"), .value = STR("long enough")};
	struct text body, reason;

	(void)state;
	text_init(&body, 10);
	text_init(&reason, 10000);
	assert_int_equal(body_object(&table, 1, &a, 1, &body, &reason), RC_NOMEM);
	text_fini(&body);
	text_fini(&reason);
}

static void test_body__knows_an_assignment_from_another_word(void **state)
{
	struct assignment a;

	(void)state;
	assert_false(body_assignment("id", &a));
	assert_false(body_assignment("", &a));
	assert_false(body_assignment("=1", &a));
	assert_false(body_assignment(":=1", &a));
	assert_true(body_assignment("a:=", &a));
	assert_true(a.raw);
	assert_int_equal(a.name.n, 1);
	assert_int_equal(a.value.n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_body__writes_each_value_as_its_kind),
		cmocka_unit_test(test_body__nests_by_dots_and_brackets_in_the_order_of_the_tables),
		cmocka_unit_test(test_body__puts_raw_json_where_it_belongs_unread),
		cmocka_unit_test(test_body__refuses_what_does_not_fit_and_says_what_would),
		cmocka_unit_test(test_body__calls_a_value_what_the_person_called_it),
		cmocka_unit_test(test_body__gives_up_where_memory_ends),
		cmocka_unit_test(test_body__knows_an_assignment_from_another_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
