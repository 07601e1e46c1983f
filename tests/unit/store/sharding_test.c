/*
 * A lint of schema and statements: so that the tables can be spread over servers by company_id,
 * every key leads with it, and every statement names it for every table that it touches, joined
 * ones included. The schema is read from the migrations themselves.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "store/migrate.h"
#include "store/statements.h"

#define TABLES_MAX 64
#define TEXT_BYTES 2048
#define REFS_MAX   8

/* What is not spread, each with its reason. */
static const char *const not_sharded[] = {
	"schema_migration", /* of the database as a whole; written by migrations alone */
	"installation",     /* one row, of the database as a whole; read at the start */
};

static char tables[TABLES_MAX][64]; /* that are */
static size_t n_tables;

/* ---- reading -------------------------------------------------------------------------- */

static bool word_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* The word at *p, which moves behind it, and behind the blanks around it; "" at another sign. */
static void take_word(const char **p, char word[64])
{
	size_t n = 0;

	*p += strspn(*p, " \t\n");
	while (word_char((*p)[n]) && n < 63)
		n++;
	memcpy(word, *p, n);
	word[n] = '\0';
	*p += n;
	*p += strspn(*p, " \t\n");
}

static bool listed(const char *word, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

static bool is_sharded(const char *table)
{
	for (size_t i = 0; i < n_tables; i++)
		if (strcmp(tables[i], table) == 0)
			return true;
	return false;
}

/* ---- the schema ------------------------------------------------------------------------- */

/* Without comments. */
static void strip(const char *from, char *to, size_t room)
{
	size_t n = 0;

	for (; *from; from++) {
		if (from[0] == '-' && from[1] == '-')
			from += strcspn(from, "\n");
		assert_true(n + 1 < room);
		to[n++] = *from;
		if (!*from)
			break;
	}
	to[n] = '\0';
}

/* NULL: good. `body` is what stands in the brackets of CREATE TABLE. */
static const char *fault_of_keys(const char *body)
{
	static const char *const keys[] = {"PRIMARY KEY (", "UNIQUE (", "FOREIGN KEY (",
					   "REFERENCES "};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		for (const char *p = strstr(body, keys[i]); p; p = strstr(p + 1, keys[i])) {
			const char *columns = p + strlen(keys[i]);
			if (columns[-1] != '(')
				columns = strchr(columns, '(') + 1;
			if (strncmp(columns, "company_id", 10) != 0 || word_char(columns[10]))
				return keys[i];
		}
	}
	if (strstr(body, " PRIMARY KEY,") || strstr(body, " UNIQUE,"))
		return "a key of one column";
	return strstr(body, "PRIMARY KEY (") ? NULL : "no primary key";
}

static const char *fault_of_words(const char *body)
{
	static const char *const bad[] = {"SERIAL",  "serial",    "now()",     "CURRENT_TIMESTAMP",
					  "BOOLEAN", "GENERATED", "TIMESTAMP", "NEXTVAL",
					  "nextval", "VARCHAR(",  "IDENTITY"};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (strstr(body, bad[i]))
			return bad[i];
	return NULL;
}

static void check_table(const char *name, const char *body)
{
	bool free = listed(name, not_sharded, ARRAY_LEN(not_sharded));
	const char *fault = fault_of_words(body);

	if (!fault && free == (strstr(body, "company_id") != NULL))
		fault = "company_id, or a place in the list of what is not sharded";
	if (!fault && !free)
		fault = fault_of_keys(body);
	if (fault)
		fail_msg("table %s: %s", name, fault);
	if (free)
		return;
	assert_true(n_tables < TABLES_MAX);
	(void)snprintf(tables[n_tables++], sizeof(tables[0]), "%s", name);
}

static void read_schema(const char *text)
{
	char name[64], body[1 << 14];

	for (const char *p = strstr(text, "CREATE TABLE "); p; p = strstr(p, "CREATE TABLE ")) {
		p += strlen("CREATE TABLE ");
		take_word(&p, name);
		const char *end = strstr(p, "\n);");
		assert_true(end && (size_t)(end - p) < sizeof(body));
		memcpy(body, p, (size_t)(end - p));
		body[end - p] = '\0';
		check_table(name, body);
	}
	for (const char *p = strstr(text, "INDEX "); p; p = strstr(p, "INDEX ")) {
		p += strlen("INDEX ");
		take_word(&p, name);
		const char *columns = strchr(p, '(');
		assert_non_null(columns);
		if (strncmp(columns, "(company_id,", 12) != 0)
			fail_msg("index %s does not begin with company_id", name);
	}
}

