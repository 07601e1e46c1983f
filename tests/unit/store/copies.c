#include "copies.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const char *copies_in(const struct place *p, const char *name)
{
	static char paths[2][96];
	static int n;

	n = !n;
	(void)snprintf(paths[n], sizeof(paths[n]), "%s/%s", p->dir, name);
	return paths[n];
}

bool copies_is_there(const struct place *p, const char *name)
{
	struct stat st;

	return lstat(copies_in(p, name), &st) == 0;
}

void copies_assert_files(const struct place *p, const char *const names[])
{
	DIR *d = opendir(p->dir);
	size_t n_names = 0, n = 0;

	assert_non_null(d);
	for (; names[n_names]; n_names++)
		if (!copies_is_there(p, names[n_names]))
			fail_msg("%s is not there", names[n_names]);
	while (readdir(d))
		n++;
	assert_int_equal(closedir(d), 0);
	assert_int_equal(n, n_names + 2); /* . and .. */
}

void copies_write_at(const char *path, off_t at, const void *bytes, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, n, at), n);
	assert_int_equal(close(fd), 0);
}

void copies_fill(struct place *p, int n)
{
	struct sessions s;
	int64_t id;

	assert_ok(database_create(p->url, &p->why));
	place_open(p, &s);
	for (int i = 0; i < n; i++)
		assert_ok(place_put(s.writer, &id));
	place_close(&s);
}

static void copy_file(const char *from, const char *to)
{
	static char bytes[MIB];
	int fd = open(from, O_RDONLY);
	ssize_t n = read(fd, bytes, sizeof(bytes));

	assert_true(n >= 0 && (size_t)n < sizeof(bytes));
	assert_int_equal(close(fd), 0);
	copies_write_at(to, 0, bytes, (size_t)n);
}

void copies_leave_a_log(struct place *p)
{
	struct sessions s;
	int64_t id;

	place_open(p, &s);
	assert_ok(place_put(s.writer, &id));
	/* Others may open the file now and close it, since nobody is at work after this. */
	copy_file(p->path, copies_in(p, "file"));
	copy_file(copies_in(p, "pdmd.db-wal"), copies_in(p, "log"));
	place_close(&s);
	assert_int_equal(rename(copies_in(p, "file"), p->path), 0);
	assert_int_equal(rename(copies_in(p, "log"), copies_in(p, "pdmd.db-wal")), 0);
}

enum rc copies_back_up(struct place *p, const char *name, struct copy_facts *ret_facts)
{
	return database_backup(p->url, copies_in(p, name), NULL, ret_facts, &p->why);
}

enum rc copies_restore(struct place *p, const char *name, struct copy_facts *ret_facts)
{
	return database_restore(p->url, copies_in(p, name), COPIES_KEPT, NULL, ret_facts, &p->why);
}

void copies_assert_customers(struct place *p, const char *name, int64_t n)
{
	char url[128];
	struct database *db;
	struct store *s;

	(void)snprintf(url, sizeof(url), "sqlite:%s", copies_in(p, name));
	assert_ok(database_migrate(url, &p->why));
	assert_ok(database_open(url, &db, &p->why));
	assert_ok(store_open(db, STORE_WRITER, &s));
	for (int64_t id = 1; id <= n; id++)
		assert_ok(place_look(&p->arena, s, id));
	assert_rc(place_look(&p->arena, s, n + 1), RC_NOTFOUND);
	s = store_close(s);
	assert_null(database_close(db));
}
