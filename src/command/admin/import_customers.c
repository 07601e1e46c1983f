/*
 * ImportCustomers: a piece of a file of customers, in one transaction. See import_row.c for what
 * becomes of each row; docs/import.md for the whole.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "command/admin/admin.h"
#include "command/admin/company_day.h"
#include "command/admin/import_row.h"
#include "command/command.h"
#include "record/company.h"

#define ROWS_MAX        10000
#define ROW_NUMBER_MAX  INT64_C(1000000000000)
#define IMPORT_ID_CHARS 64
#define BRANCHES_SHOWN  20
/* No row is begun behind that, for others wait for the writer; what is not done is sent again. */
#define HOLD_US_MAX 80000
/* Whose terms are written at a time, which takes half a second: see store_terms_settle. */
#define CUSTOMERS_SETTLED 100000
#define BRANCHES_BYTES    512

struct path_item {
	struct str path;
};

struct import_customers_in {
	int64_t company_id, branch_id;
	int8_t on_existing; /* enum import_existing; 0: fail */
	int8_t allow_duplicates;
	struct list fields; /* struct path_item */
	struct str import_id;
	int64_t first_row;
	int8_t last;
	struct list rows; /* struct customer */
};

struct import_customers_out {
	struct list results; /* struct import_result */
};

static const struct field path_fields[] = {
	{.name = "",
	 .kind = FIELD_KIND_STRING,
	 .offset = offsetof(struct path_item, path),
	 .max = FIELD_PATH_BYTES,
	 .help = "A field's name with its path."},
	FIELD_END,
};

static const struct field in_fields[] = {
	FIELD_INT(import_customers_in, company_id, 1, COMPANY_ID_MAX,
		  .flags = FIELD_REQUIRED | FIELD_ID, .help = "The company's number."),
	FIELD_INT(import_customers_in, branch_id, 1, INT64_MAX, .flags = FIELD_ID,
		  .help = "The branch that new customers belong to; by default the only one."),
	FIELD_CHOICE(import_customers_in, on_existing, import_existing_words,
		     .help = "What is done with a row whose customer is there and different; by "
			     "default `fail`."),
	FIELD_BOOLEAN(import_customers_in, allow_duplicates,
		      .help = "Add rows that are probably of somebody who is there already."),
	FIELD_ARRAY(import_customers_in, fields, path_item, path_fields, IMPORT_LEAVES_MAX,
		    .flags = FIELD_REQUIRED,
		    .help = "What the file has a column for; an update changes nothing else."),
	FIELD_STRING(import_customers_in, import_id, IMPORT_ID_CHARS, .flags = FIELD_REQUIRED,
		     .help = "The same for each piece, and when the import is run again."),
	FIELD_INT(import_customers_in, first_row, 1, ROW_NUMBER_MAX, .flags = FIELD_REQUIRED,
		  .help = "The number of the first of the rows, counted over all pieces from 1."),
	FIELD_BOOLEAN(import_customers_in, last, .help = "No further pieces will come."),
	FIELD_ARRAY(import_customers_in, rows, customer, customer_known_fields, ROWS_MAX,
		    .flags = FIELD_REQUIRED | FIELD_PARTIAL, .help = "The customers."),
	FIELD_END,
};

static const struct field result_fields[] = {
	FIELD_CHOICE(import_result, outcome, import_outcome_words,
		     .help = "What became of the row."),
	FIELD_INT(import_result, customer_id, 0, INT64_MAX, .help = "Its customer; 0: none."),
	FIELD_STRING(import_result, reason, 1024, .help = "Why it was rejected."),
	FIELD_END,
};

static const struct field out_fields[] = {
	FIELD_ARRAY(import_customers_out, results, import_result, result_fields, INT64_MAX,
		    .flags = FIELD_ANSWER_ONLY, .help = "One for each row, in their order."),
	FIELD_END,
};

/* Several branches, and none was said. */
static enum status refuse_branch(struct call *call, const struct list *branches)
{
	CLEANUP(text_fini) struct text t;
	const struct branch *b = branches->items;

	text_init(&t, BRANCHES_BYTES);
	if (branches->n == 0)
		return call_refuse(call, ST_MISSING, "branch_id (the company has no branch yet)");
	for (size_t i = 0; i < branches->n && i < BRANCHES_SHOWN; i++)
		text_printf(&t, "%s%" PRId64, i ? ", " : "", b[i].branch_id);
	return call_refuse(call, ST_MISSING, "branch_id (the company has several branches: %s%s)",
			   text_c(&t), branches->n > BRANCHES_SHOWN ? ", …" : "");
}

static enum status settle_branch(struct call *call, const struct import_customers_in *in,
				 int64_t *ret_branch_id)
{
	struct list branches;
	struct branch branch;
	enum rc rc;

	if (in->branch_id) {
		rc = store_branch_get(call->store, &call->arena, in->company_id, in->branch_id,
				      &branch);
		if (rc == RC_NOTFOUND)
			return call_refuse(call, ST_NOT_FOUND, "branch_id");
		*ret_branch_id = in->branch_id;
		return rc == RC_OK ? ST_OK : call_fail(call, rc, "looking up the branch");
	}
	rc = store_branch_list(call->store, &call->arena, in->company_id, &branches);
	if (rc != RC_OK)
		return call_fail(call, rc, "listing the branches");
	if (branches.n != 1)
		return refuse_branch(call, &branches);
	*ret_branch_id = ((const struct branch *)branches.items)->branch_id;
	return ST_OK;
}

