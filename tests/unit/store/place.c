#include "place.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const struct change place_change = {.operator_uid = -1};

int place_setup(void **state)
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

int place_teardown(void **state)
{
	struct place *p = *state;

	text_fini(&p->why);
	arena_fini(&p->arena);
	assert_int_equal(nftw(p->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(p);
	return 0;
}

off_t place_bytes(const struct place *p, const char *suffix)
{
	char path[80];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", p->path, suffix);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

void place_raw(const struct place *p, const char *text)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(p->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void place_assert_why(struct place *p, const char *part)
{
	if (!strstr(text_c(&p->why), part))
		fail_msg("\"%s\" is not in \"%s\"", part, text_c(&p->why));
	text_clear(&p->why);
}

struct customer place_someone(void)
{
	return (struct customer){.created = STR("2024-02-29"),
				 .last_modified = STR("2024-02-29"),
				 .last_name = STR("Someone"),
				 .active = 1,
				 .branch_id = 1};
}

enum rc place_put(struct store *s, int64_t *ret_id)
{
	struct customer c = place_someone();
	enum rc rc = store_begin(s);

	if (rc == RC_OK)
		rc = store_customer_add(s, &c, 9001, &place_change, ret_id);
	if (rc == RC_OK)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

enum rc place_look(struct arena *a, struct store *s, int64_t id)
{
	struct customer c;
	enum rc rc = store_read(s);

	arena_reset(a);
	return rc == RC_OK ? store_customer_get(s, a, (struct scope){9001, 0}, id, &c) : rc;
}

void place_open(struct place *p, struct sessions *s)
{
	assert_ok(database_open(p->url, &s->db, &p->why));
	assert_ok(store_open(s->db, STORE_WRITER, &s->writer));
	assert_ok(store_open(s->db, STORE_READER, &s->reader));
}

void place_close(struct sessions *s)
{
	s->reader = store_close(s->reader);
	s->writer = store_close(s->writer);
	s->db = database_close(s->db);
}
