/* Session tokens that were ended before their time. */
#include "store/audit.h"
#include "store/query.h"

#include "field/field.h"

enum rc store_kill_add(struct store *s, int64_t company_id, const uint8_t mac[KILL_BYTES],
		       int64_t expires_us, const struct change *change)
{
	struct query q;

	query_begin(&q, s, STATEMENT_KILL_ADD);
	query_int(&q, company_id);
	query_blob(&q, mac, KILL_BYTES);
	query_int(&q, expires_us);
	enum rc rc = query_write(&q, NULL);
	return rc == RC_OK ? audit_note(s, company_id, change, AUDIT_ACCESS_KEY, change->key_number,
					NULL, NULL, NULL)
			   : rc;
}

enum rc store_kill_list(struct store *s, struct arena *a, int64_t company_id, int64_t now_us,
			struct list *ret_macs)
{
	struct list macs = {NULL, 0};
	size_t room = 0;
	struct query q;

	query_begin(&q, s, STATEMENT_KILL_LIST);
	query_int(&q, company_id);
	query_int(&q, now_us);
	while (query_row(&q)) {
		void *mac = query_list_room(&q, a, &macs, &room, KILL_BYTES);
		if (!mac)
			break;
		query_take_blob(&q, mac, KILL_BYTES);
		macs.n++;
	}
	enum rc rc = query_end(&q);
	if (rc == RC_OK)
		*ret_macs = macs;
	return rc;
}
