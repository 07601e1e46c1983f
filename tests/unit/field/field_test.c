/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "field/field.h"
#include "json/json.h"

/* A record with one of everything. */
struct part {
	struct str name;
	int64_t quantity;
};

struct word {
	struct str text;
};

struct box {
	struct str line;
	struct str city;
};

struct thing {
	int64_t thing_id;
	int64_t boxes;
	struct str ref;
	struct str notes;
	int8_t fridge, active;
	struct str day, dob;
	int8_t state;
	struct box box;
	struct list parts;
	struct list words;
	struct str email;
	struct str stamp;
};

static const char *const states[] = {"Scheduled", "Delivered", NULL};

static const struct field part_fields[] = {
	FIELD_STRING(part, name, 4, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_INT(part, quantity, 1, 10, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_END,
};

static const struct field word_fields[] = {
	{FIELD_NAME(""), .kind = FIELD_KIND_STRING, .offset = offsetof(struct word, text), .max = 3,
	 .help = "h"},
	FIELD_END,
};

static const struct field box_fields[] = {
	FIELD_STRING(box, line, 5, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_STRING(box, city, 5, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_END,
};

static const struct field thing_fields[] = {
	FIELD_INT(thing, thing_id, 1, INT64_MAX, .flags = FIELD_ID, .help = "h"),
	FIELD_REF(thing, thing_ref, "T", thing_id, .help = "h"),
	FIELD_INT(thing, boxes, 1, 10000, .absent = 1, .help = "h"),
	FIELD_STRING(thing, ref, 50, .help = "h"),
	FIELD_STRING(thing, notes, 9, .flags = FIELD_MULTILINE, .help = "h"),
	FIELD_BOOLEAN(thing, fridge, .help = "h"),
	FIELD_BOOLEAN(thing, active, .absent = -1, .help = "h"),
	FIELD_DATE(thing, day, .help = "h"),
	FIELD_DATE(thing, dob, .check = field_check_dob, .help = "h"),
	FIELD_CHOICE(thing, state, states, .help = "h"),
	FIELD_OBJECT(thing, box, box_fields, .flags = FIELD_REQUIRED, .help = "h"),
	FIELD_ARRAY(thing, parts, part, part_fields, 3, .help = "h"),
	FIELD_ARRAY(thing, words, word, word_fields, 3, .help = "h"),
	FIELD_STRING(thing, email, 20, .check = field_check_email, .help = "h"),
	FIELD_STRING(thing, stamp, 20, .flags = FIELD_ANSWER_ONLY, .help = "h"),
	FIELD_ONE_OF("thing_id", "ref"),
	FIELD_END,
};

static const struct field rule_of_three[] = {
	FIELD_INT(thing, thing_id, 1, INT64_MAX, .flags = FIELD_ID, .help = "h"),
	FIELD_STRING(thing, ref, 50, .help = "h"),
	FIELD_DATE(thing, day, .help = "h"),
	FIELD_ONE_OF("thing_id", "ref", "day"),
	FIELD_END,
};

static const struct field lost_rule[] = {
	FIELD_INT(thing, boxes, 1, 2, .help = "h"),
	FIELD_ONE_OF("boxes", "ref"),
	FIELD_END,
};

static struct arena arena;

static struct faults decode_by(const struct field *fields, const char *body,
			       struct thing *ret_thing)
{
	struct field_context context = {.arena = &arena, .today = STR("2026-03-01")};
	struct faults faults = {0};
	const struct json *object;
	struct json_error e;

	arena_reset(&arena);
	*ret_thing = (struct thing){0};
	if (json_parse(&arena, str_c(body), 8, &object, &e) != RC_OK)
		fail_msg("not JSON: %s", body);
	assert_int_equal(field_decode(fields, object, &context, ret_thing, &faults), RC_OK);
	return faults;
}

static struct faults decode(const char *body, struct thing *ret_thing)
{
	return decode_by(thing_fields, body, ret_thing);
}

/* "301 box.line, 302 ref (at most 50 characters)" */
static void describe(const struct faults *faults, struct text *t)
{
	static const int codes[] = {[FIELD_MISSING] = 301, [FIELD_TYPE] = 303, [FIELD_RANGE] = 302};

	text_clear(t);
	for (const struct fault *f = faults->first; f; f = f->next) {
		text_printf(t, "%s%d %.*s", t->n ? ", " : "", codes[f->kind], STR_ARGS(f->path));
		if (f->rule)
			text_printf(t, " (%s)", f->rule);
	}
}

#define BOX "\"box\":{\"line\":\"a\",\"city\":\"b\"}"
#define ID  "\"thing_id\":7," BOX
#define CAT "\xf0\x9f\x90\xb1"
#define TEN CAT CAT CAT CAT CAT CAT CAT CAT CAT CAT

static void test_field__asks_for_one_of_any_number(void **state)
{
	static const struct {
		const char *body, *faults;
	} cases[] = {
		{"{}", "301 thing_id or ref or day"},
		{"{\"thing_id\":0,\"day\":null}", "301 thing_id or ref or day"},
		{"{\"day\":\"2026-03-01\"}", ""},
		{"{\"day\":7}", "303 day (date)"},
	};
	struct thing thing;
	struct text found;

	(void)state;
	text_init(&found, 4096);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct faults faults = decode_by(rule_of_three, cases[i].body, &thing);
		describe(&faults, &found);
		assert_string_equal(text_c(&found), cases[i].faults);
	}
	text_fini(&found);
}

static void test_field__names_every_fault_in_the_order_of_the_table(void **state)
{
	static const struct {
		const char *body, *faults;
	} cases[] = {
		/* absent */
		{"{" ID "}", ""},
		{"{}", "301 box.line, 301 box.city, 301 thing_id or ref"},
		{"{\"thing_id\":null,\"ref\":\"\",\"box\":null}",
		 "301 box.line, 301 box.city, 301 thing_id or ref"},
		{"{\"thing_id\":0," BOX "}", "301 thing_id or ref"},
		{"{\"thing_id\":\"\"," BOX "}", "301 thing_id or ref"},
		{"{\"ref\":\"x\"," BOX "}", ""},
		{"{\"thing_id\":0,\"ref\":\"x\"," BOX "}", ""},
		{"{\"box\":{\"city\":\"b\"},\"ref\":\"x\"}", "301 box.line"},
		{"{" ID
		 ",\"fridge\":\"\",\"parts\":\"\",\"state\":\"\",\"day\":\"\",\"email\":\"\"}",
		 ""},
		/* int */
		{"{\"thing_id\":\"7\"," BOX "}", "303 thing_id (int)"},
		{"{\"thing_id\":7.0," BOX "}", "303 thing_id (int)"},
		{"{\"thing_id\":1e3," BOX "}", "303 thing_id (int)"},
		{"{\"thing_id\":true," BOX "}", "303 thing_id (int)"},
		{"{\"thing_id\":[]," BOX "}", "303 thing_id (int)"},
		{"{\"thing_id\":{}," BOX "}", "303 thing_id (int)"},
		{"{\"thing_id\":-1," BOX "}", "302 thing_id (1 to 9223372036854775807)"},
		{"{\"thing_id\":9223372036854775807," BOX "}", ""},
		{"{\"thing_id\":9223372036854775808," BOX "}",
		 "302 thing_id (1 to 9223372036854775807)"},
		{"{" ID ",\"boxes\":0}", "302 boxes (1 to 10000)"},
		{"{" ID ",\"boxes\":10000}", ""},
		{"{" ID ",\"boxes\":10001}", "302 boxes (1 to 10000)"},
		/* string */
		{"{\"ref\":7," BOX "}", "303 ref (string)"},
		{"{\"ref\":\"" TEN TEN TEN TEN TEN "\"," BOX "}", ""},
		{"{\"ref\":\"" TEN TEN TEN TEN TEN "x\"," BOX "}",
		 "302 ref (at most 50 characters)"},
		{"{\"ref\":\"a\\tb\"," BOX "}", "303 ref (no control characters)"},
		{"{\"ref\":\"\\u0000\"," BOX "}", "303 ref (no control characters)"},
		{"{\"ref\":\"\\u0085\"," BOX "}", "303 ref (no control characters)"},
		{"{" ID ",\"notes\":\"a\\n\\tb\"}", ""},
		{"{" ID ",\"notes\":\"a\\rb\"}", "303 notes (no control characters)"},
		/* boolean */
		{"{" ID ",\"fridge\":true,\"active\":0}", ""},
		{"{" ID ",\"fridge\":1}", ""},
		{"{" ID ",\"fridge\":2}", "303 fridge (true or false)"},
		{"{" ID ",\"fridge\":-1}", "303 fridge (true or false)"},
		{"{" ID ",\"fridge\":1.0}", "303 fridge (true or false)"},
		{"{" ID ",\"fridge\":\"true\"}", "303 fridge (true or false)"},
		/* date */
		{"{" ID ",\"day\":\"2024-02-29\"}", ""},
		{"{" ID ",\"day\":\"2023-02-29\"}", "302 day (a day of the calendar)"},
		{"{" ID ",\"day\":\"2023-13-01\"}", "302 day (a day of the calendar)"},
		{"{" ID ",\"day\":\"29/02/2024\"}", "303 day (date as YYYY-MM-DD)"},
		{"{" ID ",\"day\":20240229}", "303 day (date)"},
		{"{" ID ",\"dob\":\"1849-12-31\"}", "302 dob (not before 1850)"},
		{"{" ID ",\"dob\":\"1850-01-01\"}", ""},
		{"{" ID ",\"dob\":\"2026-03-01\"}", ""},
		{"{" ID ",\"dob\":\"2026-03-02\"}", "302 dob (not in the future)"},
		/* choice */
		{"{" ID ",\"state\":\"dELIVERED\"}", ""},
		{"{" ID ",\"state\":\"Deliver\"}", "302 state (Scheduled or Delivered)"},
		{"{" ID ",\"state\":1}", "303 state (string)"},
		/* object and arrays */
		{"{\"ref\":\"x\",\"box\":\"b\"}", "303 box (object)"},
		{"{\"ref\":\"x\",\"box\":{\"line\":\"123456\",\"city\":1}}",
		 "302 box.line (at most 5 characters), 303 box.city (string)"},
		{"{" ID ",\"parts\":[]}", ""},
		{"{" ID ",\"parts\":{}}", "303 parts (array)"},
		{"{" ID ",\"parts\":[{\"name\":\"a\",\"quantity\":1}]}", ""},
		{"{" ID ",\"parts\":[{\"name\":\"a\",\"quantity\":1},7,{\"name\":\"abcde\"}]}",
		 "303 parts[1] (object), 302 parts[2].name (at most 4 characters), "
		 "301 parts[2].quantity"},
		{"{" ID ",\"parts\":[{\"name\":\"a\",\"quantity\":0}]}",
		 "302 parts[0].quantity (1 to 10)"},
		{"{" ID ",\"parts\":[1,2,3,4]}", "302 parts (at most 3 items)"},
		{"{" ID ",\"words\":[\"a\",\"\",\"abcd\"]}",
		 "301 words[1], 302 words[2] (at most 3 characters)"},
		{"{" ID ",\"words\":[null,1]}", "301 words[0], 303 words[1] (string)"},
		/* a rule of its own */
		{"{" ID ",\"email\":\"a@b\"}", ""},
		{"{" ID ",\"email\":\"a@\"}",
		 "302 email (one @ with something on each side and no spaces)"},
		{"{" ID ",\"email\":\"@b\"}",
		 "302 email (one @ with something on each side and no spaces)"},
		{"{" ID ",\"email\":\"a@b@c\"}",
		 "302 email (one @ with something on each side and no spaces)"},
		{"{" ID ",\"email\":\"a b@c\"}",
		 "302 email (one @ with something on each side and no spaces)"},
		{"{" ID ",\"email\":\"ab\"}",
		 "302 email (one @ with something on each side and no spaces)"},
		/* not ours */
		{"{" ID ",\"nonsense\":[{}],\"stamp\":7,\"thing_ref\":[]}", ""},
		/* several */
		{"{\"thing_id\":\"x\",\"boxes\":0,\"parts\":[{}],\"fridge\":9}",
		 "303 thing_id (int), 302 boxes (1 to 10000), 303 fridge (true or false), "
		 "301 box.line, 301 box.city, 301 parts[0].name, 301 parts[0].quantity"},
	};
	struct text t;
	struct thing thing;

	(void)state;
	text_init(&t, 4096);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct faults faults = decode(cases[i].body, &thing);
		describe(&faults, &t);
		if (strcmp(text_c(&t), cases[i].faults) != 0)
			fail_msg("%s\n gives  %s\n and not %s", cases[i].body, text_c(&t),
				 cases[i].faults);
	}
	text_fini(&t);
}

static void test_field__gives_absent_members_what_the_row_says(void **state)
{
	struct thing thing;

	(void)state;
	struct faults faults = decode("{" ID "}", &thing);
	assert_int_equal(faults.n, 0);
	assert_int_equal(thing.thing_id, 7);
	assert_int_equal(thing.boxes, 1);
	assert_int_equal(thing.fridge, 0);
	assert_int_equal(thing.active, -1);
	assert_int_equal(thing.state, 0);
	assert_int_equal(thing.ref.n, 0);
	assert_int_equal(thing.parts.n, 0);
}

static void test_field__decodes_what_it_encodes(void **state)
{
	static const char body[] =
		"{\"thing_id\":1408,\"thing_ref\":\"T001408\",\"boxes\":2,\"ref\":\"a\\\"\\\\" CAT
		"\",\"notes\":\"x\\n\\ty\",\"fridge\":true,\"active\":false,\"day\":\"2024-02-29\","
		"\"dob\":\"\",\"state\":\"Delivered\",\"box\":{\"line\":\"l\",\"city\":\"c\"},"
		"\"parts\":[{\"name\":\"p\",\"quantity\":1},{\"name\":\"q\",\"quantity\":10}],"
		"\"words\":[\"a\",\"b\"],\"email\":\"a@b\",\"stamp\":\"\"}";
	struct text t;
	struct thing thing;

	(void)state;
	text_init(&t, 4096);
	struct faults faults = decode(body, &thing);
	assert_int_equal(faults.n, 0);
	field_encode(thing_fields, &thing, &t);
	assert_string_equal(text_c(&t), body);
	text_fini(&t);
}

static void test_field__writes_refs_with_at_least_six_digits(void **state)
{
	static const struct {
		int64_t id;
		const char *ref;
	} cases[] = {
		{0, "\"T000000\""},
		{1, "\"T000001\""},
		{999999, "\"T999999\""},
		{1000000, "\"T1000000\""},
		{INT64_MAX, "\"T9223372036854775807\""},
	};
	struct text t;

	(void)state;
	text_init(&t, 4096);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct thing thing = {.thing_id = cases[i].id, .active = 0};
		text_clear(&t);
		field_encode(thing_fields, &thing, &t);
		assert_non_null(strstr(text_c(&t), cases[i].ref));
	}
	text_fini(&t);
}

static void test_field__keeps_a_hundred_faults_and_counts_the_rest(void **state)
{
	static const struct field many[] = {
		FIELD_ARRAY(thing, parts, part, part_fields, 1000, .help = "h"),
		FIELD_END,
	};
	struct field_context context = {.arena = &arena};
	struct faults faults = {0};
	const struct json *object;
	struct json_error e;
	struct thing thing = {0};
	struct text t;
	size_t kept = 0;

	(void)state;
	text_init(&t, 8192);
	text_add_c(&t, "{\"parts\":[0");
	for (int i = 1; i < 1000; i++)
		text_add_c(&t, ",0");
	text_add_c(&t, "]}");
	arena_reset(&arena);
	assert_int_equal(json_parse(&arena, text_str(&t), 8, &object, &e), RC_OK);
	assert_int_equal(field_decode(many, object, &context, &thing, &faults), RC_OK);
	for (const struct fault *f = faults.first; f; f = f->next)
		kept++;
	assert_int_equal(kept, FAULTS_MAX);
	assert_int_equal(faults.n, 1000);
	text_fini(&t);
}

static void test_field__runs_out_of_memory_without_a_fault(void **state)
{
	struct faults faults;
	const struct json *object;
	struct json_error e;
	struct thing thing;
	struct arena small;
	bool failed = false, worked = false;

	(void)state;
	arena_reset(&arena);
	assert_int_equal(
		json_parse(&arena, STR("{\"parts\":[{},{},{}],\"thing_id\":-1}"), 8, &object, &e),
		RC_OK);
	for (size_t limit = 16; limit < 4096; limit += 16) {
		struct field_context context = {.arena = &small};
		arena_init(&small, 16, limit);
		faults = (struct faults){0};
		thing = (struct thing){0};
		enum rc rc = field_decode(thing_fields, object, &context, &thing, &faults);
		assert_true(rc == RC_OK || rc == RC_NOMEM);
		failed = failed || rc == RC_NOMEM;
		worked = worked || rc == RC_OK;
		arena_fini(&small);
	}
	assert_true(failed && worked);
}

static void test_field__finds_tables_sound_or_says_why_not(void **state)
{
	static const struct field twice[] = {
		FIELD_INT(thing, boxes, 1, 2, .help = "h"),
		FIELD_INT(thing, boxes, 1, 2, .help = "h"),
		FIELD_END,
	};
	static const struct field negative[] = {
		FIELD_INT(thing, boxes, -1, 2, .help = "h"),
		FIELD_END,
	};
	static const struct field no_help[] = {
		FIELD_INT(thing, boxes, 1, 2, .help = ""),
		FIELD_END,
	};
	static const struct field no_max[] = {
		FIELD_STRING(thing, ref, 0, .help = "h"),
		FIELD_END,
	};
	static const struct field lax_object[] = {
		FIELD_OBJECT(thing, box, box_fields, .help = "h"),
		FIELD_END,
	};
	static const struct field bad_name[] = {
		{FIELD_NAME("a\"b"), .kind = FIELD_KIND_INT, .max = 1, .help = "h"},
		FIELD_END,
	};
	static const struct field miscounted[] = {
		{.name = "boxes", .name_bytes = 4, .kind = FIELD_KIND_INT, .max = 1, .help = "h"},
		FIELD_END,
	};
	static const struct field *const bad[] = {miscounted, twice,     negative,   no_help,
						  no_max,     lost_rule, lax_object, bad_name};
	const char *why = NULL;

	(void)state;
	assert_true(field_table_sound(thing_fields, &why));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		why = NULL;
		if (field_table_sound(bad[i], &why))
			fail_msg("table %zu is called sound", i);
		assert_non_null(why);
	}
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 4096, 1024 * 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_field__names_every_fault_in_the_order_of_the_table),
		cmocka_unit_test(test_field__asks_for_one_of_any_number),
		cmocka_unit_test(test_field__gives_absent_members_what_the_row_says),
		cmocka_unit_test(test_field__decodes_what_it_encodes),
		cmocka_unit_test(test_field__writes_refs_with_at_least_six_digits),
		cmocka_unit_test(test_field__keeps_a_hundred_faults_and_counts_the_rest),
		cmocka_unit_test(test_field__runs_out_of_memory_without_a_fault),
		cmocka_unit_test(test_field__finds_tables_sound_or_says_why_not),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
