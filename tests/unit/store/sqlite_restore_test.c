/*
 * A copy takes the place of a SQLite database; what a kill does is in tests/system/test_restore.py.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "copies.h"

static struct copy_facts facts;

static void test_restore__keeps_what_was_there_with_its_log(void **state)
{
	struct place *p = *state;

	copies_fill(p, 3);
	assert_ok(copies_back_up(p, "copy", &facts));
	copies_leave_a_log(p);
	assert_true(place_bytes(p, "-wal") > 0);
	assert_ok(copies_restore(p, "copy", &facts));
	COPIES_ASSERT_FILES(p, "pdmd.db", "pdmd.db" COPIES_KEPT, "copy");
	assert_int_equal(facts.old, COPY_OLD_WHOLE);
	assert_int_equal(facts.customers, 3);
	copies_assert_customers(p, "pdmd.db", 3);
	copies_assert_customers(p, "pdmd.db" COPIES_KEPT, 4);
	/* That can be restored in its turn. */
	assert_ok(database_restore(p->url, copies_in(p, "pdmd.db" COPIES_KEPT), ".before-now", NULL,
				   &facts, &p->why));
	copies_assert_customers(p, "pdmd.db", 4);
}

static void test_restore__where_there_is_no_database(void **state)
{
	struct place *p = *state;

	copies_fill(p, 3);
	assert_ok(copies_back_up(p, "copy", &facts));
	(void)unlink(copies_in(p, "pdmd.db-wal"));
	(void)unlink(copies_in(p, "pdmd.db-shm"));
	assert_int_equal(unlink(p->path), 0);
	assert_ok(copies_restore(p, "copy", &facts));
	COPIES_ASSERT_FILES(p, "pdmd.db", "copy");
	assert_int_equal(facts.old, COPY_OLD_NONE);
	copies_assert_customers(p, "pdmd.db", 3);
	/* A log that has lost its database is kept, and does not get into the new one. */
	copies_leave_a_log(p);
	assert_int_equal(unlink(p->path), 0);
	off_t bytes = place_bytes(p, "-wal");
	assert_ok(copies_restore(p, "copy", &facts));
	assert_int_equal(place_bytes(p, COPIES_KEPT "-wal"), bytes);
	copies_assert_customers(p, "pdmd.db", 3);
}

static void test_restore__over_a_damaged_database_keeps_that_as_it_is(void **state)
{
	static char rubbish[4096], back[4096];
	struct place *p = *state;

	copies_fill(p, 3);
	assert_ok(copies_back_up(p, "copy", &facts));
	copies_leave_a_log(p);
	memset(rubbish, 0xa5, sizeof(rubbish));
	copies_write_at(p->path, 0, rubbish, sizeof(rubbish));
	copies_write_at(copies_in(p, "pdmd.db-wal"), 0, rubbish, 32);
	off_t bytes = place_bytes(p, ""), log_bytes = place_bytes(p, "-wal");
	assert_ok(copies_restore(p, "copy", &facts));
	COPIES_ASSERT_FILES(p, "pdmd.db", "pdmd.db" COPIES_KEPT, "pdmd.db" COPIES_KEPT "-wal",
			    "copy");
	assert_int_equal(facts.old, COPY_OLD_DAMAGED);
	assert_int_equal(place_bytes(p, COPIES_KEPT), bytes);
	assert_int_equal(place_bytes(p, COPIES_KEPT "-wal"), log_bytes);
	int fd = open(copies_in(p, "pdmd.db" COPIES_KEPT), O_RDONLY);
	assert_int_equal(pread(fd, back, sizeof(back), 0), sizeof(back));
	assert_int_equal(close(fd), 0);
	assert_memory_equal(back, rubbish, sizeof(back));
	copies_assert_customers(p, "pdmd.db", 3);
}

static void refuse(struct place *p, const char *name, enum rc rc, const char *why)
{
	assert_rc(copies_restore(p, name, &facts), rc);
	place_assert_why(p, why);
	assert_false(copies_is_there(p, "pdmd.db.new"));
	assert_false(copies_is_there(p, "pdmd.db" COPIES_KEPT));
	copies_assert_customers(p, "pdmd.db", 3);
}

