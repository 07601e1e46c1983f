/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "command/command.h"
#include "server/dir.h"
#include "server/server.h"

struct fixture {
	char parent[64];
	char dir[128];
	struct direct *direct;
	struct text why;
};

static void set_up(struct fixture *f)
{
	*f = (struct fixture){.parent = "/tmp/pdmd-direct-XXXXXX"};
	text_init(&f->why, PATH_MAX);
	assert_non_null(mkdtemp(f->parent));
	(void)snprintf(f->dir, sizeof(f->dir), "%s/data", f->parent);
	assert_int_equal(dir_setup(f->dir, &f->why), RC_OK);
	assert_int_equal(direct_open(f->dir, "", &f->direct, &f->why), RC_OK);
}

static void tear_down(struct fixture *f)
{
	static const char *const names[] = {"pdmd.db", "pdmd.db-wal", "pdmd.db-shm", "secret.key",
					    "pdmd.lock"};
	char path[256];

	f->direct = direct_close(f->direct);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)unlink(path); /* not all are always there */
	}
	assert_int_equal(rmdir(f->dir), 0);
	assert_int_equal(rmdir(f->parent), 0);
	text_fini(&f->why);
}

/* Runs it and looks for `begin` at the beginning of the answer and `part` somewhere in it. */
static void expect(struct fixture *f, const char *name, const char *body, const char *begin,
		   const char *part)
{
	const struct command *command = registry_find(DOOR_ADMIN, str_c(name));
	struct str answer;

	assert_non_null(command);
	direct_call(f->direct, command, str_c(body), &answer);
	assert_in_range(answer.n, strlen(begin), SIZE_MAX);
	assert_memory_equal(answer.p, begin, strlen(begin));
	if (part)
		assert_non_null(memmem(answer.p, answer.n, part, strlen(part)));
}

#define CODE(code) "{\"status\":{\"code\":" #code ","

#define ADD_COMPANY "{\"company_id\":9001,\"name\":\"Demo Pharmacy\"}"

static void test_direct__runs_reads_and_writes_one_after_the_other(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	expect(&f, "ShowCompany", "{\"company_id\":9001}", CODE(201), NULL);
	expect(&f, "AddCompany", ADD_COMPANY, CODE(101), NULL);
	/* A read sees the write before it. */
	expect(&f, "ShowCompany", "{\"company_id\":9001}", CODE(101), "\"Demo Pharmacy\"");
	expect(&f, "AddCompany", ADD_COMPANY, CODE(602), NULL);
	expect(&f, "AddBranch", "{\"company_id\":9001,\"name\":\"Side Street\"}", CODE(101), NULL);
	expect(&f, "ListBranches", "{\"company_id\":9001}", CODE(101), "\"Side Street\"");
	tear_down(&f);
}

static void test_direct__has_committed_when_it_comes_back(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	expect(&f, "AddCompany", ADD_COMPANY, CODE(101), NULL);
	f.direct = direct_close(f.direct);
	assert_int_equal(direct_open(f.dir, "", &f.direct, &f.why), RC_OK);
	expect(&f, "ListCompanies", "{}", CODE(101), "\"Demo Pharmacy\"");
	tear_down(&f);
}

static void test_direct__undoes_what_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	expect(&f, "AddBranch", "{\"company_id\":9001,\"name\":\"Nowhere\"}", CODE(201), NULL);
	expect(&f, "AddCompany", ADD_COMPANY, CODE(101), NULL);
	expect(&f, "ListBranches", "{\"company_id\":9001}", CODE(101), NULL);
	tear_down(&f);
}

static void test_direct__passes_every_check_of_the_gate(void **state)
{
	static const struct {
		const char *body;
		const char *begin;
	} cases[] = {
		{"", CODE(301)},
		{"[]", CODE(303)},
		{"{\"company_id\":9001}", CODE(301)},
		{"{\"company_id\":\"9001\",\"name\":\"x\"}", CODE(303)},
		{"{\"company_id\":-1,\"name\":\"x\"}", CODE(302)},
	};
	struct fixture f;

	(void)state;
	set_up(&f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		expect(&f, "AddCompany", cases[i].body, cases[i].begin, NULL);
	tear_down(&f);
}

static void test_direct__has_the_directory_for_itself(void **state)
{
	struct direct *second;
	struct fixture f;
	char pid[32];

	(void)state;
	set_up(&f);
	assert_int_equal(direct_open(f.dir, "", &second, &f.why), RC_BUSY);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_non_null(strstr(text_c(&f.why), pid));
	/* The first is none the worse. */
	expect(&f, "AddCompany", ADD_COMPANY, CODE(101), NULL);
	f.direct = direct_close(f.direct);
	assert_int_equal(direct_open(f.dir, "", &f.direct, &f.why), RC_OK);
	tear_down(&f);
}

static void test_direct__says_what_is_wrong_with_a_directory(void **state)
{
	struct direct *direct = NULL;
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(direct_open("/nowhere/at/all", "", &direct, &f.why), RC_NOTFOUND);
	assert_non_null(strstr(text_c(&f.why), "/nowhere/at/all"));
	assert_null(direct);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct__runs_reads_and_writes_one_after_the_other),
		cmocka_unit_test(test_direct__has_committed_when_it_comes_back),
		cmocka_unit_test(test_direct__undoes_what_is_refused),
		cmocka_unit_test(test_direct__passes_every_check_of_the_gate),
		cmocka_unit_test(test_direct__has_the_directory_for_itself),
		cmocka_unit_test(test_direct__says_what_is_wrong_with_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
