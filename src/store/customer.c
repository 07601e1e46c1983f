/*
 * Customers. A look-up here is what most requests come down to: one step of one statement, and one
 * allocation for all texts of the row.
 */
#include "store/customer.h"

#include "store/ahead.h"
#include "store/audit.h"
#include "store/counter.h"
#include "store/gather.h"
#include "store/term.h"

/* So many leased ids may be taken, one behind the other, before the caller is told to try again. */
#define LEASED_TRIES_MAX (4 * ID_LEASE_IDS)

void customer_take(struct query *q, struct customer *c)
{
	c->customer_id = query_take_int(q, 1, INT64_MAX);
	query_take_text(q, &c->external_customer_ref);
	query_take_text(q, &c->created);
	query_take_text(q, &c->last_modified);
	query_take_text(q, &c->title);
	query_take_text(q, &c->first_name);
	query_take_text(q, &c->last_name);
	c->gender = (int8_t)query_take_int(q, GENDER_UNSET, GENDER_FEMALE);
	query_take_text(q, &c->dob);
	query_take_text(q, &c->address.line_1);
	query_take_text(q, &c->address.line_2);
	query_take_text(q, &c->address.line_3);
	query_take_text(q, &c->address.city);
	query_take_text(q, &c->address.county);
	query_take_text(q, &c->address.postal_code);
	query_take_text(q, &c->email_address);
	query_take_text(q, &c->tel_number_1);
	query_take_text(q, &c->tel_number_2);
	c->active = query_take_flag(q);
	c->branch_id = query_take_int(q, 0, INT64_MAX);
	c->version = query_take_int(q, 1, INT64_MAX);
	c->erased = 0;
}

enum rc customer_copy(struct arena *a, const struct customer *c, struct customer *ret_copy)
{
	struct customer copy = *c;
	struct str *const texts[] = {
		&copy.external_customer_ref,
		&copy.created,
		&copy.last_modified,
		&copy.title,
		&copy.first_name,
		&copy.last_name,
		&copy.dob,
		&copy.address.line_1,
		&copy.address.line_2,
		&copy.address.line_3,
		&copy.address.city,
		&copy.address.county,
		&copy.address.postal_code,
		&copy.email_address,
		&copy.tel_number_1,
		&copy.tel_number_2,
	};
	size_t bytes = 0;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		bytes += texts[i]->n;
	char *p = arena_alloc_raw(a, bytes + 1);
	if (!p)
		return RC_NOMEM;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (texts[i]->n == 0)
			continue;
		memcpy(p, texts[i]->p, texts[i]->n);
		texts[i]->p = p;
		p += texts[i]->n;
	}
	*ret_copy = copy;
	return RC_OK;
}

static enum rc read_one(struct query *q, struct arena *a, struct customer *ret_customer)
{
	struct customer c;
	bool found = query_row(q);

	if (found) {
		customer_take(q, &c);
		query_keep(q, a);
	}
	enum rc rc = query_end(q);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return RC_NOTFOUND;
	*ret_customer = c;
	return RC_OK;
}

enum rc store_customer_get(struct store *s, struct arena *a, struct scope scope,
			   int64_t customer_id, struct customer *ret_customer)
{
	struct query q;
	enum rc rc;

	if (ahead_customer(s, a, scope, customer_id, STR(""), ret_customer, &rc))
		return rc;
	query_begin(&q, s, STATEMENT_CUSTOMER_GET);
	query_int(&q, scope.company_id);
	query_int(&q, customer_id);
	query_int(&q, scope.branch_id);
	return read_one(&q, a, ret_customer);
}

enum rc store_customer_find(struct store *s, struct arena *a, struct scope scope,
			    struct str external_customer_ref, struct customer *ret_customer)
{
	struct query q;
	enum rc rc;

	if (ahead_customer(s, a, scope, 0, external_customer_ref, ret_customer, &rc))
		return rc;
	query_begin(&q, s, STATEMENT_CUSTOMER_FIND);
	query_int(&q, scope.company_id);
	query_text(&q, external_customer_ref);
	query_int(&q, scope.branch_id);
	return read_one(&q, a, ret_customer);
}

/* The members that an edit writes as well, in both statements' order. */
static void bind_members(struct query *q, const struct customer *c)
{
	query_text(q, c->title);
	query_text(q, c->first_name);
	query_text(q, c->last_name);
	query_int(q, c->gender);
	query_text_or_null(q, c->dob);
	query_text(q, c->address.line_1);
	query_text(q, c->address.line_2);
	query_text(q, c->address.line_3);
	query_text(q, c->address.city);
	query_text(q, c->address.county);
	query_text(q, c->address.postal_code);
	query_text(q, c->email_address);
	query_text(q, c->tel_number_1);
	query_text(q, c->tel_number_2);
	query_int(q, c->active);
	query_int(q, c->branch_id);
}

