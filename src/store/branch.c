/* Branches of a company. */
#include "record/company.h"

#include "store/audit.h"
#include "store/counter.h"
#include "store/query.h"

/* The columns of branch_get and branch_list. */
static void take_branch(struct query *q, struct arena *a, int64_t company_id, struct branch *b)
{
	b->company_id = company_id;
	b->branch_id = query_take_int(q, 1, INT64_MAX);
	query_take_text(q, &b->name);
	b->active = query_take_flag(q);
	query_keep(q, a);
}

/* The company first: a number must not be taken for one that does not exist. */
static enum rc company_exists(struct store *s, int64_t company_id)
{
	struct query q;

	query_begin(&q, s, STATEMENT_COMPANY_EXISTS);
	query_int(&q, company_id);
	bool found = query_row(&q);
	enum rc rc = query_end(&q);
	return rc == RC_OK && !found ? RC_NOTFOUND : rc;
}

enum rc store_branch_add(struct store *s, const struct branch *b, const struct change *change,
			 int64_t *ret_branch_id)
{
	struct query q;
	int64_t branch_id;
	enum rc rc = company_exists(s, b->company_id);

	if (rc == RC_OK)
		rc = counter_next(s, b->company_id, COUNTER_BRANCH, &branch_id);
	if (rc != RC_OK)
		return rc;
	query_begin(&q, s, STATEMENT_BRANCH_ADD);
	query_int(&q, b->company_id);
	query_int(&q, branch_id);
	query_text(&q, b->name);
	query_int(&q, b->active);
	rc = query_write(&q, NULL);
	if (rc == RC_OK)
		rc = audit_note(s, b->company_id, change, AUDIT_BRANCH, branch_id, NULL, NULL,
				NULL);
	if (rc == RC_OK)
		*ret_branch_id = branch_id;
	return rc;
}

enum rc store_branch_get(struct store *s, struct arena *a, int64_t company_id, int64_t branch_id,
			 struct branch *ret_branch)
{
	struct query q;
	struct branch b;

	query_begin(&q, s, STATEMENT_BRANCH_GET);
	query_int(&q, company_id);
	query_int(&q, branch_id);
	bool found = query_row(&q);
	if (found)
		take_branch(&q, a, company_id, &b);
	enum rc rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return RC_NOTFOUND;
	*ret_branch = b;
	return RC_OK;
}

enum rc store_branch_edit(struct store *s, const struct branch *before, const struct branch *after,
			  const struct change *change)
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_BRANCH_EDIT);
	query_int(&q, after->company_id);
	query_int(&q, after->branch_id);
	query_text(&q, after->name);
	query_int(&q, after->active);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return RC_NOTFOUND;
	if (rc != RC_OK)
		return rc;
	return audit_note(s, after->company_id, change, AUDIT_BRANCH, after->branch_id,
			  branch_fields, before, after);
}

enum rc store_branch_list(struct store *s, struct arena *a, int64_t company_id,
			  struct list *ret_branches)
{
	struct query q;
	struct list list = {NULL, 0};
	size_t room = 0;

	query_begin(&q, s, STATEMENT_BRANCH_LIST);
	query_int(&q, company_id);
	while (query_row(&q)) {
		struct branch *b = query_list_room(&q, a, &list, &room, sizeof(*b));
		if (!b)
			break;
		take_branch(&q, a, company_id, b);
		list.n++;
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_branches = list;
	return rc;
}
