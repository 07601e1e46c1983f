#ifndef STORE_MOVING_H
#define STORE_MOVING_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"
#include "store/store.h"

/*
 * Moving a whole database to another engine.
 */
enum transfer_part { TRANSFER_COPYING, TRANSFER_COMPARING };

/* Is told, on the thread that copies, how many rows of a table have been gone through. */
struct transfer_watch {
	void (*progress)(void *owner, enum transfer_part part, const char *table, int64_t rows);
	void *owner;
};

#define TRANSFER_TABLES_MAX     24
#define TRANSFER_CHECKSUM_BYTES 32

/* The checksum is over all values in the order of the table's key, the same in every engine. */
struct transfer_facts {
	size_t n_tables;
	struct {
		const char *name;
		int64_t rows;
		uint8_t checksum[TRANSFER_CHECKSUM_BYTES];
	} tables[TRANSFER_TABLES_MAX];
};

/*
 * Copies a whole database, `from`, into a new one, `to`, of any engine: ids, versions, audit and
 * all. What was written is read again and compared before it is committed, all at once: until
 * then, and after a failure or a kill, `to` is what it was before. Where other processes can write
 * to `from`, they are kept from it meanwhile, and can read; the caller sees to it that nobody
 * writes to one that is a file. RC_EXISTS: `to` is there already, and not empty.
 * RC_LOST from the very last step: outcome unknown. Others as database_open and database_create.
 * secret_check: as of store_installation_put, for a target that servers share; NULL: none.
 */
MUST_CHECK enum rc database_transfer(const char *from, const char *to,
				     const uint8_t secret_check[STORE_CHECK_BYTES],
				     const struct transfer_watch *watch,
				     struct transfer_facts *ret_facts, struct text *reterr);

#endif
