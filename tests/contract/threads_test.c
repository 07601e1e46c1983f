/* One thread writes while others read: whoever has seen the count of commits move finds what was
 * committed, and the write-ahead log is put away under them without anybody noticing. */
#include "contract.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define READERS 2
#define COMMITS 120
#define BATCH   60 /* customers in a commit; all of it is more than one log */

struct reading {
	struct database *db;
	atomic_bool *done;
	uint64_t commits_before;
	int64_t reads;
	enum rc rc;
};

static const char long_text[] = "a text that makes the row long, so that the log fills up soon, "
				"which is what this test is for";

/* Commit c has the ids up to c * BATCH, and all or none of them. */
static enum rc check_one(struct store *s, struct arena *a, int64_t commits)
{
	struct customer c;
	enum rc rc = store_read(s);

	arena_reset(a);
	if (rc == RC_OK && commits > 0)
		rc = store_customer_get(s, a, ALL_OF(9001), commits * BATCH, &c);
	if (rc == RC_OK && commits > 0 && !str_equal_c(c.email_address, long_text))
		rc = RC_CORRUPT;
	return rc;
}

static void *read_all_the_time(void *reading_)
{
	struct reading *r = reading_;
	struct store *s;
	struct arena a;

	arena_init(&a, 4096, 1 << 20);
	r->rc = store_open(r->db, STORE_READER, &s);
	if (r->rc != RC_OK)
		return NULL;
	while (r->rc == RC_OK && !atomic_load(r->done)) {
		uint64_t commits = database_commits(r->db) - r->commits_before;
		r->rc = check_one(s, &a, (int64_t)commits);
		r->reads++;
		if (r->reads % 64 == 0) {
			store_rest(s);
			(void)sched_yield(); /* always works */
		}
	}
	if (r->rc != RC_OK)
		(void)fprintf(stderr, "%s\n", store_error(s));
	s = store_close(s);
	arena_fini(&a);
	return NULL;
}

static void write_batch(struct house *h)
{
	struct customer c = contract_customer_small("");

	c.email_address = str_c(long_text);
	assert_ok(store_begin(h->writer));
	for (int i = 0; i < BATCH; i++)
		(void)contract_add_customer(h->writer, 9001, &c);
	assert_ok(store_commit(h->writer));
}

static void test_threads__see_every_commit_that_was_finished(void **state)
{
	struct house *h = *state;
	struct reading readings[READERS];
	pthread_t threads[READERS];
	atomic_bool done = false;

	for (int i = 0; i < READERS; i++) {
		readings[i] = (struct reading){
			.db = h->db, .done = &done, .commits_before = database_commits(h->db)};
		assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, &readings[i]),
				 0);
	}
	for (int i = 0; i < COMMITS; i++)
		write_batch(h);
	atomic_store(&done, true);
	for (int i = 0; i < READERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_ok(readings[i].rc);
		assert_true(readings[i].reads > 0);
	}
	assert_ok(check_one(h->writer, &h->arena, COMMITS));
}

static const struct CMUnitTest tests[] = {
	CONTRACT_TEST(test_threads__see_every_commit_that_was_finished),
};

const struct contract_tests contract_threads = {
	.name = "threads", .tests = tests, .n = ARRAY_LEN(tests)};
