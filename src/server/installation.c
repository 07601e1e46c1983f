#include "server/installation.h"

#include <string.h>

#include "access/access.h"
#include "base/log.h"
#include "store/facts.h"
#include "store/store.h"

_Static_assert(STORE_CHECK_BYTES == ACCESS_HASH_BYTES, "stored as it is made");

static enum rc fail(const struct store *s, const char *url, enum rc rc, struct text *reterr)
{
	database_show(url, reterr);
	text_printf(reterr, ": cannot be used: %s", s ? store_error(s) : rc_name(rc));
	return rc;
}

static enum rc refuse(const char *dir, const char *url, enum rc rc, struct text *reterr)
{
	database_show(url, reterr);
	if (rc == RC_NOTFOUND) {
		text_printf(reterr,
			    ": has not been given to a secret yet; pdmd db migrate --dir %s "
			    "does that",
			    dir);
		return RC_INVALID;
	}
	text_printf(reterr,
		    ": belongs to another secret.key than that of %s; copy the one of the server "
		    "that made it (mode 0600), or give another database",
		    dir);
	return RC_FOREIGN;
}

static enum rc compare(struct store *s, const struct access *access, const char *dir,
		       const char *url, struct text *reterr)
{
	uint8_t ours[ACCESS_HASH_BYTES], theirs[ACCESS_HASH_BYTES];
	enum rc rc = store_read(s);

	if (rc == RC_OK)
		rc = store_installation_get(s, theirs);
	if (rc == RC_NOTFOUND)
		return refuse(dir, url, rc, reterr);
	if (rc != RC_OK)
		return fail(s, url, rc, reterr);
	access_check_value(access, ours);
	return memcmp(ours, theirs, sizeof(ours)) == 0 ? RC_OK
						       : refuse(dir, url, RC_FOREIGN, reterr);
}

static enum rc put(struct store *s, const struct access *access)
{
	uint8_t ours[ACCESS_HASH_BYTES];
	enum rc rc = store_begin(s);

	if (rc != RC_OK)
		return rc;
	access_check_value(access, ours);
	rc = store_installation_put(s, ours);
	if (rc == RC_OK)
		return store_commit(s);
	store_rollback(s);
	return rc;
}

enum rc installation_check(struct database *db, const struct access *access, const char *dir,
			   const char *url, struct text *reterr)
{
	struct store *s;
	enum rc rc = store_open(db, STORE_READER, &s);

	if (rc != RC_OK)
		return fail(NULL, url, rc, reterr);
	rc = compare(s, access, dir, url, reterr);
	s = store_close(s);
	return rc;
}

enum rc installation_claim(struct database *db, const struct access *access, const char *dir,
			   const char *url, struct text *reterr)
{
	struct store *s;
	enum rc rc = store_open(db, STORE_WRITER, &s);

	if (rc != RC_OK)
		return fail(NULL, url, rc, reterr);
	rc = put(s, access);
	if (rc != RC_OK && rc != RC_EXISTS)
		rc = fail(s, url, rc, reterr);
	else
		rc = compare(s, access, dir, url, reterr);
	s = store_close(s);
	return rc;
}

#define CAUSE_BYTES_MAX 512

void installation_warn(struct database *db)
{
	CLEANUP(text_fini) struct text cause;
	struct database_peer peer;

	text_init(&cause, CAUSE_BYTES_MAX);
	/* One that cannot be asked just now is no reason to stop: readiness tells of it. */
	if (!database_shared(db) || database_peer(db, &peer) != RC_OK)
		return;
	text_printf(&cause, "role %s ", peer.role);
	if (database_say_rights(peer.rights, &cause))
		log_event(LOG_WARN, "role_may_too_much", LOG_S(LOG_CAUSE, text_str(&cause)));
	int64_t ms = peer.clock_ahead_us / 1000;
	if (peer.clock_ahead_us <= DATABASE_CLOCK_US_MAX &&
	    peer.clock_ahead_us >= -DATABASE_CLOCK_US_MAX)
		return;
	text_clear(&cause);
	text_printf(&cause, "the database's clock is %lld ms %s this machine's",
		    (long long)(ms < 0 ? -ms : ms), ms < 0 ? "behind" : "ahead of");
	log_event(LOG_WARN, "clock_differs", LOG_S(LOG_CAUSE, text_str(&cause)));
}
