#include "server/batch.h"

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "command/gate.h"
#include "store/store.h"

struct kept {
	bool any;
	bool access; /* a company, branch or key was changed */
};

static void note(struct kept *kept, const struct call *call)
{
	kept->any = true;
	kept->access = kept->access || (call->command->flags & CMD_ACCESS);
}

static enum rc execute(struct store *store, struct call *call, struct kept *kept)
{
	enum rc rc = store_savepoint(store);

	if (rc != RC_OK)
		return rc;
	if (gate_execute(call, store) != ST_OK)
		return store_savepoint_undo(store);
	note(kept, call);
	return store_savepoint_keep(store);
}

/* The transaction is all its own: without anything kept it is taken back as a whole. A savepoint
 * would make a call that writes thousands of rows several times as slow, since the engine keeps
 * every page that it touches a second time. */
static void execute_alone(struct store *store, struct call *call, struct kept *kept)
{
	if (gate_execute(call, store) == ST_OK)
		note(kept, call);
}

static enum rc execute_all(struct store *store, struct call *first, struct kept *kept)
{
	enum rc rc = RC_OK;

	if (!first->next && first->command->flags & CMD_ALONE) {
		execute_alone(store, first, kept);
		return RC_OK;
	}
	for (struct call *call = first; call && rc == RC_OK; call = call->next)
		rc = execute(store, call, kept);
	return rc;
}

/* Says why, as long as the store still knows, and leaves nothing open. RC_BUSY would mean that the
 * calls can be run again, which is over once a handler has had them. */
static enum rc give_up(struct store *store, const char *event, enum rc rc)
{
	log_event(LOG_ERROR, event, LOG_S(LOG_RC, str_c(rc_name(rc))),
		  LOG_S(LOG_CAUSE, str_c(store_error(store))));
	store_rollback(store);
	return rc == RC_BUSY ? RC_IO : rc;
}

static enum rc commit(struct store *store, bool *reterr_unknown)
{
	enum rc rc = store_commit(store);

	if (rc == RC_OK)
		return RC_OK;
	/* A commit that found no room, or somebody in its way, has not happened. */
	*reterr_unknown = rc != RC_FULL && rc != RC_BUSY;
	return give_up(store, "commit_failed", rc);
}

enum rc batch_write(struct store *store, struct access *access, struct call *first,
		    bool *reterr_unknown)
{
	struct kept kept = {0};
	enum rc rc = store_begin(store);

	if (rc != RC_OK) {
		*reterr_unknown = false;
		return rc == RC_BUSY ? rc : give_up(store, "begin_failed", rc);
	}
	rc = execute_all(store, first, &kept);
	if (rc != RC_OK) {
		*reterr_unknown = false;
		return give_up(store, "write_failed", rc);
	}
	if (!kept.any) {
		store_rollback(store);
		return RC_OK;
	}
	rc = commit(store, reterr_unknown);
	if (rc != RC_OK)
		return rc;
	/* Before any answer: whoever has been told that a key is revoked must not see it work. */
	if (kept.access)
		access_changed(access);
	return RC_OK;
}

enum rc batch_sweep(struct store *store, bool *reterr_unknown)
{
	size_t n = 0;
	enum rc rc = store_begin(store);

	*reterr_unknown = false;
	if (rc == RC_OK)
		rc = store_sweep(store, clock_now_us(), BATCH_SWEPT_MAX, &n);
	if (rc != RC_OK)
		return give_up(store, "sweep_failed", rc);
	if (n > 0)
		return commit(store, reterr_unknown);
	store_rollback(store);
	return RC_OK;
}

void batch_answer(struct call *first, enum rc rc)
{
	for (struct call *call = first; call;) {
		struct call *next = call->next; /* the call is not ours behind done */

		/* A refused call fails with its batch: what it was refused for may have been the
		 * change of a neighbour that never came to be. */
		if (rc != RC_OK && call->status != ST_ERROR)
			call->status = ST_OK;
		gate_finish(call, rc);
		call->done(call);
		call = next;
	}
}
