/*
 * `pdmd check`: everything that server_run would load. It may run beside a server, so it takes no
 * lock and writes nothing.
 */
#include "server/check.h"

#include <limits.h>

#include "access/access.h"
#include "http/tls.h"
#include "server/dir.h"
#include "server/home.h"
#include "server/installation.h"
#include "server/server.h"
#include "server/settings.h"
#include "store/store.h"

static enum rc check_file(const char *dir, struct text *reterr)
{
	CLEANUP(text_fini) struct text url, why;
	struct database *db;
	enum rc rc;

	text_init(&url, PATH_MAX);
	text_init(&why, PATH_MAX);
	rc = dir_check(dir, reterr);
	if (rc != RC_OK)
		return rc;
	home_url(dir, &url);
	rc = database_open(text_c(&url), &db, &why);
	if (rc == RC_OK)
		db = database_close(db);
	/* An older one is brought up to date by the start. */
	if (rc == RC_OK || rc == RC_BUSY)
		return RC_OK;
	text_add_str(reterr, text_str(&why));
	return rc;
}

enum rc check_shared(const char *dir, const char *url, struct text *reterr)
{
	const struct access_options options = {0};
	struct access *access;
	struct database *db;
	enum rc rc = dir_check_shared(dir, reterr);

	if (rc == RC_OK)
		rc = access_open(dir, &options, &access, reterr);
	if (rc != RC_OK)
		return rc;
	rc = database_open(url, &db, reterr);
	if (rc == RC_OK) {
		rc = installation_check(db, access, dir, url, reterr);
		db = database_close(db);
	}
	access = access_close(access);
	return rc == RC_BUSY ? RC_INVALID : rc; /* as home_open; an older one is not served */
}

enum rc check_secret(const char *dir, struct text *reterr)
{
	const struct access_options options = {0};
	struct access *access;
	enum rc rc = access_open(dir, &options, &access, reterr);

	if (rc == RC_OK)
		access = access_close(access);
	return rc;
}

enum rc check_tls(const struct settings *settings, struct text *reterr)
{
	struct tls_context *context;
	enum rc rc;

	if (!settings->tls_cert[0])
		return RC_OK;
	rc = tls_context_open(settings->tls_cert, settings->tls_key, &context, reterr);
	if (rc == RC_OK)
		context = tls_context_close(context);
	return rc;
}

enum rc server_check(const char *dir, const struct settings *settings, struct text *reterr)
{
	const char *url = settings->database_url;
	enum rc rc = url[0] ? check_shared(dir, url, reterr) : check_file(dir, reterr);

	if (rc == RC_OK)
		rc = check_secret(dir, reterr);
	return rc == RC_OK ? check_tls(settings, reterr) : rc;
}