static enum rc insert(struct store *s, enum statement_id id, const struct customer *c,
		      int64_t company_id, const uint8_t op[OP_BYTES])
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, id);
	query_int(&q, company_id);
	query_blob(&q, op, OP_BYTES);
	query_int(&q, c->customer_id);
	query_text_or_null(&q, c->external_customer_ref);
	query_text(&q, c->created);
	query_text(&q, c->last_modified);
	bind_members(&q, c);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return session_beaten(s, RC_EXISTS);
	return rc;
}

static enum rc write_term(struct store *s, enum statement_id id, int64_t company_id,
			  int64_t customer_id, const struct term *t)
{
	struct query q;

	query_begin(&q, s, id);
	query_int(&q, company_id);
	query_text(&q, term_str(t));
	query_int(&q, customer_id);
	return query_write(&q, NULL);
}

/* Does `id` for each term of `terms` that `but` does not have. */
static enum rc write_terms(struct store *s, enum statement_id id, int64_t company_id,
			   int64_t customer_id, const struct terms *terms, const struct terms *but)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < terms->n && rc == RC_OK; i++)
		if (!terms_have(but, &terms->items[i]))
			rc = write_term(s, id, company_id, customer_id, &terms->items[i]);
	return rc;
}

/* NULL: it was not there; it is not there any more. */
static enum rc edit_terms(struct store *s, int64_t company_id, int64_t customer_id,
			  const struct customer *before, const struct customer *after)
{
	struct terms old, new;

	old.n = new.n = 0;
	if (before)
		terms_of(before, &old);
	if (after)
		terms_of(after, &new);
	owed_changed(s, company_id, customer_id);
	enum rc rc = write_terms(s, STATEMENT_TERM_REMOVE, company_id, customer_id, &old, &new);
	if (rc == RC_OK)
		rc = write_terms(s, STATEMENT_TERM_ADD, company_id, customer_id, &new, &old);
	return rc;
}

static enum rc add_terms(struct store *s, int64_t company_id, const struct customer *c, bool bulk)
{
	struct terms terms;

	if (bulk) {
		terms_of(c, &terms);
		enum rc rc = owed_put(s, company_id, c->customer_id, &terms, &bulk);
		if (rc != RC_OK || bulk)
			return rc;
	}
	return edit_terms(s, company_id, c->customer_id, NULL, c);
}

/* RC_OK: it is not. */
static enum rc ref_taken(struct store *s, int64_t company_id, struct str ref)
{
	struct query q;

	if (!ref.n)
		return RC_OK;
	query_begin(&q, s, STATEMENT_CUSTOMER_REF_TAKEN);
	query_int(&q, company_id);
	query_text(&q, ref);
	bool taken = query_row(&q);
	enum rc rc = query_end(&q);
	return rc == RC_OK && taken ? RC_EXISTS : rc;
}

/* With the first leased id that is not taken; see id_lease.h. */
static enum rc insert_leased(struct store *s, struct customer *c, int64_t company_id,
			     const uint8_t op[OP_BYTES])
{
	for (int tries = 0; tries < LEASED_TRIES_MAX; tries++) {
		enum rc rc = id_lease_next(s, company_id, &c->customer_id);
		if (rc == RC_OK)
			rc = insert(s, STATEMENT_CUSTOMER_ADD_LEASED, c, company_id, op);
		if (rc != RC_EXISTS)
			return rc;
		rc = ref_taken(s, company_id, c->external_customer_ref);
		if (rc != RC_OK)
			return rc;
		/* It is the id that is taken. */
	}
	return RC_BUSY;
}

/* For one that is not added with a leased id. */
static enum rc settle_id(struct store *s, int64_t company_id, bool bulk, int64_t *customer_id)
{
	if (bulk)
		return counter_bulk(s, company_id, customer_id);
	if (*customer_id)
		return counter_pass(s, company_id, COUNTER_CUSTOMER, *customer_id);
	return counter_next(s, company_id, COUNTER_CUSTOMER, customer_id);
}

/* With its terms and its row of the audit. */
static enum rc write_new(struct store *s, int64_t company_id, struct customer *c, bool leased,
			 const uint8_t op[OP_BYTES], const struct change *change)
{
	struct audit_row row = {
		.op = op,
		.record = AUDIT_CUSTOMER,
		.record_branch_id = c->branch_id,
		.new_version = 1,
	};
	enum rc rc = leased ? insert_leased(s, c, company_id, op)
			    : insert(s, STATEMENT_CUSTOMER_ADD, c, company_id, op);

	if (rc == RC_OK)
		rc = add_terms(s, company_id, c, change->bulk && !change->terms_now);
	row.record_id = c->customer_id;
	return rc == RC_OK ? audit_add(s, company_id, change, &row, NULL, NULL, NULL) : rc;
}

