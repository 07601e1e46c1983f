#include "cli/show.h"

#include "base/compiler.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct field plain_fields[] = {{.name = "", .kind = FIELD_KIND_STRING}, FIELD_END};
static const struct field address_fields[] = {{.name = "city", .kind = FIELD_KIND_STRING},
					      FIELD_END};
static const struct field thing_fields[] = {
	{.name = "id", .kind = FIELD_KIND_INT},
	{.name = "name", .kind = FIELD_KIND_STRING},
	{.name = "active", .kind = FIELD_KIND_BOOLEAN},
	{.name = "allow", .kind = FIELD_KIND_ARRAY, .fields = plain_fields},
	{.name = "address", .kind = FIELD_KIND_OBJECT, .fields = address_fields},
	{.name = "hidden", .kind = FIELD_KIND_STRING, .flags = FIELD_REQUEST_ONLY},
	FIELD_END,
};
static const struct field one_fields[] = {
	{.name = "thing", .kind = FIELD_KIND_OBJECT, .fields = thing_fields}, FIELD_END};
static const struct field list_fields[] = {
	{.name = "things", .kind = FIELD_KIND_ARRAY, .fields = thing_fields}, FIELD_END};
static const struct field secret_fields[] = {
	{.name = "key", .kind = FIELD_KIND_STRING, .flags = FIELD_SECRET},
	{.name = "thing", .kind = FIELD_KIND_OBJECT, .fields = thing_fields},
	FIELD_END};
static const struct field both_fields[] = {
	{.name = "thing", .kind = FIELD_KIND_OBJECT, .fields = thing_fields},
	{.name = "things", .kind = FIELD_KIND_ARRAY, .fields = thing_fields},
	FIELD_END};

#define THING                                                                                      \
	"{\"id\":7,\"name\":\"B\xc3\xa4r\",\"active\":true,\"allow\":[\"a/1\",\"b/2\"],"           \
	"\"address\":{\"city\":\"Leeds\"}}"
#define OTHER                                                                                      \
	"{\"id\":1234,\"name\":\"\",\"active\":false,\"allow\":[],\"address\":{\"city\":\"\"}}"

struct shown {
	struct arena arena;
	struct text out, beside;
};

static struct shown *show(const struct field *fields, const char *json, bool terminal)
{
	static struct shown s;
	const struct json *object;
	struct json_error error;

	arena_init(&s.arena, 4096, 1024 * 1024);
	text_init(&s.out, 10000);
	text_init(&s.beside, 10000);
	assert_int_equal(json_parse(&s.arena, str_c(json), 8, &object, &error), RC_OK);
	assert_int_equal(show_answer(fields, object, terminal, &s.arena, &s.out, &s.beside), RC_OK);
	return &s;
}

static void done(struct shown *s)
{
	text_fini(&s->out);
	text_fini(&s->beside);
	arena_fini(&s->arena);
}

static void check(const struct field *fields, const char *json, bool terminal, const char *expected)
{
	struct shown *s = show(fields, json, terminal);

	assert_string_equal(text_c(&s->out), expected);
	assert_int_equal(s->beside.n, 0);
	done(s);
}

static void test_show__writes_a_record_as_lines(void **state)
{
	(void)state;
	check(one_fields, "{\"thing\":" THING "}", false,
	      "id\t7\nname\tB\xc3\xa4r\nactive\tyes\nallow\ta/1,b/2\naddress.city\tLeeds\n");
	check(one_fields, "{\"thing\":" OTHER "}", true,
	      "id            1234\n"
	      "name          -\n"
	      "active        no\n"
	      "allow         -\n"
	      "address.city  -\n");
}

static void test_show__writes_a_list_as_a_table(void **state)
{
	(void)state;
	check(list_fields, "{\"things\":[" THING "," OTHER "]}", false,
	      "7\tB\xc3\xa4r\tyes\ta/1,b/2\tLeeds\n1234\t\tno\t\t\n");
	check(list_fields, "{\"things\":[" THING "," OTHER "]}", true,
	      "  id  name  active  allow    address.city\n"
	      "   7  B\xc3\xa4r   yes     a/1,b/2  Leeds\n"
	      "1234  -     no      -        -\n");
}

static void test_show__says_so_when_a_list_is_empty_but_only_to_a_person(void **state)
{
	(void)state;
	check(list_fields, "{\"things\":[]}", true, "(none)\n");
	check(list_fields, "{\"things\":[]}", false, "");
}

static void test_show__parts_several_members_with_an_empty_line_on_a_terminal(void **state)
{
	static const char json[] = "{\"thing\":" OTHER ",\"things\":[]}";

	(void)state;
	struct shown *s = show(both_fields, json, true);
	assert_non_null(strstr(text_c(&s->out), "address.city  -\n\n(none)\n"));
	done(s);
	s = show(both_fields, json, false);
	assert_null(strstr(text_c(&s->out), "\n\n"));
	done(s);
}

