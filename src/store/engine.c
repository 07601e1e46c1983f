#include "store/engine.h"

#include <string.h>

enum rc engine_find(const char *url, const struct engine_ops **ret_ops, const char **ret_where,
		    struct text *reterr)
{
	static const struct engine_ops *const engines[] = {&engine_sqlite, &engine_postgres,
							   &engine_faulty};
	const char *colon = strchr(url, ':');
	size_t n = colon ? (size_t)(colon - url) : strlen(url);

	for (size_t i = 0; i < ARRAY_LEN(engines); i++) {
		if (!colon || colon[1] == '\0')
			break;
		if (!str_equal_c((struct str){url, n}, engines[i]->scheme))
			continue;
		*ret_ops = engines[i];
		*ret_where = engines[i] == &engine_postgres ? url : colon + 1;
		return RC_OK;
	}
	text_printf(reterr,
		    "%s does not name a database; it should look like sqlite:PATH or "
		    "postgresql://USER@HOST:PORT/DATABASE",
		    url);
	return RC_INVALID;
}
