#include "store/gather.h"

#include <stdlib.h>

#include "store/array.h"
#include "store/query.h"
#include "store/term.h"

/* So many customers go into a statement. Of 32, a customer costs 30 us of the database's time; of
 * 128 27, of 512 26 (measured at 100,000 customers). */
#define CUSTOMERS_MAX 128

#define COLUMN_BYTES_MAX ((size_t)1024 * 1024) /* far above what so many customers can have */

/* The columns of CUSTOMER_GATHERED behind the company, in its order. */
enum column {
	OP,
	ID,
	REF,
	CREATED,
	LAST_MODIFIED,
	TITLE,
	FIRST_NAME,
	LAST_NAME,
	GENDER,
	DOB,
	LINE_1,
	LINE_2,
	LINE_3,
	CITY,
	COUNTY,
	POSTAL_CODE,
	EMAIL_ADDRESS,
	TEL_NUMBER_1,
	TEL_NUMBER_2,
	ACTIVE,
	BRANCH_ID,
	COLUMNS,
};

struct gather {
	unsigned n; /* customers */
	int64_t company_id;
	bool leased; /* their ids */
	struct change change;
	struct array columns[COLUMNS];
	struct array terms, term_ids, request_ids;
};

static enum array_kind kind_of(enum column column)
{
	if (column == OP)
		return ARRAY_BLOBS;
	if (column == ID || column == GENDER || column == ACTIVE || column == BRANCH_ID)
		return ARRAY_INTS;
	return ARRAY_TEXTS;
}

static struct gather *create(void)
{
	struct gather *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	for (enum column i = 0; i < COLUMNS; i++)
		array_init(&g->columns[i], kind_of(i), COLUMN_BYTES_MAX);
	array_init(&g->terms, ARRAY_TEXTS, COLUMN_BYTES_MAX);
	array_init(&g->term_ids, ARRAY_INTS, COLUMN_BYTES_MAX);
	array_init(&g->request_ids, ARRAY_TEXTS, COLUMN_BYTES_MAX);
	return g;
}

static void clear(struct gather *g)
{
	for (enum column i = 0; i < COLUMNS; i++)
		array_clear(&g->columns[i]);
	array_clear(&g->terms);
	array_clear(&g->term_ids);
	array_clear(&g->request_ids);
	g->n = 0;
}

void gather_lost(struct store *s)
{
	if (s->gather && s->gather->n)
		clear(s->gather);
}

void gather_fini(struct store *s)
{
	struct gather *g = s->gather;

	if (!g)
		return;
	for (enum column i = 0; i < COLUMNS; i++)
		array_fini(&g->columns[i]);
	array_fini(&g->terms);
	array_fini(&g->term_ids);
	array_fini(&g->request_ids);
	free(g);
	s->gather = NULL;
}

/* ---- gathering -------------------------------------------------------------------------- */

static void add_text_or_null(struct array *a, struct str text)
{
	if (text.n)
		array_add(a, text);
	else
		array_add_null(a);
}

static void add_columns(struct array *columns, const struct customer *c, const uint8_t *op)
{
	array_add(&columns[OP], (struct str){(const char *)op, OP_BYTES});
	array_add_int(&columns[ID], c->customer_id);
	add_text_or_null(&columns[REF], c->external_customer_ref);
	array_add(&columns[CREATED], c->created);
	array_add(&columns[LAST_MODIFIED], c->last_modified);
	array_add(&columns[TITLE], c->title);
	array_add(&columns[FIRST_NAME], c->first_name);
	array_add(&columns[LAST_NAME], c->last_name);
	array_add_int(&columns[GENDER], c->gender);
	add_text_or_null(&columns[DOB], c->dob);
	array_add(&columns[LINE_1], c->address.line_1);
	array_add(&columns[LINE_2], c->address.line_2);
	array_add(&columns[LINE_3], c->address.line_3);
	array_add(&columns[CITY], c->address.city);
	array_add(&columns[COUNTY], c->address.county);
	array_add(&columns[POSTAL_CODE], c->address.postal_code);
	array_add(&columns[EMAIL_ADDRESS], c->email_address);
	array_add(&columns[TEL_NUMBER_1], c->tel_number_1);
	array_add(&columns[TEL_NUMBER_2], c->tel_number_2);
	array_add_int(&columns[ACTIVE], c->active);
	array_add_int(&columns[BRANCH_ID], c->branch_id);
}

static void add_terms(struct gather *g, const struct customer *c)
{
	struct terms terms;

	terms_of(c, &terms);
	for (size_t i = 0; i < terms.n; i++) {
		array_add(&g->terms, term_str(&terms.items[i]));
		array_add_int(&g->term_ids, c->customer_id);
	}
}

/* What goes to the audit, but for the request. */
static bool same_change(const struct change *a, const struct change *b)
{
	return a->key_number == b->key_number && a->operator_uid == b->operator_uid &&
	       str_equal(a->command, b->command) && str_equal(a->server, b->server);
}

enum rc gather_customer(struct store *s, int64_t company_id, const struct customer *c, bool leased,
			const uint8_t op[OP_BYTES], const struct change *change)
{
	struct gather *g = s->gather;
	enum rc rc = RC_OK;

	if (!g)
		g = s->gather = create();
	if (!g)
		return RC_NOMEM;
	if (g->n == CUSTOMERS_MAX || (g->n && (g->company_id != company_id || g->leased != leased ||
					       !same_change(&g->change, change))))
		rc = gather_send(s);
	if (rc != RC_OK)
		return rc;
	g->company_id = company_id;
	g->leased = leased;
	g->change = *change;
	array_add(&g->request_ids, change->request_id);
	add_columns(g->columns, c, op);
	add_terms(g, c);
	g->n++;
	return RC_OK;
}

/* ---- sending ---------------------------------------------------------------------------- */

static enum rc send_customers(struct store *s, struct gather *g)
{
	struct query q;

	query_begin(&q, s,
		    g->leased ? STATEMENT_CUSTOMER_GATHERED_LEASED : STATEMENT_CUSTOMER_GATHERED);
	query_int(&q, g->company_id);
	for (enum column i = 0; i < COLUMNS; i++)
		query_array(&q, &g->columns[i]);
	return query_write(&q, NULL);
}

static enum rc send_terms(struct store *s, struct gather *g)
{
	struct query q;

	query_begin(&q, s, STATEMENT_TERM_GATHERED);
	query_int(&q, g->company_id);
	query_array(&q, &g->terms);
	query_array(&q, &g->term_ids);
	return query_write(&q, NULL);
}

static enum rc send_audit(struct store *s, struct gather *g)
{
	const struct change *change = &g->change;
	struct query q;

	query_begin(&q, s, STATEMENT_AUDIT_GATHERED);
	query_int(&q, g->company_id);
	query_int(&q, change->key_number);
	query_int(&q, change->operator_uid);
	query_text(&q, change->command);
	query_array(&q, &g->request_ids);
	query_text(&q, change->server);
	query_array(&q, &g->columns[OP]);
	query_array(&q, &g->columns[ID]);
	query_array(&q, &g->columns[BRANCH_ID]);
	return query_write(&q, NULL);
}

enum rc gather_send(struct store *s)
{
	struct gather *g = s->gather;

	if (!g || g->n == 0)
		return RC_OK;
	g->n = 0; /* query_begin asks for nothing more */
	enum rc rc = send_customers(s, g);
	if (rc == RC_OK)
		rc = send_terms(s, g);
	if (rc == RC_OK)
		rc = send_audit(s, g);
	clear(g);
	return rc;
}
