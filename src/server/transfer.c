#include "server/transfer.h"

#include <limits.h>
#include <string.h>

#include "access/access.h"
#include "base/str.h"
#include "server/dir.h"
#include "server/home.h"
#include "server/installation.h"
#include "store/moving.h"
#include "store/store.h"

#define REASON_BYTES_MAX 8192

/* ---- whose data it is ------------------------------------------------------------------ */

/* Where servers share the database at `url`. */
static enum rc check_shared(const char *url, const char *dir, const struct access *access,
			    struct text *reterr)
{
	struct database *db;
	enum rc rc = database_open(url, &db, reterr);

	if (rc != RC_OK)
		return rc;
	if (database_shared(db))
		rc = installation_check(db, access, dir, url, reterr);
	db = database_close(db);
	return rc;
}

/* One that nobody has claimed, or that is not there, is for us to take; what else is wrong with it
 * is told by whoever writes to it. */
static enum rc check_target(const char *url, const char *dir, const struct access *access,
			    struct text *reterr)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, REASON_BYTES_MAX);
	if (check_shared(url, dir, access, &why) != RC_FOREIGN)
		return RC_OK;
	text_add_str(reterr, text_str(&why));
	return RC_FOREIGN;
}

/* ---- nobody writes ---------------------------------------------------------------------- */

/* Appends the directory of a URL like sqlite:DIR/pdmd.db. A file of another name, a backup, is
 * nobody's who could write to it. */
static bool add_dir_of(const char *url, struct text *t)
{
	static const char scheme[] = "sqlite:";
	const char *path = url + sizeof(scheme) - 1;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	const char *slash = strrchr(path, '/');
	if (strcmp(slash ? slash + 1 : path, HOME_DATABASE) != 0)
		return false;
	if (!slash)
		text_add_char(t, '.');
	else
		text_add(t, path, slash > path ? (size_t)(slash - path) : 1);
	return true;
}

/* ---- all of it -------------------------------------------------------------------------- */

static enum rc transfer(const char *dir, const char *from, const char *to,
			const struct transfer_watch *watch, struct transfer_facts *ret_facts,
			struct text *reterr)
{
	uint8_t check[ACCESS_HASH_BYTES];
	struct access *access;
	enum rc rc = access_open(dir, &(struct access_options){0}, &access, reterr);

	if (rc != RC_OK)
		return rc;
	access_check_value(access, check);
	rc = check_shared(from, dir, access, reterr);
	if (rc == RC_OK)
		rc = check_target(to, dir, access, reterr);
	if (rc == RC_OK)
		rc = database_transfer(from, to, check, watch, ret_facts, reterr);
	access = access_close(access);
	return rc;
}

enum rc server_transfer(const char *dir, const char *from, const char *to,
			const struct transfer_watch *watch, struct transfer_facts *ret_facts,
			struct text *reterr)
{
	CLEANUP(text_fini) struct text url, locked;
	struct dir_lock lock = {.fd = -1};
	pid_t pid;
	enum rc rc = RC_OK;

	text_init(&url, PATH_MAX);
	text_init(&locked, PATH_MAX);
	if (from[0])
		text_add_c(&url, from);
	else
		home_url(dir, &url);
	/* A server that went on writing to the file would write what nobody ever sees again. */
	if (add_dir_of(text_c(&url), &locked)) {
		dir = text_c(&locked);
		rc = dir_lock(dir, &lock, &pid, reterr);
	}
	if (rc == RC_OK)
		rc = dir_check_shared(dir, reterr);
	if (rc == RC_OK)
		rc = transfer(dir, text_c(&url), to, watch, ret_facts, reterr);
	dir_unlock(&lock);
	return rc;
}
