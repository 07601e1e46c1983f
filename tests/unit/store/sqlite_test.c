/*
 * What only SQLite's engine can be asked: files that are not what they should be, and rows that
 * somebody else has written.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "store/engine.h"

#define NOBODY 65534

/* ---- files that are not what they should be ------------------------------------------------ */

static void refuse(struct place *p, enum rc rc, const char *why)
{
	struct database *db = NULL;

	assert_rc(database_open(p->url, &db, &p->why), rc);
	place_assert_why(p, why);
	assert_rc(database_migrate(p->url, &p->why), rc);
	place_assert_why(p, why);
	assert_null(db);
}

static void test_create__makes_a_file_that_only_its_owner_may_read(void **state)
{
	struct place *p = *state;
	struct stat st;

	assert_ok(database_create(p->url, &p->why));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(place_bytes(p, ".new"), 0);
	assert_int_equal(place_bytes(p, "-wal"), 0);
}

static void test_create__starts_over_what_was_left_half_made(void **state)
{
	struct place *p = *state;
	char path[80];

	(void)snprintf(path, sizeof(path), "%s.new-journal", p->path);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "rubbish", 7), 7);
	(void)close(fd);
	(void)snprintf(path, sizeof(path), "%s.new", p->path);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "rubbish", 7), 7);
	(void)close(fd);
	assert_ok(database_create(p->url, &p->why));
}

static void test_create__without_a_directory_is_not_found(void **state)
{
	struct place *p = *state;

	(void)snprintf(p->url, sizeof(p->url), "sqlite:%s/no/pdmd.db", p->dir);
	assert_rc(database_create(p->url, &p->why), RC_NOTFOUND);
	place_assert_why(p, "/no/pdmd.db");
}

static void test_open__older_schema_must_be_migrated(void **state)
{
	struct place *p = *state;
	struct database *db = NULL;

	assert_ok(database_create(p->url, &p->why));
	place_raw(p, "PRAGMA user_version = 0");
	assert_rc(database_open(p->url, &db, &p->why), RC_BUSY);
	place_assert_why(p, "made by an older pdmd (schema 0, this program needs 1)");
}

/* All that a migration of number 1 may find: a database that is ours, and empty. */
static void test_migrate__brings_an_empty_one_up(void **state)
{
	struct place *p = *state;
	struct database *db;

	place_raw(p, "PRAGMA application_id = 0x70646d64");
	assert_ok(database_migrate(p->url, &p->why));
	assert_ok(database_migrate(p->url, &p->why));
	assert_ok(database_open(p->url, &db, &p->why));
	assert_null(database_close(db));
	place_raw(p, "CREATE TEMP TABLE t (n INTEGER CHECK (n = 1)); "
		     "INSERT INTO t SELECT count(*) FROM schema_migration "
		     "WHERE number = 1 AND name = 'start' AND applied_us > 1700000000000000");
}

static void test_migrate__that_fails_leaves_nothing_behind(void **state)
{
	struct place *p = *state;

	/* A table that the first migration makes itself, but not the first thing in it. */
	place_raw(p, "PRAGMA application_id = 0x70646d64; CREATE TABLE id_counter (x)");
	assert_rc(database_migrate(p->url, &p->why), RC_IO);
	place_assert_why(p, "migration 1 (start) failed: table id_counter already exists");
	place_raw(p, "CREATE TEMP TABLE t (n INTEGER CHECK (n = 1)); "
		     "INSERT INTO t SELECT count(*) FROM sqlite_schema");
	place_raw(p, "DROP TABLE id_counter");
	assert_ok(database_migrate(p->url, &p->why));
}

static void test_open__newer_schema_is_refused(void **state)
{
	struct place *p = *state;

	assert_ok(database_create(p->url, &p->why));
	place_raw(p, "PRAGMA user_version = 2");
	refuse(p, RC_NEWER,
	       "made by a newer pdmd (schema 2, this program knows 1): install the newer program");
}

static void test_open__another_programs_database_is_foreign(void **state)
{
	struct place *p = *state;

	place_raw(p, "CREATE TABLE company (x); PRAGMA user_version = 1");
	refuse(p, RC_FOREIGN, "not a database of pdmd");
	assert_rc(database_create(p->url, &p->why), RC_EXISTS);
}

