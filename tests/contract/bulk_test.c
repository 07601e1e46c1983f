/*
 * Many customers in one transaction, and look-ups for many at once: whoever does it sees what he
 * has done as if it had been one by one. What a concurrent server does to it is for servers alone.
 */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "record/audit.h"

#define MANY 300 /* more than go into a statement, or are looked up together */

static struct change bulk_change(bool terms_now)
{
	struct change change = contract_change;

	change.bulk = true;
	change.terms_now = terms_now;
	return change;
}

static struct customer person(const char *ref, const char *first_name)
{
	struct customer c = contract_customer_full();

	c.customer_id = 0;
	c.external_customer_ref = str_c(ref);
	c.first_name = str_c(first_name);
	return c;
}

static int64_t add(struct store *s, const struct change *change, struct customer c)
{
	int64_t id = 0;

	assert_ok(store_customer_add(s, &c, 9001, change, &id));
	return id;
}

static enum rc find(struct house *h, const char *ref, int64_t *ret_id)
{
	struct customer c;
	enum rc rc = store_customer_find(h->writer, &h->arena, ALL_OF(9001), str_c(ref), &c);

	if (rc == RC_OK)
		*ret_id = c.customer_id;
	return rc;
}

static enum rc alike(struct house *h, const struct customer *like, int64_t after, int64_t *ret_id)
{
	struct customer c;
	enum rc rc = store_customer_alike(h->writer, &h->arena, 9001, like, after, &c);

	if (rc == RC_OK)
		*ret_id = c.customer_id;
	return rc;
}

static void edit_ref(struct house *h, int64_t id, const char *ref)
{
	struct customer before, after;

	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), id, &before));
	after = before;
	after.external_customer_ref = str_c(ref);
	assert_ok(store_customer_edit(h->writer, 9001, &before, &after, &contract_change));
}

/* ---- what was added -------------------------------------------------------------------------- */

static void test_bulk__is_stored_as_one_by_one(void **state)
{
	struct house *h = *state;
	struct change bulk = bulk_change(false);
	struct customer full = contract_customer_full(), small = contract_customer_small(""), back;

	assert_ok(store_begin(h->writer));
	assert_int_equal(add(h->writer, &bulk, full), full.customer_id);
	small.customer_id = add(h->writer, &bulk, small);
	small.version = 1;
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), full.customer_id, &back));
	contract_customers_equal(&full, &back);
	assert_int_equal(back.dob.n, 10);
	assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), small.customer_id, &back));
	contract_customers_equal(&small, &back);
	assert_int_equal(back.external_customer_ref.n, 0);
}

static void test_bulk__is_there_for_its_own_transaction(void **state)
{
	struct house *h = *state;
	struct change bulk = bulk_change(true);
	struct customer ann = person("A", "Ann"), back;
	int64_t id, found;

	assert_ok(store_begin(h->writer));
	id = add(h->writer, &bulk, ann);
	assert_ok(find(h, "A", &found));
	assert_int_equal(found, id);
	id = add(h->writer, &bulk, person("B", "Bob"));
	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), id, &back));
	assert_str(back.external_customer_ref, "B");
	id = add(h->writer, &bulk, person("C", "Cid"));
	ann.first_name = STR("cíd");
	assert_ok(alike(h, &ann, 0, &found));
	assert_int_equal(found, id);
	id = add(h->writer, &bulk, person("D", "Dan"));
	assert_ok(store_customer_last(h->writer, 9001, &found));
	assert_int_equal(found, id);
	store_rollback(h->writer);
	assert_ok(store_begin(h->writer));
	assert_rc(find(h, "A", &found), RC_NOTFOUND);
	store_rollback(h->writer);
}

/* Of two companies, on behalf of two, more than go into a statement. */
static void test_bulk__writes_everybody_and_the_audit_of_each(void **state)
{
	struct house *h = *state;
	struct change bulk[2] = {bulk_change(false), bulk_change(false)};
	const struct audit_filter filter = {.company_id = 9001, .record = AUDIT_CUSTOMER};
	struct customer c = contract_customer_small("");
	struct list rows;
	int64_t id;

	bulk[1].request_id = STR("other");
	assert_ok(store_begin(h->writer));
	for (int64_t i = 0; i < MANY; i++) {
		assert_ok(store_customer_add(h->writer, &c, i % 3 ? 9001 : 9002, &bulk[i % 7 == 0],
					     &id));
		assert_int_equal(id, i % 3 ? i - i / 3 : i / 3 + 1);
	}
	assert_ok(store_commit(h->writer));
	assert_ok(store_read(h->reader));
	assert_ok(store_audit_list(h->reader, &h->arena, &filter, NULL, MANY, &rows));
	assert_int_equal(rows.n, MANY - MANY / 3);
	for (size_t i = 0, other = 0; i < rows.n; i++) {
		const struct audit *row = (const struct audit *)rows.items + i;
		struct customer back;
		assert_ok(store_customer_get(h->reader, &h->arena, ALL_OF(9001), (int64_t)i + 1,
					     &back));
		assert_int_equal(row->new_version, 1);
		assert_int_equal(row->old_version, 0);
		assert_int_equal(row->fields.n, 0);
		other += str_equal_c(row->request_id, "other");
		assert_true(i + 1 < rows.n || other == 28); /* of 300, by 7 and not by 3 */
	}
}

