/* Access keys with their allow lists. */
#include "record/access_key.h"

#include "store/audit.h"
#include "store/counter.h"
#include "store/query.h"

/* A row of access_key_get and access_key_list: a key, with one of its networks or with none. */
struct row {
	struct access_key key;
	struct str cidr;
};

static void take_row(struct query *q, int64_t company_id, struct row *row)
{
	struct access_key *k = &row->key;

	*k = (struct access_key){.company_id = company_id};
	k->key_number = query_take_int(q, 1, INT64_MAX);
	k->branch_id = query_take_int(q, 1, INT64_MAX);
	query_take_text(q, &k->label);
	query_take_blob(q, k->key_hash, sizeof(k->key_hash));
	k->rate = query_take_int(q, 1, INT64_MAX);
	k->burst = query_take_int(q, 1, INT64_MAX);
	k->branch_only = query_take_flag(q);
	k->active = query_take_flag(q);
	k->generation = query_take_int(q, 0, INT64_MAX);
	query_take_text(q, &k->created);
	query_take_text(q, &k->revoked);
	k->branch_active = query_take_flag(q);
	query_take_text(q, &row->cidr);
}

static struct access_key *last_key(const struct list *keys)
{
	return keys->n ? (struct access_key *)keys->items + keys->n - 1 : NULL;
}

/* All keys that the query gives; rows of one key follow each other. */
static enum rc read_keys(struct query *q, struct arena *a, int64_t company_id,
			 struct list *ret_keys)
{
	struct list keys = {NULL, 0};
	size_t keys_room = 0, allow_room = 0;
	struct row row;

	while (query_row(q)) {
		take_row(q, company_id, &row);
		query_keep(q, a);
		struct access_key *k = last_key(&keys);
		if (!k || k->key_number != row.key.key_number) {
			k = query_list_room(q, a, &keys, &keys_room, sizeof(*k));
			if (!k)
				break;
			*k = row.key;
			keys.n++;
			allow_room = 0;
		}
		if (row.cidr.n == 0)
			continue;
		struct network *network =
			query_list_room(q, a, &k->allow, &allow_room, sizeof(*network));
		if (!network)
			break;
		network->cidr = row.cidr;
		k->allow.n++;
	}
	enum rc rc = query_end(q);
	if (rc == RC_OK)
		*ret_keys = keys;
	return rc;
}

enum rc store_access_key_get(struct store *s, struct arena *a, int64_t company_id,
			     int64_t key_number, struct access_key *ret_key)
{
	struct query q;
	struct list keys;

	query_begin(&q, s, STATEMENT_ACCESS_KEY_GET);
	query_int(&q, company_id);
	query_int(&q, key_number);
	enum rc rc = read_keys(&q, a, company_id, &keys);
	if (rc != RC_OK)
		return rc;
	if (keys.n == 0)
		return RC_NOTFOUND;
	*ret_key = *last_key(&keys);
	return RC_OK;
}

enum rc store_access_key_list(struct store *s, struct arena *a, int64_t company_id,
			      struct list *ret_keys)
{
	struct query q;

	query_begin(&q, s, STATEMENT_ACCESS_KEY_LIST);
	query_int(&q, company_id);
	return read_keys(&q, a, company_id, ret_keys);
}

static enum rc add_networks(struct store *s, int64_t company_id, int64_t key_number,
			    const struct list *allow)
{
	const struct network *networks = allow->items;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < allow->n && rc == RC_OK; i++) {
		struct query q;
		query_begin(&q, s, STATEMENT_KEY_NETWORK_ADD);
		query_int(&q, company_id);
		query_int(&q, key_number);
		query_int(&q, (int64_t)i);
		query_text(&q, networks[i].cidr);
		rc = query_write(&q, NULL);
	}
	return rc;
}

/* First of all: a number must not be taken for a branch that does not exist. */
static enum rc branch_exists(struct store *s, int64_t company_id, int64_t branch_id)
{
	struct query q;

	query_begin(&q, s, STATEMENT_BRANCH_EXISTS);
	query_int(&q, company_id);
	query_int(&q, branch_id);
	bool found = query_row(&q);
	enum rc rc = query_end(&q);
	return rc == RC_OK && !found ? RC_NOTFOUND : rc;
}

static enum rc insert(struct store *s, const struct access_key *k, int64_t key_number)
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_ACCESS_KEY_ADD);
	query_int(&q, k->company_id);
	query_int(&q, key_number);
	query_int(&q, k->branch_id);
	query_text(&q, k->label);
	query_blob(&q, k->key_hash, sizeof(k->key_hash));
	query_int(&q, k->rate);
	query_int(&q, k->burst);
	query_int(&q, k->branch_only);
	query_int(&q, k->active);
	query_int(&q, k->generation);
	query_text(&q, k->created);
	query_text(&q, k->revoked);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return RC_EXISTS;
	return rc;
}

enum rc store_access_key_add(struct store *s, const struct access_key *k,
			     const struct change *change, int64_t *ret_key_number)
{
	int64_t key_number;
	enum rc rc = branch_exists(s, k->company_id, k->branch_id);

	if (rc == RC_OK)
		rc = counter_next(s, k->company_id, COUNTER_ACCESS_KEY, &key_number);
	if (rc == RC_OK)
		rc = insert(s, k, key_number);
	if (rc == RC_OK)
		rc = add_networks(s, k->company_id, key_number, &k->allow);
	if (rc == RC_OK)
		rc = audit_note(s, k->company_id, change, AUDIT_ACCESS_KEY, key_number, NULL, NULL,
				NULL);
	if (rc == RC_OK)
		*ret_key_number = key_number;
	return rc;
}

static enum rc update(struct store *s, const struct access_key *k)
{
	struct query q;
	int64_t changes;

	query_begin(&q, s, STATEMENT_ACCESS_KEY_EDIT);
	query_int(&q, k->company_id);
	query_int(&q, k->key_number);
	query_text(&q, k->label);
	query_int(&q, k->rate);
	query_int(&q, k->burst);
	query_int(&q, k->branch_only);
	query_int(&q, k->active);
	query_int(&q, k->generation);
	query_text(&q, k->revoked);
	enum rc rc = query_write(&q, &changes);
	if (rc == RC_OK && changes == 0)
		return RC_NOTFOUND;
	return rc;
}

enum rc store_access_key_edit(struct store *s, const struct access_key *before,
			      const struct access_key *after, const struct change *change)
{
	struct query q;
	enum rc rc = update(s, after);

	if (rc != RC_OK)
		return rc;
	query_begin(&q, s, STATEMENT_KEY_NETWORK_CLEAR);
	query_int(&q, after->company_id);
	query_int(&q, after->key_number);
	rc = query_write(&q, NULL);
	if (rc == RC_OK)
		rc = add_networks(s, after->company_id, after->key_number, &after->allow);
	if (rc != RC_OK)
		return rc;
	return audit_note(s, after->company_id, change, AUDIT_ACCESS_KEY, after->key_number,
			  access_key_fields, before, after);
}