static int setup(void **state)
{
	static char text[1 << 17];

	(void)state;
	for (size_t i = 0; i < n_migrations; i++) {
		strip(migrations[i].text, text, sizeof(text));
		read_schema(text);
	}
	return 0;
}

static void test_schema__leads_every_key_with_the_company(void **state)
{
	(void)state; /* setup has looked */
	assert_true(n_tables >= 12);
	print_message("%zu tables can be spread by company_id\n", n_tables);
}

static void test_schema_lint__sees_what_it_is_there_for(void **state)
{
	(void)state;
	assert_null(fault_of_keys("(\n company_id BIGINT,\n PRIMARY KEY (company_id, x)"));
	assert_non_null(fault_of_keys("(\n company_id BIGINT,\n PRIMARY KEY (x, company_id)"));
	assert_non_null(fault_of_keys("PRIMARY KEY (company_id), UNIQUE (x)"));
	assert_non_null(fault_of_keys("PRIMARY KEY (company_id), FOREIGN KEY (company_id) "
				      "REFERENCES a (x)"));
	assert_non_null(fault_of_keys("company_id BIGINT"));
	assert_non_null(fault_of_words("at BIGINT DEFAULT now()"));
	assert_non_null(fault_of_words("id BIGSERIAL"));
}

/* ---- statements --------------------------------------------------------------------------- */

/* A table in one SELECT, UPDATE, DELETE or INSERT; `alias` is "" without one. */
struct ref {
	char table[64], alias[64];
	bool into;  /* it is what is inserted into */
	bool bound; /* its company is known */
};

struct part {
	char text[TEXT_BYTES]; /* without the parts inside it */
	struct ref refs[REFS_MAX];
	size_t n_refs;
};

static const char *fault_of(const char *text);

/* Takes queries in brackets out, each looked at by itself. NULL: they are good. */
static const char *take_inner(const char *text, char outer[TEXT_BYTES])
{
	size_t n = 0;

	while (*text) {
		if (strncmp(text, "(SELECT ", 8) != 0) {
			assert_true(n + 1 < TEXT_BYTES);
			outer[n++] = *text++;
			continue;
		}
		char inner[TEXT_BYTES];
		size_t depth = 1, k = 0;
		for (text++; depth > 0; text++) {
			assert_true(*text && k + 1 < TEXT_BYTES);
			depth += *text == '(';
			depth -= *text == ')';
			if (depth > 0)
				inner[k++] = *text;
		}
		inner[k] = '\0';
		const char *fault = fault_of(inner);
		if (fault)
			return fault;
		outer[n++] = '_'; /* where it stood */
	}
	outer[n] = '\0';
	return NULL;
}

static void note_refs(struct part *part)
{
	static const char *const before[] = {"FROM ", "JOIN ", "INTO ", "UPDATE "};
	static const char *const no_alias[] = {"WHERE", "JOIN",   "LEFT",   "ON",   "SET",
					       "ORDER", "VALUES", "SELECT", "LIMIT"};

	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		for (const char *p = strstr(part->text, before[i]); p; p = strstr(p, before[i])) {
			struct ref ref = {.into = strcmp(before[i], "INTO ") == 0};
			p += strlen(before[i]);
			take_word(&p, ref.table);
			if (!is_sharded(ref.table))
				continue;
			const char *next = p;
			take_word(&next, ref.alias);
			if (strcmp(ref.alias, "AS") == 0)
				take_word(&next, ref.alias);
			if (listed(ref.alias, no_alias, ARRAY_LEN(no_alias)))
				ref.alias[0] = '\0';
			assert_true(part->n_refs < REFS_MAX);
			part->refs[part->n_refs++] = ref;
		}
	}
}

static bool has(const struct part *part, const char *condition)
{
	const char *p = part->text;

	while ((p = strstr(p, condition))) {
		bool begins = p == part->text || (!word_char(p[-1]) && p[-1] != '.');
		if (begins && !word_char(p[strlen(condition)]))
			return true;
		p++;
	}
	return false;
}

/* The first parameter is always the company. */
static bool inserts_company(const struct part *part)
{
	return strncmp(part->text, "INSERT INTO ", 12) == 0 &&
	       strstr(part->text, " (company_id, ") &&
	       (strstr(part->text, " VALUES ($1, ") || strstr(part->text, ") SELECT $1, "));
}

