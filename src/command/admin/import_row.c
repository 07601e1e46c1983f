#include "command/admin/import_row.h"

#include <inttypes.h>
#include <string.h>

#define REASON_BYTES_MAX 1024

const char *const import_existing_words[] = {"skip", "update", "fail", NULL};
const char *const import_outcome_words[] = {"added",   "updated",  "unchanged",
					    "skipped", "rejected", NULL};

bool import_give(struct import_job *job, struct str path)
{
	for (size_t i = 0; i < job->n_leaves; i++) {
		if (!str_equal_c(path, job->leaves[i].path))
			continue;
		job->given[i] = true;
		return true;
	}
	return false;
}

/* ---- outcomes ------------------------------------------------------------------------ */

static enum rc settle(struct import_result *r, enum import_outcome outcome, int64_t customer_id)
{
	r->outcome = (int8_t)outcome;
	r->customer_id = customer_id;
	return RC_OK;
}

static enum rc reject(const struct import_job *job, struct import_result *r, int64_t customer_id,
		      const char *format, ...) PRINTF_LIKE(4, 5);

static enum rc reject(const struct import_job *job, struct import_result *r, int64_t customer_id,
		      const char *format, ...)
{
	CLEANUP(text_fini) struct text t;
	va_list args;

	text_init(&t, REASON_BYTES_MAX);
	va_start(args, format);
	text_vprintf(&t, format, args);
	va_end(args);
	r->reason = arena_str(&job->call->arena, text_str(&t));
	return r->reason.p ? settle(r, IMPORT_REJECTED, customer_id) : RC_NOMEM;
}

/* A record as it would be stored must have what a record needs. *ret_whole: it has. */
static enum rc check_whole(const struct import_job *job, const struct customer *c,
			   struct import_result *r, bool *ret_whole)
{
	CLEANUP(text_fini) struct text missing;

	text_init(&missing, REASON_BYTES_MAX);
	for (size_t i = 0; i < job->n_leaves; i++) {
		const struct field_leaf *leaf = &job->leaves[i];
		if (!(leaf->field->flags & FIELD_REQUIRED) || !field_leaf_is_empty(leaf, c))
			continue;
		text_add_c(&missing, missing.n ? ", " : "missing: ");
		text_add_c(&missing, leaf->path);
	}
	*ret_whole = missing.n == 0;
	return *ret_whole ? RC_OK : reject(job, r, 0, "%s", text_c(&missing));
}

/* ---- a customer that is not there ------------------------------------------------------ */

static enum rc add(struct import_job *job, const struct customer *sent, bool terms_now,
		   struct import_result *r)
{
	struct call *call = job->call;
	struct change change = call->change;
	struct customer c = *sent;
	bool whole;

	if (c.customer_id > CUSTOMER_ID_BROUGHT_MAX)
		return reject(job, r, 0, "customer_id: at most %d for a new customer",
			      CUSTOMER_ID_BROUGHT_MAX);
	enum rc rc = check_whole(job, &c, r, &whole);
	if (rc != RC_OK || !whole)
		return rc;
	bool erased = false;
	if (c.customer_id)
		rc = store_customer_was_erased(call->store, call->scope.company_id, c.customer_id,
					       &erased);
	if (rc != RC_OK)
		return rc;
	if (erased)
		return reject(job, r, 0,
			      "customer_id: this customer was erased; leave the number out to add "
			      "a new one");
	c.created = c.last_modified = job->today;
	c.active = sent->active != 0; /* left out: it is */
	c.branch_id = job->branch_id;
	c.version = 1;
	change.bulk = true; /* in order: an import that is run again finds its own by that */
	change.terms_now = terms_now;
	rc = store_customer_add(call->store, &c, call->scope.company_id, &change, &c.customer_id);
	return rc == RC_OK ? settle(r, IMPORT_ADDED, c.customer_id) : rc;
}

/* Neither number nor reference says who it is. */
static enum rc add_unnamed(struct import_job *job, int64_t row, const struct customer *sent,
			   struct import_result *r)
{
	struct call *call = job->call;
	struct import_run *run = &job->run;
	struct customer other = {.customer_id = 0};
	bool any;

	/* Who is alike is looked for among the terms, the rows' before this one as well. */
	enum rc rc = store_terms_settle(call->store, call->scope.company_id, 1, &any);
	if (rc != RC_OK)
		return rc;
	rc = RC_NOTFOUND;
	/* A row that an interrupted run has done: whom it added is there, behind whom the rows
	 * before it have added. */
	if (row <= run->rows_done)
		rc = store_customer_alike(call->store, &call->arena, call->scope.company_id, sent,
					  run->claimed_id, &other);
	if (rc == RC_OK) {
		run->claimed_id = other.customer_id;
		return settle(r, IMPORT_UNCHANGED, other.customer_id);
	}
	if (rc != RC_NOTFOUND)
		return rc;
	if (!job->allow_duplicates)
		rc = store_customer_alike(call->store, &call->arena, call->scope.company_id, sent,
					  0, &other);
	if (rc == RC_OK)
		return reject(job, r, other.customer_id,
			      "probable duplicate: customer_id %" PRId64
			      " has the same name, dob and postal_code",
			      other.customer_id);
	return rc == RC_NOTFOUND ? add(job, sent, true, r) : rc;
}

