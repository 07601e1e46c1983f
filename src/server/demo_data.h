#ifndef SERVER_DEMO_DATA_H
#define SERVER_DEMO_DATA_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * A data directory to try things out on, equal each time but for the keys: two companies that must
 * not see each other's customers, all of them invented.
 *
 * 9001 has the customers 1 to N, and 1408 in any case: the worked example of contract section 4.2.
 * 9002 has 100, from 500001 on. Each has one branch and one access key, number 1.
 */
#define DEMO_COMPANY         9001
#define DEMO_EXAMPLE_ID      1408
#define DEMO_CUSTOMERS_MAX   100000000
#define DEMO_OTHER           9002
#define DEMO_OTHER_FIRST_ID  500001
#define DEMO_OTHER_CUSTOMERS 100

/* Files beside the data that have the keys, mode 0600. */
#define DEMO_KEY_FILE       "demo-9001.key"
#define DEMO_OTHER_KEY_FILE "demo-9002.key"

/*
 * What an earlier demo_make left half done is made anew. RC_EXISTS: there is something else, or a
 * finished demo; it is left as it is. RC_FOREIGN: the database of the `url` (empty: the directory's
 * own) is not empty. RC_BUSY: somebody is at work there. A sentence in reterr. On
 * a terminal, standard error shows how far it is.
 */
MUST_CHECK enum rc demo_make(const char *dir, const char *url, int64_t customers,
			     struct text *reterr);

#endif
