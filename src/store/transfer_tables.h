#ifndef STORE_TRANSFER_TABLES_H
#define STORE_TRANSFER_TABLES_H

#include "store/moving.h"
#include <stdbool.h>
#include <stddef.h>

#include "store/engine.h"

/*
 * What a database consists of, for carrying it from one engine to the other: every table, and
 * every column, by name. tests/contract/transfer_test.c holds it against what the migrations make.
 */
struct transfer_column {
	const char *name;
	enum engine_kind kind;
	bool nullable; /* a text that is NULL when it is not there, and never empty */
};

#define TRANSFER_COLUMNS_MAX 31
#define TRANSFER_KEY_MAX     3

struct transfer_table {
	const char *name;
	const struct transfer_column *columns; /* those of the key first, in its order */
	unsigned n_columns, n_key;
	const char *one_key; /* the column that is the whole key in an engine with `one_key`, made
				from the two that it is elsewhere; NULL: none */
	const char *zero;    /* a column of the other engines only, which is 0 in rows that come
				from elsewhere, and is not read; NULL: none */
};

/* In such an order that what is pointed at comes first. */
extern const struct transfer_table transfer_tables[];
extern const size_t n_transfer_tables;

/* Tables that are not carried, up to a NULL. */
extern const char *const transfer_left_out[];

#endif
