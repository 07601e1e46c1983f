/*
 * A single command in this process: the same gate as in a server, with an executor that runs a
 * write at once, on the thread that asks for it.
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "command/command.h"
#include "command/executor.h"
#include "command/gate.h"
#include "server/batch.h"
#include "server/home.h"
#include "server/replay.h"
#include "server/scratch.h"
#include "server/server.h"

struct direct {
	struct executor executor; /* the first: what submit is given is the direct */
	struct home home;
	struct store *writer;
	struct store *reader;
	struct directory *directory;
	struct services services;
	char host[HOME_HOST_BYTES];
	struct call call;
	struct text scratch; /* the path of a copy that goes away with us; empty: it is no copy */
	bool answered;
	bool commit_unknown; /* nothing more is written */
};

/* Nobody who comes through the admin door is counted or remembered by the process. */
static const struct access_options access_options = {.directory_us = 1000000};

static enum rc submit(struct executor *e, struct call *call)
{
	struct direct *d = (struct direct *)e;

	if (d->commit_unknown)
		return RC_IO;
	/* What it has read would hold on to the log; on this thread nobody else makes it let go. */
	store_rest(d->reader);
	call->next = NULL;
	if (database_shared(d->home.db)) {
		call->deadline_us = clock_mono_us() + REPLAY_PATIENT_US;
		replay_write(call, d->writer, d->home.access);
		batch_answer(call, RC_OK);
		return RC_OK;
	}
	batch_answer(call, batch_write(d->writer, d->home.access, call, &d->commit_unknown));
	return RC_OK;
}

static void answered(struct call *call)
{
	struct direct *d = call->owner;

	d->answered = true;
}

static enum rc open_sessions(struct direct *d)
{
	enum rc rc = store_open(d->home.db, STORE_WRITER, &d->writer);

	if (rc == RC_OK)
		rc = store_open(d->home.db, STORE_READER, &d->reader);
	if (rc != RC_OK)
		return rc;
	d->directory = directory_create(d->home.access, d->reader);
	return d->directory ? RC_OK : RC_NOMEM;
}

static struct direct *create(struct text *reterr)
{
	struct direct *d = calloc(1, sizeof(*d));

	if (!d) {
		text_add_c(reterr, "out of memory");
		return NULL;
	}
	call_init(&d->call);
	text_init(&d->scratch, PATH_MAX);
	d->executor.submit = submit;
	d->home.lock.fd = -1;
	return d;
}

/* `rc` is what opening the home came to. */
static enum rc finish(struct direct *d, const char *dir, enum rc rc, struct direct **ret_direct,
		      struct text *reterr)
{
	if (rc == RC_OK) {
		rc = open_sessions(d);
		if (rc != RC_OK)
			text_printf(reterr, "%s: cannot open the database (%s)", dir, rc_name(rc));
	}
	if (rc != RC_OK) {
		d = direct_close(d);
		return rc;
	}
	home_host(d->host);
	d->services = (struct services){
		.access = d->home.access,
		.directory = d->directory,
		.reader = d->reader,
		.writer = &d->executor,
		.server = d->host,
	};
	*ret_direct = d;
	return RC_OK;
}

enum rc direct_open(const char *dir, const char *url, struct direct **ret_direct,
		    struct text *reterr)
{
	struct direct *d = create(reterr);

	if (!d)
		return RC_NOMEM;
	enum rc rc = home_open(dir, url, &access_options, &d->home, reterr);
	if (rc == RC_OK)
		scratch_sweep(dir);
	return finish(d, dir, rc, ret_direct, reterr);
}

/* Now that all files of the copy are open it needs no name. */
static enum rc hide(struct direct *d, struct text *reterr)
{
	enum rc rc = store_read(d->reader); /* opens the log */

	if (rc != RC_OK) {
		text_printf(reterr, "%s: cannot read the copy (%s)", text_c(&d->scratch),
			    rc_name(rc));
		return rc;
	}
	store_rest(d->reader);
	scratch_remove(text_c(&d->scratch));
	text_clear(&d->scratch);
	return RC_OK;
}

static enum rc refuse_shared(const char *url, struct text *reterr)
{
	database_show(url, reterr);
	text_add_c(reterr, ": a dry run works on a copy of a SQLite file, and this is PostgreSQL; "
			   "try the import on a directory without database.url");
	return RC_INVALID;
}

enum rc direct_open_scratch(const char *dir, const char *url, struct direct **ret_direct,
			    struct text *reterr)
{
	struct direct *opened, *d;
	struct dir_lock lock;

	if (url[0])
		return refuse_shared(url, reterr);
	d = create(reterr);
	if (!d)
		return RC_NOMEM;
	enum rc rc = scratch_make(dir, &lock, &d->scratch, reterr);
	if (rc != RC_OK)
		text_clear(&d->scratch); /* it is not ours */
	else
		rc = home_open_scratch(dir, text_c(&d->scratch), lock, &access_options, &d->home,
				       reterr);
	rc = finish(d, dir, rc, &opened, reterr);
	if (rc != RC_OK)
		return rc;
	rc = hide(opened, reterr);
	if (rc != RC_OK) {
		opened = direct_close(opened);
		return rc;
	}
	*ret_direct = opened;
	return RC_OK;
}

void direct_call(struct direct *d, const struct command *command, struct str body,
		 struct str *ret_answer)
{
	struct call *call = &d->call;

	assert(command->door == DOOR_ADMIN);
	call_reset(call);
	call->command = command;
	call->services = &d->services;
	call->body = body;
	call->operator_uid = geteuid();
	call->done = answered;
	call->owner = d;
	d->answered = false;
	if (gate_run(call) == GATE_QUEUED)
		assert(d->answered);
	log_flush();
	*ret_answer = text_str(&call->answer);
}

struct store *direct_store(struct direct *d)
{
	return d->writer;
}

struct access *direct_access(struct direct *d)
{
	return d->home.access;
}

struct direct *direct_close(struct direct *d)
{
	if (!d)
		return NULL;
	d->directory = directory_destroy(d->directory);
	d->reader = store_close(d->reader);
	d->writer = store_close(d->writer);
	if (d->scratch.n > 0)
		scratch_remove(text_c(&d->scratch));
	home_close(&d->home);
	text_fini(&d->scratch);
	call_fini(&d->call);
	free(d);
	return NULL;
}
