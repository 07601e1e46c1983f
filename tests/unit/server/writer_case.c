/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "writer_case.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/access.h"
#include "command/executor.h"
#include "record/company.h"
#include "record/customer.h"
#include "store/store.h"

static const struct change change = {.operator_uid = -1};

/* ---- the store, as a test wants it -------------------------------------------------- */

enum rc __real_store_begin(struct store *s);
enum rc __real_store_savepoint(struct store *s);
enum rc __real_store_commit(struct store *s);
void __real_store_rollback(struct store *s);
enum rc __wrap_store_begin(struct store *s);
enum rc __wrap_store_savepoint(struct store *s);
enum rc __wrap_store_commit(struct store *s);
void __wrap_store_rollback(struct store *s);

atomic_int n_busy_begins;
atomic_int n_begins;
atomic_int n_busy_parts;
atomic_int n_bad_commits;
atomic_int bad_commit;
atomic_bool transaction_open;

enum rc __wrap_store_begin(struct store *s)
{
	n_begins++;
	if (n_busy_begins > 0) {
		n_busy_begins--;
		return RC_BUSY;
	}
	enum rc rc = __real_store_begin(s);
	transaction_open = rc == RC_OK;
	return rc;
}

enum rc __wrap_store_savepoint(struct store *s)
{
	if (n_busy_parts == 0)
		return __real_store_savepoint(s);
	n_busy_parts--;
	return RC_BUSY;
}

enum rc __wrap_store_commit(struct store *s)
{
	transaction_open = false;
	if (n_bad_commits == 0)
		return __real_store_commit(s);
	n_bad_commits--;
	__real_store_rollback(s);
	return (enum rc)bad_commit;
}

void __wrap_store_rollback(struct store *s)
{
	transaction_open = false;
	__real_store_rollback(s);
}

/* ---- a writer with everything around it ------------------------------------------------ */

static void failed(void *owner)
{
	struct fixture *f = owner;

	f->n_failed++;
}

void set_up(struct fixture *f, const char *scheme)
{
	const struct access_options options = {.directory_us = INT64_C(3600) * 1000000};
	struct text why;

	*f = (struct fixture){.dir = "/tmp/pdmd-writer-XXXXXX"};
	n_busy_begins = n_busy_parts = n_bad_commits = n_begins = 0;
	bad_commit = RC_FULL;
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->url, sizeof(f->url), "%s:%s/test.db", scheme, f->dir);
	text_init(&why, PATH_MAX);
	assert_int_equal(database_create(f->url, &why), RC_OK);
	assert_int_equal(database_open(f->url, &f->db, &why), RC_OK);
	assert_int_equal(access_create_secret(f->dir, &why), RC_OK);
	assert_int_equal(access_open(f->dir, &options, &f->access, &why), RC_OK);
	text_fini(&why);
	assert_int_equal(writer_open(f->db, f->access, failed, f, &f->writer), RC_OK);
}

void tear_down(struct fixture *f)
{
	static const char *const names[] = {"test.db", "test.db-wal", "test.db-shm", "secret.key"};
	char path[128];

	f->writer = writer_close(f->writer);
	f->access = access_close(f->access);
	f->db = database_close(f->db);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->dir, names[i]);
		(void)unlink(path); /* -wal and -shm are usually gone */
	}
	assert_int_equal(rmdir(f->dir), 0);
}

bool is_stored(struct fixture *f, const char *ref)
{
	struct scope scope = {.company_id = COMPANY};
	struct customer customer;
	struct store *store;
	struct arena arena;

	arena_init(&arena, 4096, 65536);
	assert_int_equal(store_open(f->db, STORE_READER, &store), RC_OK);
	assert_int_equal(store_read(store), RC_OK);
	enum rc rc = store_customer_find(store, &arena, scope, str_c(ref), &customer);
	assert_true(rc == RC_OK || rc == RC_NOTFOUND);
	store = store_close(store);
	arena_fini(&arena);
	return rc == RC_OK;
}

/* ---- jobs: calls with what their commands need ------------------------------------------ */

static enum status add_row(struct call *call)
{
	const struct job *job = call->owner;
	const struct customer customer = {
		.external_customer_ref = str_c(job->ref),
		.created = STR("2024-01-01"),
		.last_modified = STR("2024-01-01"),
		.active = 1,
		.branch_id = 1,
	};
	int64_t id;
	enum rc rc = store_customer_add(call->store, &customer, COMPANY, &change, &id);

