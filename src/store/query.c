#include "store/query.h"

#include <assert.h>
#include <stdio.h>

#include "field/field.h"
#include "store/gather.h"

static void fail(struct query *q, enum rc rc)
{
	q->rc = session_failed(q->s, rc);
}

/* What is stored has not the form that we write; the engine sees nothing wrong with it. */
static void fail_column(struct query *q, enum rc rc)
{
	if (rc != RC_CORRUPT) {
		fail(q, rc);
		return;
	}
	q->rc = rc;
	(void)snprintf(q->s->error, sizeof(q->s->error), /* fits */
		       "%s: column %u holds what this program does not write",
		       statements[q->id].name, q->column);
}

static void begin(struct query *q, struct store *s, enum statement_id id)
{
	q->s = s;
	q->ops = s->engine->ops;
	q->id = id;
	q->rc = s->lost;
	q->n_bound = q->column = q->n_texts = 0;
	q->text_bytes = 0;
	if (s->lost == RC_OK) /* what has lost the transaction is still the cause */
		s->error[0] = '\0';
}

void query_begin_on(struct query *q, struct store *s, enum statement_id id,
		    struct engine_statement *st)
{
	begin(q, s, id);
	q->st = st;
	q->n_bound = st->n_params;
}

void query_begin(struct query *q, struct store *s, enum statement_id id)
{
	enum rc gathered = s->gather ? gather_send(s) : RC_OK;

	begin(q, s, id);
	if (gathered != RC_OK)
		q->rc = gathered;
	if (statements[id].flags & STATEMENT_WRITES) {
		assert(s->mode == STORE_WRITER);
		assert(s->open);
	}
	if (!s->prepared[id] && q->rc == RC_OK) {
		const char *text = statement_text(&statements[id], q->ops);
		enum rc rc = q->ops->prepare(s->engine, text, &s->prepared[id]);
		if (rc != RC_OK)
			fail(q, rc);
	}
	q->st = s->prepared[id];
}

/* ---- binding ----------------------------------------------------------------------- */

void query_int(struct query *q, int64_t value)
{
	if (q->rc != RC_OK)
		return;
	enum rc rc = q->ops->bind_int(q->st, ++q->n_bound, value);
	if (rc != RC_OK)
		fail(q, rc);
}

void query_text(struct query *q, struct str value)
{
	if (q->rc != RC_OK)
		return;
	enum rc rc = q->ops->bind_text(q->st, ++q->n_bound, value);
	if (rc != RC_OK)
		fail(q, rc);
}

void query_text_or_null(struct query *q, struct str value)
{
	if (value.n) {
		query_text(q, value);
		return;
	}
	if (q->rc != RC_OK)
		return;
	enum rc rc = q->ops->bind_null(q->st, ++q->n_bound);
	if (rc != RC_OK)
		fail(q, rc);
}

void query_blob(struct query *q, const void *bytes, size_t n)
{
	if (q->rc != RC_OK)
		return;
	enum rc rc = q->ops->bind_blob(q->st, ++q->n_bound, (struct str){bytes, n});
	if (rc != RC_OK)
		fail(q, rc);
}

void query_array(struct query *q, struct array *array)
{
	struct str bytes = array_bytes(array);

	if (!bytes.p && q->rc == RC_OK)
		q->rc = RC_NOMEM;
	query_blob(q, bytes.p, bytes.n);
}

/* ---- rows -------------------------------------------------------------------------- */

bool query_row(struct query *q)
{
	bool row;

	if (q->rc != RC_OK)
		return false;
	assert(q->n_bound == q->st->n_params);
	assert(q->n_texts == 0);
	q->column = 0;
	enum rc rc = q->ops->step(q->st, &row);
	if (rc != RC_OK) {
		fail(q, rc);
		return false;
	}
	return row;
}

int64_t query_take_int(struct query *q, int64_t min, int64_t max)
{
	int64_t value = 0;

	if (q->rc != RC_OK)
		return 0;
	enum rc rc = q->ops->column_int(q->st, q->column, &value);
	if (rc == RC_OK && !(value >= min && value <= max))
		rc = RC_CORRUPT;
	if (rc != RC_OK) {
		fail_column(q, rc);
		return 0;
	}
	q->column++;
	return value;
}

int8_t query_take_flag(struct query *q)
{
	return (int8_t)query_take_int(q, 0, 1);
}

void query_take_text(struct query *q, struct str *ret_text)
{
	*ret_text = (struct str){NULL, 0};
	if (q->rc != RC_OK)
		return;
	enum rc rc = q->ops->column_text(q->st, q->column, ret_text);
	if (rc != RC_OK) {
		fail_column(q, rc);
		return;
	}
	q->column++;
	if (ret_text->n == 0)
		return;
	assert(q->n_texts < QUERY_TEXTS_MAX);
	q->texts[q->n_texts++] = ret_text;
	q->text_bytes += ret_text->n;
}

void query_keep(struct query *q, struct arena *a)
{
	if (q->rc != RC_OK || q->n_texts == 0)
		return;
	char *p = arena_alloc_raw(a, q->text_bytes);
	if (!p) {
		q->rc = RC_NOMEM;
		return;
	}
	for (unsigned i = 0; i < q->n_texts; i++) {
		struct str *text = q->texts[i];
		memcpy(p, text->p, text->n);
		text->p = p;
		p += text->n;
	}
	q->n_texts = 0;
	q->text_bytes = 0;
}

void query_drop(struct query *q)
{
	q->n_texts = 0;
	q->text_bytes = 0;
}

void query_take_blob(struct query *q, void *ret_bytes, size_t n)
{
	struct str bytes;

	if (q->rc != RC_OK)
		return;
	enum rc rc = q->ops->column_blob(q->st, q->column, &bytes);
	if (rc == RC_OK && bytes.n != n)
		rc = RC_CORRUPT;
	if (rc != RC_OK) {
		fail_column(q, rc);
		return;
	}
	q->column++;
	memcpy(ret_bytes, bytes.p, n);
}

enum rc query_end(struct query *q)
{
	if (q->st)
		q->ops->reset(q->st);
	return q->rc;
}

static enum rc post(struct query *q)
{
	assert(q->rc != RC_OK || q->n_bound == q->st->n_params);
	enum rc rc = q->rc == RC_OK ? q->ops->post(q->st) : RC_OK;

	if (rc != RC_OK)
		fail(q, rc);
	return query_end(q);
}

enum rc query_write(struct query *q, int64_t *ret_changes)
{
	int64_t changes = 0;

	assert(statements[q->id].flags & STATEMENT_WRITES);
	if (!ret_changes && q->ops->post && statements[q->id].flags & STATEMENT_POSTED)
		return post(q);
	(void)query_row(q); /* a failure sticks, and rows are not asked for */
	if (q->rc == RC_OK)
		changes = q->ops->changes(q->st);
	enum rc rc = query_end(q);
	if (rc == RC_OK && ret_changes)
		*ret_changes = changes;
	return rc;
}

void *query_list_room(struct query *q, struct arena *a, struct list *list, size_t *room,
		      size_t bytes)
{
	if (q->rc != RC_OK)
		return NULL;
	if (list->n == *room) {
		size_t more = *room ? *room * 2 : 8;
		char *items = arena_alloc_raw(a, more * bytes);
		if (!items) {
			q->rc = RC_NOMEM;
			return NULL;
		}
		if (list->n)
			memcpy(items, list->items, list->n * bytes);
		list->items = items;
		*room = more;
	}
	return (char *)list->items + list->n * bytes;
}
