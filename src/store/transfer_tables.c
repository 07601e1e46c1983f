#include "store/transfer_tables.h"

#include "store/store.h"

#define SMALLINT(column)                                                                           \
	{                                                                                          \
		.name = (column), .kind = ENGINE_SMALLINT                                          \
	}
#define BIGINT(column)                                                                             \
	{                                                                                          \
		.name = (column), .kind = ENGINE_BIGINT                                            \
	}
#define TEXT(column)                                                                               \
	{                                                                                          \
		.name = (column), .kind = ENGINE_TEXT                                              \
	}
#define NULLABLE(column)                                                                           \
	{                                                                                          \
		.name = (column), .kind = ENGINE_TEXT, .nullable = true                            \
	}
#define BYTES(column)                                                                              \
	{                                                                                          \
		.name = (column), .kind = ENGINE_BYTES                                             \
	}

static const struct transfer_column company[] = {
	BIGINT("company_id"), TEXT("name"), TEXT("timezone"), SMALLINT("active"), TEXT("created"),
};

static const struct transfer_column branch[] = {
	BIGINT("company_id"),
	BIGINT("branch_id"),
	TEXT("name"),
	SMALLINT("active"),
};

static const struct transfer_column access_key[] = {
	BIGINT("company_id"), BIGINT("key_number"), BIGINT("branch_id"), TEXT("label"),
	BYTES("key_hash"),    BIGINT("rate"),       BIGINT("burst"),     SMALLINT("branch_only"),
	SMALLINT("active"),   BIGINT("generation"), TEXT("created"),     TEXT("revoked"),
};

static const struct transfer_column key_network[] = {
	BIGINT("company_id"),
	BIGINT("key_number"),
	BIGINT("position"),
	TEXT("cidr"),
};

static const struct transfer_column id_counter[] = {
	BIGINT("company_id"),
	SMALLINT("kind"),
	BIGINT("next_id"),
};

static const struct transfer_column customer[] = {
	BIGINT("company_id"), BIGINT("customer_id"), NULLABLE("external_customer_ref"),
	TEXT("created"),      TEXT("last_modified"), TEXT("title"),
	TEXT("first_name"),   TEXT("last_name"),     SMALLINT("gender"),
	NULLABLE("dob"),      TEXT("line_1"),        TEXT("line_2"),
	TEXT("line_3"),       TEXT("city"),          TEXT("county"),
	TEXT("postal_code"),  TEXT("email_address"), TEXT("tel_number_1"),
	TEXT("tel_number_2"), SMALLINT("active"),    BIGINT("branch_id"),
	BIGINT("version"),    BYTES("last_op"),
};

static const struct transfer_column customer_term[] = {
	BIGINT("company_id"),
	TEXT("term"),
	BIGINT("customer_id"),
};

static const struct transfer_column term_owed[] = {
	BIGINT("company_id"),
	BIGINT("from_id"),
	BIGINT("to_id"),
};

static const struct transfer_column audit[] = {
	BIGINT("company_id"),   BYTES("op"),           BIGINT("key_number"),
	BIGINT("operator_uid"), TEXT("command"),       TEXT("request_id"),
	SMALLINT("record"),     BIGINT("record_id"),   TEXT("fields"),
	BIGINT("old_version"),  BIGINT("new_version"), BIGINT("record_branch_id"),
	TEXT("server"),
};

static const struct transfer_column idempotency[] = {
	BIGINT("company_id"), BIGINT("key_number"), TEXT("idempotency_key"), BYTES("request_hash"),
	BIGINT("expires_us"), BIGINT("etag"),       BIGINT("customer_id"),   TEXT("answer"),
};

static const struct transfer_column session_kill[] = {
	BIGINT("company_id"),
	BYTES("mac"),
	BIGINT("expires_us"),
};

static const struct transfer_column import_run[] = {
	BIGINT("company_id"), TEXT("import_id"),    BIGINT("rows_done"),
	BIGINT("before_id"),  BIGINT("claimed_id"), BIGINT("updated_us"),
};

#define TABLE(table, key)                                                                          \
	.name = #table, .columns = (table), .n_columns = ARRAY_LEN(table), .n_key = (key)

const struct transfer_table transfer_tables[] = {
	{TABLE(company, 1)},
	{TABLE(branch, 2)},
	{TABLE(access_key, 2)},
	{TABLE(key_network, 3)},
	{TABLE(id_counter, 2)},
	{TABLE(customer, 2), .one_key = "customer_key"},
	{TABLE(customer_term, 3)},
	{TABLE(term_owed, 1)},
	{TABLE(audit, 2), .zero = "tx"},
	{TABLE(idempotency, 3)},
	{TABLE(session_kill, 2)},
	{TABLE(import_run, 2)},
};

const char *const transfer_left_out[] = {
	"schema_migration", /* each database's own migrations write it */
	"installation",     /* a copy is given to the secret of whoever makes it */
	"rate_lease",       /* of this second, and its servers' */
	NULL,
};

const size_t n_transfer_tables = ARRAY_LEN(transfer_tables);

_Static_assert(ARRAY_LEN(transfer_tables) <= TRANSFER_TABLES_MAX, "there is room for them");