static void test_bulk__is_taken_back_with_its_part(void **state)
{
	struct house *h = *state;
	struct change bulk = bulk_change(true);
	int64_t id;

	assert_ok(store_begin(h->writer));
	(void)add(h->writer, &bulk, person("BEFORE", "Ann"));
	assert_ok(store_savepoint(h->writer));
	(void)add(h->writer, &bulk, person("UNDONE", "Ann"));
	assert_ok(store_savepoint_undo(h->writer));
	assert_ok(store_savepoint(h->writer));
	(void)add(h->writer, &bulk, person("KEPT", "Ann"));
	assert_ok(store_savepoint_keep(h->writer));
	(void)add(h->writer, &bulk, person("BEHIND", "Ann"));
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	assert_ok(find(h, "BEFORE", &id));
	assert_rc(find(h, "UNDONE", &id), RC_NOTFOUND);
	assert_ok(find(h, "KEPT", &id));
	assert_ok(find(h, "BEHIND", &id));
	store_rollback(h->writer);
}

/* ---- looked up ahead ------------------------------------------------------------------------- */

static void ahead(struct house *h, const char *const *refs, size_t n, int64_t n_ids)
{
	struct store *s = h->writer;

	store_ahead_begin(s);
	for (size_t i = 0; i < n; i++)
		store_ahead_customer(s, 9001, 0, str_c(refs[i]));
	for (int64_t id = 1; id <= n_ids; id++) {
		store_ahead_customer(s, 9001, id, STR(""));
		store_ahead_erased(s, 9001, id);
	}
	store_ahead_fetch(s);
}

static void test_ahead__knows_nothing_of_whom_the_session_has_changed_since(void **state)
{
	static const char *const refs[] = {"A", "B", "C", "D"};
	struct house *h = *state;
	struct change bulk = bulk_change(false);
	struct customer back;
	int64_t id, a, b;

	assert_ok(store_begin(h->writer));
	a = add(h->writer, &bulk, person("A", "Ann"));
	b = add(h->writer, &bulk, person("B", "Bob"));
	ahead(h, refs, ARRAY_LEN(refs), 3);
	edit_ref(h, a, "C");
	assert_int_equal(add(h->writer, &bulk, person("D", "Dan")), 3);
	assert_rc(find(h, "A", &id), RC_NOTFOUND);
	assert_ok(find(h, "B", &id));
	assert_int_equal(id, b);
	assert_ok(find(h, "C", &id));
	assert_int_equal(id, a);
	assert_ok(find(h, "D", &id));
	assert_int_equal(id, 3);
	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), a, &back));
	assert_int_equal(back.version, 2);
	assert_ok(store_customer_get(h->writer, &h->arena, ALL_OF(9001), 3, &back));
	assert_str(back.first_name, "Dan");
	assert_ok(store_commit(h->writer));
}

static void test_ahead__is_over_with_the_transaction(void **state)
{
	static const char *const refs[] = {"A", "B"};
	struct house *h = *state;
	struct customer c = person("A", "Ann");
	int64_t id;

	assert_ok(store_begin(h->writer));
	ahead(h, refs, ARRAY_LEN(refs), 0);
	assert_rc(find(h, "A", &id), RC_NOTFOUND);
	store_rollback(h->writer);
	(void)contract_put_customer(h, 9001, &c);
	assert_ok(store_begin(h->writer));
	assert_ok(find(h, "A", &id));
	store_rollback(h->writer);
}

static void test_ahead__tells_the_erased_from_those_who_never_were(void **state)
{
	struct house *h = *state;
	struct customer c = person("A", "Ann");
	bool erased;

	c.customer_id = contract_put_customer(h, 9001, &c);
	c.version = 1;
	assert_ok(store_begin(h->writer));
	assert_ok(store_customer_erase(h->writer, 9001, &c, &contract_change));
	assert_ok(store_commit(h->writer));
	assert_ok(store_begin(h->writer));
	ahead(h, NULL, 0, 2);
	assert_ok(store_customer_was_erased(h->writer, 9001, 1, &erased));
	assert_true(erased);
	assert_ok(store_customer_was_erased(h->writer, 9001, 2, &erased));
	assert_false(erased);
	store_rollback(h->writer);
}

