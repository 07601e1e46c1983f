#include "store/statements.h"

#include "store/engine.h"
#include "store/statement_texts.h"

#define GATHERED (STATEMENT_WRITES | STATEMENT_SHARED | STATEMENT_POSTED)

const struct statement statements[STATEMENTS] = {
	[STATEMENT_MIGRATION_ADD] =
		{
			.name = "migration_add",
			.text = "INSERT INTO schema_migration (number, name, applied_us) VALUES ($1, $2, $3)",
			.flags = STATEMENT_WRITES,
		},

	[STATEMENT_INSTALLATION_GET] =
		{
			.name = "installation_get",
			.text = "SELECT secret_check FROM installation WHERE one = 1",
		},
	[STATEMENT_INSTALLATION_PUT] =
		{
			.name = "installation_put",
			.text = INSTALLATION_PUT,
			.flags = STATEMENT_WRITES,
		},

	[STATEMENT_COUNTER_GET] =
		{
			.name = "counter_get",
			.text = "SELECT next_id FROM id_counter WHERE company_id = $1 AND kind = $2",
		},
	[STATEMENT_COUNTER_TAKE] = {.name = "counter_take",
				    .text = COUNTER_TAKE,
				    .flags = STATEMENT_WRITES | STATEMENT_SHARED},
	/* Gives the number that next_id had, beginning with 1. */
	[STATEMENT_COUNTER_NEXT] =
		{
			.name = "counter_next",
			.text = COUNTER_NEXT,
			.flags = STATEMENT_WRITES,
		},
	/* Makes sure that $3 is not given any more. */
	[STATEMENT_COUNTER_PASS] =
		{
			.name = "counter_pass",
			.text = COUNTER_PASS,
			.flags = STATEMENT_WRITES,
		},

	/* A block of $3 numbers; gives the first of them. */
	[STATEMENT_COUNTER_LEASE] =
		{
			.name = "counter_lease",
			.text = COUNTER_LEASE,
			.flags = STATEMENT_WRITES | STATEMENT_SHARED,
		},
	/* Nobody counts, or chooses a number, until the transaction ends. */
	[STATEMENT_COUNTER_HOLD] =
		{
			.name = "counter_hold",
			.text = COUNTER_HOLD,
			.flags = STATEMENT_WRITES | STATEMENT_SHARED,
		},
	/* The rest of a block, from $3 to $4, where nobody has counted on since, and where nobody
	   has chosen a number in it. 4: AUDIT_CUSTOMER. */
	[STATEMENT_COUNTER_GIVE_BACK] =
		{
			.name = "counter_give_back",
			.text = COUNTER_GIVE_BACK,
			.flags = STATEMENT_WRITES | STATEMENT_SHARED,
		},

	/* No row: it would be too far ahead. */
	[STATEMENT_RATE_LEASE] =
		{
			.name = "rate_lease",
			.text = RATE_LEASE,
			.flags = STATEMENT_WRITES | STATEMENT_SHARED,
		},
	[STATEMENT_COMMIT_LIGHTLY] =
		{
			.name = "commit_lightly",
			.text = "SET LOCAL synchronous_commit TO OFF",
			.flags = STATEMENT_WRITES | STATEMENT_SHARED | STATEMENT_POSTED,
		},

	[STATEMENT_COMPANY_ADD] =
		{
			.name = "company_add",
			.text = COMPANY_ADD,
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_COMPANY_EXISTS] =
		{
			.name = "company_exists",
			.text = "SELECT 1 FROM company WHERE company_id = $1",
		},
	[STATEMENT_COMPANY_GET] =
		{
			.name = "company_get",
			.text = COMPANY_SELECT "WHERE company_id = $1",
		},
	[STATEMENT_COMPANY_EDIT] =
		{
			.name = "company_edit",
			.text = "UPDATE company SET name = $2, timezone = $3, active = $4 "
				"WHERE company_id = $1",
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_COMPANY_LIST] =
		{
			.name = "company_list",
			.text = COMPANY_SELECT "ORDER BY company_id",
			.flags = STATEMENT_ALL_COMPANIES,
		},
	[STATEMENT_COMPANY_COUNT] =
		{
			.name = "company_count",
			.text = COMPANY_COUNT,
			.flags = STATEMENT_ALL_COMPANIES,
		},

	[STATEMENT_BRANCH_ADD] =
		{
			.name = "branch_add",
			.text = "INSERT INTO branch (company_id, branch_id, name, active) "
				"VALUES ($1, $2, $3, $4)",
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_BRANCH_EXISTS] =
		{
			.name = "branch_exists",
			.text = "SELECT 1 FROM branch WHERE company_id = $1 AND branch_id = $2",
		},
	[STATEMENT_BRANCH_GET] =
		{
			.name = "branch_get",
			.text = BRANCH_SELECT "AND branch_id = $2",
		},
	[STATEMENT_BRANCH_EDIT] =
		{
			.name = "branch_edit",
			.text = "UPDATE branch SET name = $3, active = $4 "
				"WHERE company_id = $1 AND branch_id = $2",
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_BRANCH_LIST] =
		{
			.name = "branch_list",
			.text = BRANCH_SELECT "ORDER BY branch_id",
		},

	[STATEMENT_ACCESS_KEY_ADD] =
		{
			.name = "access_key_add",
			.text = ACCESS_KEY_ADD,
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_ACCESS_KEY_GET] =
		{
			.name = "access_key_get",
			.text = ACCESS_KEY_SELECT "WHERE k.company_id = $1 AND k.key_number = $2 "
						  "ORDER BY n.position",
		},
	[STATEMENT_ACCESS_KEY_EDIT] =
		{
			.name = "access_key_edit",
			.text = ACCESS_KEY_EDIT,
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_ACCESS_KEY_LIST] =
		{
			.name = "access_key_list",
			.text = ACCESS_KEY_SELECT "WHERE k.company_id = $1 "
						  "ORDER BY k.key_number, n.position",
		},
	[STATEMENT_KEY_NETWORK_ADD] =
		{
			.name = "key_network_add",
			.text = "INSERT INTO key_network (company_id, key_number, position, cidr) "
				"VALUES ($1, $2, $3, $4)",
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_KEY_NETWORK_CLEAR] =
		{
			.name = "key_network_clear",
			.text = "DELETE FROM key_network WHERE company_id = $1 AND key_number = $2",
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},

	[STATEMENT_KILL_ADD] =
		{
			.name = "kill_add",
			.text = "INSERT INTO session_kill (company_id, mac, expires_us) "
				"VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_KILL_LIST] =
		{
			.name = "kill_list",
			.text = "SELECT mac FROM session_kill WHERE company_id = $1 AND expires_us > $2 "
				"ORDER BY mac",
		},

	[STATEMENT_KILL_SWEEP] =
		{
			.name = "kill_sweep",
			.text = KILL_SWEEP,
			.flags = STATEMENT_WRITES,
		},

	[STATEMENT_CUSTOMER_ADD] =
		{
			.name = "customer_add",
			.text = CUSTOMER_ADD("", ""),
			.flags = STATEMENT_WRITES,
			.text_sqlite = CUSTOMER_ADD(", customer_key", ", " ONE_KEY("$3")),
		},
	/* With an id out of a leased block, which somebody may have chosen since: see id_lease.h.
	 */
	[STATEMENT_CUSTOMER_ADD_LEASED] =
		{
			.name = "customer_add_leased",
			.text = CUSTOMER_ADD_LEASED,
			.flags = STATEMENT_WRITES | STATEMENT_SHARED,
		},
	[STATEMENT_CUSTOMER_GATHERED] = {.name = "customer_gathered",
					 .text = CUSTOMER_GATHERED("new.customer_id"),
					 .flags = GATHERED},
	[STATEMENT_CUSTOMER_GATHERED_LEASED] = {.name = "customer_gathered_leased",
						.text = CUSTOMER_GATHERED(NEVER_GIVEN),
						.flags = GATHERED},
	[STATEMENT_CUSTOMER_REF_TAKEN] =
		{
			.name = "customer_ref_taken",
			.text = CUSTOMER_REF_TAKEN,
			.flags = STATEMENT_SHARED,
		},
	[STATEMENT_CUSTOMER_GET] =
		{
			.name = "customer_get",
			.text = CUSTOMER_GET(""),
			.text_sqlite = CUSTOMER_GET("customer_key = " ONE_KEY("$2") " AND "),
		},
	[STATEMENT_CUSTOMER_FIND] =
		{
			.name = "customer_find",
			.text = "SELECT " CUSTOMER_COLUMNS " FROM customer "
				"WHERE company_id = $1 AND external_customer_ref = $2 "
				"AND (branch_id = $3 OR $3 = 0)",
		},
	[STATEMENT_CUSTOMER_GET_MANY] =
		{
			.name = "customer_get_many",
			.text = CUSTOMER_MANY("BIGINT", "customer_id"),
			.flags = STATEMENT_SHARED,
		},
	[STATEMENT_CUSTOMER_FIND_MANY] =
		{
			.name = "customer_find_many",
			.text = CUSTOMER_MANY("TEXT", "external_customer_ref"),
			.flags = STATEMENT_SHARED,
		},
	[STATEMENT_CUSTOMER_ALIKE_MANY] = {.name = "customer_alike_many",
					   .text = CUSTOMER_ALIKE_MANY,
					   .flags = STATEMENT_SHARED},
	[STATEMENT_CUSTOMER_EDIT] =
		{
			.name = "customer_edit",
			.text = CUSTOMER_EDIT(""),
			.flags = STATEMENT_WRITES,
			.text_sqlite = CUSTOMER_EDIT("customer_key = " ONE_KEY("$2") " AND "),
		},
	[STATEMENT_CUSTOMER_ERASE] =
		{
			.name = "customer_erase",
			.text = CUSTOMER_ERASE(""),
			.flags = STATEMENT_WRITES,
			.text_sqlite = CUSTOMER_ERASE("customer_key = " ONE_KEY("$2") " AND "),
		},
	[STATEMENT_CUSTOMER_LIST] =
		{
			.name = "customer_list",
			.text = CUSTOMER_LIST("", "customer_id"),
			.text_sqlite = CUSTOMER_LIST(
				"customer_key > " ONE_KEY(
					"$2") " AND customer_key < ($1 + 1) << 33 AND +",
				"customer_key"),
		},
	[STATEMENT_CUSTOMER_COUNT] =
		{
			.name = "customer_count",
			.text = "SELECT count(*) FROM customer",
			.flags = STATEMENT_ALL_COMPANIES,
		},
	[STATEMENT_CUSTOMER_CHANGES] =
		{
			.name = "customer_changes",
			.text = CUSTOMER_CHANGES("a.op, a.tx", CUSTOMER_OF("a.record_id"),
						 "(a.tx, a.op) > ($4, $2) AND a.tx < " TX_ENDED,
						 "a.tx, a.op"),
			.text_sqlite = CUSTOMER_CHANGES("a.op", ONE_CUSTOMER_OF("a", "a.record_id"),
							"a.op > $2", "a.op"),
		},

	[STATEMENT_CUSTOMER_LAST] =
		{
			.name = "customer_last",
			.text = CUSTOMER_LAST("", "customer_id"),
			/* The plus keeps it from the index of references, which it would have to
			   sort. */
			.text_sqlite = CUSTOMER_LAST("customer_key > $1 << 33 AND "
						     "customer_key < ($1 + 1) << 33 AND +",
						     "customer_key"),
		},

	[STATEMENT_IMPORT_GET] =
		{
			.name = "import_get",
			.text = IMPORT_GET,
		},
	[STATEMENT_IMPORT_PUT] =
		{
			.name = "import_put",
			.text = IMPORT_PUT,
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_IMPORT_END] =
		{
			.name = "import_end",
			.text = IMPORT_END,
			.flags = STATEMENT_WRITES,
		},

	[STATEMENT_TERM_ADD] =
		{
			.name = "term_add",
			.text = "INSERT INTO customer_term (company_id, term, customer_id) "
				"VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_TERM_ADD_MANY] =
		{
			.name = "term_add_many",
			.text = TERM_ADD_MANY,
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_TERM_GATHERED] = {.name = "term_gathered",
				     .text = TERM_GATHERED,
				     .flags = GATHERED},
	[STATEMENT_TERM_REMOVE] =
		{
			.name = "term_remove",
			.text = TERM_REMOVE,
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_TERM_WALK] =
		{
			.name = "term_walk",
			.text = TERM_WALK(TERM_EXACT, "t.customer_id",
					  CUSTOMER_OF("t.customer_id")),
			.text_sqlite = TERM_WALK(TERM_EXACT, "t.customer_id",
						 ONE_CUSTOMER_OF("t", "t.customer_id")),
		},
	[STATEMENT_TERM_WALK_NAMES] =
		{
			.name = "term_walk_names",
			.text = TERM_WALK(TERM_NAMES, "t.term, t.customer_id",
					  CUSTOMER_OF("t.customer_id")),
			.text_sqlite = TERM_WALK(TERM_NAMES, "t.term, t.customer_id",
						 ONE_CUSTOMER_OF("t", "t.customer_id")),
		},
	[STATEMENT_OWED_GET] =
		{
			.name = "owed_get",
			.text = "SELECT from_id, to_id FROM term_owed WHERE company_id = $1",
		},
	[STATEMENT_OWED_PUT] =
		{
			.name = "owed_put",
			.text = OWED_PUT,
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_OWED_REMOVE] =
		{
			.name = "owed_remove",
			.text = "DELETE FROM term_owed WHERE company_id = $1",
			.flags = STATEMENT_WRITES,
		},

	[STATEMENT_ANSWER_GET] =
		{
			.name = "answer_get",
			.text = ANSWER_GET,
		},
	[STATEMENT_ANSWER_CLAIM] =
		{
			.name = "answer_claim",
			.text = ANSWER_CLAIM,
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_ANSWER_PUT] =
		{
			.name = "answer_put",
			.text = ANSWER_PUT,
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},
	[STATEMENT_ANSWER_SWEEP] =
		{
			.name = "answer_sweep",
			.text = ANSWER_SWEEP,
			.flags = STATEMENT_WRITES,
		},
	[STATEMENT_TERM_COUNT] =
		{
			.name = "term_count",
			.text = TERM_COUNT("term = $2"),
		},
	[STATEMENT_TERM_COUNT_NAMES] =
		{
			.name = "term_count_names",
			.text = TERM_COUNT("term >= $2 AND term < $4"),
		},
	[STATEMENT_ANSWER_LIST] =
		{
			.name = "answer_list",
			.text = ANSWER_LIST,
		},
	[STATEMENT_ANSWER_FORGET] =
		{
			.name = "answer_forget",
			.text = "DELETE FROM idempotency WHERE company_id = $1 AND customer_id = $2",
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
		},

	[STATEMENT_AUDIT_LAST] =
		{
			.name = "audit_last",
			.text = "SELECT op FROM audit WHERE company_id = $1 ORDER BY op DESC LIMIT 1",
		},
	[STATEMENT_AUDIT_HAPPENED] =
		{
			.name = "audit_happened",
			.text = "SELECT record_id, new_version FROM audit "
				"WHERE company_id = $1 AND op = $2",
		},
	[STATEMENT_DATABASE_ID] = {.name = "database_id",
				   .text = DATABASE_ID,
				   .flags = STATEMENT_SHARED},
	[STATEMENT_PING] = {.name = "ping", .text = "SELECT 1"},
	[STATEMENT_PLAN_ANEW] = {.name = "plan_anew", .text = "DISCARD PLANS", .flags = GATHERED},
	/* Something for the commit to wait for, that changes nothing. */
	[STATEMENT_CONFIRM] =
		{
			.name = "confirm",
			.text = "SELECT 1 FROM pg_logical_emit_message(true, 'pdmd', '')",
			.flags = STATEMENT_WRITES | STATEMENT_SHARED,
		},
	[STATEMENT_AUDIT_ERASED] =
		{
			.name = "audit_erased",
			.text = AUDIT_ERASED,
		},
	[STATEMENT_AUDIT_ERASED_MANY] = {.name = "audit_erased_many",
					 .text = AUDIT_ERASED_MANY,
					 .flags = STATEMENT_SHARED},
	[STATEMENT_AUDIT_ADD] =
		{
			.name = "audit_add",
			.text = AUDIT_ADD(", server", ", $13"),
			.flags = STATEMENT_WRITES | STATEMENT_POSTED,
			.text_sqlite = AUDIT_ADD("", ""),
		},
	[STATEMENT_AUDIT_GATHERED] = {.name = "audit_gathered",
				      .text = AUDIT_GATHERED,
				      .flags = GATHERED},
	[STATEMENT_AUDIT_LIST] =
		{
			.name = "audit_list",
			.text = AUDIT_LIST(AUDIT_COLUMNS ", server"),
			.text_sqlite = AUDIT_LIST(AUDIT_COLUMNS),
		},
	[STATEMENT_AUDIT_OF_RECORD] =
		{
			.name = "audit_of_record",
			.text = AUDIT_OF_RECORD(AUDIT_COLUMNS ", server"),
			.text_sqlite = AUDIT_OF_RECORD(AUDIT_COLUMNS),
		},
};

const char *statement_text(const struct statement *s, const struct engine_ops *ops)
{
	return s->text_sqlite && ops->one_key ? s->text_sqlite : s->text;
}
