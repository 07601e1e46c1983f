/*
 * Customers. A look-up here is what most requests come down to: one step of one statement, and one
 * allocation for all texts of the row.
 */
#include "record/customer.h"

#include "store/counter.h"
#include "store/query.h"

/* The order of CUSTOMER_COLUMNS. */
static void take_customer(struct query *q, struct customer *c)
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
}

static enum rc read_one(struct query *q, struct arena *a, struct customer *ret_customer)
{
	struct customer c;
	bool found = query_row(q);

	if (found) {
		take_customer(q, &c);
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

	query_begin(&q, s, STATEMENT_CUSTOMER_FIND);
	query_int(&q, scope.company_id);
	query_text(&q, external_customer_ref);
	query_int(&q, scope.branch_id);
	return read_one(&q, a, ret_customer);
}

static enum rc insert(struct store *s, const struct customer *c, int64_t company_id,
		      int64_t customer_id, const uint8_t op[16])
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_CUSTOMER_ADD);
	query_int(&q, company_id);
	query_blob(&q, op, 16);
	query_int(&q, customer_id);
	query_text_or_null(&q, c->external_customer_ref);
	query_text(&q, c->created);
	query_text(&q, c->last_modified);
	query_text(&q, c->title);
	query_text(&q, c->first_name);
	query_text(&q, c->last_name);
	query_int(&q, c->gender);
	query_text_or_null(&q, c->dob);
	query_text(&q, c->address.line_1);
	query_text(&q, c->address.line_2);
	query_text(&q, c->address.line_3);
	query_text(&q, c->address.city);
	query_text(&q, c->address.county);
	query_text(&q, c->address.postal_code);
	query_text(&q, c->email_address);
	query_text(&q, c->tel_number_1);
	query_text(&q, c->tel_number_2);
	query_int(&q, c->active);
	query_int(&q, c->branch_id);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return RC_EXISTS;
	return rc;
}

enum rc store_customer_add(struct store *s, const struct customer *c, int64_t company_id,
			   const uint8_t op[16], int64_t *ret_customer_id)
{
	int64_t customer_id = c->customer_id;
	enum rc rc;

	if (customer_id)
		rc = counter_pass(s, company_id, COUNTER_CUSTOMER, customer_id);
	else
		rc = counter_next(s, company_id, COUNTER_CUSTOMER, &customer_id);
	if (rc == RC_OK)
		rc = insert(s, c, company_id, customer_id, op);
	if (rc == RC_OK)
		*ret_customer_id = customer_id;
	return rc;
}