static void ahead_alike(struct house *h, const struct customer *people, size_t n)
{
	store_ahead_begin(h->writer);
	for (size_t i = 0; i < n; i++)
		store_ahead_alike(h->writer, 9001, &people[i]);
	store_ahead_fetch(h->writer);
}

static void test_ahead__finds_who_is_alike_and_forgets_it_when_somebody_comes(void **state)
{
	struct house *h = *state;
	struct change bulk = bulk_change(true);
	struct customer people[] = {person("", "Ann"), person("", "Bob"), person("", "Cid")};
	int64_t a[2], id;

	people[2].address.postal_code = STR("LS1 1AA");
	assert_ok(store_begin(h->writer));
	a[0] = add(h->writer, &bulk, people[0]);
	a[1] = add(h->writer, &bulk, people[0]);
	ahead_alike(h, people, ARRAY_LEN(people));
	assert_ok(alike(h, &people[0], 0, &id));
	assert_int_equal(id, a[0]);
	assert_ok(alike(h, &people[0], a[0], &id));
	assert_int_equal(id, a[1]);
	assert_rc(alike(h, &people[0], a[1], &id), RC_NOTFOUND);
	assert_rc(alike(h, &people[1], 0, &id), RC_NOTFOUND);
	a[0] = add(h->writer, &bulk, people[1]);
	assert_ok(alike(h, &people[1], 0, &id));
	assert_int_equal(id, a[0]);
	assert_rc(alike(h, &people[2], 0, &id), RC_NOTFOUND);
	store_rollback(h->writer);
}

/* Without a date of birth, and with nothing that could be searched by. */
static void test_ahead__finds_who_is_alike_by_what_there_is(void **state)
{
	struct house *h = *state;
	struct customer people[] = {person("", "Ann"), person("", "Bob"), person("", "Cid")};
	int64_t ids[2], id;

	people[0].dob = STR("");
	people[1].dob = people[1].address.postal_code = STR("");
	people[2].dob = STR("");
	people[2].last_name = STR("-");
	people[2].address.postal_code = STR("!");
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		ids[i] = contract_put_customer(h, 9001, &people[i]);
	assert_ok(store_begin(h->writer));
	ahead_alike(h, people, ARRAY_LEN(people));
	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		assert_ok(alike(h, &people[i], 0, &id));
		assert_int_equal(id, ids[i]);
	}
	assert_rc(alike(h, &people[2], 0, &id), RC_NOTFOUND);
	store_rollback(h->writer);
}

/* More with the same terms than are looked at, or come, ahead. */
static void test_ahead__finds_who_is_alike_among_many(void **state)
{
	static char names[MANY][16], codes[MANY][16];
	struct house *h = *state;
	struct change bulk = bulk_change(true);
	struct customer people[MANY];
	int64_t id;

	assert_ok(store_begin(h->writer));
	for (int64_t i = 0; i < MANY; i++) {
		/* The first 100 have all terms in common, the others come in fives. */
		(void)snprintf(names[i], sizeof(names[i]), "Ann%d", (int)i);
		(void)snprintf(codes[i], sizeof(codes[i]), "LS%d", i < 100 ? 0 : (int)i / 5);
		people[i] = person("", names[i]);
		people[i].address.postal_code = str_c(codes[i]);
		assert_int_equal(add(h->writer, &bulk, people[i]), i + 1);
	}
	for (int64_t from = 0; from < MANY; from += STORE_AHEAD_MAX) {
		ahead_alike(
			h, people + from,
			(size_t)(MANY - from < STORE_AHEAD_MAX ? MANY - from : STORE_AHEAD_MAX));
		for (int64_t i = from; i < MANY && i < from + STORE_AHEAD_MAX; i++) {
			assert_ok(alike(h, &people[i], 0, &id));
			assert_int_equal(id, i + 1);
			assert_rc(alike(h, &people[i], id, &id), RC_NOTFOUND);
		}
	}
	store_rollback(h->writer);
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_bulk__is_stored_as_one_by_one),
	CONTRACT_TEST(test_bulk__is_there_for_its_own_transaction),
	CONTRACT_TEST(test_bulk__writes_everybody_and_the_audit_of_each),
	CONTRACT_TEST(test_bulk__is_taken_back_with_its_part),
	CONTRACT_TEST(test_ahead__knows_nothing_of_whom_the_session_has_changed_since),
	CONTRACT_TEST(test_ahead__is_over_with_the_transaction),
	CONTRACT_TEST(test_ahead__tells_the_erased_from_those_who_never_were),
	CONTRACT_TEST(test_ahead__finds_who_is_alike_and_forgets_it_when_somebody_comes),
	CONTRACT_TEST(test_ahead__finds_who_is_alike_by_what_there_is),
	CONTRACT_TEST(test_ahead__finds_who_is_alike_among_many),
};

