/*
 * A SQLite database is copied; beside a real server that is done in tests/system/test_backup.py.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copies.h"

static struct copy_facts facts;

static void test_backup__is_one_whole_file_of_its_owners(void **state)
{
	struct place *p = *state;
	struct stat st;
	char header[20];

	copies_fill(p, 7);
	assert_ok(copies_back_up(p, "copy", &facts));
	COPIES_ASSERT_FILES(p, "pdmd.db", "pdmd.db-wal", "pdmd.db-shm", "copy");
	assert_int_equal(stat(copies_in(p, "copy"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(facts.bytes, st.st_size);
	assert_int_equal(facts.customers, 7);
	/* Not one that needs a log beside it. */
	int fd = open(copies_in(p, "copy"), O_RDONLY);
	assert_int_equal(pread(fd, header, sizeof(header), 0), sizeof(header));
	assert_int_equal(close(fd), 0);
	assert_int_equal(header[18], 1);
	assert_int_equal(header[19], 1);
	copies_assert_customers(p, "copy", 7);
}

struct watched {
	struct place *p;
	struct sessions *s;
	int n_copying, n_checking;
	int64_t bytes, bytes_all;
};

/* Somebody writes after every step. */
static void put_more(void *owner, enum copy_part part, int64_t bytes, int64_t bytes_all)
{
	struct watched *w = owner;
	int64_t id;

	w->n_copying += part == COPY_COPYING;
	w->n_checking += part == COPY_CHECKING;
	if (part == COPY_COPYING)
		w->bytes = bytes;
	w->bytes_all = bytes_all;
	for (int i = 0; i < 50; i++)
		assert_ok(place_put(w->s->writer, &id));
}

static void test_backup__is_of_one_moment_while_others_write(void **state)
{
	struct place *p = *state;
	struct sessions s;
	struct watched w = {.p = p, .s = &s};
	const struct copy_watch watch = {put_more, &w};
	struct customer c = place_someone();
	int64_t id;

	copies_fill(p, 1);
	place_open(p, &s);
	/* Several steps' worth, some of it in the log. */
	assert_ok(store_begin(s.writer));
	for (int i = 0; i < 30000; i++)
		assert_ok(store_customer_add(s.writer, &c, 9001, &place_change, &id));
	assert_ok(store_commit(s.writer));
	assert_ok(database_backup(p->url, copies_in(p, "copy"), &watch, &facts, &p->why));
	assert_true(w.n_copying > 1);
	assert_int_equal(w.n_checking, 1);
	assert_int_equal(w.bytes, w.bytes_all);
	assert_int_equal(w.bytes, facts.bytes);
	assert_int_equal(facts.customers, 30001);
	assert_ok(place_look(&p->arena, s.reader, 30001 + 50 * (w.n_copying + 1)));
	place_close(&s);
	copies_assert_customers(p, "copy", 30001);
}

static void test_backup__overwrites_nothing(void **state)
{
	static const char *const own[] = {"pdmd.db", "pdmd.db-wal", "pdmd.db-journal",
					  "pdmd.db.new", "pdmd.db.before-x"};
	struct place *p = *state;

	copies_fill(p, 1);
	copies_write_at(copies_in(p, "copy"), 0, "mine", 4);
	assert_rc(copies_back_up(p, "copy", &facts), RC_EXISTS);
	place_assert_why(p, "copy: there is something already");
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		assert_rc(copies_back_up(p, own[i], &facts), RC_INVALID);
		place_assert_why(p, "a name that the database needs for itself");
	}
	assert_int_equal(symlink(copies_in(p, "nowhere"), copies_in(p, "link")), 0);
	assert_rc(copies_back_up(p, "link", &facts), RC_EXISTS);
	text_clear(&p->why);
	assert_rc(copies_back_up(p, "no/copy", &facts), RC_NOTFOUND);
	place_assert_why(p, "no/copy: cannot make a file in its directory: No such file");
	assert_int_equal(unlink(copies_in(p, "link")), 0);
	(void)unlink(copies_in(p, "pdmd.db-wal"));
	(void)unlink(copies_in(p, "pdmd.db-shm"));
	COPIES_ASSERT_FILES(p, "pdmd.db", "copy");
	copies_assert_customers(p, "pdmd.db", 1);
}

