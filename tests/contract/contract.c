#include "contract.h"

#include "server.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct contract_engine engines[] = {
	{"sqlite", "sqlite:", .faulty = false},
	{"faulty sqlite", "faulty:sqlite:", .faulty = true},
	{"postgresql", "postgresql:", .server = true},
};

const struct contract_engine *contract_engine;

const struct change contract_change = {.now_us = 1000000, .key_number = 3, .operator_uid = -1};

/* ---- a house for each test ------------------------------------------------------------ */

static void add_company(struct store *s, int64_t company_id, int n_branches)
{
	struct company c = {.company_id = company_id,
			    .name = STR("Chemist & Sons"),
			    .timezone = STR("Europe/London"),
			    .active = 1,
			    .created = STR("2024-02-29")};
	struct branch b = {.company_id = company_id, .name = STR("High Street"), .active = 1};
	int64_t id;

	assert_ok(store_company_add(s, &c, &contract_change));
	for (int i = 1; i <= n_branches; i++) {
		assert_ok(store_branch_add(s, &b, &contract_change, &id));
		assert_int_equal(id, i);
	}
}

int contract_setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	*state = h;
	(void)snprintf(h->dir, sizeof(h->dir), "/tmp/pdmd-contract-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	text_init(&h->why, 4096);
	if (contract_engine->server)
		server_make(h->url, sizeof(h->url));
	else
		(void)snprintf(h->url, sizeof(h->url), "%s%s/pdmd.db", contract_engine->scheme,
			       h->dir);
	arena_init(&h->arena, 16384, 1 << 24);

	assert_ok(database_create(h->url, &h->why));
	assert_ok(database_open(h->url, &h->db, &h->why));
	assert_ok(store_open(h->db, STORE_WRITER, &h->writer));
	assert_ok(store_open(h->db, STORE_READER, &h->reader));
	assert_ok(store_begin(h->writer));
	add_company(h->writer, 9001, 2);
	add_company(h->writer, 9002, 1);
	assert_ok(store_commit(h->writer));
	return 0;
}

void contract_url_beside(struct house *h, char *ret_url, size_t room)
{
	if (contract_engine->server)
		server_make(h->beside, sizeof(h->beside));
	else
		assert_in_range(snprintf(h->beside, sizeof(h->beside), "%s.other", h->url), 1,
				sizeof(h->beside) - 1);
	assert_in_range(snprintf(ret_url, room, "%s", h->beside), 1, room - 1);
}

