#ifndef COMMAND_ADMIN_IMPORT_ROW_H
#define COMMAND_ADMIN_IMPORT_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include "command/command.h"
#include "record/customer.h"
#include "store/store.h"

/*
 * What becomes of one row of an import. Everything it can answer is decided here.
 */
enum import_outcome {
	IMPORT_ADDED = 1, /* the order of the words in import_row.c */
	IMPORT_UPDATED,
	IMPORT_UNCHANGED,
	IMPORT_SKIPPED,
	IMPORT_REJECTED,
};

/* What is done with a row whose customer is there and different. */
enum import_existing { IMPORT_SKIP = 1, IMPORT_UPDATE, IMPORT_FAIL };

/* The words for both, in their order; NULL behind the last. */
extern const char *const import_outcome_words[], *const import_existing_words[];

struct import_result {
	int8_t outcome;      /* enum import_outcome */
	int64_t customer_id; /* 0: it has none */
	struct str reason;   /* why it was rejected */
};

#define IMPORT_LEAVES_MAX 32

/* What all rows of a call have in common. */
struct import_job {
	struct call *call; /* its scope is the company */
	int64_t branch_id; /* of those that are added */
	struct str today;
	enum import_existing on_existing;
	bool allow_duplicates;
	struct import_run run;

	/* The members of a customer, and which of them the file has. */
	struct field_leaf leaves[IMPORT_LEAVES_MAX];
	bool given[IMPORT_LEAVES_MAX];
	size_t n_leaves;
};

/* False: there is no member that is called so. */
bool import_give(struct import_job *job, struct str path);

/* Says what is going to be looked up for a row, between store_ahead_begin and _fetch. At most three
 * look-ups. */
#define IMPORT_ROWS_AHEAD_MAX (STORE_AHEAD_MAX / 3)
void import_row_ahead(const struct import_job *job, int64_t row, const struct customer *sent);

/* `row` counts the rows that were sent, from 1. A failure is the store's, with words in it, or
 * RC_NOMEM. */
MUST_CHECK enum rc import_row(struct import_job *job, int64_t row, const struct customer *sent,
			      struct import_result *ret_result);

#endif
