#include "support/house.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "command/gate.h"
#include "record/access_key.h"
#include "record/company.h"
#include "record/customer.h"

static const struct change change = {.operator_uid = -1};

int64_t house_now_us = INT64_C(1767225600) * 1000000; /* 2026-01-01 */

static int64_t now_us(void)
{
	return house_now_us;
}

static void need(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "house: cannot %s\n", what);
	abort();
}

static void add_key(struct house *h, enum house_key n, struct access_key key)
{
	int64_t number;

	access_key_make(h->keys[n]);
	access_key_hash(h->services.access, str_c(h->keys[n]), key.key_hash);
	key.company_id = n == HOUSE_OTHER ? 9002 : 9001;
	key.branch_id = 1;
	key.label = STR("test");
	key.active = 1;
	key.created = STR("2026-01-01");
	need(store_access_key_add(h->writer, &key, &change, &number) == RC_OK, "add a key");
}

static void add_company(struct house *h, int64_t company_id, int8_t active)
{
	struct company company = {.company_id = company_id,
				  .name = STR("Company"),
				  .timezone = STR("Europe/London"),
				  .created = STR("2026-01-01"),
				  .active = active};
	struct branch branch = {.company_id = company_id, .name = STR("Branch"), .active = 1};
	int64_t id;

	need(store_company_add(h->writer, &company, &change) == RC_OK, "add a company");
	need(store_branch_add(h->writer, &branch, &change, &id) == RC_OK, "add a branch");
}

static void fill(struct house *h)
{
	struct network net = {STR("192.0.2.0/24")};
	struct customer joe = {.customer_id = 1408,
			       .external_customer_ref = STR("EXTREF164736"),
			       .created = STR("2026-01-01"),
			       .last_modified = STR("2026-01-01"),
			       .first_name = STR("Joe"),
			       .last_name = STR("Bloggs"),
			       .dob = STR("1968-11-06"),
			       .active = 1,
			       .branch_id = 1};
	int64_t id;

	need(store_begin(h->writer) == RC_OK, "begin");
	add_company(h, 9001, 1);
	add_company(h, 9002, 0);
	add_key(h, HOUSE_OPEN, (struct access_key){.rate = 100000, .burst = 100000});
	add_key(h, HOUSE_NEAR,
		(struct access_key){.rate = 100000, .burst = 100000, .allow = {&net, 1}});
	add_key(h, HOUSE_SLOW, (struct access_key){.rate = 1, .burst = 1});
	add_key(h, HOUSE_OTHER, (struct access_key){.rate = 100000, .burst = 100000});
	need(store_customer_add(h->writer, &joe, 9001, &change, &id) == RC_OK, "add a customer");
	need(store_commit(h->writer) == RC_OK, "commit");
}

static enum rc write_one(struct store *store, struct call *call)
{
	enum rc rc = store_begin(store);

	if (rc == RC_OK)
		rc = store_savepoint(store);
	if (rc != RC_OK)
		return rc;
	if (gate_execute(call, store) != ST_OK)
		return store_savepoint_undo(store);
	rc = store_savepoint_keep(store);
	return rc == RC_OK ? store_commit(store) : rc;
}

/* As the server's writer does it, with one call. */
static enum rc submit(struct executor *e, struct call *call)
{
	struct house *h = (struct house *)e;

	call->status = ST_OK;
	store_rest(h->services.reader); /* it shares our thread, and could not let go */
	enum rc rc = write_one(h->writer, call);
	store_rollback(h->writer); /* where anything is still open */
	access_changed(h->services.access);
	gate_finish(call, rc);
	return RC_OK;
}

void house_open(struct house *h, const char *scheme)
{
	struct access_options options = {.failures_per_minute = 5, .directory_us = 1000000};
	struct text why;
	char url[128];

	*h = (struct house){.dir = "/tmp/pdmd-house-XXXXXX"};
	text_init(&why, 4096);
	need(mkdtemp(h->dir) != NULL, "make a folder");
	(void)snprintf(url, sizeof(url), "%s:%s/pdmd.db", scheme, h->dir);
	clock_replace(now_us, now_us);
	log_setup(LOG_TEXT, LOG_ERROR, open("/dev/null", O_WRONLY | O_CLOEXEC));
	need(database_create(url, &why) == RC_OK && database_open(url, &h->db, &why) == RC_OK &&
		     access_create_secret(h->dir, &why) == RC_OK &&
		     access_open(h->dir, &options, &h->services.access, &why) == RC_OK,
	     text_c(&why));
	text_fini(&why);
	need(store_open(h->db, STORE_WRITER, &h->writer) == RC_OK, "open the writer");
	fill(h);
	need(store_open(h->db, STORE_READER, &h->services.reader) == RC_OK, "open the reader");
	h->services.directory = directory_create(h->services.access, h->services.reader);
	need(h->services.directory != NULL, "make the directory");
	h->services.session_s = 3600;
	h->executor.submit = submit;
	h->services.writer = &h->executor;
}

void house_close(struct house *h)
{
	static const char *const files[] = {"pdmd.db", "pdmd.db-wal", "pdmd.db-shm", "secret.key"};
	char path[128];

	h->services.directory = directory_destroy(h->services.directory);
	h->services.reader = store_close(h->services.reader);
	h->writer = store_close(h->writer);
	h->db = database_close(h->db);
	h->services.access = access_close(h->services.access);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", h->dir, files[i]);
		(void)unlink(path); /* some are not there any more */
	}
	need(rmdir(h->dir) == 0, "remove the folder");
}

void house_token(const struct house *h, enum house_key key, char ret_token[TOKEN_CHARS_MAX + 1])
{
	uint32_t expires_s = (uint32_t)(house_now_us / 1000000 + h->services.session_s);
	int64_t number = key == HOUSE_OTHER ? 1 : (int64_t)key + 1;

	token_make(h->services.access, key == HOUSE_OTHER ? 9002 : 9001, number, 0, expires_s,
		   ret_token);
}
