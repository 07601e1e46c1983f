/*
 * SQLite's engine and the disk: what happens when there is no room, and how long the write-ahead
 * log gets.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>

#include "place.h"

#include "store/session.h"

#define LOG_BYTES ((off_t)SESSION_LOG_BYTES_MAX)

/* A customer of more than 8000 bytes. */
static struct customer someone_big(void)
{
	static char text[1001];
	struct customer c = place_someone();

	memset(text, 'x', sizeof(text) - 1);
	struct str s = str_c(text);
	c.title = c.first_name = c.email_address = s;
	c.address = (struct address){s, s, s, s, s, s};
	return c;
}

/* ---- no room ----------------------------------------------------------------------------------
 */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_full__refuses_the_write_and_goes_on_when_there_is_room(void **state)
{
	struct place *p = *state;
	struct sessions s;
	int64_t id = 0, last = 0;
	enum rc rc = RC_OK;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	assert_ok(place_put(s.writer, &last));
	uint64_t commits = database_commits(s.db);
	(void)signal(SIGXFSZ, SIG_IGN); /* the write fails instead */
	limit_files(MIB / 2);
	for (int i = 0; i < 1000 && rc == RC_OK; i++) {
		rc = place_put(s.writer, &id);
		if (rc == RC_OK) {
			last = id;
			commits++;
		}
	}
	assert_rc(rc, RC_FULL);
	assert_true(strlen(store_error(s.writer)) > 0);
	assert_int_equal(database_commits(s.db), commits);
	/* Reads go on, and what was refused is not there. */
	assert_ok(place_look(&p->arena, s.reader, last));
	assert_rc(place_look(&p->arena, s.reader, last + 1), RC_NOTFOUND);
	assert_rc(place_put(s.writer, &id), RC_FULL);
	limit_files(RLIM_INFINITY);
	assert_ok(place_put(s.writer, &id));
	assert_int_equal(id, last + 1);
	assert_ok(place_look(&p->arena, s.reader, id));
	place_close(&s);
	place_open(p, &s);
	assert_ok(place_look(&p->arena, s.reader, last + 1));
	assert_rc(place_look(&p->arena, s.reader, last + 2), RC_NOTFOUND);
	place_close(&s);
}

/* A byte of what SQLite keeps beside the database does not fit any more. */
static void test_full__is_named_when_a_database_is_opened(void **state)
{
	struct place *p = *state;
	struct database *db;

	assert_ok(database_create(p->url, &p->why));
	assert_ok(database_open(p->url, &db, &p->why));
	assert_null(database_close(db));
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(1000);
	enum rc rc = database_migrate(p->url, &p->why);
	limit_files(RLIM_INFINITY);
	assert_rc(rc, RC_FULL);
	place_assert_why(p, "no room on the disk");
}

/* More than the cache holds, so that the statement finds the disk full, and not the commit. */
static void test_full__in_the_middle_loses_the_whole_transaction(void **state)
{
	struct place *p = *state;
	struct customer c = someone_big();
	struct sessions s;
	int64_t id;
	enum rc rc = RC_OK;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(2 * MIB);
	assert_ok(store_begin(s.writer));
	for (int i = 0; i < 1000000 && rc == RC_OK; i++)
		rc = store_customer_add(s.writer, &c, 9001, &place_change, &id);
	assert_rc(rc, RC_FULL);
	assert_rc(store_customer_add(s.writer, &c, 9001, &place_change, &id), RC_FULL);
	assert_rc(store_savepoint(s.writer), RC_FULL);
	assert_rc(store_commit(s.writer), RC_FULL);
	store_rollback(s.writer);
	limit_files(RLIM_INFINITY);
	assert_rc(place_look(&p->arena, s.reader, 1), RC_NOTFOUND);
	assert_ok(place_put(s.writer, &id));
	assert_int_equal(id, 1);
	place_close(&s);
}

/* ---- the length of the log ---------------------------------------------------------------------
 */

/* About `bytes` of log, in many commits. */
static void write_much(struct store *s, int64_t bytes)
{
	struct customer c = someone_big();
	int64_t id;

	for (int64_t written = 0; written < bytes; written += 12 * 9000) {
		assert_ok(store_begin(s));
		for (int i = 0; i < 12; i++)
			assert_ok(store_customer_add(s, &c, 9001, &place_change, &id));
		assert_ok(store_commit(s));
	}
}

static void test_log__stays_short_without_readers(void **state)
{
	struct place *p = *state;
	struct sessions s;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	write_much(s.writer, 3 * LOG_BYTES);
	assert_true(place_bytes(p, "-wal") > LOG_BYTES / 2);
	assert_true(place_bytes(p, "-wal") < LOG_BYTES + 2 * MIB);
	assert_true(place_bytes(p, "") > 2 * LOG_BYTES);
	place_close(&s);
	assert_int_equal(place_bytes(p, "-wal"), 0);
}

static void test_log__waits_for_a_reader_that_has_not_rested(void **state)
{
	struct place *p = *state;
	struct sessions s;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	assert_ok(place_put(s.writer, &id));
	assert_ok(place_look(&p->arena, s.reader, id));
	write_much(s.writer, 2 * LOG_BYTES);
	assert_true(place_bytes(p, "-wal") > 2 * LOG_BYTES);
	/* All the while it has had its snapshot. */
	struct customer c;
	assert_rc(store_customer_get(s.reader, &p->arena, (struct scope){9001, 0}, id + 1, &c),
		  RC_NOTFOUND);
	store_rest(s.reader);
	write_much(s.writer, 2 * LOG_BYTES);
	off_t bytes = place_bytes(p, "-wal");
	assert_true(bytes < 4 * LOG_BYTES);
	write_much(s.writer, 2 * LOG_BYTES);
	assert_int_equal(place_bytes(p, "-wal"), bytes); /* used again from its beginning */
	place_close(&s);
}

struct busy_reader {
	struct store *s;
	struct arena arena;
	atomic_bool done;
	enum rc rc;
};

static void *read_all_the_time(void *r_)
{
	struct busy_reader *r = r_;

	while (r->rc == RC_OK && !atomic_load(&r->done))
		r->rc = place_look(&r->arena, r->s, 1);
	return NULL;
}

static void test_log__stays_short_under_a_busy_reader(void **state)
{
	struct place *p = *state;
	struct sessions s;
	struct busy_reader r = {.rc = RC_OK};
	pthread_t thread;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	assert_ok(place_put(s.writer, &id));
	r.s = s.reader;
	arena_init(&r.arena, 4096, MIB);
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, &r), 0);
	write_much(s.writer, 5 * LOG_BYTES);
	atomic_store(&r.done, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_ok(r.rc);
	arena_fini(&r.arena);
	assert_true(place_bytes(p, "-wal") < 3 * LOG_BYTES);
	place_close(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLACE_TEST(test_full__refuses_the_write_and_goes_on_when_there_is_room),
		PLACE_TEST(test_full__is_named_when_a_database_is_opened),
		PLACE_TEST(test_full__in_the_middle_loses_the_whole_transaction),
		PLACE_TEST(test_log__stays_short_without_readers),
		PLACE_TEST(test_log__waits_for_a_reader_that_has_not_rested),
		PLACE_TEST(test_log__stays_short_under_a_busy_reader),
	};

	return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
