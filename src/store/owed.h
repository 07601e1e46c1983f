#ifndef STORE_OWED_H
#define STORE_OWED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"

struct store;
struct terms;

/*
 * Terms of customers that came in bulk, and are not in customer_term yet. One customer's terms lie
 * all over that table: written customer by customer, each costs a page of its own; those of 50,000
 * customers in the table's order share theirs (measured at a million customers: 8 us a customer
 * instead of 40).
 *
 * What counts is in the database, in term_owed: from which id to which a company's customers may
 * lack terms. `items` only spare reading these customers again; without them, after a start or a
 * rollback, the customers are read. So whatever else changes a customer writes terms as always.
 */
struct owed_item {
	uint64_t head; /* the term's first bytes, for quick comparison */
	int64_t customer_id;
	struct str term;
};

struct owed {
	int64_t company_id;     /* 0: nothing is known */
	int64_t from_id, to_id; /* from the first to before the last; equal: none */
	bool dirty;             /* the transaction has still to save the range */
	bool moved;             /* something here has changed since the last savepoint */
	bool whole;             /* `items` are all terms of the range */
	struct arena arena;     /* of the terms */
	struct owed_item *items;
	size_t n, room;
};

void owed_init(struct owed *o);
void owed_fini(struct owed *o);

/* The terms of a customer that was added are owed from now on: *ret_owed. False where his number is
 * not the next of a row of numbers, but for small gaps: the range would have others in it, who
 * would all be read again; then they are to be written as always. */
MUST_CHECK enum rc owed_put(struct store *s, int64_t company_id, int64_t customer_id,
			    const struct terms *terms, bool *ret_owed);

/* Somebody has changed a customer, and written his terms. */
void owed_changed(struct store *s, int64_t company_id, int64_t customer_id);

/* With the transaction: what has to be saved before it is committed, or before a part of it begins,
 * so that what was owed before is in the database when the part is taken back; a part, or all, was
 * taken back. */
MUST_CHECK enum rc owed_save(struct store *s);
MUST_CHECK enum rc owed_savepoint(struct store *s);
void owed_undone(struct store *s);
void owed_lost(struct store *s);

#endif