static void test_backup__goes_over_what_an_interrupted_one_left(void **state)
{
	struct place *p = *state;
	char byte = 0;

	copies_fill(p, 3);
	copies_write_at(copies_in(p, "copy.new"), 0, "rubbish", 7);
	copies_write_at(copies_in(p, "copy.new-journal"), 0, "rubbish", 7);
	/* A second name that somebody may count on. */
	assert_int_equal(link(copies_in(p, "copy.new"), copies_in(p, "mine")), 0);
	assert_ok(copies_back_up(p, "copy", &facts));
	assert_false(copies_is_there(p, "copy.new"));
	assert_false(copies_is_there(p, "copy.new-journal"));
	copies_assert_customers(p, "copy", 3);
	int fd = open(copies_in(p, "mine"), O_RDONLY);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	assert_int_equal(close(fd), 0);
	assert_int_equal(byte, 'r');
}

/* And while that one is checked it is complete, but has no name yet. */
static void try_the_same(void *owner, enum copy_part part, int64_t bytes, int64_t bytes_all)
{
	struct watched *w = owner;
	struct copy_facts none = {0};
	struct text why;

	(void)bytes;
	(void)bytes_all;
	w->n_checking += part == COPY_CHECKING;
	assert_false(copies_is_there(w->p, "copy"));
	text_init(&why, 4096);
	assert_rc(database_backup(w->p->url, copies_in(w->p, "copy"), NULL, &none, &why), RC_BUSY);
	assert_non_null(strstr(text_c(&why), "somebody is making it at this moment"));
	assert_int_equal(none.customers, 0);
	text_fini(&why);
}

static void test_backup__two_of_one_name_do_not_mix(void **state)
{
	struct place *p = *state;
	struct watched w = {.p = p};
	const struct copy_watch watch = {try_the_same, &w};

	copies_fill(p, 3);
	assert_ok(database_backup(p->url, copies_in(p, "copy"), &watch, &facts, &p->why));
	assert_int_equal(w.n_checking, 1);
	copies_assert_customers(p, "copy", 3);
}

static void test_backup__of_a_damaged_database_is_not_kept(void **state)
{
	static char rubbish[4096];
	struct place *p = *state;

	copies_fill(p, 200);
	memset(rubbish, 0xa5, sizeof(rubbish));
	copies_write_at(p->path, place_bytes(p, "") - 4096, rubbish, sizeof(rubbish));
	assert_rc(copies_back_up(p, "copy", &facts), RC_CORRUPT);
	place_assert_why(p, "pdmd.db: ");
	assert_false(copies_is_there(p, "copy"));
	assert_false(copies_is_there(p, "copy.new"));
}

static void test_backup__without_a_database_is_not_found(void **state)
{
	struct place *p = *state;

	assert_rc(copies_back_up(p, "copy", &facts), RC_NOTFOUND);
	place_assert_why(p, "pdmd.db: no database there");
	assert_int_equal(place_bytes(p, ""), 0);
}

static void test_backup__without_room_leaves_nothing(void **state)
{
	struct place *p = *state;
	struct rlimit limit, before;

	copies_fill(p, 200);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	(void)signal(SIGXFSZ, SIG_IGN); /* the write fails instead */
	limit = before;
	limit.rlim_cur = 65536;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	enum rc rc = copies_back_up(p, "copy", &facts);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_rc(rc, RC_FULL);
	place_assert_why(p, "no room on the disk");
	assert_false(copies_is_there(p, "copy"));
	assert_false(copies_is_there(p, "copy.new"));
	assert_ok(copies_back_up(p, "copy", &facts));
}

static void test_backup__refuses_what_points_to_nothing(void **state)
{
	struct place *p = *state;

	copies_fill(p, 3);
	place_raw(p, "PRAGMA foreign_keys = OFF; INSERT INTO branch VALUES (9999, 1, 'x', 1)");
	assert_rc(copies_back_up(p, "copy", &facts), RC_CORRUPT);
	place_assert_why(p, "something is missing that is pointed at by table branch");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		PLACE_TEST(test_backup__is_one_whole_file_of_its_owners),
		PLACE_TEST(test_backup__is_of_one_moment_while_others_write),
		PLACE_TEST(test_backup__overwrites_nothing),
		PLACE_TEST(test_backup__goes_over_what_an_interrupted_one_left),
		PLACE_TEST(test_backup__two_of_one_name_do_not_mix),
		PLACE_TEST(test_backup__of_a_damaged_database_is_not_kept),
		PLACE_TEST(test_backup__without_a_database_is_not_found),
		PLACE_TEST(test_backup__without_room_leaves_nothing),
		PLACE_TEST(test_backup__refuses_what_points_to_nothing),
	};

	return cmocka_run_group_tests_name("sqlite backup", tests, NULL, NULL);
}