void contract_settle(void)
{
	if (contract_engine->server)
		server_settle();
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static void close_all(struct house *h)
{
	h->reader = store_close(h->reader);
	h->writer = store_close(h->writer);
	h->db = database_close(h->db);
}

int contract_teardown(void **state)
{
	struct house *h = *state;

	close_all(h);
	if (contract_engine->server)
		server_remove(h->url);
	if (contract_engine->server && h->beside[0])
		server_remove(h->beside);
	arena_fini(&h->arena);
	text_fini(&h->why);
	assert_int_equal(nftw(h->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(h);
	return 0;
}

struct contract_server contract_server_start(struct house *h)
{
	struct contract_server s;

	assert_ok(database_open(h->url, &s.db, &h->why));
	assert_ok(store_open(s.db, STORE_WRITER, &s.store));
	return s;
}

void contract_server_stop(struct contract_server *s)
{
	s->store = store_close(s->store);
	s->db = database_close(s->db);
}

void contract_reopen(struct house *h)
{
	close_all(h);
	assert_ok(database_open(h->url, &h->db, &h->why));
	assert_ok(store_open(h->db, STORE_WRITER, &h->writer));
	assert_ok(store_open(h->db, STORE_READER, &h->reader));
}

/* ---- records -------------------------------------------------------------------------- */

struct customer contract_customer_full(void)
{
	return (struct customer){
		.customer_id = 1408,
		.external_customer_ref = STR("EXTREF164736"),
		.created = STR("2017-12-12"),
		.last_modified = STR("2017-12-14"),
		.title = STR("Mr"),
		.first_name = STR("Joe"),
		.last_name = STR("Bloggs"),
		.gender = GENDER_MALE,
		.dob = STR("1968-11-06"),
		.address = {STR("1 The Street"), STR("Little Village"), STR("Near Town"),
			    STR("Test City"), STR("Test County"), STR("TT11 1TT")},
		.email_address = STR("joe@blogs.com"),
		.tel_number_1 = STR("0121 496 0000"),
		.tel_number_2 = STR("07700 900000"),
		.active = 1,
		.branch_id = 2,
		.version = 1,
	};
}

struct customer contract_customer_small(const char *ref)
{
	return (struct customer){
		.external_customer_ref = str_c(ref),
		.created = STR("2024-02-29"),
		.last_modified = STR("2024-02-29"),
		.first_name = STR("Ann"),
		.last_name = STR("Other"),
		.active = 1,
		.branch_id = 1,
	};
}

struct access_key contract_key(int64_t company_id, uint8_t mark)
{
	struct access_key k = {.company_id = company_id,
			       .branch_id = 1,
			       .label = STR("till system"),
			       .rate = 20,
			       .burst = 40,
			       .active = 1,
			       .created = STR("2024-02-29")};

	memset(k.key_hash, mark, sizeof(k.key_hash));
	return k;
}

int64_t contract_add_customer(struct store *s, int64_t company_id, const struct customer *c)
{
	int64_t id = 0;

	assert_ok(store_customer_add(s, c, company_id, &contract_change, &id));
	return id;
}

int64_t contract_put_customer(struct house *h, int64_t company_id, const struct customer *c)
{
	assert_ok(store_begin(h->writer));
	int64_t id = contract_add_customer(h->writer, company_id, c);
	assert_ok(store_commit(h->writer));
	return id;
}

#define assert_same_str(a, b) assert_true(str_equal(a, b))

void contract_customers_equal(const struct customer *a, const struct customer *b)
{
	assert_int_equal(a->customer_id, b->customer_id);
	assert_same_str(a->external_customer_ref, b->external_customer_ref);
	assert_same_str(a->created, b->created);
	assert_same_str(a->last_modified, b->last_modified);
	assert_same_str(a->title, b->title);
	assert_same_str(a->first_name, b->first_name);
	assert_same_str(a->last_name, b->last_name);
	assert_int_equal(a->gender, b->gender);
	assert_same_str(a->dob, b->dob);
	assert_same_str(a->address.line_1, b->address.line_1);
	assert_same_str(a->address.line_2, b->address.line_2);
	assert_same_str(a->address.line_3, b->address.line_3);
	assert_same_str(a->address.city, b->address.city);
	assert_same_str(a->address.county, b->address.county);
	assert_same_str(a->address.postal_code, b->address.postal_code);
	assert_same_str(a->email_address, b->email_address);
	assert_same_str(a->tel_number_1, b->tel_number_1);
	assert_same_str(a->tel_number_2, b->tel_number_2);
	assert_int_equal(a->active, b->active);
	assert_int_equal(a->branch_id, b->branch_id);
	assert_int_equal(a->version, b->version);
}

void contract_keys_equal(const struct access_key *a, const struct access_key *b)
{
	const struct network *x = a->allow.items, *y = b->allow.items;

	assert_int_equal(a->company_id, b->company_id);
	assert_int_equal(a->key_number, b->key_number);
	assert_int_equal(a->branch_id, b->branch_id);
	assert_same_str(a->label, b->label);
	assert_int_equal(a->rate, b->rate);
	assert_int_equal(a->burst, b->burst);
	assert_int_equal(a->branch_only, b->branch_only);
	assert_int_equal(a->active, b->active);
	assert_same_str(a->created, b->created);
	assert_same_str(a->revoked, b->revoked);
	assert_int_equal(a->generation, b->generation);
	assert_memory_equal(a->key_hash, b->key_hash, sizeof(a->key_hash));
	assert_int_equal(a->branch_active, b->branch_active);
	assert_int_equal(a->allow.n, b->allow.n);
	for (size_t i = 0; i < a->allow.n; i++)
		assert_same_str(x[i].cidr, y[i].cidr);
}

/* ---- all of it -------------------------------------------------------------------------- */

static bool applies(const struct contract_tests *tests, const struct contract_engine *engine)
{
	return !(tests->faulty_only && !engine->faulty) && !(tests->files_only && engine->server) &&
	       !(tests->servers_only && !engine->server);
}

int main(void)
{
	static const struct contract_tests *const all[] = {
		&contract_database,
		&contract_session,
		&contract_company,
		&contract_branch,
		&contract_access_key,
		&contract_customer,
		&contract_customer_changes,
		&contract_customer_find,
		&contract_session_kill,
		&contract_answer,
		&contract_erase,
		&contract_owed,
		&contract_threads,
		&contract_faulty,
		&contract_import,
		&contract_session_files,
		&contract_session_server,
		&contract_erase_files,
		&contract_hope,
		&contract_hope_files,
		&contract_several,
		&contract_rate_lease,
		&contract_transfer,
		&contract_transfer_server,
		&contract_bulk,
		&contract_bulk_beside,
	};
	int failed = 0;

	server_needed();
	for (size_t e = 0; e < ARRAY_LEN(engines); e++) {
		contract_engine = &engines[e];
		for (size_t i = 0; i < ARRAY_LEN(all); i++) {
			char name[64];
			if (!applies(all[i], &engines[e]))
				continue;
			(void)snprintf(name, sizeof(name), "%s on %s", all[i]->name,
				       engines[e].name);
			failed +=
				_cmocka_run_group_tests(name, all[i]->tests, all[i]->n, NULL, NULL);
		}
	}
	return failed ? 1 : 0;
}
