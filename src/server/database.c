/*
 * `pdmd db`: the tables, made or brought up to date, and what there is to know of the database.
 */
#include <limits.h>

#include "access/access.h"
#include "server/check.h"
#include "server/dir.h"
#include "server/home.h"
#include "server/installation.h"
#include "server/server.h"
#include "store/facts.h"
#include "store/store.h"

/* The start does the same; whoever wants to see it done before may. */
static enum rc migrate_file(const char *dir, struct server_migrated *ret_migrated,
			    struct text *reterr)
{
	CLEANUP(text_fini) struct text url;
	struct dir_lock lock;
	pid_t pid;
	enum rc rc;

	text_init(&url, PATH_MAX);
	rc = dir_lock(dir, &lock, &pid, reterr);
	if (rc != RC_OK)
		return rc;
	home_url(dir, &url);
	rc = database_prepare(text_c(&url), &ret_migrated->from, &ret_migrated->to, reterr);
	dir_unlock(&lock);
	return rc;
}

static enum rc claim(const char *dir, const char *url, const struct access *access,
		     struct text *reterr)
{
	struct database *db;
	enum rc rc = database_open(url, &db, reterr);

	if (rc != RC_OK)
		return rc;
	rc = installation_claim(db, access, dir, url, reterr);
	db = database_close(db);
	return rc;
}

/* Servers may be at work meanwhile, on this directory too. */
static enum rc migrate_shared(const char *dir, const char *url,
			      struct server_migrated *ret_migrated, struct text *reterr)
{
	struct access *access;
	enum rc rc = dir_check_shared(dir, reterr);

	if (rc == RC_OK)
		rc = access_open(dir, &(struct access_options){0}, &access, reterr);
	if (rc != RC_OK)
		return rc;
	rc = database_prepare(url, &ret_migrated->from, &ret_migrated->to, reterr);
	if (rc == RC_OK)
		rc = claim(dir, url, access, reterr);
	access = access_close(access);
	return rc;
}

enum rc server_migrate(const char *dir, const char *url, struct server_migrated *ret_migrated,
		       struct text *reterr)
{
	struct server_migrated migrated;
	enum rc rc = url[0] ? migrate_shared(dir, url, &migrated, reterr)
			    : migrate_file(dir, &migrated, reterr);

	if (rc == RC_OK)
		*ret_migrated = migrated;
	return rc;
}

enum rc server_found(const char *dir, const char *url, bool *ret_made, struct text *reterr)
{
	CLEANUP(text_fini) struct text why;
	struct server_migrated ignored;
	struct database *db;

	text_init(&why, PATH_MAX);
	enum rc rc = database_open(url, &db, &why);
	*ret_made = rc == RC_NOTFOUND;
	if (rc == RC_OK) {
		db = database_close(db);
		return check_shared(dir, url, reterr);
	}
	if (rc == RC_NOTFOUND) {
		text_clear(&why);
		rc = migrate_shared(dir, url, &ignored, &why);
		rc = rc == RC_DENIED ? RC_NOTFOUND : rc;
	}
	text_add_str(reterr, text_str(&why));
	return rc;
}

static enum server_secret compare_secrets(const char *dir, const char *url)
{
	CLEANUP(text_fini) struct text ignored;
	struct access *access;
	struct database *db;
	enum rc rc;

	text_init(&ignored, PATH_MAX);
	if (access_open(dir, &(struct access_options){0}, &access, &ignored) != RC_OK)
		return SERVER_SECRET_UNKNOWN;
	rc = database_open(url, &db, &ignored);
	if (rc == RC_OK) {
		rc = installation_check(db, access, dir, url, &ignored);
		db = database_close(db);
	} else {
		rc = RC_LOST; /* nothing can be told of it */
	}
	access = access_close(access);
	return rc == RC_OK        ? SERVER_SECRET_SAME
	       : rc == RC_FOREIGN ? SERVER_SECRET_ANOTHER
	       : rc == RC_INVALID ? SERVER_SECRET_NONE
				  : SERVER_SECRET_UNKNOWN;
}

enum rc server_look(const char *dir, const char *url, struct arena *a,
		    struct database_facts *ret_facts, enum server_secret *ret_secret,
		    struct text *reterr)
{
	CLEANUP(text_fini) struct text own;
	enum rc rc;

	text_init(&own, PATH_MAX);
	*ret_facts = (struct database_facts){.bytes = 0};
	*ret_secret = SERVER_SECRET_UNKNOWN;
	if (url[0]) {
		rc = database_look(url, a, ret_facts, reterr);
		if (rc == RC_OK)
			*ret_secret = compare_secrets(dir, url);
		return rc;
	}
	home_url(dir, &own);
	rc = dir_check(dir, reterr);
	return rc == RC_OK ? database_look(text_c(&own), a, ret_facts, reterr) : rc;
}
