/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <limits.h>

#include "writer_case.h"

/*
 * The writer with a database that is busy, a disk that is full and one that fails.
 */
static void test_writer__tries_again_while_the_database_is_busy(void **state)
{
	struct fixture f;
	struct job job;

	(void)state;
	set_up(&f, "sqlite");
	n_busy_begins = 3;
	job_init(&job, &command_add, "busy", 0);
	submit_good(&f, &job);
	wait_for(&job);
	assert_int_equal(n_begins, 4);
	assert_int_equal(job.call.status, ST_OK);
	assert_true(is_stored(&f, job.ref));
	job_fini(&job);
	tear_down(&f);
}

static void test_writer__gives_up_on_a_database_that_stays_busy_and_goes_on(void **state)
{
	struct job given_up, next;
	struct fixture f;

	(void)state;
	set_up(&f, "sqlite");
	n_busy_begins = INT_MAX;
	job_init(&given_up, &command_add, "busy", 0);
	submit_good(&f, &given_up);
	wait_for(&given_up);
	assert_int_equal(given_up.call.status, ST_ERROR);
	n_busy_begins = 0;
	job_init(&next, &command_add, "busy", 1);
	submit_good(&f, &next);
	wait_for(&next);
	assert_int_equal(next.call.status, ST_OK);
	assert_false(is_stored(&f, given_up.ref));
	assert_true(is_stored(&f, next.ref));
	assert_int_equal(f.n_failed, 0);
	job_fini(&given_up);
	job_fini(&next);
	tear_down(&f);
}

/* Whose handlers have run is not run again: what they have answered is in the call. And a commit
 * that was in somebody's way has not happened, which is no reason to stop. */
static void test_writer__runs_nothing_twice_when_the_database_is_busy_later(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct job busy, next;
		struct fixture f;

		(void)state;
		set_up(&f, "sqlite");
		bad_commit = RC_BUSY;
		*(i == 0 ? &n_busy_parts : &n_bad_commits) = 1;
		job_init(&busy, &command_add, "busy", 0);
		submit_good(&f, &busy);
		wait_for(&busy);
		assert_int_equal(n_begins, 1);
		assert_int_equal(busy.call.status, ST_ERROR);
		assert_false(is_stored(&f, busy.ref));
		assert_int_equal(f.n_failed, 0);
		assert_true(writer_taking(f.writer));
		job_init(&next, &command_add, "busy", 1);
		submit_good(&f, &next);
		wait_for(&next);
		assert_int_equal(next.call.status, ST_OK);
		job_fini(&busy);
		job_fini(&next);
		tear_down(&f);
	}
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
		job_init(&jobs[i], i == 1 ? &command_refuse : &command_add, "full", i);
		submit_good(&f, &jobs[i]);
	}
	n_bad_commits = 1;
	holder_end(&holder);
	for (int i = 0; i < 3; i++) {
		wait_for(&jobs[i]);
		assert_int_equal(jobs[i].call.status, ST_ERROR);
		assert_false(is_stored(&f, jobs[i].ref));
		job_fini(&jobs[i]);
	}
	assert_int_equal(f.n_failed, 0);
	assert_true(writer_taking(f.writer));
	job_init(&next, &command_add, "full", 0);
	submit_good(&f, &next);
	wait_for(&next);
	assert_int_equal(next.call.status, ST_OK);
	assert_true(is_stored(&f, next.ref));
	job_fini(&next);
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
		job_init(&jobs[i], &command_add, "same", 0);
		submit_good(&f, &jobs[i]);
	}
	n_bad_commits = 1;
	holder_end(&holder);
	for (int i = 0; i < 2; i++) {
		wait_for(&jobs[i]);
		assert_int_equal(jobs[i].call.status, ST_ERROR);
		job_fini(&jobs[i]);
	}
	tear_down(&f);
}

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
		job_init(&jobs[i], i == 0 ? &command_fail_at : &command_add, "disk", i);
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
		job_fini(&jobs[i]);
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
		job_init(&next, &command_add, "next", 0);
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
		job_fini(&next);
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
		job_init(&jobs[i], &command_add, "behind", i);
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
		job_fini(&jobs[i]);
	}
	assert_int_equal(f.n_failed, 1);
	assert_false(writer_taking(f.writer));
	tear_down(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer__tries_again_while_the_database_is_busy),
		cmocka_unit_test(test_writer__gives_up_on_a_database_that_stays_busy_and_goes_on),
		cmocka_unit_test(test_writer__runs_nothing_twice_when_the_database_is_busy_later),
		cmocka_unit_test(test_writer__fails_a_batch_on_a_full_disk_and_goes_on),
		cmocka_unit_test(test_writer__refuses_nobody_for_a_change_that_was_not_committed),
		cmocka_unit_test(test_writer__loses_no_acknowledged_write_whichever_call_fails),
		cmocka_unit_test(test_writer__writes_nothing_behind_a_failed_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