/* ---- a customer that is there ---------------------------------------------------------- */

/* What the file has takes the place of what was there. Left out or empty, `active` and
 * `external_customer_ref` stay as they are, as they do for ModifyCustomer. */
static struct customer merge(const struct import_job *job, const struct customer *before,
			     const struct customer *sent)
{
	struct customer after = *before;

	for (size_t i = 0; i < job->n_leaves; i++)
		if (job->given[i])
			field_leaf_copy(&job->leaves[i], sent, &after);
	after.customer_id = before->customer_id;
	if (sent->active < 0)
		after.active = before->active;
	if (sent->external_customer_ref.n == 0)
		after.external_customer_ref = before->external_customer_ref;
	return after;
}

static enum rc edit(struct import_job *job, const struct customer *before, struct customer *after,
		    struct import_result *r)
{
	struct call *call = job->call;
	bool whole;
	enum rc rc = check_whole(job, after, r, &whole);

	if (rc != RC_OK || !whole)
		return rc;
	after->last_modified = job->today;
	after->version++;
	rc = store_customer_edit(call->store, call->scope.company_id, before, after, &call->change);
	return rc == RC_OK ? settle(r, IMPORT_UPDATED, before->customer_id) : rc;
}

static enum rc meet(struct import_job *job, const struct customer *before,
		    const struct customer *sent, struct import_result *r)
{
	struct customer after = merge(job, before, sent);

	if (field_same(customer_fields, before, &after))
		return settle(r, IMPORT_UNCHANGED, before->customer_id);
	if (job->on_existing == IMPORT_SKIP)
		return settle(r, IMPORT_SKIPPED, before->customer_id);
	if (job->on_existing == IMPORT_UPDATE)
		return edit(job, before, &after, r);
	return reject(job, r, before->customer_id, "%s already in use: customer_id %" PRId64,
		      sent->customer_id == before->customer_id ? "customer_id"
							       : "external_customer_ref",
		      before->customer_id);
}

/* ---- who is it? ------------------------------------------------------------------------ */

static enum rc get(const struct import_job *job, int64_t customer_id, struct customer *ret_customer)
{
	struct call *call = job->call;

	return customer_id ? store_customer_get(call->store, &call->arena, call->scope, customer_id,
						ret_customer)
			   : RC_NOTFOUND;
}

static enum rc find(const struct import_job *job, struct str ref, struct customer *ret_customer)
{
	struct call *call = job->call;

	return ref.n ? store_customer_find(call->store, &call->arena, call->scope, ref,
					   ret_customer)
		     : RC_NOTFOUND;
}

static bool is_named(const struct customer *sent)
{
	return sent->customer_id || sent->external_customer_ref.n;
}

void import_row_ahead(const struct import_job *job, int64_t row, const struct customer *sent)
{
	struct store *store = job->call->store;
	int64_t company_id = job->call->scope.company_id;

	if (sent->customer_id) {
		store_ahead_customer(store, company_id, sent->customer_id, STR(""));
		store_ahead_erased(store, company_id, sent->customer_id);
	}
	if (sent->external_customer_ref.n)
		store_ahead_customer(store, company_id, 0, sent->external_customer_ref);
	if (!is_named(sent) && (row <= job->run.rows_done || !job->allow_duplicates))
		store_ahead_alike(store, company_id, sent);
}

enum rc import_row(struct import_job *job, int64_t row, const struct customer *sent,
		   struct import_result *ret_result)
{
	struct customer by_id, by_ref;

	*ret_result = (struct import_result){0};
	enum rc id = get(job, sent->customer_id, &by_id);
	if (id != RC_OK && id != RC_NOTFOUND)
		return id;
	enum rc ref = find(job, sent->external_customer_ref, &by_ref);
	if (ref != RC_OK && ref != RC_NOTFOUND)
		return ref;
	if (id == RC_OK && ref == RC_OK && by_id.customer_id != by_ref.customer_id)
		return reject(job, ret_result, by_ref.customer_id,
			      "external_customer_ref already in use: customer_id %" PRId64,
			      by_ref.customer_id);
	if (id == RC_OK)
		return meet(job, &by_id, sent, ret_result);
	if (ref == RC_OK)
		return meet(job, &by_ref, sent, ret_result);
	if (is_named(sent))
		return add(job, sent, false, ret_result);
	return add_unnamed(job, row, sent, ret_result);
}
