#include "directory_case.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "record/company.h"

static const struct change change = {.operator_uid = -1};

int64_t mono_us;

static int64_t now(void)
{
	return mono_us;
}

/* ---- a small store ------------------------------------------------------------------ */

void add_company(struct fixture *f, int64_t company_id, const char *zone)
{
	struct company company = {.company_id = company_id,
				  .name = STR("Company"),
				  .timezone = str_c(zone),
				  .created = STR("2026-01-01"),
				  .active = 1};
	struct branch branch = {.company_id = company_id, .name = STR("Branch"), .active = 1};
	int64_t id;

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_company_add(f->writer, &company, &change), RC_OK);
	assert_int_equal(store_branch_add(f->writer, &branch, &change, &id), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
}

struct access_key a_key(int64_t company_id, uint8_t hash)
{
	struct access_key key = {.company_id = company_id,
				 .branch_id = 1,
				 .label = STR("Label"),
				 .rate = 20,
				 .burst = 40,
				 .active = 1,
				 .created = STR("2026-01-01"),
				 .generation = 1};

	memset(key.key_hash, hash, sizeof(key.key_hash));
	return key;
}

void add_key(struct fixture *f, struct access_key key)
{
	int64_t number;

	assert_int_equal(store_begin(f->writer), RC_OK);
	assert_int_equal(store_access_key_add(f->writer, &key, &change, &number), RC_OK);
	assert_int_equal(store_commit(f->writer), RC_OK);
}

static void open_store(struct fixture *f)
{
	struct text url, why;

	text_init(&url, PATH_MAX);
	text_init(&why, PATH_MAX);
	text_printf(&url, "sqlite:%s/pdmd.db", f->place.dir);
	assert_int_equal(database_create(text_c(&url), &why), RC_OK);
	text_clear(&url);
	text_printf(&url, "faulty:sqlite:%s/pdmd.db", f->place.dir);
	assert_int_equal(database_open(text_c(&url), &f->db, &why), RC_OK);
	text_fini(&url);
	text_fini(&why);
	assert_int_equal(store_open(f->db, STORE_WRITER, &f->writer), RC_OK);
	assert_int_equal(store_open(f->db, STORE_READER, &f->reader), RC_OK);
}

int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	place_make(&f->place);
	f->access = place_open(&f->place, &(struct access_options){.directory_us = GOOD_US});
	open_store(f);
	f->directory = directory_create(f->access, f->reader);
	assert_non_null(f->directory);
	mono_us = 5 * GOOD_US;
	clock_replace(NULL, now);
	add_company(f, 1, "Europe/London");
	(void)store_fail_at(f->reader, -1);
	*state = f;
	return 0;
}

int tear_down(void **state)
{
	struct fixture *f = *state;

	clock_replace(NULL, NULL);
	f->directory = directory_destroy(f->directory);
	f->reader = store_close(f->reader);
	f->writer = store_close(f->writer);
	f->db = database_close(f->db);
	f->access = access_close(f->access);
	place_remove(&f->place);
	free(f);
	return 0;
}

enum rc find(struct fixture *f, int64_t company_id, const struct directory_company **ret_company,
	     bool *ret_asked)
{
	enum rc rc;

	(void)store_fail_at(f->reader, -1);
	rc = directory_find(f->directory, company_id, ret_company);
	*ret_asked = store_fail_at(f->reader, -1) > 0;
	return rc;
}

void expect(struct fixture *f, int64_t company_id, enum rc rc, bool asked)
{
	const struct directory_company *company = NULL;
	bool was_asked;
	enum rc got = find(f, company_id, &company, &was_asked);

	if (got != rc || was_asked != asked)
		fail_msg("company %d: %s, %s", (int)company_id, rc_name(got),
			 was_asked ? "the store was asked" : "the store was not asked");
	assert_int_equal(got == RC_OK, company != NULL);
	if (company)
		assert_int_equal(company->company_id, company_id);
}

const struct directory_company *found(struct fixture *f, int64_t company_id)
{
	const struct directory_company *company = NULL;

	assert_int_equal(directory_find(f->directory, company_id, &company), RC_OK);
	return company;
}
