#include "server/demo_data.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "access/access.h"
#include "base/clock.h"
#include "base/file.h"
#include "record/access_key.h"
#include "record/company.h"
#include "server/demo_person.h"
#include "server/dir.h"
#include "server/home.h"
#include "server/server.h"
#include "store/store.h"

/* Large enough that commits do not count, small enough that the write-ahead log stays small. */
#define ROWS_PER_COMMIT 10000
#define ROWS_PER_SETTLE 100000

/* DIR_UNFINISHED is there from before the directory is set up until all is in it; then it becomes
 * FINISHED. A directory that has it is begun anew. */
#define FINISHED "demo" /* what dir_is_demo looks for */

#define CREATED "2016-01-01"
#define RATE    100000 /* calls per second */

struct pharmacy {
	int64_t company_id;
	const char *name;
	const char *branch;
	const char *key_file;
};

static const struct pharmacy pharmacies[] = {
	{DEMO_COMPANY, "Demo Pharmacy", "High Street", DEMO_KEY_FILE},
	{DEMO_OTHER, "Other Pharmacy", "North Road", DEMO_OTHER_KEY_FILE},
};

struct maker {
	const char *dir;
	struct direct *direct;
	struct store *store;
	struct text *reterr;
	struct change change; /* on whose behalf all of it is made */
	bool terminal;
	int64_t n_made, n_wanted;
	struct demo_person person;
};

/* ---- files --------------------------------------------------------------------------- */

static enum rc fail_file(const char *dir, const char *name, const char *doing, struct text *reterr)
{
	enum rc rc = rc_errno(errno);

	text_printf(reterr, "%s/%s: cannot be %s: %s", dir, name, doing, strerror(errno));
	return rc;
}

static enum rc write_file(const char *dir, const char *name, struct str bytes, struct text *reterr)
{
	if (file_create(dir, name, bytes.p, bytes.n))
		return RC_OK;
	return fail_file(dir, name, "made", reterr);
}

static bool unfinished(const char *dir)
{
	CLEANUP(text_fini) struct text path;

	text_init(&path, PATH_MAX);
	dir_path(dir, DIR_UNFINISHED, &path);
	return access(text_c(&path), F_OK) == 0;
}

static enum rc remove_file(const char *dir, const char *name, struct text *reterr)
{
	CLEANUP(text_fini) struct text path;

	text_init(&path, PATH_MAX);
	dir_path(dir, name, &path);
	if (unlink(text_c(&path)) == 0 || errno == ENOENT)
		return RC_OK;
	return fail_file(dir, name, "removed", reterr);
}

/* Takes out of a directory what an earlier demo_make has put in, but for what dir_setup_demo can go
 * on from. */
static enum rc clear(const char *dir, struct text *reterr)
{
	static const char *const names[] = {
		DEMO_KEY_FILE,        DEMO_OTHER_KEY_FILE,  HOME_SOCKET,
		HOME_DATABASE "-shm", HOME_DATABASE "-wal", HOME_DATABASE,
	};
	struct dir_lock lock = {-1};
	pid_t pid;
	enum rc rc = dir_lock_begun(dir, &lock, &pid, reterr);

	for (size_t i = 0; i < ARRAY_LEN(names) && rc == RC_OK; i++)
		rc = remove_file(dir, names[i], reterr);
	dir_unlock(&lock);
	return rc;
}

static enum rc finish(const char *dir, struct text *reterr)
{
	CLEANUP(text_fini) struct text from, to;

	text_init(&from, PATH_MAX);
	text_init(&to, PATH_MAX);
	dir_path(dir, DIR_UNFINISHED, &from);
	dir_path(dir, FINISHED, &to);
	if (rename(text_c(&from), text_c(&to)) != 0)
		return fail_file(dir, FINISHED, "made", reterr);
	return RC_OK;
}

/* ---- rows ---------------------------------------------------------------------------- */

static enum rc fail_store(struct maker *m, enum rc rc)
{
	text_printf(m->reterr, "%s: cannot write the demo data: %s (%s)", m->dir,
		    store_error(m->store), rc_name(rc));
	store_rollback(m->store);
	return rc;
}

static enum rc add_key(struct maker *m, const struct pharmacy *pharmacy, struct access_key *key)
{
	char line[ACCESS_KEY_CHARS + 1];
	int64_t number;

	access_key_make(line);
	access_key_hash(direct_access(m->direct), str_c(line), key->key_hash);
	line[ACCESS_KEY_CHARS] = '\n';
	enum rc rc =
		write_file(m->dir, pharmacy->key_file, (struct str){line, sizeof(line)}, m->reterr);
	explicit_bzero(line, sizeof(line));
	if (rc != RC_OK) {
		store_rollback(m->store);
		return rc;
	}
	rc = store_access_key_add(m->store, key, &m->change, &number);
	return rc == RC_OK ? RC_OK : fail_store(m, rc);
}