const struct contract_tests contract_bulk = {.name = "bulk", .tests = tests, .n = ARRAY_LEN(tests)};

/* ---- beside another server ------------------------------------------------------------------- */

/* So that its next ones come out of a block that it has leased: it would wait for the counter that
 * a bulk holds. */
static int64_t add_one(struct contract_server *s)
{
	int64_t id;

	assert_ok(store_begin(s->store));
	id = add(s->store, &contract_change, contract_customer_small(""));
	assert_ok(store_commit(s->store));
	return id;
}

/* Somebody else adds "B" after it was looked for. */
static void begin_and_be_beaten(struct house *h, struct contract_server *other)
{
	static const char *const refs[] = {"A", "B"};
	struct change bulk = bulk_change(false);
	int64_t id;

	assert_ok(store_begin(h->writer));
	ahead(h, refs, ARRAY_LEN(refs), 0);
	(void)add(h->writer, &bulk, person("A", "Ann"));
	assert_rc(find(h, "B", &id), RC_NOTFOUND);
	assert_ok(store_begin(other->store));
	(void)add(other->store, &contract_change, person("B", "Bob"));
	assert_ok(store_commit(other->store));
	(void)add(h->writer, &bulk, person("B", "Bob"));
}

static void assert_can_be_run_again(struct house *h)
{
	struct change bulk = bulk_change(false);
	int64_t id, last;

	assert_ok(store_begin(h->writer));
	assert_rc(find(h, "A", &id), RC_NOTFOUND);
	assert_ok(find(h, "B", &last));
	id = add(h->writer, &bulk, person("A", "Ann"));
	assert_true(id > last);
	assert_ok(store_commit(h->writer));
}

static void test_bulk__that_is_beaten_to_a_reference_learns_it_from_the_commit(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);

	assert_int_equal(add_one(&other), 1);
	begin_and_be_beaten(h, &other);
	assert_rc(store_commit(h->writer), RC_EXISTS);
	assert_rc(store_passing(h->writer), RC_BUSY);
	assert_non_null(strstr(store_error(h->writer), "customer"));
	assert_null(strstr(store_error(h->writer), "Bob"));
	assert_can_be_run_again(h);
	contract_server_stop(&other);
}

static void test_bulk__that_is_beaten_learns_it_from_a_look_up(void **state)
{
	static const char *const refs[] = {"C", "D"};
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);
	int64_t id;

	assert_int_equal(add_one(&other), 1);
	begin_and_be_beaten(h, &other);
	assert_rc(find(h, "C", &id), RC_EXISTS);
	assert_rc(store_passing(h->writer), RC_BUSY);
	store_rollback(h->writer);
	assert_can_be_run_again(h);
	assert_ok(store_begin(h->writer));
	assert_ok(find(h, "A", &id));
	(void)add(h->writer, &(struct change){.bulk = true}, person("B", "Bob"));
	ahead(h, refs, ARRAY_LEN(refs), 0); /* fails, and says nothing; whoever asks then is told */
	assert_rc(find(h, "C", &id), RC_EXISTS);
	assert_rc(store_passing(h->writer), RC_BUSY);
	assert_true(strlen(store_error(h->writer)) > 0);
	store_rollback(h->writer);
	contract_server_stop(&other);
}

static void test_bulk__counts_on_from_what_others_have_counted_since(void **state)
{
	struct house *h = *state;
	struct contract_server other = contract_server_start(h);
	struct change bulk = bulk_change(false);

	for (int64_t i = 1; i < 10; i++) {
		struct store *s = i % 2 ? h->writer : other.store;
		assert_ok(store_begin(s));
		assert_int_equal(add(s, &bulk, contract_customer_small("")), i);
		assert_ok(store_commit(s));
	}
	contract_server_stop(&other);
}

static const struct CMUnitTest beside_tests[] = {
	CONTRACT_TEST(test_bulk__that_is_beaten_to_a_reference_learns_it_from_the_commit),
	CONTRACT_TEST(test_bulk__that_is_beaten_learns_it_from_a_look_up),
	CONTRACT_TEST(test_bulk__counts_on_from_what_others_have_counted_since),
};

const struct contract_tests contract_bulk_beside = {"bulk beside another server", beside_tests,
						    ARRAY_LEN(beside_tests), .servers_only = true};
