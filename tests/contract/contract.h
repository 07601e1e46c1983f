#ifndef CONTRACT_CONTRACT_H
#define CONTRACT_CONTRACT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"
#include "store/store.h"

/*
 * What store.h promises, tried on every engine. The tests know nothing but store.h; an engine is a
 *row of the table in contract.c. Each test has a database of its own with this in it:
 *
 *	company 9001: branches 1 and 2; company 9002: branch 1; no keys, no customers.
 */
struct contract_engine {
	const char *name;
	const char *scheme; /* what stands before the path */
	bool faulty;        /* store_fail_at has somebody who listens */
	bool server;        /* the databases are those of a server, not files */
};

extern const struct contract_engine *contract_engine; /* the one being tried */

#define CONTRACT_URL_BYTES 256

struct house {
	char dir[64];
	char url[CONTRACT_URL_BYTES];
	char beside[CONTRACT_URL_BYTES]; /* of another database, where one was asked for */
	struct database *db;
	struct store *writer, *reader;
	struct arena arena;
	struct text why; /* for reterr */
};

int contract_setup(void **state);
int contract_teardown(void **state);

/* Where another database could be. */
void contract_url_beside(struct house *h, char *ret_url, size_t room);

/* cmocka_unit_test with a house of its own, which is *state. */
#define CONTRACT_TEST(f) cmocka_unit_test_setup_teardown(f, contract_setup, contract_teardown)

struct contract_tests {
	const char *name;
	const struct CMUnitTest *tests;
	size_t n;
	bool files_only, servers_only, faulty_only; /* what other engines have no part in */
};

extern const struct contract_tests contract_access_key, contract_branch, contract_company,
	contract_customer, contract_customer_changes, contract_customer_find, contract_database,
	contract_faulty, contract_import, contract_session, contract_session_kill, contract_answer,
	contract_erase, contract_erase_files, contract_hope, contract_hope_files, contract_owed,
	contract_threads, contract_session_files, contract_session_server, contract_several,
	contract_rate_lease, contract_transfer, contract_transfer_server, contract_bulk,
	contract_bulk_beside;

/* ---- for short tests ---------------------------------------------------------------- */

#define assert_rc(expression, expected) assert_string_equal(rc_name(expression), rc_name(expected))
#define assert_ok(expression)           assert_rc(expression, RC_OK)
#define assert_str(s, expected)                                                                    \
	do {                                                                                       \
		assert_int_equal((s).n, strlen(expected));                                         \
		assert_memory_equal((s).n ? (s).p : "", expected, (s).n);                          \
	} while (0)

extern const struct change contract_change;

#define ALL_OF(company)            ((struct scope){(company), 0})
#define BRANCH_OF(company, branch) ((struct scope){(company), (branch)})

/* Returns when all that began on the engine before now has ended; changes are listed then. */
void contract_settle(void);

/* Ends both sessions and the database, and opens them again. */
void contract_reopen(struct house *h);

/* Another server on the same database: here, another `struct database` of this process, which
 * shares nothing with the first but what PostgreSQL has. */
struct contract_server {
	struct database *db;
	struct store *store;
};
struct contract_server contract_server_start(struct house *h);
void contract_server_stop(struct contract_server *s);

/* A customer with every member set; texts are constants. */
struct customer contract_customer_full(void);
/* A small one: names, branch 1; ref may be "". */
struct customer contract_customer_small(const char *ref);
/* A key of branch 1, with `mark` all over its hash. */
struct access_key contract_key(int64_t company_id, uint8_t mark);

/* In the open transaction; gives the id. */
int64_t contract_add_customer(struct store *s, int64_t company_id, const struct customer *c);
/* In a transaction of its own. */
int64_t contract_put_customer(struct house *h, int64_t company_id, const struct customer *c);

void contract_customers_equal(const struct customer *a, const struct customer *b);
void contract_keys_equal(const struct access_key *a, const struct access_key *b);

#endif
