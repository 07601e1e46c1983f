#include "store/query.h"

enum rc store_installation_get(struct store *s, uint8_t ret_check[STORE_CHECK_BYTES])
{
	uint8_t check[STORE_CHECK_BYTES] = {0};
	struct query q;

	query_begin(&q, s, STATEMENT_INSTALLATION_GET);
	bool found = query_row(&q);
	if (found)
		query_take_blob(&q, check, sizeof(check));
	enum rc rc = query_end(&q);
	if (rc == RC_OK && !found)
		return RC_NOTFOUND;
	if (rc == RC_OK)
		memcpy(ret_check, check, sizeof(check));
	return rc;
}

enum rc store_installation_put(struct store *s, const uint8_t check[STORE_CHECK_BYTES])
{
	int64_t changes = 0;
	struct query q;

	query_begin(&q, s, STATEMENT_INSTALLATION_PUT);
	query_blob(&q, check, STORE_CHECK_BYTES);
	enum rc rc = query_write(&q, &changes);
	return rc == RC_OK && changes == 0 ? RC_EXISTS : rc;
}
