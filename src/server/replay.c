/*
 * What a lost connection means for a call that writes. Before the commit: nothing was changed.
 * While the commit was under way: nobody knows, and looking does not tell, since a commit that
 * waits for its standby is not seen by others and may yet happen. So the call is run again under
 * the same operation id. Where the first attempt is still undecided, the second one waits at a row
 * that both write: the audit's, whose key is the operation, if no other. When the first one has
 * happened, the second comes to nothing: it is refused, or finds its operation taken; only then the
 * audit is asked whether the operation is in it, and that attempt's outcome is the call's. Of
 * several that were under way when a connection was lost, it is the one whose record the audit
 * tells of.
 *
 * What was committed here, but did not reach the standby, is lost when this server fails now. It is
 * treated like a commit under way: before it is answered a further commit must have reached the
 * standby, behind which the first one has as well.
 */
#include "server/replay.h"

#include "access/access.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "command/command.h"
#include "command/gate.h"

#define PAUSE_US_MIN 5000
#define PAUSE_US_MAX 100000

/* What an attempt came to that may have been committed. */
struct outcome {
	void *out;
	int64_t etag, customer_id;
};

#define OUTCOMES_MAX 8 /* further attempts are not made */

struct replay {
	struct call *call;
	struct store *store;
	struct backoff backoff;
	struct outcome unknown[OUTCOMES_MAX];
	unsigned n_unknown;
};

/* False: there is no time for a further attempt. */
static bool pause_before_next(struct replay *r)
{
	int64_t us = backoff_next(&r->backoff, PAUSE_US_MIN, PAUSE_US_MAX);

	if (clock_mono_us() + us >= r->call->deadline_us)
		return false;
	clock_sleep_us(us);
	return true;
}

static void fail(struct call *call, enum rc rc, const char *doing)
{
	call->status = call_fail(call, rc, "%s", doing);
}

/* ---- reading ------------------------------------------------------------------------- */

enum status replay_check(struct call *call, struct store *store)
{
	struct replay r = {.call = call, .store = store};

	store_deadline(store, call->deadline_us);
	for (;;) {
		enum rc rc = store_read(store); /* notes that nothing has failed yet */
		if (rc != RC_OK)
			return call_fail(call, rc, "beginning to read");
		if (gate_check(call) != ST_ERROR || store_passing(store) == RC_OK ||
		    !pause_before_next(&r))
			return call->status;
	}
}

static enum rc begin_to_read(const struct call *call, struct store *store)
{
	if (call->command->flags & CMD_REPLICA)
		return store_read_near(store, call->scope.company_id);
	return store_read(store);
}

void replay_read(struct call *call, struct store *store)
{
	struct replay r = {.call = call, .store = store};

	store_deadline(store, call->deadline_us);
	for (;;) {
		enum rc rc = begin_to_read(call, store);
		call->store = store;
		if (rc == RC_OK)
			(void)gate_execute(call, store); /* the status stays in the call */
		else
			fail(call, rc, "beginning to read");
		if (call->status != ST_ERROR || store_passing(store) == RC_OK)
			return;
		if (!pause_before_next(&r))
			return;
		if (!gate_again(call)) {
			fail(call, RC_NOMEM, "reading again");
			return;
		}
	}
}

/* ---- writing ------------------------------------------------------------------------- */

static void remember(struct replay *r)
{
	const struct call *call = r->call;

	r->unknown[r->n_unknown++] = (struct outcome){
		.out = call->out, .etag = call->etag, .customer_id = call->customer_id};
}

/* NULL: several could be it. */
static const struct outcome *choose(const struct replay *r, const struct happened *happened)
{
	if (r->n_unknown == 1)
		return r->unknown;
	for (unsigned i = 0; i < r->n_unknown; i++) {
		const struct outcome *o = &r->unknown[i];
		if (o->customer_id && o->customer_id == happened->record_id &&
		    o->etag == happened->new_version)
			return o;
	}
	return NULL;
}

static enum rc give(struct replay *r, const struct outcome *o)
{
	struct call *call = r->call;
	enum rc rc = store_confirm(r->store);

	if (rc != RC_OK)
		return rc;
	if (!o) {
		fail(call, RC_LOST, "it is done, but by which of several attempts is not known");
		return RC_OK;
	}
	gate_forget(call); /* a kept answer is encoded anew, and comes out the same */
	call->status = ST_OK;
	call->out = o->out;
	call->etag = o->etag;
	call->customer_id = o->customer_id;
	return RC_OK;
}