enum rc store_customer_add(struct store *s, const struct customer *c, int64_t company_id,
			   const struct change *change, int64_t *ret_customer_id)
{
	struct customer new = *c;
	uint8_t op[OP_BYTES];
	bool shared = s->db->ops->shared;
	/* Who holds the counter's row would wait for himself when a block is leased. */
	bool leased = shared && !change->bulk && !new.customer_id && !s->counts;
	bool gathered = shared && (change->bulk || (leased && s->hopes));
	enum rc rc = RC_OK;

	s->counts = s->counts || (shared && !leased);
	if (!leased)
		rc = settle_id(s, company_id, change->bulk, &new.customer_id);
	else if (gathered)
		rc = id_lease_next(s, company_id, &new.customer_id);
	if (rc == RC_OK)
		rc = audit_op(s, company_id, change, op);
	if (rc == RC_OK)
		rc = gathered ? gather_customer(s, company_id, &new, leased, op, change)
			      : write_new(s, company_id, &new, leased, op, change);
	if (rc != RC_OK)
		return rc;
	ahead_changed(s, company_id, NULL, &new);
	*ret_customer_id = new.customer_id;
	return RC_OK;
}

static enum rc update(struct store *s, int64_t company_id, const struct customer *before,
		      const struct customer *after, const uint8_t op[OP_BYTES])
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_CUSTOMER_EDIT);
	query_int(&q, company_id);
	query_int(&q, before->customer_id);
	query_int(&q, before->version);
	query_blob(&q, op, OP_BYTES);
	query_text_or_null(&q, after->external_customer_ref);
	query_text(&q, after->last_modified);
	bind_members(&q, after);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return session_beaten(s, RC_CHANGED);
	return rc;
}

enum rc store_customer_edit(struct store *s, int64_t company_id, const struct customer *before,
			    const struct customer *after, const struct change *change)
{
	uint8_t op[OP_BYTES];
	const struct audit_row row = {
		.op = op,
		.record = AUDIT_CUSTOMER,
		.record_id = before->customer_id,
		.record_branch_id = after->branch_id,
		.old_version = before->version,
		.new_version = before->version + 1,
	};
	enum rc rc = audit_op(s, company_id, change, op);

	ahead_changed(s, company_id, before, after);
	if (rc == RC_OK)
		rc = update(s, company_id, before, after, op);
	if (rc == RC_OK)
		rc = edit_terms(s, company_id, before->customer_id, before, after);
	return rc == RC_OK ? audit_add(s, company_id, change, &row, customer_fields, before, after)
			   : rc;
}

static enum rc remove_row(struct store *s, int64_t company_id, const struct customer *c)
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_CUSTOMER_ERASE);
	query_int(&q, company_id);
	query_int(&q, c->customer_id);
	query_int(&q, c->version);
	enum rc rc = query_write(&q, &changes);
	return rc == RC_OK && changes == 0 ? session_beaten(s, RC_CHANGED) : rc;
}

static enum rc forget_answers(struct store *s, int64_t company_id, int64_t customer_id)
{
	struct query q;

	query_begin(&q, s, STATEMENT_ANSWER_FORGET);
	query_int(&q, company_id);
	query_int(&q, customer_id);
	return query_write(&q, NULL);
}

enum rc store_customer_erase(struct store *s, int64_t company_id, const struct customer *c,
			     const struct change *change)
{
	uint8_t op[OP_BYTES];
	const struct audit_row row = {
		.op = op,
		.record = AUDIT_CUSTOMER,
		.record_id = c->customer_id,
		.record_branch_id = c->branch_id,
		.old_version = c->version,
	};
	enum rc rc = audit_op(s, company_id, change, op);

	ahead_changed(s, company_id, c, NULL);
	if (rc == RC_OK)
		rc = remove_row(s, company_id, c);
	if (rc == RC_OK)
		rc = edit_terms(s, company_id, c->customer_id, c, NULL);
	if (rc == RC_OK)
		rc = forget_answers(s, company_id, c->customer_id);
	s->erases = true; /* where it is taken back after all, the log is emptied for nothing */
	return rc == RC_OK ? audit_add(s, company_id, change, &row, NULL, NULL, NULL) : rc;
}

enum rc store_customer_last(struct store *s, int64_t company_id, int64_t *ret_id)
{
	struct query q;
	int64_t id = 0;

	query_begin(&q, s, STATEMENT_CUSTOMER_LAST);
	query_int(&q, company_id);
	if (query_row(&q))
		id = query_take_int(&q, 1, INT64_MAX);
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_id = id;
	return rc;
}
