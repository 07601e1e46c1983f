/*
 * The writer on a real database in a folder of its own, with commands made for the test. Calls are
 * given to the executor as the gate would; store_begin, store_commit and store_rollback pass
 * through here (--wrap), so that they can fail in ways that a healthy disk does not.
 */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "access/access.h"
#include "command/command.h"
#include "command/executor.h"
#include "record/company.h"
#include "record/customer.h"
#include "server/writer.h"
#include "store/store.h"

#define COMPANY 1

/* ---- the store, as the test wants it -------------------------------------------------- */

enum rc __real_store_begin(struct store *s);
enum rc __real_store_commit(struct store *s);
void __real_store_rollback(struct store *s);
enum rc __wrap_store_begin(struct store *s);
enum rc __wrap_store_commit(struct store *s);
void __wrap_store_rollback(struct store *s);

static atomic_int n_busy_begins; /* so many begins find the database busy */
static atomic_int n_begins;
static atomic_int n_bad_commits; /* so many commits fail, */
static atomic_int bad_commit;    /* with this rc */
static atomic_bool transaction_open;

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

struct fixture {
	char dir[64];
	char url[128];
	struct database *db;
	struct access *access;
	struct writer *writer;
	atomic_int n_failed; /* calls of `failed` */
};

static void failed(void *owner)
{
	struct fixture *f = owner;

	f->n_failed++;
}

static void open_writer(struct fixture *f)
{
	assert_int_equal(writer_open(f->db, f->access, failed, f, &f->writer), RC_OK);
}

static void set_up(struct fixture *f, const char *scheme)
{
	const struct access_options options = {.directory_us = INT64_C(3600) * 1000000};
	struct text why;

	*f = (struct fixture){.dir = "/tmp/pdmd-writer-XXXXXX"};
	n_busy_begins = n_bad_commits = n_begins = 0;
	bad_commit = RC_FULL;
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->url, sizeof(f->url), "%s:%s/test.db", scheme, f->dir);
	text_init(&why, PATH_MAX);
	assert_int_equal(database_create(f->url, &why), RC_OK);
	assert_int_equal(database_open(f->url, &f->db, &why), RC_OK);
	assert_int_equal(access_create_secret(f->dir, &why), RC_OK);
	assert_int_equal(access_open(f->dir, &options, &f->access, &why), RC_OK);
	text_fini(&why);
	open_writer(f);
}

static void tear_down(struct fixture *f)
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

static bool is_stored(struct fixture *f, const char *ref)
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

struct job {
	struct call call;
	char ref[32];
	int64_t fail_at;             /* FailAt */
	sem_t *started, *go;         /* Hold */
	struct directory *directory; /* AddCompany: looks there when it is answered */
	enum rc found;
	atomic_int n_done;
};

static enum status add_row(struct call *call)
{
	static const uint8_t op[16] = {1};
	const struct job *job = call->owner;
	const struct customer customer = {
		.external_customer_ref = str_c(job->ref),
		.created = STR("2024-01-01"),
		.last_modified = STR("2024-01-01"),
		.active = 1,
		.branch_id = 1,
	};
	int64_t id;
	enum rc rc = store_customer_add(call->store, &customer, COMPANY, op, &id);

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
	assert_int_equal(sem_post(job->started), 0);
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
	enum rc rc = store_company_add(call->store, &company);

	(void)in, (void)out;
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "adding");
}

#define STATUSES                                                                                   \
	(ST_BIT(ST_OK) | ST_BIT(ST_ERROR) | ST_BIT(ST_NO_CUSTOMER) | ST_BIT(ST_CUSTOMER_REF_TAKEN))

static const struct field no_fields[] = {FIELD_END};

