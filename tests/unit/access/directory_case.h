#ifndef TESTS_UNIT_ACCESS_DIRECTORY_CASE_H
#define TESTS_UNIT_ACCESS_DIRECTORY_CASE_H

#include "access/access.h"
#include "place.h"
#include "record/access_key.h"
#include "store/store.h"

/*
 * A directory on a small store of its own, with company 1 in it. The store is the one that can be
 * made to fail, and time is what mono_us says.
 */
#define GOOD_US 1000000

extern int64_t mono_us;

struct fixture {
	struct place place;
	struct access *access;
	struct database *db;
	struct store *writer, *reader;
	struct directory *directory;
};

int set_up(void **state);
int tear_down(void **state);

void add_company(struct fixture *f, int64_t company_id, const char *zone);

/* A key whose hash is the one byte over and over. */
struct access_key a_key(int64_t company_id, uint8_t hash);
void add_key(struct fixture *f, struct access_key key);

/* Looks, and says whether the store was asked. */
enum rc find(struct fixture *f, int64_t company_id, const struct directory_company **ret_company,
	     bool *ret_asked);
void expect(struct fixture *f, int64_t company_id, enum rc rc, bool asked);
const struct directory_company *found(struct fixture *f, int64_t company_id);

#endif
