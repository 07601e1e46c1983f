/* Customers listed and searched for: everybody who should be there, once, and nobody else. */
#include "contract.h"

#include <string.h>

/* More than any call looks at. */
#define MANY 1500

static struct customer person(const char *last_name, const char *dob, const char *postal_code,
			      const char *tel, const char *email)
{
	struct customer c = contract_customer_small("");

	c.last_name = str_c(last_name);
	c.dob = str_c(dob);
	c.address.postal_code = str_c(postal_code);
	c.tel_number_1 = str_c(tel);
	c.email_address = str_c(email);
	return c;
}

static void put_many(struct house *h, int n, const struct customer *c)
{
	assert_ok(store_begin(h->writer));
	for (int i = 0; i < n; i++)
		(void)contract_add_customer(h->writer, 9001, c);
	assert_ok(store_commit(h->writer));
}

static const struct customer *item(const struct list *list, size_t i)
{
	return &((const struct customer *)list->items)[i];
}

/* ---- lists ------------------------------------------------------------------------------- */

/* All ids, page by page; gives how many pages it took. */
static int list_all(struct house *h, struct scope scope, size_t n_max, int64_t *ret_ids,
		    size_t *ret_n)
{
	int64_t after = 0;
	struct list list;
	int pages = 0;

	*ret_n = 0;
	do {
		assert_ok(store_read(h->reader));
		assert_ok(store_customer_list(h->reader, &h->arena, scope, after, n_max, &list,
					      &after));
		assert_true(list.n <= n_max && ++pages < 100000);
		for (size_t i = 0; i < list.n; i++)
			ret_ids[(*ret_n)++] = item(&list, i)->customer_id;
	} while (after);
	return pages;
}

static void test_list__has_everybody_once_in_order_whatever_the_pages(void **state)
{
	static const size_t sizes[] = {1, 2, 3, 9, 10, 11, 200};
	static int64_t ids[100];
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	size_t n;

	assert_int_equal(list_all(h, ALL_OF(9001), 10, ids, &n), 1);
	assert_int_equal(n, 0);
	put_many(h, 10, &c);
	(void)contract_put_customer(h, 9002, &c);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		/* The last page is known to be the last. */
		assert_int_equal(list_all(h, ALL_OF(9001), sizes[i], ids, &n),
				 (10 + sizes[i] - 1) / sizes[i]);
		assert_int_equal(n, 10);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(ids[k], k + 1);
	}
	(void)list_all(h, ALL_OF(9002), 10, ids, &n);
	assert_int_equal(n, 1);
	(void)list_all(h, ALL_OF(9003), 10, ids, &n);
	assert_int_equal(n, 0);
}

static void test_list__of_a_branch_goes_on_behind_the_many_of_others(void **state)
{
	static int64_t ids[MANY * 2];
	struct house *h = *state;
	struct customer c = contract_customer_small(""), theirs = c;
	size_t n;

	theirs.branch_id = 2;
	put_many(h, 2, &c);
	put_many(h, MANY, &theirs);
	put_many(h, 3, &c);
	assert_true(list_all(h, BRANCH_OF(9001, 1), 200, ids, &n) > 1);
	assert_int_equal(n, 5);
	assert_int_equal(ids[1], 2);
	assert_int_equal(ids[2], MANY + 3);
	(void)list_all(h, BRANCH_OF(9001, 2), 200, ids, &n);
	assert_int_equal(n, MANY);
}

/* ---- searches ----------------------------------------------------------------------------- */

#define IDS_MAX (MANY * 2)

/* Everybody who is found, page by page, in *ret_ids; gives how many pages it took. */
static int find_all(struct house *h, struct scope scope, const struct customer_search *search,
		    size_t n_max, int64_t *ret_ids, size_t *ret_n)
{
	struct customer_place place = {.customer_id = 0};
	struct list list;
	int pages = 0;

	*ret_n = 0;
	do {
		assert_ok(store_read(h->reader));
		assert_ok(store_customer_search(h->reader, &h->arena, scope, search, &place, n_max,
						&list, &place));
		assert_true(list.n <= n_max && ++pages < 100000);
		for (size_t i = 0; i < list.n && *ret_n < IDS_MAX; i++)
			ret_ids[(*ret_n)++] = item(&list, i)->customer_id;
	} while (place.customer_id);
	return pages;
}

