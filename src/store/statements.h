#ifndef STORE_STATEMENTS_H
#define STORE_STATEMENTS_H

/*
 * Every SQL text of the record functions, in one table. The texts are in the words that SQLite
 * and PostgreSQL have in common; parameters are $1 to $n. Rules, held by statements_test.c:
 * a statement names the company ("company_id = $n"), unless it is marked; no "SELECT *".
 *
 * Exceptions: where a table's key is one number in SQLite (see cmake/embed_migrations.cmake) the
 * statements that go by that key have a text of their own for it.
 */
struct engine_ops;

enum statement_id {
	STATEMENT_MIGRATION_ADD,
	STATEMENT_INSTALLATION_GET,
	STATEMENT_INSTALLATION_PUT,
	STATEMENT_COUNTER_GET,
	STATEMENT_COUNTER_NEXT,
	STATEMENT_COUNTER_PASS,
	STATEMENT_COMPANY_ADD,
	STATEMENT_COMPANY_EXISTS,
	STATEMENT_COMPANY_GET,
	STATEMENT_COMPANY_EDIT,
	STATEMENT_COMPANY_LIST,
	STATEMENT_COMPANY_COUNT,
	STATEMENT_BRANCH_ADD,
	STATEMENT_BRANCH_EXISTS,
	STATEMENT_BRANCH_GET,
	STATEMENT_BRANCH_EDIT,
	STATEMENT_BRANCH_LIST,
	STATEMENT_ACCESS_KEY_ADD,
	STATEMENT_ACCESS_KEY_GET,
	STATEMENT_ACCESS_KEY_EDIT,
	STATEMENT_ACCESS_KEY_LIST,
	STATEMENT_KEY_NETWORK_ADD,
	STATEMENT_KEY_NETWORK_CLEAR,
	STATEMENT_KILL_ADD,
	STATEMENT_KILL_LIST,
	STATEMENT_KILL_SWEEP,
	STATEMENT_CUSTOMER_ADD,
	STATEMENT_CUSTOMER_GET,
	STATEMENT_CUSTOMER_FIND,
	STATEMENT_CUSTOMER_GET_MANY,
	STATEMENT_CUSTOMER_FIND_MANY,
	STATEMENT_CUSTOMER_EDIT,
	STATEMENT_CUSTOMER_ERASE,
	STATEMENT_CUSTOMER_LIST,
	STATEMENT_CUSTOMER_COUNT,
	STATEMENT_CUSTOMER_CHANGES,
	STATEMENT_CUSTOMER_LAST,
	STATEMENT_IMPORT_GET,
	STATEMENT_IMPORT_PUT,
	STATEMENT_IMPORT_END,
	STATEMENT_TERM_ADD,
	STATEMENT_TERM_ADD_MANY,
	STATEMENT_TERM_REMOVE,
	STATEMENT_TERM_WALK,
	STATEMENT_TERM_WALK_NAMES,
	STATEMENT_OWED_GET,
	STATEMENT_OWED_PUT,
	STATEMENT_OWED_REMOVE,
	STATEMENT_ANSWER_GET,
	STATEMENT_ANSWER_CLAIM,
	STATEMENT_ANSWER_PUT,
	STATEMENT_ANSWER_SWEEP,
	STATEMENT_TERM_COUNT,
	STATEMENT_TERM_COUNT_NAMES,
	STATEMENT_ANSWER_LIST,
	STATEMENT_ANSWER_FORGET,
	STATEMENT_AUDIT_LAST,
	STATEMENT_AUDIT_HAPPENED,
	STATEMENT_CONFIRM,
	STATEMENT_PING,
	STATEMENT_AUDIT_ERASED,
	STATEMENT_AUDIT_ADD,
	STATEMENT_AUDIT_LIST,
	STATEMENT_AUDIT_OF_RECORD,
	STATEMENTS,
};

enum statement_flags {
	STATEMENT_WRITES = 1u << 0,        /* only inside a transaction */
	STATEMENT_ALL_COMPANIES = 1u << 1, /* the operator's view; see statements_test.c */
	STATEMENT_SHARED = 1u << 3, /* only where the database is shared: PostgreSQL's words */
	STATEMENT_POSTED = 1u << 2, /* writes, and can only fail where everything has: it may be
				       sent together with what comes behind it */
};

struct statement {
	const char *name; /* for messages */
	const char *text;
	unsigned flags;
	const char *text_sqlite; /* NULL: the same */
};

/* The text for an engine. */
const char *statement_text(const struct statement *s, const struct engine_ops *ops);

extern const struct statement statements[STATEMENTS];

#endif
