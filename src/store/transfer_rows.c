/*
 * A page is what one statement gives: it begins behind the last key of the page before. An engine
 * that gives its rows one by one has only one page.
 */
#include "store/transfer.h"

#include "base/hash.h"

#define PAGE_ROWS      4000 /* of an engine that keeps the whole result in memory */
#define TEXT_BYTES_MAX 4096
#define KEY_BYTES_MAX  (1024 * 1024)

_Static_assert(HASH_BYTES == TRANSFER_CHECKSUM_BYTES, "the checksum is a hash");

struct reading {
	struct engine *e;
	const struct transfer_table *table;
	struct engine_statement *st;
	int64_t page_rows;
	struct {
		int64_t number;
		struct text bytes;
	} behind[TRANSFER_KEY_MAX]; /* the last key */
	struct engine_value values[TRANSFER_COLUMNS_MAX];
	struct hash hash;
	int64_t rows;
	transfer_each *each;
	void *owner;
};

void transfer_add_columns(struct text *t, const struct transfer_table *table, const char *extra)
{
	for (unsigned i = 0; i < table->n_columns; i++)
		text_printf(t, "%s%s", i > 0 ? ", " : "", table->columns[i].name);
	if (extra)
		text_printf(t, ", %s", extra);
}

/* ---- the statement --------------------------------------------------------------------- */

static void add_key(struct text *t, const struct transfer_table *table)
{
	for (unsigned i = 0; i < table->n_key; i++)
		text_printf(t, "%s%s", i > 0 ? ", " : "", table->columns[i].name);
}

static void add_select(struct text *t, const struct transfer_table *table, bool one_key)
{
	text_add_c(t, "SELECT ");
	transfer_add_columns(t, table, NULL);
	text_printf(t, " FROM %s WHERE ", table->name);
	if (table->one_key && one_key) {
		text_printf(t, "%s > ($1 << 33 | $2) ORDER BY %s", table->one_key, table->one_key);
	} else {
		text_add_char(t, '(');
		add_key(t, table);
		text_add_c(t, ") > (");
		for (unsigned i = 1; i <= table->n_key; i++)
			text_printf(t, "%s$%u", i > 1 ? ", " : "", i);
		text_add_c(t, ") ORDER BY ");
		add_key(t, table);
	}
	text_printf(t, " LIMIT $%u", table->n_key + 1);
}

static enum rc prepare(struct reading *r)
{
	const struct engine_ops *ops = r->e->ops;
	CLEANUP(text_fini) struct text text;

	text_init(&text, TEXT_BYTES_MAX);
	add_select(&text, r->table, ops->one_key);
	return text.failed ? RC_NOMEM : ops->prepare(r->e, text_c(&text), &r->st);
}

static enum rc bind(struct reading *r)
{
	const struct engine_ops *ops = r->e->ops;
	enum rc rc = RC_OK;
	unsigned n_key = r->table->n_key;

	for (unsigned i = 0; i < n_key && rc == RC_OK; i++) {
		const struct text *kept = &r->behind[i].bytes;
		struct str bytes = kept->n ? text_str(kept) : STR(""); /* not NULL */
		switch (r->table->columns[i].kind) {
		case ENGINE_SMALLINT:
		case ENGINE_BIGINT:
			rc = ops->bind_int(r->st, i + 1, r->behind[i].number);
			break;
		case ENGINE_TEXT:
			rc = ops->bind_text(r->st, i + 1, bytes);
			break;
		case ENGINE_BYTES:
			rc = ops->bind_blob(r->st, i + 1, bytes);
			break;
		}
	}
	return rc == RC_OK ? ops->bind_int(r->st, n_key + 1, r->page_rows) : rc;
}

/* ---- a row ----------------------------------------------------------------------------- */

static enum rc read_value(struct reading *r, unsigned i)
{
	const struct transfer_column *column = &r->table->columns[i];
	const struct engine_ops *ops = r->e->ops;
	struct engine_value *value = &r->values[i];

	*value = (struct engine_value){.kind = column->kind};
	switch (column->kind) {
	case ENGINE_SMALLINT:
	case ENGINE_BIGINT:
		return ops->column_int(r->st, i, &value->number);
	case ENGINE_TEXT:
		break;
	case ENGINE_BYTES:
		return ops->column_blob(r->st, i, &value->bytes);
	}
	enum rc rc = ops->column_text(r->st, i, &value->bytes);
	value->is_null = column->nullable && value->bytes.n == 0;
	return rc;
}

/* Numbers, and the lengths of what has one, so that the same bytes cut in another way are something
 * else. */
static void hash_value(struct hash *h, const struct engine_value *value)
{
	bool is_number = value->kind == ENGINE_SMALLINT || value->kind == ENGINE_BIGINT;
	uint64_t number = is_number ? (uint64_t)value->number : value->bytes.n;
	uint8_t bytes[sizeof(number)];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> (8 * i));
	hash_add(h, bytes, sizeof(bytes));
	if (!is_number)
		hash_add(h, value->bytes.p, value->bytes.n);
}

static enum rc keep_key(struct reading *r)
{
	for (unsigned i = 0; i < r->table->n_key; i++) {
		r->behind[i].number = r->values[i].number;
		text_clear(&r->behind[i].bytes);
		text_add_str(&r->behind[i].bytes, r->values[i].bytes);
		if (r->behind[i].bytes.failed)
			return RC_NOMEM;
	}
	return RC_OK;
}

static enum rc take_row(struct reading *r)
{
	for (unsigned i = 0; i < r->table->n_columns; i++) {
		enum rc rc = read_value(r, i);
		if (rc != RC_OK)
			return rc;
		hash_value(&r->hash, &r->values[i]);
	}
	r->rows++;
	return r->each(r->owner, r->values);
}

static enum rc read_page(struct reading *r, bool *ret_more)
{
	const struct engine_ops *ops = r->e->ops;
	int64_t n = 0;
	bool row = true;
	enum rc rc = bind(r);

	while (rc == RC_OK) {
		rc = ops->step(r->st, &row);
		if (rc != RC_OK || !row)
			break;
		rc = take_row(r);
		if (rc == RC_OK && ++n == r->page_rows)
			rc = keep_key(r); /* while it is there */
	}
	ops->reset(r->st);
	*ret_more = n == r->page_rows;
	return rc;
}

enum rc transfer_read(struct engine *e, const struct transfer_table *table, transfer_each *each,
		      void *owner, struct transfer_sum *ret_sum)
{
	struct reading r = {.e = e,
			    .table = table,
			    .page_rows = e->ops->shared ? PAGE_ROWS : INT64_MAX,
			    .each = each,
			    .owner = owner};
	bool more = true;

	for (unsigned i = 0; i < TRANSFER_KEY_MAX; i++)
		text_init(&r.behind[i].bytes, KEY_BYTES_MAX);
	r.behind[0].number = INT64_MIN; /* the first of a key is a company, a positive number */
	hash_init(&r.hash);
	enum rc rc = prepare(&r);
	while (rc == RC_OK && more)
		rc = read_page(&r, &more);
	e->ops->finalize(r.st);
	for (unsigned i = 0; i < TRANSFER_KEY_MAX; i++)
		text_fini(&r.behind[i].bytes);
	if (rc != RC_OK)
		return rc;
	ret_sum->rows = r.rows;
	hash_end(&r.hash, ret_sum->checksum);
	return RC_OK;
}