	if (rc == RC_EXISTS)
		return call_refuse(call, ST_CUSTOMER_REF_TAKEN, "customer_id %d", 0);
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "adding");
}

static enum status run_add(struct call *call, const void *in, void *out)
{
	(void)in, (void)out;
	return add_row(call);
}

static enum status run_refuse(struct call *call, const void *in, void *out)
{
	(void)in, (void)out;
	if (add_row(call) != ST_OK)
		return ST_ERROR;
	return call_refuse(call, ST_NO_CUSTOMER, "not this one");
}

static enum status run_fail_at(struct call *call, const void *in, void *out)
{
	const struct job *job = call->owner;

	(void)in, (void)out;
	(void)store_fail_at(call->store, job->fail_at);
	return add_row(call);
}

static enum status run_hold(struct call *call, const void *in, void *out)
{
	struct job *job = call->owner;

	(void)in, (void)out;
	(void)sem_post(job->started); /* not on the thread of the test, which alone may assert */
	while (sem_wait(job->go) != 0)
		;
	return call_refuse(call, ST_NO_CUSTOMER, "there is nothing to commit");
}

static enum status run_add_company(struct call *call, const void *in, void *out)
{
	const struct company company = {
		.company_id = COMPANY,
		.name = STR("One"),
		.timezone = STR("Europe/London"),
		.active = 1,
		.created = STR("2024-01-01"),
	};
	enum rc rc = store_company_add(call->store, &company, &change);

	(void)in, (void)out;
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "adding");
}

#define STATUSES                                                                                   \
	(ST_BIT(ST_OK) | ST_BIT(ST_ERROR) | ST_BIT(ST_NO_CUSTOMER) | ST_BIT(ST_CUSTOMER_REF_TAKEN))

static const struct field no_fields[] = {FIELD_END};

#define COMMAND(word, more_flags, function)                                                        \
	const struct command command_##word = {                                                    \
		.name = #word,                                                                     \
		.door = DOOR_ADMIN,                                                                \
		.flags = CMD_WRITE | (more_flags),                                                 \
		.in_fields = no_fields,                                                            \
		.out_fields = no_fields,                                                           \
		.statuses = STATUSES,                                                              \
		.run = (function),                                                                 \
	}

COMMAND(add, 0, run_add);
COMMAND(refuse, 0, run_refuse);
COMMAND(fail_at, 0, run_fail_at);
COMMAND(add_alone, CMD_ALONE, run_add);
COMMAND(refuse_alone, CMD_ALONE, run_refuse);
COMMAND(hold, 0, run_hold);
COMMAND(add_company, CMD_ACCESS, run_add_company);

static void done(struct call *call)
{
	struct job *job = call->owner;
	const struct directory_company *company;

	if (job->directory)
		job->found = directory_find(job->directory, COMPANY, &company);
	job->n_done++;
}

void job_init(struct job *job, const struct command *command, const char *name, int n)
{
	*job = (struct job){0};
	call_init(&job->call);
	job->call.command = command;
	job->call.http_status = 200;
	job->call.owner = job;
	job->call.done = done;
	(void)snprintf(job->ref, sizeof(job->ref), "%s-%d", name, n);
}

void job_fini(struct job *job)
{
	call_fini(&job->call);
}

enum rc submit(struct fixture *f, struct job *job)
{
	struct executor *e = writer_executor(f->writer);

	return e->submit(e, &job->call);
}

void submit_good(struct fixture *f, struct job *job)
{
	assert_int_equal(submit(f, job), RC_OK);
}

void wait_for(struct job *job)
{
	for (int i = 0; i < 30000 && job->n_done == 0; i++)
		assert_int_equal(usleep(1000), 0);
	assert_int_equal(job->n_done, 1);
}

void holder_begin(struct holder *h, struct fixture *f)
{
	job_init(&h->job, &command_hold, "hold", 0);
	assert_int_equal(sem_init(&h->started, 0, 0), 0);
	assert_int_equal(sem_init(&h->go, 0, 0), 0);
	h->job.started = &h->started;
	h->job.go = &h->go;
	submit_good(f, &h->job);
	while (sem_wait(&h->started) != 0)
		;
}

void holder_end(struct holder *h)
{
	assert_int_equal(sem_post(&h->go), 0);
	wait_for(&h->job);
	job_fini(&h->job);
	(void)sem_destroy(&h->started);
	(void)sem_destroy(&h->go);
}
