/*
 * What only SQLite's engine can be asked: files that are not what they should be, disks without
 * room, the length of the write-ahead log, rows that somebody else has written.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"
#include "store/engine.h"
#include "store/store.h"

#define MIB    (1024 * 1024)
#define NOBODY 65534

struct place {
	char dir[40];
	char path[64];
	char url[80];
	struct text why;
	struct arena arena;
};

static const uint8_t op[16];

#define assert_rc(expression, expected) assert_string_equal(rc_name(expression), rc_name(expected))
#define assert_ok(expression)           assert_rc(expression, RC_OK)

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	*state = p;
	(void)snprintf(p->dir, sizeof(p->dir), "/tmp/pdmd-sqlite-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof(p->path), "%s/pdmd.db", p->dir);
	(void)snprintf(p->url, sizeof(p->url), "sqlite:%s", p->path);
	text_init(&p->why, 4096);
	arena_init(&p->arena, 4096, MIB);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct place *p = *state;

	text_fini(&p->why);
	arena_fini(&p->arena);
	assert_int_equal(nftw(p->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(p);
	return 0;
}

/* What the file beside the database has; "" for the database itself. 0 when it is not there. */
static off_t file_bytes(const struct place *p, const char *suffix)
{
	char path[80];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", p->path, suffix);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

/* Does something behind the program's back. */
static void run_raw(const struct place *p, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_why(struct place *p, const char *part)
{
	if (!strstr(text_c(&p->why), part))
		fail_msg("\"%s\" is not in \"%s\"", part, text_c(&p->why));
	text_clear(&p->why);
}

static struct customer someone(void)
{
	return (struct customer){.created = STR("2024-02-29"),
				 .last_modified = STR("2024-02-29"),
				 .last_name = STR("Someone"),
				 .active = 1,
				 .branch_id = 1};
}

static enum rc put(struct store *s, int64_t *ret_id)
{
	struct customer c = someone();
	enum rc rc = store_begin(s);

	if (rc == RC_OK)
		rc = store_customer_add(s, &c, 9001, op, ret_id);
	if (rc == RC_OK)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

static enum rc look(struct place *p, struct store *s, int64_t id)
{
	struct customer c;
	enum rc rc = store_read(s);

	arena_reset(&p->arena);
	return rc == RC_OK ? store_customer_get(s, &p->arena, (struct scope){9001, 0}, id, &c) : rc;
}

/* ---- files that are not what they should be ------------------------------------------------ */

static void refuse(struct place *p, enum rc rc, const char *why)
{
	struct database *db = NULL;

	assert_rc(database_open(p->url, &db, &p->why), rc);
	assert_why(p, why);
	assert_rc(database_migrate(p->url, &p->why), rc);
	assert_why(p, why);
	assert_null(db);
}

static void test_create__makes_a_file_that_only_its_owner_may_read(void **state)
{
	struct place *p = *state;
	struct stat st;

	assert_ok(database_create(p->url, &p->why));
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(file_bytes(p, ".new"), 0);
	assert_int_equal(file_bytes(p, "-wal"), 0);
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
	assert_why(p, "/no/pdmd.db");
}

static void test_open__older_schema_must_be_migrated(void **state)
{
	struct place *p = *state;
	struct database *db = NULL;

	assert_ok(database_create(p->url, &p->why));
	run_raw(p, "PRAGMA user_version = 0");
	assert_rc(database_open(p->url, &db, &p->why), RC_BUSY);
	assert_why(p, "made by an older pdmd (schema 0, this program needs 1)");
}

/* All that a migration of number 1 may find: a database that is ours, and empty. */
static void test_migrate__brings_an_empty_one_up(void **state)
{
	struct place *p = *state;
	struct database *db;

	run_raw(p, "PRAGMA application_id = 0x70646d64");
	assert_ok(database_migrate(p->url, &p->why));
	assert_ok(database_migrate(p->url, &p->why));
	assert_ok(database_open(p->url, &db, &p->why));
	assert_null(database_close(db));
	run_raw(p, "CREATE TEMP TABLE t (n INTEGER CHECK (n = 1)); "
		   "INSERT INTO t SELECT count(*) FROM schema_migration "
		   "WHERE number = 1 AND name = 'start' AND applied_us > 1700000000000000");
}

static void test_migrate__that_fails_leaves_nothing_behind(void **state)
{
	struct place *p = *state;

	/* A table that the first migration makes itself, but not the first thing in it. */
	run_raw(p, "PRAGMA application_id = 0x70646d64; CREATE TABLE id_counter (x)");
	assert_rc(database_migrate(p->url, &p->why), RC_IO);
	assert_why(p, "migration 1 (start) failed: table id_counter already exists");
	run_raw(p, "CREATE TEMP TABLE t (n INTEGER CHECK (n = 1)); "
		   "INSERT INTO t SELECT count(*) FROM sqlite_schema");
	run_raw(p, "DROP TABLE id_counter");
	assert_ok(database_migrate(p->url, &p->why));
}

static void test_open__newer_schema_is_refused(void **state)
{
	struct place *p = *state;

	assert_ok(database_create(p->url, &p->why));
	run_raw(p, "PRAGMA user_version = 2");
	refuse(p, RC_NEWER,
	       "made by a newer pdmd (schema 2, this program knows 1): install the newer program");
}

static void test_open__another_programs_database_is_foreign(void **state)
{
	struct place *p = *state;

	run_raw(p, "CREATE TABLE company (x); PRAGMA user_version = 1");
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
	off_t bytes = file_bytes(p, "");
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
	assert_why(p, "too long");
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
	assert_why(p, "cannot make a database: Permission denied");
	assert_int_equal(chmod(p->dir, 0700), 0);
}

/* ---- sessions on a real file ---------------------------------------------------------------- */

struct sessions {
	struct database *db;
	struct store *writer, *reader;
};

static void open_sessions(struct place *p, struct sessions *s)
{
	assert_ok(database_open(p->url, &s->db, &p->why));
	assert_ok(store_open(s->db, STORE_WRITER, &s->writer));
	assert_ok(store_open(s->db, STORE_READER, &s->reader));
}

static void close_sessions(struct sessions *s)
{
	s->reader = store_close(s->reader);
	s->writer = store_close(s->writer);
	s->db = database_close(s->db);
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

static void test_begin__is_busy_while_somebody_else_writes(void **state)
{
	struct place *p = *state;
	struct sessions s;
	sqlite3 *other;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	open_sessions(p, &s);
	assert_int_equal(sqlite3_open(p->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_rc(store_begin(s.writer), RC_BUSY);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
	assert_ok(put(s.writer, &id));
	close_sessions(&s);
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
	run_raw(p, "PRAGMA application_id = 0x70646d64; PRAGMA user_version = 1;"
		   "CREATE TABLE customer (company_id, customer_id, external_customer_ref, "
		   "created, last_modified, title, first_name, last_name, gender, dob, line_1, "
		   "line_2, line_3, city, county, postal_code, email_address, tel_number_1, "
		   "tel_number_2, active, branch_id, version, last_op);"
		   "INSERT INTO customer VALUES (9001, 1, 'R', '', '', '', '', '', 0, NULL, '', "
		   "'', '', '', '', '', '', '', '', 1, 1, 1, x'')");
	open_sessions(p, &s);
	assert_ok(look(p, s.reader, 1));
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		store_rest(s.reader);
		(void)snprintf(text, sizeof(text),
			       "CREATE TABLE kept AS SELECT * FROM customer; "
			       "UPDATE customer SET %s",
			       changes[i]);
		run_raw(p, text);
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
		run_raw(p, "DELETE FROM customer; INSERT INTO customer SELECT * FROM kept; "
			   "DROP TABLE kept");
		assert_ok(look(p, s.reader, 1));
	}
	close_sessions(&s);
}

static void test_read__damaged_pages_are_corrupt(void **state)
{
	struct place *p = *state;
	static char rubbish[4096];
	struct sessions s;
	int64_t id;
	int n_corrupt = 0;

	assert_ok(database_create(p->url, &p->why));
	open_sessions(p, &s);
	for (int i = 0; i < 200; i++)
		assert_ok(put(s.writer, &id));
	close_sessions(&s);
	memset(rubbish, 0xa5, sizeof(rubbish));
	int fd = open(p->path, O_WRONLY);
	assert_true(fd >= 0);
	/* The second half: behind the schema, where the customers are. */
	off_t bytes = file_bytes(p, "");
	for (off_t at = bytes / 8192 * 4096; at < bytes; at += 4096)
		assert_int_equal(pwrite(fd, rubbish, 4096, at), 4096);
	assert_int_equal(close(fd), 0);
	open_sessions(p, &s);
	for (id = 1; id <= 200; id++) {
		enum rc rc = look(p, s.reader, id);
		assert_true(rc == RC_OK || rc == RC_CORRUPT);
		n_corrupt += rc == RC_CORRUPT;
	}
	assert_true(n_corrupt > 0);
	close_sessions(&s);
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
	open_sessions(p, &s);
	assert_ok(put(s.writer, &last));
	uint64_t commits = database_commits(s.db);
	(void)signal(SIGXFSZ, SIG_IGN); /* the write fails instead */
	limit_files(MIB / 2);
	for (int i = 0; i < 1000 && rc == RC_OK; i++) {
		rc = put(s.writer, &id);
		if (rc == RC_OK) {
			last = id;
			commits++;
		}
	}
	assert_rc(rc, RC_FULL);
	assert_true(strlen(store_error(s.writer)) > 0);
	assert_int_equal(database_commits(s.db), commits);
	/* Reads go on, and what was refused is not there. */
	assert_ok(look(p, s.reader, last));
	assert_rc(look(p, s.reader, last + 1), RC_NOTFOUND);
	assert_rc(put(s.writer, &id), RC_FULL);
	limit_files(RLIM_INFINITY);
	assert_ok(put(s.writer, &id));
	assert_int_equal(id, last + 1);
	assert_ok(look(p, s.reader, id));
	close_sessions(&s);
	open_sessions(p, &s);
	assert_ok(look(p, s.reader, last + 1));
	assert_rc(look(p, s.reader, last + 2), RC_NOTFOUND);
	close_sessions(&s);
}

/* More than the cache holds, so that the statement finds the disk full, and not the commit. */
static void test_full__in_the_middle_loses_the_whole_transaction(void **state)
{
	struct place *p = *state;
	struct customer c = someone();
	struct sessions s;
	int64_t id;
	enum rc rc = RC_OK;

	assert_ok(database_create(p->url, &p->why));
	open_sessions(p, &s);
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(2 * MIB);
	assert_ok(store_begin(s.writer));
	for (int i = 0; i < 1000000 && rc == RC_OK; i++)
		rc = store_customer_add(s.writer, &c, 9001, op, &id);
	assert_rc(rc, RC_FULL);
	assert_rc(store_customer_add(s.writer, &c, 9001, op, &id), RC_FULL);
	assert_rc(store_savepoint(s.writer), RC_FULL);
	assert_rc(store_commit(s.writer), RC_FULL);
	store_rollback(s.writer);
	limit_files(RLIM_INFINITY);
	assert_rc(look(p, s.reader, 1), RC_NOTFOUND);
	assert_ok(put(s.writer, &id));
	assert_int_equal(id, 1);
	close_sessions(&s);
}

/* ---- the length of the log ---------------------------------------------------------------------
 */

/* About `bytes` of log, in many commits. */
static void write_much(struct store *s, int64_t bytes)
{
	static char text[1001];
	struct customer c = someone();
	int64_t id;

	memset(text, 'x', sizeof(text) - 1);
	c.email_address = str_c(text);
	for (int64_t written = 0; written < bytes; written += 100 * 1100) {
		assert_ok(store_begin(s));
		for (int i = 0; i < 100; i++)
			assert_ok(store_customer_add(s, &c, 9001, op, &id));
		assert_ok(store_commit(s));
	}
}

static void test_log__stays_short_without_readers(void **state)
{
	struct place *p = *state;
	struct sessions s;

	assert_ok(database_create(p->url, &p->why));
	open_sessions(p, &s);
	write_much(s.writer, 20 * MIB);
	assert_true(file_bytes(p, "-wal") > MIB);
	assert_true(file_bytes(p, "-wal") < 6 * MIB);
	assert_true(file_bytes(p, "") > 15 * MIB);
	close_sessions(&s);
	assert_int_equal(file_bytes(p, "-wal"), 0);
}

static void test_log__waits_for_a_reader_that_has_not_rested(void **state)
{
	struct place *p = *state;
	struct sessions s;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	open_sessions(p, &s);
	assert_ok(put(s.writer, &id));
	assert_ok(look(p, s.reader, id));
	write_much(s.writer, 16 * MIB);
	assert_true(file_bytes(p, "-wal") > 16 * MIB);
	/* All the while it has had its snapshot. */
	struct customer c;
	assert_rc(store_customer_get(s.reader, &p->arena, (struct scope){9001, 0}, id + 1, &c),
		  RC_NOTFOUND);
	store_rest(s.reader);
	write_much(s.writer, 16 * MIB);
	off_t bytes = file_bytes(p, "-wal");
	assert_true(bytes < 24 * MIB);
	write_much(s.writer, 16 * MIB);
	assert_int_equal(file_bytes(p, "-wal"), bytes); /* used again from its beginning */
	close_sessions(&s);
}

struct busy_reader {
	struct store *s;
	struct place place;
	atomic_bool done;
	enum rc rc;
};

static void *read_all_the_time(void *r_)
{
	struct busy_reader *r = r_;

	while (r->rc == RC_OK && !atomic_load(&r->done))
		r->rc = look(&r->place, r->s, 1);
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
	open_sessions(p, &s);
	assert_ok(put(s.writer, &id));
	r.s = s.reader;
	arena_init(&r.place.arena, 4096, MIB);
	assert_int_equal(pthread_create(&thread, NULL, read_all_the_time, &r), 0);
	write_much(s.writer, 40 * MIB);
	atomic_store(&r.done, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_ok(r.rc);
	arena_fini(&r.place.arena);
	assert_true(file_bytes(p, "-wal") < 20 * MIB);
	close_sessions(&s);
}

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
		PLACE_TEST(test_begin__is_busy_while_somebody_else_writes),
		PLACE_TEST(test_read__rows_of_another_form_are_corrupt),
		PLACE_TEST(test_read__damaged_pages_are_corrupt),
		PLACE_TEST(test_full__refuses_the_write_and_goes_on_when_there_is_room),
		PLACE_TEST(test_full__in_the_middle_loses_the_whole_transaction),
		PLACE_TEST(test_log__stays_short_without_readers),
		PLACE_TEST(test_log__waits_for_a_reader_that_has_not_rested),
		PLACE_TEST(test_log__stays_short_under_a_busy_reader),
	};

	return cmocka_run_group_tests_name("sqlite", tests, NULL, NULL);
}
