/* Companies. */
#include "record/company.h"

#include "store/audit.h"
#include "store/query.h"

/* The columns of company_get and company_list. */
static void take_company(struct query *q, struct arena *a, struct company *c)
{
	c->company_id = query_take_int(q, 1, INT64_MAX);
	query_take_text(q, &c->name);
	query_take_text(q, &c->timezone);
	c->active = query_take_flag(q);
	query_take_text(q, &c->created);
	query_keep(q, a);
}

enum rc store_company_add(struct store *s, const struct company *c, const struct change *change)
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_COMPANY_ADD);
	query_int(&q, c->company_id);
	query_text(&q, c->name);
	query_text(&q, c->timezone);
	query_int(&q, c->active);
	query_text(&q, c->created);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return RC_EXISTS;
	if (rc != RC_OK)
		return rc;
	return audit_note(s, c->company_id, change, AUDIT_COMPANY, c->company_id, NULL, NULL, NULL);
}

enum rc store_company_get(struct store *s, struct arena *a, int64_t company_id,
			  struct company *ret_company)
{
	struct query q;
	struct company c;

	query_begin(&q, s, STATEMENT_COMPANY_GET);
	query_int(&q, company_id);
	bool found = query_row(&q);
	if (found)
		take_company(&q, a, &c);
	enum rc rc = query_end(&q);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return RC_NOTFOUND;
	*ret_company = c;
	return RC_OK;
}

enum rc store_company_edit(struct store *s, const struct company *before,
			   const struct company *after, const struct change *change)
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_COMPANY_EDIT);
	query_int(&q, after->company_id);
	query_text(&q, after->name);
	query_text(&q, after->timezone);
	query_int(&q, after->active);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return RC_NOTFOUND;
	if (rc != RC_OK)
		return rc;
	return audit_note(s, after->company_id, change, AUDIT_COMPANY, after->company_id,
			  company_fields, before, after);
}

enum rc store_company_list(struct store *s, struct arena *a, struct list *ret_companies)
{
	struct query q;
	struct list list = {NULL, 0};
	size_t room = 0;

	query_begin(&q, s, STATEMENT_COMPANY_LIST);
	while (query_row(&q)) {
		struct company *c = query_list_room(&q, a, &list, &room, sizeof(*c));
		if (!c)
			break;
		take_company(&q, a, c);
		list.n++;
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_companies = list;
	return rc;
}

enum rc store_company_count(struct store *s, int64_t *ret_companies, int64_t *ret_keys)
{
	struct query q;
	int64_t companies = 0, keys = 0;

	query_begin(&q, s, STATEMENT_COMPANY_COUNT);
	if (query_row(&q)) {
		companies = query_take_int(&q, 0, INT64_MAX);
		keys = query_take_int(&q, 0, INT64_MAX);
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK) {
		*ret_companies = companies;
		*ret_keys = keys;
	}
	return rc;
}
