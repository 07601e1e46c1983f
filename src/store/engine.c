#include "store/engine.h"

#include <string.h>

#define SCHEME_SHOWN_MAX 20

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
	/* The rest of it may have a password. */
	text_printf(reterr,
		    "%.*s: names no database; the URL should look like sqlite:PATH or "
		    "postgresql://USER@HOST:PORT/DATABASE",
		    n > SCHEME_SHOWN_MAX ? SCHEME_SHOWN_MAX : (int)n, url);
	return RC_INVALID;
}
