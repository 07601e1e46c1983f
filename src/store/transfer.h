#ifndef STORE_TRANSFER_H
#define STORE_TRANSFER_H

#include "store/moving.h"
#include "store/transfer_tables.h"

/*
 * Reading a table of either engine row by row, in the order of its key, for transfer.c.
 */
typedef enum rc transfer_each(void *owner, const struct engine_value *values);

struct transfer_sum {
	int64_t rows;
	uint8_t checksum[TRANSFER_CHECKSUM_BYTES];
};

/* In the open transaction of `e`. `each` has values of the table's columns, good until it comes
 * back, and ends the reading with any failure of its own. */
MUST_CHECK enum rc transfer_read(struct engine *e, const struct transfer_table *table,
				 transfer_each *each, void *owner, struct transfer_sum *ret_sum);

/* The table's columns with commas between; `extra`, where there is one, behind them. */
void transfer_add_columns(struct text *t, const struct transfer_table *table, const char *extra);

#endif
