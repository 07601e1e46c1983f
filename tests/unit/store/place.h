#ifndef UNIT_STORE_PLACE_H
#define UNIT_STORE_PLACE_H

#include <sys/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"
#include "store/store.h"

/* A folder with room for one SQLite database, for the tests of that engine. */
struct place {
	char dir[40];
	char path[64];
	char url[80];
	struct text why;
	struct arena arena;
};

int place_setup(void **state);
int place_teardown(void **state);

#define PLACE_TEST(f) cmocka_unit_test_setup_teardown(f, place_setup, place_teardown)

#define MIB (1024 * 1024)

#define assert_rc(expression, expected) assert_string_equal(rc_name(expression), rc_name(expected))
#define assert_ok(expression)           assert_rc(expression, RC_OK)

extern const struct change place_change;

/* What the file beside the database has; "" for the database itself. 0 when it is not there. */
off_t place_bytes(const struct place *p, const char *suffix);

/* Runs SQL behind the program's back. Not before the program has used SQLite, which can be
 * configured only once. */
void place_raw(const struct place *p, const char *text);

/* The sentence has this part; it is taken away. */
void place_assert_why(struct place *p, const char *part);

struct sessions {
	struct database *db;
	struct store *writer, *reader;
};

void place_open(struct place *p, struct sessions *s);
void place_close(struct sessions *s);

struct customer place_someone(void);
/* Adds someone to company 9001, in a transaction of its own. */
enum rc place_put(struct store *s, int64_t *ret_id);
/* Is that customer there? Makes the arena empty. */
enum rc place_look(struct arena *a, struct store *s, int64_t id);

#endif
