#include "server/home.h"

#include <limits.h>
#include <sys/types.h>
#include <unistd.h>

#include "access/access.h"
#include "server/installation.h"
#include "store/store.h"

void home_url(const char *dir, struct text *t)
{
	text_add_c(t, "sqlite:");
	dir_path(dir, HOME_DATABASE, t);
}

static enum rc open_database(const char *dir, struct database **ret_db, struct text *reterr)
{
	CLEANUP(text_fini) struct text url;
	enum rc rc;

	text_init(&url, PATH_MAX);
	home_url(dir, &url);
	/* Under the lock nobody else is at work, which is what a migration needs. */
	rc = database_migrate(text_c(&url), reterr);
	if (rc != RC_OK)
		return rc;
	return database_open(text_c(&url), ret_db, reterr);
}

static enum rc open_locked(const char *dir, const char *database_dir, struct dir_lock lock,
			   const struct access_options *options, struct home *ret_home,
			   struct text *reterr)
{
	struct home home = {.lock = lock};
	enum rc rc = open_database(database_dir, &home.db, reterr);

	if (rc == RC_OK)
		rc = access_open(dir, options, &home.access, reterr);
	if (rc != RC_OK) {
		home_close(&home);
		return rc;
	}
	*ret_home = home;
	return RC_OK;
}

/* Where servers share the database, its tables are brought up to date by pdmd db migrate alone. */
static enum rc open_shared(const char *dir, const char *url, struct dir_lock lock,
			   const struct access_options *options, struct home *ret_home,
			   struct text *reterr)
{
	struct home home = {.lock = lock};
	enum rc rc = database_open(url, &home.db, reterr);

	if (rc == RC_BUSY)
		rc = RC_INVALID; /* busy is only who finds the directory taken */
	if (rc == RC_OK)
		rc = access_open(dir, options, &home.access, reterr);
	if (rc == RC_OK)
		rc = installation_check(home.db, home.access, dir, url, reterr);
	if (rc != RC_OK) {
		home_close(&home);
		return rc;
	}
	*ret_home = home;
	return RC_OK;
}

enum rc home_open(const char *dir, const char *url, const struct access_options *options,
		  struct home *ret_home, struct text *reterr)
{
	struct dir_lock lock;
	pid_t pid;
	enum rc rc;

	if (!url[0]) {
		rc = dir_lock(dir, &lock, &pid, reterr);
		return rc == RC_OK ? open_locked(dir, dir, lock, options, ret_home, reterr) : rc;
	}
	rc = dir_check_shared(dir, reterr);
	if (rc == RC_OK)
		rc = dir_lock_begun(dir, &lock, &pid, reterr);
	return rc == RC_OK ? open_shared(dir, url, lock, options, ret_home, reterr) : rc;
}

enum rc home_open_scratch(const char *dir, const char *path, struct dir_lock lock,
			  const struct access_options *options, struct home *ret_home,
			  struct text *reterr)
{
	return open_locked(dir, path, lock, options, ret_home, reterr);
}

void home_close(struct home *home)
{
	home->access = access_close(home->access);
	home->db = database_close(home->db);
	dir_unlock(&home->lock);
}

void home_host(char ret_name[HOME_HOST_BYTES])
{
	/* One that is longer than Linux allows is cut, or fails. */
	if (gethostname(ret_name, HOME_HOST_BYTES) != 0)
		ret_name[0] = '\0';
	ret_name[HOME_HOST_BYTES - 1] = '\0';
	for (const char *p = ret_name; *p; p++)
		if (*p <= ' ' || *p > '~')
			ret_name[0] = '\0';
}