static void test_show__puts_a_secret_alone_on_the_output(void **state)
{
	(void)state;
	for (int terminal = 0; terminal <= 1; terminal++) {
		struct shown *s =
			show(secret_fields, "{\"key\":\"ABC\",\"thing\":" THING "}", terminal);
		assert_string_equal(text_c(&s->out), "ABC\n");
		assert_non_null(strstr(text_c(&s->beside), "Leeds"));
		assert_null(strstr(text_c(&s->beside), "ABC"));
		done(s);
	}
}

static void test_show__survives_an_answer_of_another_form(void **state)
{
	(void)state;
	check(one_fields, "{}", false, "id\t\nname\t\nactive\t\nallow\t\naddress.city\t\n");
	check(one_fields, "{\"thing\":[1]}", false,
	      "id\t\nname\t\nactive\t\nallow\t\naddress.city\t\n");
	check(list_fields, "{\"things\":{\"id\":1}}", false, "");
	check(list_fields, "{\"things\":[5]}", false, "\t\t\t\t\n");
}

static void test_show__keeps_control_characters_from_the_terminal(void **state)
{
	static const struct {
		struct str from;
		const char *to;
	} cases[] = {
		{STR_INIT("plain"), "plain"},
		{STR_INIT("B\xc3\xa4r"), "B\xc3\xa4r"},
		{STR_INIT("a\tb\nc\x1b[1m\x7f"), "a b c [1m "},
		{STR_INIT("a\xc2\x9b\x31"), "a 1"},
		{STR_INIT("\xc2\xa3"), "\xc2\xa3"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text t;
		text_init(&t, 1000);
		show_plain(cases[i].from, &t);
		assert_string_equal(text_c(&t), cases[i].to);
		text_fini(&t);
	}
}

static void test_show_json__indents_for_people_and_leaves_it_for_pipes(void **state)
{
	static const struct {
		const char *json;
		bool terminal;
		const char *expected;
	} cases[] = {
		{"{\"a\":1}", false, "{\"a\":1}\n"},
		{"{\"a\":1}\n", false, "{\"a\":1}\n"},
		{"{\"a\":1}", true, "{\n  \"a\": 1\n}\n"},
		{"{}", true, "{}\n"},
		{"{\"a\":[],\"b\":{}}", true, "{\n  \"a\": [],\n  \"b\": {}\n}\n"},
		{"{\"a\":[1,{\"b\":2}]}", true,
		 "{\n  \"a\": [\n    1,\n    {\n      \"b\": 2\n    }\n  ]\n}\n"},
		{"{\"a\":\"{,:}\\\"[\\\\\"}", true, "{\n  \"a\": \"{,:}\\\"[\\\\\"\n}\n"},
		{"{ \"a\" : 1 , \"b\" : [ ] }", true, "{\n  \"a\": 1,\n  \"b\": []\n}\n"},
		{"\"\\", true, "\"\\\n"},
		{"", true, "\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text t;
		text_init(&t, 1000);
		show_json(str_c(cases[i].json), cases[i].terminal, &t);
		assert_string_equal(text_c(&t), cases[i].expected);
		text_fini(&t);
	}
}

static void test_show_shell_word__quotes_what_a_shell_would_read(void **state)
{
	static const struct {
		const char *from, *to;
	} cases[] = {
		{"/var/lib/pdmd-demo", "/var/lib/pdmd-demo"},
		{"", "''"},
		{"a b", "'a b'"},
		{"$HOME", "'$HOME'"},
		{"it's", "'it'\\''s'"},
		{"http://[::1]:80", "'http://[::1]:80'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct text t;
		text_init(&t, 1000);
		show_shell_word(str_c(cases[i].from), &t);
		assert_string_equal(text_c(&t), cases[i].to);
		text_fini(&t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_show__writes_a_record_as_lines),
		cmocka_unit_test(test_show__writes_a_list_as_a_table),
		cmocka_unit_test(test_show__says_so_when_a_list_is_empty_but_only_to_a_person),
		cmocka_unit_test(test_show__parts_several_members_with_an_empty_line_on_a_terminal),
		cmocka_unit_test(test_show__puts_a_secret_alone_on_the_output),
		cmocka_unit_test(test_show__survives_an_answer_of_another_form),
		cmocka_unit_test(test_show__keeps_control_characters_from_the_terminal),
		cmocka_unit_test(test_show_json__indents_for_people_and_leaves_it_for_pipes),
		cmocka_unit_test(test_show_shell_word__quotes_what_a_shell_would_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
