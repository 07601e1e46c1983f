#ifndef STORE_QUERY_H
#define STORE_QUERY_H

#include "store/array.h"
#include "store/session.h"

/*
 * One use of a statement: begin, bind in the order $1, $2, …, ask for rows, take the columns in
 * their order, end. Failure sticks: after the first one nothing more is done, what is taken is
 * zero or empty, and query_end gives it. So look once, at the end.
 *
 *	struct query q;
 *	query_begin(&q, s, STATEMENT_BRANCH_GET);
 *	query_int(&q, company_id);
 *	query_int(&q, branch_id);
 *	if (query_row(&q)) {
 *		b.branch_id = query_take_int(&q, 1, INT64_MAX);
 *		query_take_text(&q, &b.name);
 *		query_keep(&q, arena);
 *	}
 *	rc = query_end(&q);
 */
#define QUERY_TEXTS_MAX 20

struct query {
	struct store *s;
	const struct engine_ops *ops;
	struct engine_statement *st;
	enum rc rc;
	enum statement_id id;
	unsigned n_bound;
	unsigned column;
	/* Texts taken from the row that still lie with the engine. */
	unsigned n_texts;
	size_t text_bytes;
	struct str *texts[QUERY_TEXTS_MAX];
};

void query_begin(struct query *q, struct store *s, enum statement_id id);

/* The same with another statement of that text, which has been sent and collected. */
void query_begin_on(struct query *q, struct store *s, enum statement_id id,
		    struct engine_statement *st);

/* What is bound must stay where it is until query_end. */
void query_int(struct query *q, int64_t value);
void query_text(struct query *q, struct str value);
void query_text_or_null(struct query *q, struct str value); /* NULL when empty */
void query_blob(struct query *q, const void *bytes, size_t n);
void query_array(struct query *q, struct array *array);

/* True: there is a (further) row. */
bool query_row(struct query *q);

/* A value outside of what we write is RC_CORRUPT. */
int64_t query_take_int(struct query *q, int64_t min, int64_t max);
int8_t query_take_flag(struct query *q);
/* The text lies with the engine until query_keep has moved all texts of the row into the arena; it
 * writes to *ret_text again then. */
void query_take_text(struct query *q, struct str *ret_text);
void query_keep(struct query *q, struct arena *a);
/* Instead: the row is not wanted. */
void query_drop(struct query *q);
void query_take_blob(struct query *q, void *ret_bytes, size_t n);

enum rc query_end(struct query *q);

/* For a statement that writes: runs it and ends it. *ret_changes may be NULL. */
MUST_CHECK enum rc query_write(struct query *q, int64_t *ret_changes);

/* Room for one more item of `bytes` behind the n of a list that grows in the arena; n is counted up
 * by the caller. *room is how many there is room for, 0 at first. NULL: the query has failed. */
MUST_CHECK void *query_list_room(struct query *q, struct arena *a, struct list *list, size_t *room,
				 size_t bytes);

#endif