#define COMMAND(word, more_flags, function)                                                        \
	static const struct command word = {                                                       \
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

static void job_init(struct job *job, const struct command *command, const char *name, int n)
{
	*job = (struct job){0};
	call_init(&job->call);
	job->call.command = command;
	job->call.http_status = 200;
	job->call.owner = job;
	job->call.done = done;
	(void)snprintf(job->ref, sizeof(job->ref), "%s-%d", name, n);
}

static enum rc submit(struct fixture *f, struct job *job)
{
	struct executor *e = writer_executor(f->writer);

	return e->submit(e, &job->call);
}

static void submit_good(struct fixture *f, struct job *job)
{
	assert_int_equal(submit(f, job), RC_OK);
}

static void wait_for(struct job *job)
{
	for (int i = 0; i < 30000 && job->n_done == 0; i++)
		assert_int_equal(usleep(1000), 0);
	assert_int_equal(job->n_done, 1);
}

/* Keeps the writer busy, so that calls pile up behind. */
struct holder {
	struct job job;
	sem_t started, go;
};

static void holder_begin(struct holder *h, struct fixture *f)
{
	job_init(&h->job, &hold, "hold", 0);
	assert_int_equal(sem_init(&h->started, 0, 0), 0);
	assert_int_equal(sem_init(&h->go, 0, 0), 0);
	h->job.started = &h->started;
	h->job.go = &h->go;
	submit_good(f, &h->job);
	while (sem_wait(&h->started) != 0)
		;
}

static void holder_end(struct holder *h)
{
	assert_int_equal(sem_post(&h->go), 0);
	wait_for(&h->job);
	call_fini(&h->job.call);
	(void)sem_destroy(&h->started);
	(void)sem_destroy(&h->go);
}

/* ---- cases ------------------------------------------------------------------------------ */

#define THREADS 8
#define EACH    100

struct client {
	pthread_t thread;
	struct fixture *f;
	int number;
	struct job jobs[EACH];
};

static void *be_client(void *c_)
{
	struct client *c = c_;

	for (int i = 0; i < EACH; i++) {
		struct job *job = &c->jobs[i];
		job_init(job, i % 5 == 4 ? &refuse : &add, "many", c->number * EACH + i);
		if (submit(c->f, job) != RC_OK)
			return NULL; /* the main thread finds it without an answer */
		/* Every other one is waited for: some come alone, some in crowds. */
		while (i % 2 && job->n_done == 0)
			(void)sched_yield();
	}
	return c;
}

static void test_writer__answers_each_call_of_many_threads_once(void **state)
{
	static struct client clients[THREADS];
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	for (int i = 0; i < THREADS; i++) {
		clients[i].f = &f;
		clients[i].number = i;
		assert_int_equal(pthread_create(&clients[i].thread, NULL, be_client, &clients[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(clients[i].thread, NULL), 0);
	for (int i = 0; i < THREADS * EACH; i++) {
		struct job *job = &clients[i / EACH].jobs[i % EACH];
		bool refused = job->call.command == &refuse;
		wait_for(job);
		assert_int_equal(job->call.status, refused ? ST_NO_CUSTOMER : ST_OK);
		assert_int_equal(is_stored(&f, job->ref), !refused);
		call_fini(&job->call);
	}
	tear_down(&f);
}

static void test_writer__undoes_a_refused_call_and_keeps_its_neighbours(void **state)
{
	const struct command *const commands[] = {&add, &refuse, &add, &refuse, &refuse, &add};
	struct job jobs[ARRAY_LEN(commands)];
	struct holder holder;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	uint64_t before = database_commits(f.db);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		job_init(&jobs[i], commands[i], "neighbour", (int)i);
		submit_good(&f, &jobs[i]);
	}
	holder_end(&holder);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		wait_for(&jobs[i]);
		assert_int_equal(jobs[i].call.status, commands[i] == &add ? ST_OK : ST_NO_CUSTOMER);
		assert_int_equal(is_stored(&f, jobs[i].ref), commands[i] == &add);
		call_fini(&jobs[i].call);
	}
	assert_int_equal(database_commits(f.db) - before, 1);
	tear_down(&f);
}

static void test_writer__commits_nothing_when_all_were_refused(void **state)
{
	struct fixture f;
	struct job job;

	(void)state;
	set_up(&f, "sqlite");
	uint64_t before = database_commits(f.db);
	job_init(&job, &refuse, "refused", 0);
	submit_good(&f, &job);
	wait_for(&job);
	assert_int_equal(database_commits(f.db), before);
	assert_false(transaction_open);
	call_fini(&job.call);
	tear_down(&f);
}

static void test_writer__takes_a_batch_at_a_time_and_commits_it_once(void **state)
{
	static const struct {
		int n_calls;
		uint64_t n_commits;
	} cases[] = {
		{1, 1},
		{WRITER_BATCH, 1},
		{WRITER_BATCH + 1, 2},
		{3 * WRITER_BATCH, 3},
	};
	static struct job jobs[3 * WRITER_BATCH];

	(void)state;
	for (size_t c = 0; c < ARRAY_LEN(cases); c++) {
		struct holder holder;
		struct fixture f;

		set_up(&f, "sqlite");
		holder_begin(&holder, &f);
		uint64_t before = database_commits(f.db);
		for (int i = 0; i < cases[c].n_calls; i++) {
			job_init(&jobs[i], &add, "batch", i);
			submit_good(&f, &jobs[i]);
		}
		holder_end(&holder);
		for (int i = 0; i < cases[c].n_calls; i++) {
			wait_for(&jobs[i]);
			assert_int_equal(jobs[i].call.status, ST_OK);
			call_fini(&jobs[i].call);
		}
		assert_int_equal(database_commits(f.db) - before, cases[c].n_commits);
		tear_down(&f);
	}
}

static void test_writer__takes_no_call_beyond_the_queue(void **state)
{
	struct job *jobs = calloc(WRITER_QUEUE + 1, sizeof(*jobs));
	struct holder holder;
	struct fixture f;

	(void)state;
	assert_non_null(jobs);
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	for (int i = 0; i <= WRITER_QUEUE; i++) {
		job_init(&jobs[i], &refuse, "queue", i);
		assert_int_equal(submit(&f, &jobs[i]), i < WRITER_QUEUE ? RC_OK : RC_BUSY);
	}
	holder_end(&holder);
	for (int i = 0; i < WRITER_QUEUE; i++) {
		wait_for(&jobs[i]);
		call_fini(&jobs[i].call);
	}
	/* There is room again. */
	submit_good(&f, &jobs[WRITER_QUEUE]);
	wait_for(&jobs[WRITER_QUEUE]);
	call_fini(&jobs[WRITER_QUEUE].call);
	tear_down(&f);
	free(jobs);
}

static void test_writer__tells_the_directories_before_it_answers(void **state)
{
	const struct directory_company *company;
	struct store *reader;
	struct fixture f;
	struct job job;

	(void)state;
	set_up(&f, "sqlite");
	assert_int_equal(store_open(f.db, STORE_READER, &reader), RC_OK);
	job_init(&job, &add_company, "", 0);
	job.directory = directory_create(f.access, reader);
	assert_non_null(job.directory);
	/* From here on it believes, for an hour, that there is none. */
	assert_int_equal(directory_find(job.directory, COMPANY, &company), RC_NOTFOUND);
	submit_good(&f, &job);
	wait_for(&job);
	assert_int_equal(job.call.status, ST_OK);
	assert_int_equal(job.found, RC_OK);
	job.directory = directory_destroy(job.directory);
	reader = store_close(reader);
	call_fini(&job.call);
	tear_down(&f);
}

static void test_writer__tries_again_while_the_database_is_busy(void **state)
{
	struct fixture f;
	struct job job;

	(void)state;
	set_up(&f, "sqlite");
	n_busy_begins = 3;
	job_init(&job, &add, "busy", 0);
	submit_good(&f, &job);
	wait_for(&job);
	assert_int_equal(n_begins, 4);
	assert_int_equal(job.call.status, ST_OK);
	assert_true(is_stored(&f, job.ref));
	call_fini(&job.call);
	tear_down(&f);
}

static void test_writer__gives_up_on_a_database_that_stays_busy_and_goes_on(void **state)
{
	struct job given_up, next;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	n_busy_begins = INT_MAX;
	job_init(&given_up, &add, "busy", 0);
	submit_good(&f, &given_up);
	wait_for(&given_up);
	assert_int_equal(given_up.call.status, ST_ERROR);
	n_busy_begins = 0;
	job_init(&next, &add, "busy", 1);
	submit_good(&f, &next);
	wait_for(&next);
	assert_int_equal(next.call.status, ST_OK);
	assert_false(is_stored(&f, given_up.ref));
	assert_true(is_stored(&f, next.ref));
	assert_int_equal(f.n_failed, 0);
	call_fini(&given_up.call);
	call_fini(&next.call);
	tear_down(&f);
}

static void test_writer__fails_a_batch_on_a_full_disk_and_goes_on(void **state)
{
	struct job jobs[3], next;
	struct holder holder;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	for (int i = 0; i < 3; i++) {
		job_init(&jobs[i], i == 1 ? &refuse : &add, "full", i);
		submit_good(&f, &jobs[i]);
	}
	n_bad_commits = 1;
	holder_end(&holder);
	for (int i = 0; i < 3; i++) {
		wait_for(&jobs[i]);
		assert_int_equal(jobs[i].call.status, ST_ERROR);
		assert_false(is_stored(&f, jobs[i].ref));
		call_fini(&jobs[i].call);
	}
	assert_int_equal(f.n_failed, 0);
	assert_true(writer_taking(f.writer));
	job_init(&next, &add, "full", 0);
	submit_good(&f, &next);
	wait_for(&next);
	assert_int_equal(next.call.status, ST_OK);
	assert_true(is_stored(&f, next.ref));
	call_fini(&next.call);
	tear_down(&f);
}

/* A neighbour's change that never came to be must not be what a call is refused for. */
static void test_writer__refuses_nobody_for_a_change_that_was_not_committed(void **state)
{
	struct job jobs[2];
	struct holder holder;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	for (int i = 0; i < 2; i++) {
		job_init(&jobs[i], &add, "same", 0);
		submit_good(&f, &jobs[i]);
	}
	n_bad_commits = 1;
	holder_end(&holder);
	for (int i = 0; i < 2; i++) {
		wait_for(&jobs[i]);
		assert_int_equal(jobs[i].call.status, ST_ERROR);
		call_fini(&jobs[i].call);
	}
	tear_down(&f);
}

static void test_writer__finishes_what_is_queued_before_it_closes(void **state)
{
	struct job jobs[20];
	struct holder holder;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	for (int i = 0; i < 20; i++) {
		job_init(&jobs[i], &add, "close", i);
		submit_good(&f, &jobs[i]);
	}
	assert_int_equal(sem_post(&holder.go), 0);
	f.writer = writer_close(f.writer);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(jobs[i].n_done, 1);
		assert_true(is_stored(&f, jobs[i].ref));
		call_fini(&jobs[i].call);
	}
	call_fini(&holder.job.call);
	tear_down(&f);
}

/* ---- the failing disk --------------------------------------------------------------------- */

#define TRIO 3

/* Three calls in one batch, the n-th call to the engine behind the first one's beginning fails.
 * What was acknowledged must be there, what was not must not be, but for a commit whose outcome
 * nobody knows. Gives whether any of them was not acknowledged. */
static bool lose_nothing(struct fixture *f, int64_t n)
{
	struct job jobs[TRIO];
	struct holder holder;
	bool refused = false;

	holder_begin(&holder, f);
	for (int i = 0; i < TRIO; i++) {
		job_init(&jobs[i], i == 0 ? &fail_at : &add, "disk", i);
		jobs[i].fail_at = n;
		submit_good(f, &jobs[i]);
	}
	holder_end(&holder);
	for (int i = 0; i < TRIO; i++) {
		wait_for(&jobs[i]);
		bool good = jobs[i].call.status == ST_OK;
		if (good || f->n_failed == 0)
			assert_int_equal(is_stored(f, jobs[i].ref), good);
		refused = refused || !good;
		call_fini(&jobs[i].call);
	}
	return refused;
}

static void test_writer__loses_no_acknowledged_write_whichever_call_fails(void **state)
{
	int n_stopped = 0, n_went_on = 0;
	bool refused = true;

	(void)state;
	for (int64_t n = 0; refused; n++) {
		struct fixture f;
		struct job next;

		assert_in_range(n, 0, 1000);
		set_up(&f, "faulty:sqlite");
		refused = lose_nothing(&f, n);
		assert_in_range(f.n_failed, 0, 1);
		assert_int_equal(writer_taking(f.writer), f.n_failed == 0);
		job_init(&next, &add, "next", 0);
		if (f.n_failed) {
			assert_int_equal(submit(&f, &next), RC_IO);
			n_stopped++;
		} else if (refused) {
			submit_good(&f, &next);
			wait_for(&next);
			assert_int_equal(next.call.status, ST_OK);
			assert_true(is_stored(&f, next.ref));
			n_went_on++;
		}
		call_fini(&next.call);
		tear_down(&f);
	}
	/* Both kinds of failure were met. */
	assert_in_range(n_stopped, 1, 1000);
	assert_in_range(n_went_on, 1, 1000);
}

static void test_writer__writes_nothing_behind_a_failed_commit(void **state)
{
	static struct job jobs[2 * WRITER_BATCH];
	struct holder holder;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	for (int i = 0; i < 2 * WRITER_BATCH; i++) {
		job_init(&jobs[i], &add, "behind", i);
		submit_good(&f, &jobs[i]);
	}
	bad_commit = RC_IO;
	n_bad_commits = 1;
	holder_end(&holder);
	/* The second half was waiting for the writer, and is answered all the same. */
	for (int i = 0; i < 2 * WRITER_BATCH; i++) {
		wait_for(&jobs[i]);
		assert_int_equal(jobs[i].call.status, ST_ERROR);
		assert_false(is_stored(&f, jobs[i].ref));
		call_fini(&jobs[i].call);
	}
	assert_int_equal(f.n_failed, 1);
	assert_false(writer_taking(f.writer));
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer__answers_each_call_of_many_threads_once),
		cmocka_unit_test(test_writer__undoes_a_refused_call_and_keeps_its_neighbours),
		cmocka_unit_test(test_writer__commits_nothing_when_all_were_refused),
		cmocka_unit_test(test_writer__takes_a_batch_at_a_time_and_commits_it_once),
		cmocka_unit_test(test_writer__takes_no_call_beyond_the_queue),
		cmocka_unit_test(test_writer__tells_the_directories_before_it_answers),
		cmocka_unit_test(test_writer__tries_again_while_the_database_is_busy),
		cmocka_unit_test(test_writer__gives_up_on_a_database_that_stays_busy_and_goes_on),
		cmocka_unit_test(test_writer__fails_a_batch_on_a_full_disk_and_goes_on),
		cmocka_unit_test(test_writer__refuses_nobody_for_a_change_that_was_not_committed),
		cmocka_unit_test(test_writer__finishes_what_is_queued_before_it_closes),
		cmocka_unit_test(test_writer__loses_no_acknowledged_write_whichever_call_fails),
		cmocka_unit_test(test_writer__writes_nothing_behind_a_failed_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
