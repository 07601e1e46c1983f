/*
 * A lint of the table of statements. Which tables belong to companies is asked of a fresh database,
 * so that a new table is under the rules from its first day.
 */
#include "store/statements.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/engine.h"
#include "store/store.h"

#define TABLES_MAX 64
#define TEXT_BYTES 1024

/* The operator's views, which look at all companies; each was thought about. */
static const char *const all_companies[] = {"company_list", "company_count", "customer_count"};

static char dir[] = "/tmp/pdmd-statements-XXXXXX";
static char path[64];
static struct engine *engine;
static char tables[TABLES_MAX][64];
static size_t n_tables;

/* The first column of every row of a statement without parameters. */
static void each_row(const char *text, unsigned column, void (*row)(struct str value))
{
	struct engine_statement *st;
	struct str value;
	bool more;

	assert_int_equal(engine->ops->prepare(engine, text, &st), RC_OK);
	for (;;) {
		assert_int_equal(engine->ops->step(st, &more), RC_OK);
		if (!more)
			break;
		assert_int_equal(engine->ops->column_text(st, column, &value), RC_OK);
		row(value);
	}
	engine->ops->finalize(st);
}

static void note_table(struct str name)
{
	assert_true(n_tables < TABLES_MAX);
	(void)snprintf(tables[n_tables++], sizeof(tables[0]), "%.*s", STR_ARGS(name));
}

static int setup(void **state)
{
	struct text why;
	char url[80];
	int64_t schema;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/pdmd.db", dir);
	(void)snprintf(url, sizeof(url), "sqlite:%s", path);
	text_init(&why, 1024);
	assert_int_equal(database_create(url, &why), RC_OK);
	assert_int_equal(engine_sqlite.open(path, ENGINE_WRITER, &engine, &schema, &why), RC_OK);
	text_fini(&why);
	each_row("SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c "
		 "WHERE m.type = 'table' AND c.name = 'company_id'",
		 0, note_table);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine->ops->close(engine);
	assert_int_equal(unlink(path), 0);
	return rmdir(dir);
}

/* ---- looking at texts ------------------------------------------------------------------ */

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(text, word); p; p = strstr(p + 1, word)) {
		bool begins = p == text || !word_char(p[-1]);
		if (begins && !word_char(p[n]))
			return true;
	}
	return false;
}

static bool names_the_company(const char *text)
{
	return strstr(text, "company_id = $") ||
	       (strncmp(text, "INSERT INTO ", 12) == 0 && strstr(text, " (company_id, "));
}

static bool touches_a_company(const char *text)
{
	for (size_t i = 0; i < n_tables; i++)
		if (has_word(text, tables[i]))
			return true;
	return false;
}

static bool excepted(const struct statement *s)
{
	for (size_t i = 0; i < ARRAY_LEN(all_companies); i++)
		if (strcmp(s->name, all_companies[i]) == 0)
			return true;
	return false;
}

/* ---- the rules -------------------------------------------------------------------------- */

static void test_statements__are_all_there_with_names_of_their_own(void **state)
{
	(void)state;
	assert_true(STATEMENTS > 0);
	for (size_t i = 0; i < STATEMENTS; i++) {
		assert_non_null(statements[i].name);
		assert_non_null(statements[i].text);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(statements[i].name, statements[j].name);
			assert_string_not_equal(statements[i].text, statements[j].text);
		}
	}
	print_message("%d statements\n", (int)STATEMENTS);
}

static void test_statements__name_the_company_whose_rows_they_touch(void **state)
{
	size_t n = 0;

	(void)state;
	assert_true(n_tables >= 6);
	for (size_t i = 0; i < STATEMENTS; i++) {
		const struct statement *s = &statements[i];
		bool free = s->flags & STATEMENT_ALL_COMPANIES;
		if (!touches_a_company(s->text)) {
			assert_false(free);
			continue;
		}
		n++;
		if (free != excepted(s) || free == names_the_company(s->text))
			fail_msg("%s: must name the company, or be excepted by name", s->name);
		if (s->text_sqlite && !names_the_company(s->text_sqlite))
			fail_msg("%s: SQLite's text must name the company", s->name);
	}
	print_message("%d statements touch the %d tables of companies\n", (int)n, (int)n_tables);
	assert_true(n > 0);
}