static void write_file(const struct place *p, const char *text, size_t n)
{
	int fd = open(p->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(close(fd), 0);
}

static void test_open__what_is_no_database_is_foreign(void **state)
{
	struct place *p = *state;
	static char letter[5000];

	memset(letter, 'x', sizeof(letter));
	write_file(p, letter, sizeof(letter));
	refuse(p, RC_FOREIGN, "not a database of pdmd");
	write_file(p, "short", 5);
	refuse(p, RC_FOREIGN, "not a database of pdmd");
	write_file(p, "", 0);
	refuse(p, RC_FOREIGN, "the file is empty");
	assert_rc(database_create(p->url, &p->why), RC_EXISTS);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkdir(p->path, 0700), 0);
	refuse(p, RC_FOREIGN, "not even a file");
	assert_rc(database_create(p->url, &p->why), RC_EXISTS);
}

static void test_open__a_file_cut_short_is_corrupt(void **state)
{
	struct place *p = *state;

	assert_ok(database_create(p->url, &p->why));
	off_t bytes = place_bytes(p, "");
	assert_true(bytes > 8192);
	assert_int_equal(truncate(p->path, bytes / 2), 0);
	refuse(p, RC_CORRUPT, "malformed");
	assert_int_equal(truncate(p->path, 50), 0);
	refuse(p, RC_FOREIGN, "not a database of pdmd");
}

static void test_open__names_that_sqlite_would_misread_are_plain_files(void **state)
{
	static const char *const names[] = {":memory:", "file:x.db?mode=memory", "a b'c"};
	struct place *p = *state;
	struct database *db;
	char here[512], url[64];

	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(p->dir), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(url, sizeof(url), "sqlite:%s", names[i]);
		assert_ok(database_create(url, &p->why));
		assert_int_equal(access(names[i], R_OK), 0);
		assert_ok(database_open(url, &db, &p->why));
		assert_null(database_close(db));
	}
	assert_int_equal(chdir(here), 0);
}

static void test_open__a_path_that_is_too_long(void **state)
{
	static char url[8000] = "sqlite:";
	struct place *p = *state;
	struct database *db = NULL;

	memset(url + 7, 'x', sizeof(url) - 8);
	assert_rc(database_open(url, &db, &p->why), RC_INVALID);
	place_assert_why(p, "too long");
	assert_rc(database_create(url, &p->why), RC_INVALID);
}

/* Root may write everywhere, so be somebody else for a while. */
static void become(uid_t uid)
{
	if (geteuid() == 0 || getuid() == 0)
		assert_int_equal(seteuid(uid), 0);
}

static void test_open__without_permission_is_denied(void **state)
{
	struct place *p = *state;
	uid_t me = geteuid();

	assert_ok(database_create(p->url, &p->why));
	if (me == 0) {
		assert_int_equal(chown(p->dir, NOBODY, (gid_t)-1), 0);
		assert_int_equal(chown(p->path, NOBODY, (gid_t)-1), 0);
	}
	assert_int_equal(chmod(p->dir, 0500), 0);
	become(NOBODY);
	refuse(p, RC_DENIED, "directory cannot be written: Permission denied");
	become(me);
	assert_int_equal(chmod(p->dir, 0700), 0);
	assert_int_equal(chmod(p->path, 0400), 0);
	become(NOBODY);
	refuse(p, RC_DENIED, "cannot be read and written: Permission denied");
	become(me);
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(chmod(p->dir, 0500), 0);
	become(NOBODY);
	assert_rc(database_create(p->url, &p->why), RC_DENIED);
	become(me);
	place_assert_why(p, "cannot make a file in its directory: Permission denied");
	assert_int_equal(chmod(p->dir, 0700), 0);
}

static void test_reader__cannot_write(void **state)
{
	struct place *p = *state;
	struct engine *e;
	int64_t schema;

	assert_ok(database_create(p->url, &p->why));
	assert_ok(engine_sqlite.open(p->path, ENGINE_READER, &e, &schema, &p->why));
	assert_int_equal(schema, 1);
	assert_rc(e->ops->run(e, "DELETE FROM company"), RC_DENIED);
	assert_rc(e->ops->run(e, "PRAGMA query_only = OFF; DELETE FROM company"), RC_DENIED);
	assert_true(strlen(e->ops->error(e)) > 0);
	e->ops->close(e);
}