/* An attempt came to nothing: for a reason that passes (`passing`), or for good (RC_OK). RC_OK: the
 * call has its outcome; otherwise it is to be tried again. */
static enum rc settle(struct replay *r, enum rc passing)
{
	struct happened happened;

	if (r->n_unknown == 0)
		return passing;
	enum rc rc =
		store_happened(r->store, r->call->scope.company_id, r->call->change.op, &happened);
	if (rc != RC_OK)
		return rc;
	return happened.any ? give(r, choose(r, &happened)) : passing;
}

static enum rc commit(struct replay *r)
{
	struct call *call = r->call;
	enum rc rc = store_commit(r->store);

	if (rc == RC_OK) /* a kept answer is an earlier attempt's, or another call's */
		return r->n_unknown && call->answer_kept ? store_confirm(r->store) : RC_OK;
	if (rc == RC_LOST)
		remember(r);
	enum rc passing = store_passing(r->store);
	fail(call, rc, "committing");
	return rc == RC_LOST ? rc : settle(r, passing);
}

/* RC_OK: the call has its outcome. Otherwise it has the words for a failure, in case there is no
 * time for more. */
static enum rc attempt(struct replay *r)
{
	struct call *call = r->call;
	enum rc rc = store_begin(r->store);

	call->store = r->store;
	if (rc != RC_OK) {
		fail(call, rc, "beginning to write");
		return rc;
	}
	if (gate_execute(call, r->store) == ST_OK)
		return commit(r);
	enum rc passing = call->status == ST_ERROR ? store_passing(r->store) : RC_OK;
	store_rollback(r->store);
	return settle(r, passing);
}

/* Until it has an outcome. */
static void attempt_all(struct replay *r)
{
	struct call *call = r->call;

	store_deadline(r->store, call->deadline_us);
	while (attempt(r) != RC_OK) {
		if (r->n_unknown == OUTCOMES_MAX || !pause_before_next(r)) {
			/* Whatever the handler said: nobody can stand for it. */
			if (call->status != ST_ERROR)
				fail(call, RC_LOST, "committing");
			break;
		}
		if (!gate_again(call)) {
			fail(call, RC_NOMEM, "writing again");
			break;
		}
	}
}

void replay_write(struct call *call, struct store *store, struct access *access)
{
	struct replay r = {.call = call, .store = store};

	store_make_op(&call->change);
	attempt_all(&r);
	/* Before the answer: whoever is told that a key is revoked must not see it work. */
	if (call->status == ST_OK && call->command->flags & CMD_ACCESS)
		access_changed(access);
}

/* ---- adding --------------------------------------------------------------------------- */

static enum rc execute_all(struct call *first, struct store *store)
{
	for (struct call *call = first; call; call = call->next) {
		store_hope(store);
		store_make_op(&call->change);
		if (gate_execute(call, store) != ST_OK)
			return RC_BUSY; /* for a reason that will show when it is by itself */
	}
	return RC_OK;
}

/* False: none of them has happened, or, where *ret_unknown says so, all or none. */
static bool add_together(struct call *first, struct store *store, bool *ret_unknown)
{
	int64_t deadline_us = first->deadline_us;

	for (struct call *call = first->next; call; call = call->next)
		if (call->deadline_us < deadline_us)
			deadline_us = call->deadline_us;
	*ret_unknown = false;
	store_deadline(store, deadline_us);
	if (store_begin(store) != RC_OK)
		return false;
	if (execute_all(first, store) != RC_OK) {
		store_rollback(store);
		return false;
	}
	enum rc rc = store_commit(store);
	*ret_unknown = rc == RC_LOST;
	return rc == RC_OK;
}

bool replay_add(struct call *first, struct store *store)
{
	bool unknown;

	if (add_together(first, store, &unknown))
		return true;
	for (struct call *call = first; call; call = call->next) {
		struct replay r = {.call = call, .store = store};

		if (unknown)
			remember(&r);
		if (!call->change.has_op)
			store_make_op(&call->change);
		if (gate_again(call))
			attempt_all(&r);
		else
			fail(call, RC_NOMEM, "writing again");
	}
	return false;
}
