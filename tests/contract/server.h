#ifndef CONTRACT_SERVER_H
#define CONTRACT_SERVER_H

#include <stddef.h>

/*
 * Databases of a real PostgreSQL. TEST_POSTGRES is the URL of a database on it, of a role that
 * may create others; scripts/test starts one and sets it. Without it the program ends, and fails:
 * nothing is left out in silence.
 */
void server_needed(void);

/* A new, empty database; gives its URL. */
void server_make(char *ret_url, size_t room);
void server_remove(const char *url);
/* One statement on it, as its owner. */
void server_run(const char *url, const char *text);

/* Waits until every transaction has ended that had begun before, in whichever database; for ten
 * seconds at most. */
void server_settle(void);

#endif