static void test_engine__names_the_classes_of_failures(void **state)
{
	static const struct {
		const char *text;
		enum rc rc;
	} cases[] = {
		{"INSERT INTO company VALUES (1, 'a', 'UTC', 1, '')", RC_OK},
		{"INSERT INTO company VALUES (1, 'a', 'UTC', 1, '')", RC_EXISTS},
		{"INSERT INTO company VALUES (2, 'a', 'UTC', 2, '')", RC_INVALID},
		{"INSERT INTO company VALUES (2, NULL, 'UTC', 1, '')", RC_INVALID},
		{"INSERT INTO company VALUES ('x', 'a', 'UTC', 1, '')", RC_INVALID},
		{"INSERT INTO branch VALUES (7, 1, 'a', 1)", RC_NOTFOUND},
		{"INSERT INTO nowhere VALUES (1)", RC_IO},
	};
	struct place *p = *state;
	struct engine *e;
	int64_t schema;

	assert_ok(database_create(p->url, &p->why));
	assert_ok(engine_sqlite.open(p->path, ENGINE_WRITER, &e, &schema, &p->why));
	assert_ok(e->ops->begin(e));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_rc(e->ops->run(e, cases[i].text), cases[i].rc);
	assert_true(e->ops->in_transaction(e));
	e->ops->close(e);
}

static void test_commit__that_fails_has_ended_the_transaction(void **state)
{
	struct place *p = *state;
	struct engine *e;
	int64_t schema;

	assert_ok(database_create(p->url, &p->why));
	assert_ok(engine_sqlite.open(p->path, ENGINE_WRITER, &e, &schema, &p->why));
	assert_ok(e->ops->begin(e));
	assert_ok(e->ops->run(e, "PRAGMA defer_foreign_keys = ON; "
				 "INSERT INTO branch VALUES (7, 1, 'a', 1)"));
	assert_rc(e->ops->commit(e), RC_NOTFOUND);
	assert_false(e->ops->in_transaction(e));
	assert_ok(e->ops->begin(e));
	e->ops->close(e);
}

static void test_begin__is_busy_while_somebody_else_writes(void **state)
{
	struct place *p = *state;
	struct sessions s;
	sqlite3 *other;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_rc(store_begin(s.writer), RC_BUSY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_ok(place_put(s.writer, &id));
	place_close(&s);
}

/* ---- what we do not write -------------------------------------------------------------------- */

static void test_read__rows_of_another_form_are_corrupt(void **state)
{
	static const char *const changes[] = {
		"gender = 3",     "gender = -1",    "gender = 'Male'", "gender = NULL",
		"active = 2",     "active = 'yes'", "active = 0.5",    "version = 0",
		"version = x''",  "branch_id = -1", "last_name = 5",   "city = x'00'",
		"dob = 19681106",
	};
	struct place *p = *state;
	struct customer c = {.customer_id = 77};
	struct sessions s;
	char text[128];

	/* A file with our marks and without our rules. */
	place_raw(p, "PRAGMA application_id = 0x70646d64; PRAGMA user_version = 1;"
		     "CREATE TABLE customer (company_id, customer_id, external_customer_ref, "
		     "created, last_modified, title, first_name, last_name, gender, dob, line_1, "
		     "line_2, line_3, city, county, postal_code, email_address, tel_number_1, "
		     "tel_number_2, active, branch_id, version, last_op, "
		     "customer_key INTEGER PRIMARY KEY);"
		     "INSERT INTO customer VALUES (9001, 1, 'R', '', '', '', '', '', 0, NULL, '', "
		     "'', '', '', '', '', '', '', '', 1, 1, 1, x'', 9001 << 33 | 1)");
	place_open(p, &s);
	assert_ok(place_look(&p->arena, s.reader, 1));
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		store_rest(s.reader);
		(void)snprintf(text, sizeof(text),
			       "CREATE TABLE kept AS SELECT * FROM customer; "
			       "UPDATE customer SET %s",
			       changes[i]);
		place_raw(p, text);
		assert_ok(store_read(s.reader));
		enum rc rc =
			store_customer_get(s.reader, &p->arena, (struct scope){9001, 0}, 1, &c);
		/* With branch -1 the scope "all branches" still finds it. */
		if (rc != RC_CORRUPT)
			fail_msg("%s: %s", changes[i], rc_name(rc));
		assert_string_equal(store_error(s.reader) + strcspn(store_error(s.reader), "h"),
				    "holds what this program does not write");
		assert_int_equal(c.customer_id, 77);
		store_rest(s.reader);
		place_raw(p, "DELETE FROM customer; INSERT INTO customer SELECT * FROM kept; "
			     "DROP TABLE kept");
		assert_ok(place_look(&p->arena, s.reader, 1));
	}
	place_close(&s);
}

