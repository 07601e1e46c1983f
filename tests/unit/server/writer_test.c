/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "access/access.h"
#include "store/store.h"
#include "writer_case.h"

/*
 * The writer on a healthy disk; writer_fault_test.c has the other one.
 */
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
		job_init(job, i % 5 == 4 ? &command_refuse : &command_add, "many",
			 c->number * EACH + i);
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
		bool refused = job->call.command == &command_refuse;
		wait_for(job);
		assert_int_equal(job->call.status, refused ? ST_NO_CUSTOMER : ST_OK);
		assert_int_equal(is_stored(&f, job->ref), !refused);
		job_fini(job);
	}
	tear_down(&f);
}

static void test_writer__undoes_a_refused_call_and_keeps_its_neighbours(void **state)
{
	const struct command *const commands[] = {&command_add,    &command_refuse, &command_add,
						  &command_refuse, &command_refuse, &command_add};
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
		assert_int_equal(jobs[i].call.status,
				 commands[i] == &command_add ? ST_OK : ST_NO_CUSTOMER);
		assert_int_equal(is_stored(&f, jobs[i].ref), commands[i] == &command_add);
		job_fini(&jobs[i]);
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
	job_init(&job, &command_refuse, "refused", 0);
	submit_good(&f, &job);
	wait_for(&job);
	assert_int_equal(database_commits(f.db), before);
	assert_false(transaction_open);
	job_fini(&job);
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
			job_init(&jobs[i], &command_add, "batch", i);
			submit_good(&f, &jobs[i]);
		}
		holder_end(&holder);
		for (int i = 0; i < cases[c].n_calls; i++) {
			wait_for(&jobs[i]);
			assert_int_equal(jobs[i].call.status, ST_OK);
			job_fini(&jobs[i]);
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
		job_init(&jobs[i], &command_refuse, "queue", i);
		assert_int_equal(submit(&f, &jobs[i]), i < WRITER_QUEUE ? RC_OK : RC_BUSY);
	}
	holder_end(&holder);
	for (int i = 0; i < WRITER_QUEUE; i++) {
		wait_for(&jobs[i]);
		job_fini(&jobs[i]);
	}
	/* There is room again. */
	submit_good(&f, &jobs[WRITER_QUEUE]);
	wait_for(&jobs[WRITER_QUEUE]);
	job_fini(&jobs[WRITER_QUEUE]);
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
	job_init(&job, &command_add_company, "", 0);
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
	job_fini(&job);
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
		job_init(&jobs[i], &command_add, "close", i);
		submit_good(&f, &jobs[i]);
	}
	assert_int_equal(sem_post(&holder.go), 0);
	f.writer = writer_close(f.writer);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(jobs[i].n_done, 1);
		assert_true(is_stored(&f, jobs[i].ref));
		job_fini(&jobs[i]);
	}
	job_fini(&holder.job);
	tear_down(&f);
}

/* A savepoint would be refused here: there is none where a call has the transaction to itself. */
static void test_writer__gives_a_call_that_wants_it_a_transaction_to_itself(void **state)
{
	static const struct command *const commands[] = {&command_add,          &command_add,
							 &command_add_alone,    &command_add,
							 &command_refuse_alone, &command_add_alone};
	struct job jobs[ARRAY_LEN(commands)], alone;
	struct holder holder;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	holder_begin(&holder, &f);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		job_init(&jobs[i], commands[i], "alone", (int)i);
		submit_good(&f, &jobs[i]);
	}
	holder_end(&holder);
	for (size_t i = 0; i < ARRAY_LEN(jobs); i++) {
		wait_for(&jobs[i]);
		assert_int_equal(is_stored(&f, jobs[i].ref), commands[i] != &command_refuse_alone);
		job_fini(&jobs[i]);
	}
	/* The holder's, two at once, and four with one call each. */
	assert_int_equal(n_begins, 6);

	n_busy_parts = 1;
	job_init(&alone, &command_add_alone, "alone", 100);
	submit_good(&f, &alone);
	wait_for(&alone);
	assert_int_equal(alone.call.status, ST_OK);
	assert_int_equal(n_busy_parts, 1);
	job_fini(&alone);
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer__answers_each_call_of_many_threads_once),
		cmocka_unit_test(test_writer__undoes_a_refused_call_and_keeps_its_neighbours),
		cmocka_unit_test(test_writer__commits_nothing_when_all_were_refused),
		cmocka_unit_test(test_writer__takes_a_batch_at_a_time_and_commits_it_once),
		cmocka_unit_test(test_writer__gives_a_call_that_wants_it_a_transaction_to_itself),
		cmocka_unit_test(test_writer__takes_no_call_beyond_the_queue),
		cmocka_unit_test(test_writer__tells_the_directories_before_it_answers),
		cmocka_unit_test(test_writer__finishes_what_is_queued_before_it_closes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
