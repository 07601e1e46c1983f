#ifndef SERVER_CHECK_H
#define SERVER_CHECK_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct settings;

/* Is the directory's secret there and whole? Failures as access_open. */
MUST_CHECK enum rc check_secret(const char *dir, struct text *reterr);

/* Can the files that the settings name for TLS, if any, be used? Failures as tls_context_open. */
MUST_CHECK enum rc check_tls(const struct settings *settings, struct text *reterr);

/* Would a server start on the database of this URL? RC_INVALID: it is an older one, or belongs to
 * no secret yet; others as dir_check_shared, database_open and installation_check. */
MUST_CHECK enum rc check_shared(const char *dir, const char *url, struct text *reterr);

#endif