static void test_read__damaged_pages_are_corrupt(void **state)
{
	struct place *p = *state;
	static char rubbish[4096];
	struct sessions s;
	int64_t id;
	int n_corrupt = 0;

	assert_ok(database_create(p->url, &p->why));
	off_t schema_bytes = place_bytes(p, "");
	place_open(p, &s);
	for (int i = 0; i < 200; i++)
		assert_ok(place_put(s.writer, &id));
	place_close(&s);
	memset(rubbish, 0xa5, sizeof(rubbish));
	int fd = open(p->path, O_WRONLY);
	assert_true(fd >= 0);
	/* Behind the schema, where the customers are. */
	off_t bytes = place_bytes(p, "");
	for (off_t at = schema_bytes; at < bytes; at += 4096)
		assert_int_equal(pwrite(fd, rubbish, 4096, at), 4096);
	assert_int_equal(close(fd), 0);
	place_open(p, &s);
	for (id = 1; id <= 200; id++) {
		enum rc rc = place_look(&p->arena, s.reader, id);
		assert_true(rc == RC_OK || rc == RC_CORRUPT);
		n_corrupt += rc == RC_CORRUPT;
	}
	assert_true(n_corrupt > 0);
	place_close(&s);
}

/* ---- a look ------------------------------------------------------------------------------------
 */

static void look(struct place *p, const char *url)
{
	struct database *db;

	assert_ok(database_open(url, &db, &p->why));
	assert_int_equal(p->why.n, 0);
	assert_null(database_close(db));
}

static bool has_companions(const char *path)
{
	char beside[200];

	(void)snprintf(beside, sizeof(beside), "%s-wal", path);
	bool has = access(beside, F_OK) == 0;
	(void)snprintf(beside, sizeof(beside), "%s-shm", path);
	return has || access(beside, F_OK) == 0;
}

static void test_look__leaves_nothing_behind(void **state)
{
	struct place *p = *state;
	char path[128], url[160];

	assert_ok(database_create(p->url, &p->why));
	look(p, p->url);
	assert_false(has_companions(p->path));
	/* What means something in a URI. */
	(void)snprintf(path, sizeof(path), "%s/a%%41?b#c=%%zz&d", p->dir);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	assert_ok(database_create(url, &p->why));
	look(p, url);
	assert_false(has_companions(path));
	assert_int_equal(unlink(path), 0);
}

/* While it is in use, what counts may stand in the log. */
static void test_look__sees_what_is_not_in_the_file_yet(void **state)
{
	struct place *p = *state;
	struct database *db;
	struct sessions s;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	assert_ok(place_put(s.writer, &id));
	look(p, p->url);
	place_raw(p, "PRAGMA user_version = 999");
	assert_rc(database_open(p->url, &db, &p->why), RC_NEWER);
	place_assert_why(p, "newer");
	place_close(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLACE_TEST(test_create__makes_a_file_that_only_its_owner_may_read),
		PLACE_TEST(test_create__starts_over_what_was_left_half_made),
		PLACE_TEST(test_create__without_a_directory_is_not_found),
		PLACE_TEST(test_open__older_schema_must_be_migrated),
		PLACE_TEST(test_migrate__brings_an_empty_one_up),
		PLACE_TEST(test_migrate__that_fails_leaves_nothing_behind),
		PLACE_TEST(test_open__newer_schema_is_refused),
		PLACE_TEST(test_open__another_programs_database_is_foreign),
		PLACE_TEST(test_open__what_is_no_database_is_foreign),
		PLACE_TEST(test_open__a_file_cut_short_is_corrupt),
		PLACE_TEST(test_open__names_that_sqlite_would_misread_are_plain_files),
		PLACE_TEST(test_open__a_path_that_is_too_long),
		PLACE_TEST(test_open__without_permission_is_denied),
		PLACE_TEST(test_reader__cannot_write),
		PLACE_TEST(test_engine__names_the_classes_of_failures),
		PLACE_TEST(test_commit__that_fails_has_ended_the_transaction),
		PLACE_TEST(test_begin__is_busy_while_somebody_else_writes),
		PLACE_TEST(test_read__rows_of_another_form_are_corrupt),
		PLACE_TEST(test_read__damaged_pages_are_corrupt),
		PLACE_TEST(test_look__leaves_nothing_behind),
		PLACE_TEST(test_look__sees_what_is_not_in_the_file_yet),
	};

	return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