static void test_restore__refuses_what_is_no_backup_of_ours(void **state)
{
	static char rubbish[4096];
	struct place *p = *state;
	uint8_t newer[] = {0, 0, 0, 99}, foreign[] = {1, 2, 3, 4};

	copies_fill(p, 3);
	refuse(p, "nowhere", RC_NOTFOUND, "nowhere: cannot be read: No such file");
	refuse(p, ".", RC_FOREIGN, "is not a file");
	copies_write_at(copies_in(p, "text"), 0, "hello", 5);
	refuse(p, "text", RC_FOREIGN, "text: not a database of pdmd");
	copies_write_at(copies_in(p, "empty"), 0, "", 0);
	refuse(p, "empty", RC_FOREIGN, "empty: not a database of pdmd");
	assert_ok(copies_back_up(p, "newer", &facts));
	copies_write_at(copies_in(p, "newer"), 60, newer, sizeof(newer));
	refuse(p, "newer", RC_NEWER, "newer: made by a newer pdmd");
	assert_ok(copies_back_up(p, "foreign", &facts));
	copies_write_at(copies_in(p, "foreign"), 68, foreign, sizeof(foreign));
	refuse(p, "foreign", RC_FOREIGN, "foreign: not a database of pdmd");
	assert_ok(copies_back_up(p, "damaged", &facts));
	memset(rubbish, 0xa5, sizeof(rubbish));
	copies_write_at(copies_in(p, "damaged"), facts.bytes - 4096, rubbish, sizeof(rubbish));
	refuse(p, "damaged", RC_CORRUPT, "damaged: ");
	assert_ok(copies_back_up(p, "cut", &facts));
	assert_int_equal(truncate(copies_in(p, "cut"), facts.bytes - 4096), 0);
	refuse(p, "cut", RC_CORRUPT, "cut: ");
}

static void test_restore__refuses_the_database_itself_and_a_copy_with_a_log(void **state)
{
	struct place *p = *state;

	copies_fill(p, 3);
	refuse(p, "pdmd.db", RC_FOREIGN, "is the database itself");
	assert_int_equal(link(p->path, copies_in(p, "second")), 0);
	refuse(p, "second", RC_FOREIGN, "is the database itself");
	assert_ok(copies_back_up(p, "copy", &facts));
	copies_write_at(copies_in(p, "copy-wal"), 0, "log", 3);
	refuse(p, "copy", RC_FOREIGN, "has a log beside it");
}

static void test_restore__of_an_older_one_is_left_to_the_migration(void **state)
{
	struct place *p = *state;
	struct database *db;

	copies_fill(p, 3);
	place_raw(p, "PRAGMA user_version = 0");
	assert_ok(copies_back_up(p, "copy", &facts));
	assert_ok(copies_restore(p, "copy", &facts));
	assert_rc(database_open(p->url, &db, &p->why), RC_BUSY);
	place_assert_why(p, "made by an older pdmd");
}

static void test_restore__while_somebody_reads_changes_nothing(void **state)
{
	struct place *p = *state;
	struct sessions s;

	copies_fill(p, 3);
	assert_ok(copies_back_up(p, "copy", &facts));
	place_open(p, &s);
	assert_ok(place_look(&p->arena, s.reader, 3));
	assert_rc(copies_restore(p, "copy", &facts), RC_BUSY);
	place_assert_why(p, "somebody has it open");
	place_close(&s);
	refuse(p, "nowhere", RC_NOTFOUND, "nowhere");
	assert_ok(copies_restore(p, "copy", &facts));
}

static void test_restore__keeps_two_apart(void **state)
{
	struct place *p = *state;

	copies_fill(p, 3);
	assert_ok(copies_back_up(p, "copy", &facts));
	copies_write_at(copies_in(p, "pdmd.db" COPIES_KEPT), 0, "kept", 4);
	assert_rc(copies_restore(p, "copy", &facts), RC_EXISTS);
	place_assert_why(p, COPIES_KEPT ": what was there before cannot be kept: File exists");
	assert_int_equal(place_bytes(p, COPIES_KEPT), 4);
	assert_false(copies_is_there(p, "pdmd.db.new"));
	copies_assert_customers(p, "pdmd.db", 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLACE_TEST(test_restore__keeps_what_was_there_with_its_log),
		PLACE_TEST(test_restore__where_there_is_no_database),
		PLACE_TEST(test_restore__over_a_damaged_database_keeps_that_as_it_is),
		PLACE_TEST(test_restore__refuses_what_is_no_backup_of_ours),
		PLACE_TEST(test_restore__refuses_the_database_itself_and_a_copy_with_a_log),
		PLACE_TEST(test_restore__of_an_older_one_is_left_to_the_migration),
		PLACE_TEST(test_restore__while_somebody_reads_changes_nothing),
		PLACE_TEST(test_restore__keeps_two_apart),
	};

	return cmocka_run_group_tests_name("sqlite restore", tests, NULL, NULL);
}