static enum status settle_fields(struct import_job *job, const struct list *fields)
{
	const struct path_item *items = fields->items;

	job->n_leaves = field_leaves(customer_known_fields, job->leaves, IMPORT_LEAVES_MAX);
	for (size_t i = 0; i < fields->n; i++)
		if (!import_give(job, items[i].path))
			return call_refuse(job->call, ST_RANGE, "fields[%zu]", i);
	return ST_OK;
}

/* How far an earlier run has come, if there was one. */
static enum rc settle_run(struct import_job *job, const struct import_customers_in *in)
{
	struct store *store = job->call->store;
	struct import_run *run = &job->run;
	enum rc rc = store_import_get(store, in->company_id, in->import_id, run);

	if (rc == RC_NOTFOUND) {
		*run = (struct import_run){0};
		rc = store_customer_last(store, in->company_id, &run->before_id);
		run->claimed_id = run->before_id;
	}
	if (in->first_row == 1)
		run->claimed_id = run->before_id;
	return rc;
}

static enum status begin(struct import_job *job, const struct import_customers_in *in)
{
	struct call *call = job->call;
	enum status status = company_day(call, in->company_id, &job->today);

	if (status != ST_OK)
		return status;
	call->scope.company_id = in->company_id;
	status = settle_branch(call, in, &job->branch_id);
	if (status == ST_OK)
		status = settle_fields(job, &in->fields);
	if (status != ST_OK)
		return status;
	enum rc rc = settle_run(job, in);
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "looking up the import");
}

/* What the next rows look up goes to the database together. */
static void look_ahead(struct import_job *job, const struct import_customers_in *in, size_t from)
{
	const struct customer *rows = in->rows.items;

	store_ahead_begin(job->call->store);
	for (size_t i = from; i < in->rows.n && i < from + IMPORT_ROWS_AHEAD_MAX; i++)
		import_row_ahead(job, in->first_row + (int64_t)i, &rows[i]);
	store_ahead_fetch(job->call->store);
}

/* As many as there is time for, and one at least. */
static enum rc take_rows(struct import_job *job, const struct import_customers_in *in,
			 struct list *ret_results)
{
	const struct customer *rows = in->rows.items;
	int64_t until_us = clock_mono_us() + HOLD_US_MAX;
	struct import_result *results =
		arena_alloc(&job->call->arena, (in->rows.n + 1) * sizeof(*results));
	enum rc rc = results ? RC_OK : RC_NOMEM;
	size_t n = 0;

	for (; n < in->rows.n && rc == RC_OK && (n == 0 || clock_mono_us() < until_us); n++) {
		if (n % IMPORT_ROWS_AHEAD_MAX == 0)
			look_ahead(job, in, n);
		rc = import_row(job, in->first_row + (int64_t)n, &rows[n], &results[n]);
	}
	if (rc == RC_OK)
		*ret_results = (struct list){results, n};
	return rc;
}

static enum rc end(struct import_job *job, const struct import_customers_in *in, size_t n_taken)
{
	struct call *call = job->call;
	int64_t done = in->first_row - 1 + (int64_t)n_taken;
	bool any;

	enum rc rc = store_terms_settle(call->store, in->company_id,
					in->last ? 1 : CUSTOMERS_SETTLED, &any);
	if (rc != RC_OK)
		return rc;
	if (in->last)
		return store_import_end(call->store, in->company_id, in->import_id, call->now_us);
	if (done > job->run.rows_done)
		job->run.rows_done = done;
	return store_import_put(call->store, in->company_id, in->import_id, call->now_us,
				&job->run);
}

static enum status import_customers_run(struct call *call, const void *in_, void *out_)
{
	const struct import_customers_in *in = in_;
	struct import_customers_out *out = out_;
	struct import_job job = {
		.call = call,
		.on_existing =
			in->on_existing ? (enum import_existing)in->on_existing : IMPORT_FAIL,
		.allow_duplicates = in->allow_duplicates,
	};

	enum status status = begin(&job, in);
	if (status != ST_OK)
		return status;
	enum rc rc = take_rows(&job, in, &out->results);
	if (rc == RC_OK)
		rc = end(&job, in, out->results.n);
	return rc == RC_OK ? ST_OK : call_fail(call, rc, "importing customers");
}

const struct command cmd_import_customers = {
	.name = "ImportCustomers",
	.summary = "Import a piece of a file of customers",
	.description = "All rows in one transaction. `pdmd customer import` sends them.",
	.door = DOOR_ADMIN,
	.flags = CMD_WRITE | CMD_ALONE,
	.mark = 'X',
	.in_fields = in_fields,
	.in_bytes = sizeof(struct import_customers_in),
	.out_fields = out_fields,
	.out_bytes = sizeof(struct import_customers_out),
	.statuses = ST_ADMIN | ST_BIT(ST_COMPANY) | ST_BIT(ST_NOT_FOUND),
	.run = import_customers_run,
};