static void test_lint__sees_what_it_is_there_for(void **state)
{
	(void)state;
	assert_true(touches_a_company("SELECT 1 FROM customer WHERE x = 1"));
	assert_false(touches_a_company("SELECT 1 FROM customers_of_others"));
	assert_false(names_the_company("SELECT company_id FROM customer WHERE customer_id = $1"));
	assert_false(names_the_company("INSERT INTO customer (customer_id) VALUES ($1)"));
}

static void test_statements__name_their_columns(void **state)
{
	(void)state;
	for (size_t i = 0; i < STATEMENTS; i++)
		for (const char *p = strchr(statements[i].text, '*'); p; p = strchr(p + 1, '*'))
			if (strncmp(p - 6, "count(*)", 8) != 0)
				fail_msg("%s: SELECT *", statements[i].name);
}

static void test_statements__that_write_are_marked(void **state)
{
	(void)state;
	for (size_t i = 0; i < STATEMENTS; i++) {
		bool reads = strncmp(statements[i].text, "SELECT ", 7) == 0 &&
			     i != STATEMENT_CONFIRM; /* a function that writes */
		bool marked = statements[i].flags & STATEMENT_WRITES;
		if (reads == marked)
			fail_msg("%s: STATEMENT_WRITES is wrong", statements[i].name);
	}
}

static void test_statements__prepare_on_a_fresh_database(void **state)
{
	(void)state;
	for (size_t i = 0; i < STATEMENTS; i++) {
		struct engine_statement *st;
		if (statements[i].flags & STATEMENT_SHARED)
			continue;
		if (engine->ops->prepare(engine, statement_text(&statements[i], engine->ops),
					 &st) != RC_OK)
			fail_msg("%s: %s", statements[i].name, engine->ops->error(engine));
		engine->ops->finalize(st);
	}
}

static const char *planned; /* the statement whose plan is looked at */

/* `few` is a part that has a LIMIT of its own. A sort would have to see all rows before the first
 * one comes, whatever the LIMIT. */
static void check_plan(struct str step)
{
	bool scans = step.n >= 4 && strncmp(step.p, "SCAN", 4) == 0;

	/* The rows of a statement's own VALUES are no table. */
	if (scans && !str_equal_c(step, "SCAN few") && !memmem(step.p, step.n, "CONSTANT ROW", 12))
		fail_msg("%s reads a whole table: %.*s", planned, STR_ARGS(step));
	if (step.n >= 15 && strncmp(step.p, "USE TEMP B-TREE", 15) == 0)
		fail_msg("%s sorts: %.*s", planned, STR_ARGS(step));
}

static void test_statements__find_rows_by_a_key(void **state)
{
	char text[TEXT_BYTES];
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < STATEMENTS; i++) {
		if (statements[i].flags & (STATEMENT_ALL_COMPANIES | STATEMENT_SHARED))
			continue;
		int bytes = snprintf(text, sizeof(text), "EXPLAIN QUERY PLAN %s",
				     statement_text(&statements[i], engine->ops));
		assert_true(bytes > 0 && (size_t)bytes < sizeof(text));
		planned = statements[i].name;
		each_row(text, 3, check_plan);
		n++;
	}
	assert_true(n > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statements__are_all_there_with_names_of_their_own),
		cmocka_unit_test(test_statements__name_the_company_whose_rows_they_touch),
		cmocka_unit_test(test_lint__sees_what_it_is_there_for),
		cmocka_unit_test(test_statements__name_their_columns),
		cmocka_unit_test(test_statements__that_write_are_marked),
		cmocka_unit_test(test_statements__prepare_on_a_fresh_database),
		cmocka_unit_test(test_statements__find_rows_by_a_key),
	};

	return cmocka_run_group_tests_name("statements", tests, setup, teardown);
}