static size_t count(struct house *h, struct scope scope, const struct customer_search *search)
{
	static int64_t ids[IDS_MAX];
	size_t n;

	(void)find_all(h, scope, search, 200, ids, &n);
	return n;
}

/* Each row is a customer, 1, 2, … */
static const struct {
	const char *last_name, *dob, *postal_code, *tel, *email;
} people[] = {
	{"O'Brien", "1950-01-01", "TT11 1TT", "020 7946 0001", "ann@example.org"},
	{"OBrien", "1950-01-01", "tt11  1tt", "+44 20 7946 0001", "ANN@example.org"},
	{"Ó Briain", "1951-02-03", "TT1 11TT", "0044 (0)20-7946-0002", "ann.@example.org"},
	{"Müller", "1950-01-01", "TT11 1TU", "07700 900123", ""},
	{"Muller-Smith", "", "", "", ""},
	{"Łukasik", "1960-06-06", "AB1 2CD", "07700 900124", "łuk@example.org"},
	{"李", "1960-06-06", "AB1 2CD", "07700 900124", "li@example.org"},
	{"Smith", "1950-01-01", "AB1 2CD", "07700 900124", "smith@example.org"},
	{"Smithson", "1950-01-02", "AB1 2CE", "07700 900125", "smithson@example.org"},
};

static void test_search__finds_whom_people_mean(void **state)
{
	static const struct {
		struct customer_search search;
		const char *found; /* ids, in order */
	} cases[] = {
		{{.last_name = STR_INIT("obrien")}, "1 2 "},
		{{.last_name = STR_INIT("O’Bri")}, "3 1 2 "}, /* by name: obriain, obrien */
		{{.last_name = STR_INIT("o b r i a")}, "3 "},
		{{.last_name = STR_INIT("MULLER")}, "4 5 "},
		{{.last_name = STR_INIT("muller smith")}, "5 "},
		{{.last_name = STR_INIT("lukasik")}, "6 "},
		{{.last_name = STR_INIT("smith")}, "8 9 "},
		{{.last_name = STR_INIT("mith")}, ""},
		{{.last_name = STR_INIT("smi%")}, "8 9 "}, /* a mark, and no pattern */
		{{.last_name = STR_INIT("李")}, "7 "},
		{{.postal_code = STR_INIT("tt111tt")}, "1 2 3 "},
		{{.postal_code = STR_INIT("tt11")}, ""}, /* the whole one */
		{{.tel_number = STR_INIT("02079460001")}, "1 2 "},
		{{.tel_number = STR_INIT("+442079460002")}, "3 "},
		{{.email_address = STR_INIT("Ann@Example.ORG")}, "1 2 "},
		{{.email_address = STR_INIT("ŁUK@example.org")}, "6 "},
		{{.dob = STR_INIT("1950-01-01")}, "1 2 4 8 "},
		{{.dob = STR_INIT("1950-01-01"), .last_name = STR_INIT("o")}, "1 2 "},
		{{.dob = STR_INIT("1950-01-01"), .last_name = STR_INIT("smith")}, "8 "},
		{{.postal_code = STR_INIT("ab12cd"), .tel_number = STR_INIT("07700900124")},
		 "6 7 8 "},
		{{.postal_code = STR_INIT("ab12cd"),
		  .tel_number = STR_INIT("07700900124"),
		  .last_name = STR_INIT("smi"),
		  .email_address = STR_INIT("smith@example.org"),
		  .dob = STR_INIT("1950-01-01")},
		 "8 "},
		{{.postal_code = STR_INIT("ab12cd"), .tel_number = STR_INIT("07700900125")}, ""},
	};
	static int64_t ids[IDS_MAX];
	struct house *h = *state;
	size_t n;

	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		struct customer c = person(people[i].last_name, people[i].dob,
					   people[i].postal_code, people[i].tel, people[i].email);
		assert_int_equal(contract_put_customer(h, 9001, &c), i + 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t n_max = 1; n_max <= 10; n_max++) {
			struct text found;
			text_init(&found, 256);
			(void)find_all(h, ALL_OF(9001), &cases[i].search, n_max, ids, &n);
			for (size_t k = 0; k < n; k++)
				text_printf(&found, "%d ", (int)ids[k]);
			if (strcmp(text_c(&found), cases[i].found) != 0)
				fail_msg("case %d, pages of %d: %s", (int)i, (int)n_max,
					 text_c(&found));
			text_fini(&found);
		}
		assert_int_equal(count(h, ALL_OF(9002), &cases[i].search), 0);
		assert_int_equal(count(h, BRANCH_OF(9001, 2), &cases[i].search), 0);
	}
}