static bool bound_to(const struct part *part, const struct ref *ref, const struct ref *other)
{
	char one[192], two[192];

	(void)snprintf(one, sizeof(one), "%s.company_id = %s.company_id", ref->alias, other->alias);
	(void)snprintf(two, sizeof(two), "%s.company_id = %s.company_id", other->alias, ref->alias);
	return has(part, one) || has(part, two);
}

static bool bind_one(struct part *part, struct ref *ref)
{
	char own[128];

	if (ref->into)
		return inserts_company(part);
	if (ref->alias[0] == '\0')
		return has(part, "company_id = $1");
	(void)snprintf(own, sizeof(own), "%s.company_id = $1", ref->alias);
	if (has(part, own))
		return true;
	for (size_t i = 0; i < part->n_refs; i++)
		if (part->refs[i].bound && bound_to(part, ref, &part->refs[i]))
			return true;
	return false;
}

/* NULL: good; else the table whose company is not named. */
static const char *fault_of(const char *text)
{
	static char fault[64];
	struct part part = {.n_refs = 0};
	const char *inner = take_inner(text, part.text);

	if (inner)
		return inner;
	note_refs(&part);
	for (size_t round = 0; round < part.n_refs; round++)
		for (size_t i = 0; i < part.n_refs; i++)
			if (!part.refs[i].bound)
				part.refs[i].bound = bind_one(&part, &part.refs[i]);
	for (size_t i = 0; i < part.n_refs; i++) {
		if (part.refs[i].bound)
			continue;
		(void)snprintf(fault, sizeof(fault), "%s", part.refs[i].table);
		return fault;
	}
	return NULL;
}

static void test_statements__name_the_company_for_every_table(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < STATEMENTS; i++) {
		if (statements[i].flags & STATEMENT_ALL_COMPANIES)
			continue; /* statements_test.c has them by name */
		const char *fault = fault_of(statements[i].text);
		if (fault)
			fail_msg("%s: does not name the company of %s", statements[i].name, fault);
		n++;
	}
	print_message("%zu statements are of one company, whatever they touch\n", n);
	assert_true(n > 50);
}

static void test_statement_lint__sees_what_it_is_there_for(void **state)
{
	static const char *const bad[] = {
		"SELECT x FROM customer WHERE customer_id = $1",
		"SELECT x FROM customer WHERE other_company_id = $1",
		"SELECT x FROM audit a JOIN customer c ON c.customer_id = a.record_id "
		"WHERE a.company_id = $1",
		"SELECT x FROM audit a JOIN customer c ON c.company_id = a.company_id WHERE a.op = $1",
		"DELETE FROM customer WHERE company_id = $1 AND customer_id IN "
		"(SELECT record_id FROM audit WHERE op = $2)",
		"INSERT INTO customer (customer_id, company_id) VALUES ($1, $2)",
		"INSERT INTO customer (company_id, customer_id) VALUES ($2, $1)",
		"UPDATE customer SET branch_id = $1 WHERE customer_id = $2",
		"INSERT INTO audit (company_id, op) SELECT $1, $2 WHERE NOT EXISTS "
		"(SELECT 1 FROM customer WHERE customer_id = $3)",
		"INSERT INTO audit (company_id, op) SELECT $1, $2 FROM customer",
	};
	static const char *const good[] = {
		"SELECT x FROM audit a JOIN customer c ON c.company_id = a.company_id "
		"WHERE a.company_id = $1",
		"UPDATE customer SET branch_id = $2 WHERE company_id = $1 AND customer_id = $3",
		"INSERT INTO audit (company_id, op) SELECT $1, $2 WHERE NOT EXISTS "
		"(SELECT 1 FROM customer WHERE company_id = $1 AND customer_id = $3)",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (!fault_of(bad[i]))
			fail_msg("not seen: %s", bad[i]);
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		if (fault_of(good[i]))
			fail_msg("not a fault: %s", good[i]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schema__leads_every_key_with_the_company),
		cmocka_unit_test(test_schema_lint__sees_what_it_is_there_for),
		cmocka_unit_test(test_statements__name_the_company_for_every_table),
		cmocka_unit_test(test_statement_lint__sees_what_it_is_there_for),
	};

	return cmocka_run_group_tests_name("sharding", tests, setup, NULL);
}
