/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "base/file.h"
#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"
#include "server/demo_data.h"
#include "server/demo_person.h"
#include "server/dir.h"
#include "server/server.h"
#include "store/store.h"
#include "json/json.h"

/* ---- a demo directory, and what is in it ----------------------------------------------- */

struct fixture {
	char dir[64];
	struct direct *direct;
	struct store *store;
	struct arena arena;
	struct text text;
};

static void remove_tree(const char *dir)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while ((entry = readdir(d))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(closedir(d), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void open_fixture(struct fixture *f)
{
	assert_int_equal(direct_open(f->dir, "", &f->direct, &f->text), RC_OK);
	f->store = direct_store(f->direct);
}

static void begin(struct fixture *f)
{
	*f = (struct fixture){.dir = "/tmp/pdmd-demo-XXXXXX"};
	assert_non_null(mkdtemp(f->dir));
	arena_init(&f->arena, 32768, 64 * 1024 * 1024);
	text_init(&f->text, 65536);
}

static void set_up(struct fixture *f, int64_t customers)
{
	begin(f);
	assert_int_equal(demo_make(f->dir, "", customers, &f->text), RC_OK);
	assert_int_equal(f->text.n, 0);
	open_fixture(f);
}

static void tear_down(struct fixture *f)
{
	f->direct = direct_close(f->direct);
	arena_fini(&f->arena);
	text_fini(&f->text);
	remove_tree(f->dir);
}

static enum rc get(struct fixture *f, int64_t company_id, int64_t id, struct customer *ret_customer)
{
	struct scope scope = {.company_id = company_id};

	return store_customer_get(f->store, &f->arena, scope, id, ret_customer);
}

/* The customer as the API answers it; good until the next one. */
static struct str get_json(struct fixture *f, int64_t company_id, int64_t id)
{
	struct customer customer;

	assert_int_equal(get(f, company_id, id, &customer), RC_OK);
	text_clear(&f->text);
	field_encode(customer_fields, &customer, &f->text);
	assert_false(f->text.failed);
	return text_str(&f->text);
}

static void read_key(struct fixture *f, const char *file, char ret_key[ACCESS_KEY_CHARS + 1])
{
	char path[PATH_MAX], line[64];
	struct stat st;
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s/%s", f->dir, file);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	in = fopen(path, "r");
	assert_non_null(in);
	assert_non_null(fgets(line, sizeof(line), in));
	assert_int_equal(fgetc(in), EOF);
	assert_int_equal(fclose(in), 0);
	assert_int_equal(strlen(line), ACCESS_KEY_CHARS + 1);
	assert_int_equal(line[ACCESS_KEY_CHARS], '\n');
	memcpy(ret_key, line, ACCESS_KEY_CHARS);
	ret_key[ACCESS_KEY_CHARS] = '\0';
}

/* ---- cases -------------------------------------------------------------------------------- */

/* Contract section 4.2. */
static const char example[] =
	"{\"customer_id\":1408,\"customer_ref\":\"C001408\","
	"\"external_customer_ref\":\"EXTREF164736\","
	"\"created\":\"2017-12-12\",\"last_modified\":\"2017-12-14\",\"title\":\"Mr\","
	"\"first_name\":\"Joe\",\"last_name\":\"Bloggs\",\"gender\":\"Male\","
	"\"dob\":\"1968-11-06\",\"address\":{\"line_1\":\"Test Address Line 1\","
	"\"line_2\":\"Test Address Line 2\",\"line_3\":\"\",\"city\":\"Test City\","
	"\"county\":\"Test County\",\"postal_code\":\"TT11 1TT\"},"
	"\"email_address\":\"joe@blogs.com\",\"tel_number_1\":\"\",\"tel_number_2\":\"\","
	"\"active\":true}";

static void test_demo_data__has_the_worked_example_whatever_the_size(void **state)
{
	static const struct {
		int64_t customers;
		int64_t next_id;
	} cases[] = {{1, 1409}, {10, 1409}, {1408, 1409}, {1500, 1501}};
	static const struct change change = {.operator_uid = -1};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct customer c = {.created = STR("2024-01-01"),
				     .last_modified = STR("2024-01-01"),
				     .branch_id = 1};
		struct fixture f;
		int64_t id;

		set_up(&f, cases[i].customers);
		struct str json = get_json(&f, DEMO_COMPANY, DEMO_EXAMPLE_ID);
		assert_int_equal(json.n, strlen(example));
		assert_memory_equal(json.p, example, json.n);
		/* The company's own ids go on behind. */
		assert_int_equal(store_begin(f.store), RC_OK);
		assert_int_equal(store_customer_add(f.store, &c, DEMO_COMPANY, &change, &id),
				 RC_OK);
		assert_int_equal(id, cases[i].next_id);
		store_rollback(f.store);
		tear_down(&f);
	}
}

static void test_demo_data__has_the_customers_that_were_asked_for(void **state)
{
	struct customer c;
	struct fixture f;

	(void)state;
	set_up(&f, 10);
	for (int64_t id = 1; id <= 10; id++) {
		char ref[32];
		assert_int_equal(get(&f, DEMO_COMPANY, id, &c), RC_OK);
		(void)snprintf(ref, sizeof(ref), "EXTREF%" PRId64, id + 163328);
		assert_true(str_equal_c(c.external_customer_ref, ref));
		assert_int_equal(c.version, 1);
	}
	assert_int_equal(get(&f, DEMO_COMPANY, 11, &c), RC_NOTFOUND);
	assert_int_equal(get(&f, DEMO_COMPANY, 1409, &c), RC_NOTFOUND);
	tear_down(&f);
}

static void test_demo_data__keeps_the_companies_apart(void **state)
{
	struct customer c;
	struct fixture f;

	(void)state;
	set_up(&f, 10);
	for (int64_t n = 1; n <= DEMO_OTHER_CUSTOMERS; n++) {
		int64_t id = DEMO_OTHER_FIRST_ID + n - 1;
		char ref[32];
		assert_int_equal(get(&f, DEMO_OTHER, id, &c), RC_OK);
		(void)snprintf(ref, sizeof(ref), "NORTH-%05" PRId64, n);
		assert_true(str_equal_c(c.external_customer_ref, ref));
		assert_int_equal(get(&f, DEMO_COMPANY, id, &c), RC_NOTFOUND);
	}
	assert_int_equal(get(&f, DEMO_OTHER, 500101, &c), RC_NOTFOUND);
	assert_int_equal(get(&f, DEMO_OTHER, 1, &c), RC_NOTFOUND);
	assert_int_equal(get(&f, DEMO_OTHER, DEMO_EXAMPLE_ID, &c), RC_NOTFOUND);
	tear_down(&f);
}

static void test_demo_data__is_equal_each_time(void **state)
{
	struct fixture a, b;

	(void)state;
	set_up(&a, 60);
	set_up(&b, 40); /* nor does the size matter */
	for (int64_t id = 1; id <= 40; id++) {
		struct str x = get_json(&a, DEMO_COMPANY, id), y = get_json(&b, DEMO_COMPANY, id);
		assert_int_equal(x.n, y.n);
		assert_memory_equal(x.p, y.p, x.n);
	}
	tear_down(&a);
	tear_down(&b);
}

static void check_pharmacy(struct fixture *f, int64_t company_id, const char *name,
			   const char *key_file, char ret_key[ACCESS_KEY_CHARS + 1])
{
	uint8_t hash[ACCESS_HASH_BYTES];
	struct company company;
	struct list list;

	assert_int_equal(store_company_get(f->store, &f->arena, company_id, &company), RC_OK);
	assert_true(str_equal_c(company.name, name));
	assert_true(company.active);
	assert_int_equal(store_branch_list(f->store, &f->arena, company_id, &list), RC_OK);
	assert_int_equal(list.n, 1);
	assert_int_equal(store_access_key_list(f->store, &f->arena, company_id, &list), RC_OK);
	assert_int_equal(list.n, 1);
	const struct access_key *key = list.items;
	assert_int_equal(key->key_number, 1);
	assert_int_equal(key->branch_id, 1);
	assert_int_equal(key->rate, 100000);
	assert_int_equal(key->burst, 100000);
	assert_int_equal(key->allow.n, 0);
	assert_true(key->active);
	assert_false(key->branch_only);
	read_key(f, key_file, ret_key);
	access_key_hash(direct_access(f->direct), str_c(ret_key), hash);
	assert_memory_equal(hash, key->key_hash, sizeof(hash));
}

static void test_demo_data__keeps_each_companys_key_beside_the_data(void **state)
{
	char one[ACCESS_KEY_CHARS + 1], other[ACCESS_KEY_CHARS + 1];
	struct fixture f;

	(void)state;
	set_up(&f, 1);
	assert_true(dir_is_demo(f.dir));
	check_pharmacy(&f, DEMO_COMPANY, "Demo Pharmacy", "demo-9001.key", one);
	check_pharmacy(&f, DEMO_OTHER, "Other Pharmacy", "demo-9002.key", other);
	assert_string_not_equal(one, other);
	tear_down(&f);
}

static void rename_in(const char *dir, const char *from, const char *to)
{
	char a[PATH_MAX], b[PATH_MAX];

	(void)snprintf(a, sizeof(a), "%s/%s", dir, from);
	(void)snprintf(b, sizeof(b), "%s/%s", dir, to);
	assert_int_equal(rename(a, b), 0);
}

static void test_demo_data__begins_anew_what_was_not_finished(void **state)
{
	struct customer c;
	struct fixture f;

	(void)state;
	set_up(&f, 20);
	f.direct = direct_close(f.direct);
	rename_in(f.dir, "demo", "demo-unfinished");
	assert_false(dir_is_demo(f.dir));
	assert_int_equal(demo_make(f.dir, "", 5, &f.text), RC_OK);
	assert_true(dir_is_demo(f.dir));
	open_fixture(&f);
	assert_int_equal(get(&f, DEMO_COMPANY, 5, &c), RC_OK);
	assert_int_equal(get(&f, DEMO_COMPANY, 6, &c), RC_NOTFOUND);
	tear_down(&f);
}

static void test_demo_data__begins_anew_wherever_it_was_killed(void **state)
{
	static const char *const killed[][5] = {
		{"pdmd.lock"},
		{"pdmd.lock", "demo-unfinished"},
		{"pdmd.lock", "demo-unfinished", "secret.key"},
		{"pdmd.lock", "demo-unfinished", "secret.key", "pdmd.db.new"},
		{"pdmd.lock", "demo-unfinished", "pdmd.db", "pdmd.db.new", "pdmd.db-wal"},
		{"demo-unfinished", "pdmd.db-wal", "admin.sock", DEMO_KEY_FILE,
		 DEMO_OTHER_KEY_FILE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(killed); i++) {
		struct customer c;
		struct fixture f;

		begin(&f);
		for (size_t n = 0; n < ARRAY_LEN(killed[i]) && killed[i][n]; n++)
			assert_true(file_create(f.dir, killed[i][n], "", 0));
		if (demo_make(f.dir, "", 5, &f.text) != RC_OK)
			fail_msg("killed %zu: %s", i, text_c(&f.text));
		assert_true(dir_is_demo(f.dir));
		open_fixture(&f);
		assert_int_equal(get(&f, DEMO_COMPANY, 5, &c), RC_OK);
		tear_down(&f);
	}
}

static void test_demo_data__leaves_alone_what_somebody_is_making(void **state)
{
	struct customer c;
	struct fixture f;

	(void)state;
	set_up(&f, 20);
	rename_in(f.dir, "demo", "demo-unfinished");
	assert_int_equal(demo_make(f.dir, "", 5, &f.text), RC_BUSY);
	assert_true(f.text.n > 0);
	assert_int_equal(get(&f, DEMO_COMPANY, 20, &c), RC_OK);
	tear_down(&f);
}

static void test_demo_data__leaves_alone_what_is_there(void **state)
{
	struct customer c;
	char path[PATH_MAX];
	struct fixture f;
	FILE *out;

	(void)state;
	set_up(&f, 20);
	f.direct = direct_close(f.direct);
	assert_int_equal(demo_make(f.dir, "", 5, &f.text), RC_EXISTS);
	assert_true(f.text.n > 0);
	open_fixture(&f);
	assert_int_equal(get(&f, DEMO_COMPANY, 20, &c), RC_OK);
	tear_down(&f);

	begin(&f);
	(void)snprintf(path, sizeof(path), "%s/letter.txt", f.dir);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(demo_make(f.dir, "", 5, &f.text), RC_EXISTS);
	assert_int_equal(access(path, F_OK), 0);
	assert_false(dir_is_demo(f.dir));
	tear_down(&f);
}

/* ---- the people ---------------------------------------------------------------------------- */

#define PEOPLE 4000

/* What the API would take from a client, it may give to one. */
static void test_demo_data__obeys_the_rules_of_every_field(void **state)
{
	struct field_context context = {.today = STR("2025-01-01")};
	struct demo_person p;
	struct arena arena;
	struct text text;

	(void)state;
	arena_init(&arena, 32768, 1024 * 1024);
	text_init(&text, 65536);
	for (int64_t id = 1; id <= PEOPLE; id++) {
		struct customer decoded = {0};
		struct faults faults = {0};
		const struct json *json;
		struct json_error e;

		demo_person_make(&p, DEMO_COMPANY, id);
		text_clear(&text);
		field_encode(customer_fields, &p.customer, &text);
		assert_int_equal(json_parse(&arena, text_str(&text), 8, &json, &e), RC_OK);
		context.arena = &arena;
		assert_int_equal(field_decode(customer_fields, json, &context, &decoded, &faults),
				 RC_OK);
		assert_int_equal(faults.n, 0);
		assert_true(decoded.first_name.n && decoded.last_name.n);
		assert_true(decoded.address.line_1.n && decoded.address.city.n);
		assert_true(decoded.address.postal_code.n);
		assert_true(p.customer.created.n == 10 && p.customer.last_modified.n == 10);
		assert_true(memcmp(p.customer.created.p, p.customer.last_modified.p, 10) <= 0);
		assert_true(p.customer.dob.n == 0 ||
			    memcmp(p.customer.dob.p, p.customer.created.p, 10) < 0);
		arena_reset(&arena);
	}
	text_fini(&text);
	arena_fini(&arena);
}

static bool begins_with(struct str s, const char *begin)
{
	size_t n = strlen(begin);

	return s.n >= n && memcmp(s.p, begin, n) == 0;
}

static bool ends_with(struct str s, const char *end)
{
	size_t n = strlen(end);

	return s.n >= n && memcmp(s.p + s.n - n, end, n) == 0;
}

/* Numbers that Ofcom keeps free for drama, to the last three digits. */
static bool is_drama_number(struct str s)
{
	static const char *const ranges[] = {
		"0113 496 0", "0114 496 0", "0115 496 0", "0116 496 0", "0117 496 0", "0121 496 0",
		"0131 496 0", "0141 496 0", "0151 496 0", "0161 496 0", "020 7946 0", "0191 498 0",
		"028 9649 6", "029 2018 0", "01632 960",  "07700 900",
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
		if (begins_with(s, ranges[i]) && s.n == strlen(ranges[i]) + 3)
			return true;
	return false;
}

static bool is_example_email(struct str s)
{
	return ends_with(s, "@example.com") || ends_with(s, "@example.org") ||
	       ends_with(s, "@example.net");
}

static void test_demo_data__can_reach_nobody(void **state)
{
	struct demo_person p;

	(void)state;
	for (int64_t id = 1; id <= PEOPLE; id++) {
		if (id == DEMO_EXAMPLE_ID)
			continue;
		demo_person_make(&p, DEMO_COMPANY, id);
		const struct customer *c = &p.customer;
		assert_true(c->tel_number_1.n == 0 || is_drama_number(c->tel_number_1));
		assert_true(c->tel_number_2.n == 0 || is_drama_number(c->tel_number_2));
		assert_true(c->email_address.n == 0 || is_example_email(c->email_address));
	}
}

static void test_demo_data__is_varied(void **state)
{
	int inactive = 0, no_dob = 0, no_email = 0, no_line_2 = 0, women = 0;
	struct demo_person p;

	(void)state;
	for (int64_t id = 1; id <= PEOPLE; id++) {
		demo_person_make(&p, DEMO_COMPANY, id);
		inactive += !p.customer.active;
		no_dob += p.customer.dob.n == 0;
		no_email += p.customer.email_address.n == 0;
		no_line_2 += p.customer.address.line_2.n == 0;
		women += p.customer.gender == GENDER_FEMALE;
	}
	assert_in_range(inactive, PEOPLE * 3 / 100, PEOPLE * 7 / 100);
	assert_in_range(no_dob, PEOPLE * 4 / 100, PEOPLE * 12 / 100);
	assert_in_range(no_email, PEOPLE * 30 / 100, PEOPLE * 50 / 100);
	assert_in_range(no_line_2, PEOPLE * 60 / 100, PEOPLE * 80 / 100);
	assert_in_range(women, PEOPLE * 40 / 100, PEOPLE * 60 / 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_demo_data__has_the_worked_example_whatever_the_size),
		cmocka_unit_test(test_demo_data__has_the_customers_that_were_asked_for),
		cmocka_unit_test(test_demo_data__keeps_the_companies_apart),
		cmocka_unit_test(test_demo_data__is_equal_each_time),
		cmocka_unit_test(test_demo_data__keeps_each_companys_key_beside_the_data),
		cmocka_unit_test(test_demo_data__begins_anew_what_was_not_finished),
		cmocka_unit_test(test_demo_data__begins_anew_wherever_it_was_killed),
		cmocka_unit_test(test_demo_data__leaves_alone_what_somebody_is_making),
		cmocka_unit_test(test_demo_data__leaves_alone_what_is_there),
		cmocka_unit_test(test_demo_data__obeys_the_rules_of_every_field),
		cmocka_unit_test(test_demo_data__can_reach_nobody),
		cmocka_unit_test(test_demo_data__is_varied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
