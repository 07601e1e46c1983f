#include "server/transfer.h"

#include <limits.h>
#include <string.h>

#include "base/str.h"
#include "server/dir.h"
#include "server/home.h"
#include "store/store.h"

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

/* A server that went on writing to the source would write what nobody ever sees again. */
enum rc server_transfer(const char *dir, const char *from, const char *to,
			const struct transfer_watch *watch, struct transfer_facts *ret_facts,
			struct text *reterr)
{
	CLEANUP(text_fini) struct text url, locked;
	struct dir_lock lock = {.fd = -1};
	enum rc rc = RC_OK;
	pid_t pid;

	text_init(&url, PATH_MAX);
	text_init(&locked, PATH_MAX);
	if (from)
		text_add_c(&url, from);
	else
		home_url(dir, &url);
	if (add_dir_of(text_c(&url), &locked))
		rc = dir_lock(text_c(&locked), &lock, &pid, reterr);
	if (rc == RC_OK)
		rc = database_transfer(text_c(&url), to, watch, ret_facts, reterr);
	dir_unlock(&lock);
	return rc;
}