static enum rc add_pharmacy(struct maker *m, const struct pharmacy *pharmacy)
{
	const struct company company = {
		.company_id = pharmacy->company_id,
		.name = str_c(pharmacy->name),
		.timezone = STR(COMPANY_ZONE_DEFAULT),
		.active = 1,
		.created = STR(CREATED),
	};
	struct branch branch = {
		.company_id = pharmacy->company_id,
		.name = str_c(pharmacy->branch),
		.active = 1,
	};
	struct access_key key = {
		.company_id = pharmacy->company_id,
		.label = STR("Demo"),
		.rate = RATE,
		.burst = RATE,
		.active = 1,
		.created = STR(CREATED),
	};
	enum rc rc = store_begin(m->store);

	if (rc == RC_OK)
		rc = store_company_add(m->store, &company, &m->change);
	if (rc == RC_OK)
		rc = store_branch_add(m->store, &branch, &m->change, &key.branch_id);
	if (rc != RC_OK)
		return fail_store(m, rc);
	rc = add_key(m, pharmacy, &key);
	if (rc != RC_OK)
		return rc;
	rc = store_commit(m->store);
	return rc == RC_OK ? RC_OK : fail_store(m, rc);
}

static void show_progress(const struct maker *m)
{
	if (m->terminal)
		(void)fprintf(stderr, "\rdemo data: %" PRId64 " of %" PRId64 " customers%s",
			      m->n_made, m->n_wanted, m->n_made == m->n_wanted ? "\n" : "");
}

static enum rc add_customer(struct maker *m, int64_t company_id, int64_t customer_id)
{
	int64_t id;

	demo_person_make(&m->person, company_id, customer_id);
	m->n_made++;
	return store_customer_add(m->store, &m->person.customer, company_id, &m->change, &id);
}

/* One transaction for each block of them. */
static enum rc add_customers(struct maker *m, int64_t company_id, int64_t first, int64_t n)
{
	enum rc rc = RC_OK;
	bool any;

	for (int64_t done = 0; done < n && rc == RC_OK;) {
		int64_t end = n - done > ROWS_PER_COMMIT ? done + ROWS_PER_COMMIT : n;
		rc = store_begin(m->store);
		for (; done < end && rc == RC_OK; done++)
			rc = add_customer(m, company_id, first + done);
		if (rc == RC_OK)
			rc = store_terms_settle(m->store, company_id,
						done == n ? 1 : ROWS_PER_SETTLE, &any);
		if (rc == RC_OK)
			rc = store_commit(m->store);
		show_progress(m);
	}
	return rc == RC_OK ? RC_OK : fail_store(m, rc);
}

static enum rc fill(struct maker *m, int64_t customers)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < ARRAY_LEN(pharmacies) && rc == RC_OK; i++)
		rc = add_pharmacy(m, &pharmacies[i]);
	if (rc == RC_OK)
		rc = add_customers(m, DEMO_OTHER, DEMO_OTHER_FIRST_ID, DEMO_OTHER_CUSTOMERS);
	if (rc == RC_OK)
		rc = add_customers(m, DEMO_COMPANY, 1, customers);
	if (rc == RC_OK && customers < DEMO_EXAMPLE_ID)
		rc = add_customers(m, DEMO_COMPANY, DEMO_EXAMPLE_ID, 1);
	return rc;
}

static enum rc make(const char *dir, const char *url, int64_t customers, struct text *reterr)
{
	struct maker m = {
		.dir = dir,
		.reterr = reterr,
		.terminal = isatty(STDERR_FILENO),
		.change = {.now_us = clock_now_us(),
			   .operator_uid = geteuid(),
			   .command = STR("demo"),
			   .bulk = true},
		.n_wanted = customers + DEMO_OTHER_CUSTOMERS + (customers < DEMO_EXAMPLE_ID),
	};
	enum rc rc = direct_open(dir, url, &m.direct, reterr);

	if (rc != RC_OK)
		return rc;
	m.store = direct_store(m.direct);
	rc = fill(&m, customers);
	m.direct = direct_close(m.direct);
	return rc;
}

/* Made-up people never go where there is anything: a database that has our tables is refused. */
static enum rc set_up(const char *dir, const char *url, struct text *reterr)
{
	struct server_migrated ignored;

	if (!url[0])
		return dir_setup_demo(dir, reterr);
	enum rc rc = dir_setup_demo_shared(dir, reterr);
	if (rc != RC_OK)
		return rc;
	rc = database_create(url, reterr);
	if (rc == RC_EXISTS) {
		text_add_c(reterr, "; a demo takes an empty database, or the SQLite file of its "
				   "directory when database.url is empty");
		rc = RC_FOREIGN;
	}
	return rc == RC_OK ? server_migrate(dir, url, &ignored, reterr) : rc;
}

enum rc demo_make(const char *dir, const char *url, int64_t customers, struct text *reterr)
{
	enum rc rc = RC_OK;

	assert(customers >= 1 && customers <= DEMO_CUSTOMERS_MAX);
	if (unfinished(dir))
		rc = clear(dir, reterr);
	if (rc == RC_OK)
		rc = set_up(dir, url, reterr);
	if (rc == RC_OK)
		rc = make(dir, url, customers, reterr);
	return rc == RC_OK ? finish(dir, reterr) : rc;
}
