#ifndef UNIT_STORE_COPIES_H
#define UNIT_STORE_COPIES_H

#include "place.h"

/* What the tests of backup and restore do with the files of a place. */
#define COPIES_KEPT ".before-then" /* what a restore puts behind the name of the old one */

/* "<folder>/<name>", good until the call after the next. */
const char *copies_in(const struct place *p, const char *name);
bool copies_is_there(const struct place *p, const char *name);

/* The folder has these files and no others; up to NULL. */
void copies_assert_files(const struct place *p, const char *const names[]);
#define COPIES_ASSERT_FILES(p, ...) copies_assert_files(p, (const char *const[]){__VA_ARGS__, NULL})

/* Over what is there, or into a new file. */
void copies_write_at(const char *path, off_t at, const void *bytes, size_t n);

/* A database with customers 1 to n, and nobody at work. */
void copies_fill(struct place *p, int n);

/* One more customer, which stands in the log, as after a kill: an orderly end would have put it
 * into the file. */
void copies_leave_a_log(struct place *p);

/* Into, and from, the file of that name. */
enum rc copies_back_up(struct place *p, const char *name, struct copy_facts *ret_facts);
enum rc copies_restore(struct place *p, const char *name, struct copy_facts *ret_facts);

/* The database of that name, once it is up to date, has customers 1 to n. */
void copies_assert_customers(struct place *p, const char *name, int64_t n);

#endif