static void test_search__knows_second_numbers_and_what_was_changed(void **state)
{
	static const struct customer_search second = {.tel_number = STR_INIT("07700 900001")},
					    old = {.last_name = STR_INIT("other")},
					    new = {.last_name = STR_INIT("another")};
	struct house *h = *state;
	struct customer before = contract_customer_small(""), after;

	before.tel_number_2 = STR("+44 7700 900001");
	before.customer_id = contract_put_customer(h, 9001, &before);
	before.version = 1;
	assert_int_equal(count(h, ALL_OF(9001), &second), 1);
	assert_int_equal(count(h, ALL_OF(9001), &old), 1);

	after = before;
	after.last_name = STR("Another");
	after.tel_number_2 = STR("");
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_edit(h->writer, 9001, &before, &after, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_int_equal(count(h, ALL_OF(9001), &second), 0);
	assert_int_equal(count(h, ALL_OF(9001), &old), 0);
	assert_int_equal(count(h, ALL_OF(9001), &new), 1);

	after.version = 2;
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_erase(h->writer, 9001, &after, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_int_equal(count(h, ALL_OF(9001), &new), 0);
}

static void test_search__looks_at_so_many_and_goes_on(void **state)
{
	static const struct customer_search search = {.last_name = STR_INIT("common"),
						      .dob = STR_INIT("1950-01-01"),
						      .tel_number = STR_INIT("07700900000")};
	static int64_t ids[IDS_MAX];
	struct house *h = *state;
	struct customer c = person("Common", "1950-01-01", "", "", ""), one = c;
	struct list list;
	struct customer_place place = {.customer_id = 0};
	size_t n;

	put_many(h, MANY, &c);
	c.dob = STR("");
	c.tel_number_1 = STR("07700 900000");
	put_many(h, MANY, &c);
	one.tel_number_1 = STR("07700 900000");
	int64_t id = contract_put_customer(h, 9001, &one);

	assert_ok(store_read(h->reader));
	assert_ok(store_customer_search(h->reader, &h->arena, ALL_OF(9001), &search, &place, 200,
					&list, &place));
	assert_int_equal(list.n, 0);
	assert_true(place.customer_id > 0);
	assert_true(find_all(h, ALL_OF(9001), &search, 200, ids, &n) > 1);
	assert_int_equal(n, 1);
	assert_int_equal(ids[0], id);
}

static void test_search__is_quick_along_the_term_that_few_have(void **state)
{
	static const struct customer_search searches[] = {
		{.last_name = STR_INIT("rare"), .tel_number = STR_INIT("07700900000")},
		{.last_name = STR_INIT("common"), .dob = STR_INIT("1950-01-01")},
	};
	static int64_t ids[IDS_MAX];
	struct house *h = *state;
	struct customer c = person("Common", "", "", "07700 900000", ""),
			rare = person("Rarely", "1950-01-01", "", "07700 900000", ""),
			born = person("Common", "1950-01-01", "", "", "");
	size_t n;

	put_many(h, MANY, &c);
	(void)contract_put_customer(h, 9001, &rare);
	(void)contract_put_customer(h, 9001, &born);
	for (size_t i = 0; i < ARRAY_LEN(searches); i++) {
		assert_int_equal(find_all(h, ALL_OF(9001), &searches[i], 200, ids, &n), 1);
		assert_int_equal(n, 1);
		assert_int_equal(ids[0], MANY + 1 + i);
	}
}

static void test_search__keeps_its_order_when_another_term_becomes_the_rarer(void **state)
{
	static const struct customer_search search = {.last_name = STR_INIT("smith"),
						      .dob = STR_INIT("1950-01-01")};
	struct house *h = *state;
	struct customer names[] = {person("Smithson", "1950-01-01", "", "", ""),
				   person("Smith", "1950-01-01", "", "", ""),
				   person("Smithers", "1950-01-01", "", "", "")};
	struct customer born = person("Jones", "1950-01-01", "", "", ""),
			smith = person("Smith", "", "", "", "");
	struct customer_place place = {.customer_id = 0};
	bool seen[4] = {false};
	struct list list;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		(void)contract_put_customer(h, 9001, &names[i]);
	put_many(h, 3, &born); /* few are named so */
	do {
		assert_ok(store_read(h->reader));
		assert_ok(store_customer_search(h->reader, &h->arena, ALL_OF(9001), &search, &place,
						1, &list, &place));
		if (list.n) {
			int64_t id = item(&list, 0)->customer_id;
			assert_true(id <= 3 && !seen[id]);
			seen[id] = true;
		}
		put_many(h, 10, &smith); /* fewer were born then */
	} while (place.customer_id);
	assert_true(seen[1] && seen[2] && seen[3]);
}

static void test_search__refuses_what_leaves_nothing_to_look_for(void **state)
{
	static const struct customer_search nothing[] = {
		{.dob = STR_INIT("")},
		{.last_name = STR_INIT("-")},
		{.tel_number = STR_INIT("none")},
		{.last_name = STR_INIT("smith"), .postal_code = STR_INIT(" - ")},
	};
	static const struct customer_search smith = {.last_name = STR_INIT("smith")};
	static char longest[CUSTOMER_TERM_BYTES_MAX + 1];
	const struct customer_place places[] = {{STR("ljones"), 1},
						{STR("d1950-01-01"), 1},
						{STR(""), 1},
						{{longest, sizeof(longest)}, 1}};
	struct customer_place start = {.customer_id = 0}, place;
	struct house *h = *state;
	struct list list;

	assert_ok(store_read(h->reader));
	for (size_t i = 0; i < ARRAY_LEN(nothing); i++)
		assert_rc(store_customer_search(h->reader, &h->arena, ALL_OF(9001), &nothing[i],
						&start, 10, &list, &place),
			  RC_INVALID);
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		assert_rc(store_customer_search(h->reader, &h->arena, ALL_OF(9001), &smith,
						&places[i], 10, &list, &place),
			  RC_INVALID);
}

static void test_search__takes_the_longest_names(void **state)
{
	static char name[50 * 3];
	static int64_t ids[IDS_MAX];
	struct house *h = *state;
	struct customer c = contract_customer_small("");
	size_t n;

	/* One sign, of which Unicode makes eighteen: what is kept of them is cut. */
	for (size_t i = 0; i < sizeof(name); i += 3)
		memcpy(name + i, "\xef\xb7\xba", 3);
	c.last_name = (struct str){name, sizeof(name)};
	put_many(h, 5, &c);
	const struct customer_search search = {.last_name = c.last_name};
	assert_int_equal(find_all(h, ALL_OF(9001), &search, 2, ids, &n), 3);
	assert_int_equal(n, 5);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_list__has_everybody_once_in_order_whatever_the_pages),
	CONTRACT_TEST(test_list__of_a_branch_goes_on_behind_the_many_of_others),
	CONTRACT_TEST(test_search__finds_whom_people_mean),
	CONTRACT_TEST(test_search__knows_second_numbers_and_what_was_changed),
	CONTRACT_TEST(test_search__looks_at_so_many_and_goes_on),
	CONTRACT_TEST(test_search__is_quick_along_the_term_that_few_have),
	CONTRACT_TEST(test_search__keeps_its_order_when_another_term_becomes_the_rarer),
	CONTRACT_TEST(test_search__refuses_what_leaves_nothing_to_look_for),
	CONTRACT_TEST(test_search__takes_the_longest_names),
};

const struct contract_tests contract_customer_find = {
	.name = "finding customers", .tests = tests, .n = ARRAY_LEN(tests)};
