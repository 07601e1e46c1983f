-- The start. Written in PostgreSQL's words; cmake/embed_migrations.cmake says how SQLite's come
-- about. company_id leads every key, so that one company's rows lie together and can be spread over
-- servers later. Days are YYYY-MM-DD, flags 0 or 1; a text that is not there is '', except for
-- what is unique when it is there, or has a length.

CREATE TABLE schema_migration (
	number BIGINT NOT NULL CHECK (number > 0),
	name TEXT NOT NULL,
	applied_us BIGINT NOT NULL,
	PRIMARY KEY (number)
);

-- Whose database it is: a hash that tells whether a server has the secret that its keys were hashed
-- under, and nothing else about it. One row, where several servers share the database.
CREATE TABLE installation (
	one SMALLINT NOT NULL CHECK (one = 1),
	secret_check BYTEA NOT NULL CHECK (length(secret_check) = 32),
	PRIMARY KEY (one)
);

CREATE TABLE company (
	company_id BIGINT NOT NULL CHECK (company_id > 0),
	name TEXT NOT NULL,
	timezone TEXT NOT NULL,
	active SMALLINT NOT NULL CHECK (active IN (0, 1)),
	created TEXT NOT NULL,
	PRIMARY KEY (company_id)
);

CREATE TABLE branch (
	company_id BIGINT NOT NULL,
	branch_id BIGINT NOT NULL CHECK (branch_id > 0),
	name TEXT NOT NULL,
	active SMALLINT NOT NULL CHECK (active IN (0, 1)),
	PRIMARY KEY (company_id, branch_id),
	FOREIGN KEY (company_id) REFERENCES company (company_id)
);

CREATE TABLE access_key (
	company_id BIGINT NOT NULL,
	key_number BIGINT NOT NULL CHECK (key_number > 0),
	branch_id BIGINT NOT NULL,
	label TEXT NOT NULL DEFAULT '',
	key_hash BYTEA NOT NULL CHECK (length(key_hash) = 32),
	rate BIGINT NOT NULL CHECK (rate > 0),
	burst BIGINT NOT NULL CHECK (burst > 0),
	branch_only SMALLINT NOT NULL CHECK (branch_only IN (0, 1)),
	active SMALLINT NOT NULL CHECK (active IN (0, 1)),
	generation BIGINT NOT NULL,
	created TEXT NOT NULL,
	revoked TEXT NOT NULL DEFAULT '',
	PRIMARY KEY (company_id, key_number),
	UNIQUE (company_id, key_hash),
	FOREIGN KEY (company_id, branch_id) REFERENCES branch (company_id, branch_id)
);

CREATE TABLE key_network (
	company_id BIGINT NOT NULL,
	key_number BIGINT NOT NULL,
	position BIGINT NOT NULL,
	cidr TEXT NOT NULL,
	PRIMARY KEY (company_id, key_number, position),
	FOREIGN KEY (company_id, key_number) REFERENCES access_key (company_id, key_number)
);

CREATE TABLE id_counter (
	company_id BIGINT NOT NULL,
	kind SMALLINT NOT NULL,
	next_id BIGINT NOT NULL CHECK (next_id > 0),
	PRIMARY KEY (company_id, kind)
);

-- No foreign key to company or branch: every new customer would have to look at, and in PostgreSQL
-- lock, the same row of the parent.
CREATE TABLE customer (
	company_id BIGINT NOT NULL,
	customer_id BIGINT NOT NULL CHECK (customer_id > 0),
	external_customer_ref TEXT CHECK (length(external_customer_ref) > 0),
	created TEXT NOT NULL,
	last_modified TEXT NOT NULL,
	title TEXT NOT NULL DEFAULT '',
	first_name TEXT NOT NULL DEFAULT '',
	last_name TEXT NOT NULL DEFAULT '',
	gender SMALLINT NOT NULL DEFAULT 0 CHECK (gender IN (0, 1, 2)),
	dob TEXT CHECK (length(dob) = 10),
	line_1 TEXT NOT NULL DEFAULT '',
	line_2 TEXT NOT NULL DEFAULT '',
	line_3 TEXT NOT NULL DEFAULT '',
	city TEXT NOT NULL DEFAULT '',
	county TEXT NOT NULL DEFAULT '',
	postal_code TEXT NOT NULL DEFAULT '',
	email_address TEXT NOT NULL DEFAULT '',
	tel_number_1 TEXT NOT NULL DEFAULT '',
	tel_number_2 TEXT NOT NULL DEFAULT '',
	active SMALLINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
	branch_id BIGINT NOT NULL,
	version BIGINT NOT NULL DEFAULT 1 CHECK (version > 0),
	last_op BYTEA NOT NULL CHECK (length(last_op) = 16),
	PRIMARY KEY (company_id, customer_id), -- one number
	UNIQUE (company_id, external_customer_ref)
);

-- What customers are searched by, a row for each: see term.h.
CREATE TABLE customer_term (
	company_id BIGINT NOT NULL,
	term TEXT NOT NULL CHECK (length(term) > 1),
	customer_id BIGINT NOT NULL,
	PRIMARY KEY (company_id, term, customer_id)
);

-- From which id to which customers may lack their rows of customer_term: see owed.h.
CREATE TABLE term_owed (
	company_id BIGINT NOT NULL,
	from_id BIGINT NOT NULL CHECK (from_id > 0),
	to_id BIGINT NOT NULL CHECK (to_id > from_id),
	PRIMARY KEY (company_id)
);

-- Every change: `op` begins with the microsecond, and is what the record's last_op was set to. Where
-- one server writes, that is the order of changes; where several do, it is the order of `tx`, the
-- number of the transaction (0: copied here from another database), and then of `op`. A key_number
-- of 0 or an operator_uid of -1: not by one. `server`: on which of several; '' where there is one.
CREATE TABLE audit (
	company_id BIGINT NOT NULL,
	op BYTEA NOT NULL CHECK (length(op) = 16),
	key_number BIGINT NOT NULL,
	operator_uid BIGINT NOT NULL,
	command TEXT NOT NULL,
	request_id TEXT NOT NULL,
	record SMALLINT NOT NULL,
	record_id BIGINT NOT NULL,
	fields TEXT NOT NULL,
	old_version BIGINT NOT NULL,
	new_version BIGINT NOT NULL,
	record_branch_id BIGINT NOT NULL, -- whose customer it was, or 0
	server TEXT NOT NULL DEFAULT '',
	tx BIGINT NOT NULL DEFAULT CAST(CAST(pg_current_xact_id() AS VARCHAR) AS BIGINT), -- PostgreSQL only
	PRIMARY KEY (company_id, op) -- append only
);
CREATE INDEX audit_by_record ON audit (company_id, record, record_id, op);
CREATE INDEX audit_by_tx ON audit (company_id, tx, op); -- PostgreSQL only

-- First answers to calls with an Idempotency-Key. customer_id: whom the answer tells of, or 0.
CREATE TABLE idempotency (
	company_id BIGINT NOT NULL,
	key_number BIGINT NOT NULL,
	idempotency_key TEXT NOT NULL CHECK (length(idempotency_key) > 0),
	request_hash BYTEA NOT NULL CHECK (length(request_hash) = 32),
	expires_us BIGINT NOT NULL,
	etag BIGINT NOT NULL,
	customer_id BIGINT NOT NULL,
	answer TEXT NOT NULL,
	PRIMARY KEY (company_id, key_number, idempotency_key)
);
CREATE INDEX idempotency_by_age ON idempotency (company_id, expires_us);
CREATE INDEX idempotency_by_customer ON idempotency (company_id, customer_id);

-- Session tokens that were ended before their time.
CREATE TABLE session_kill (
	company_id BIGINT NOT NULL,
	mac BYTEA NOT NULL CHECK (length(mac) = 12),
	expires_us BIGINT NOT NULL,
	PRIMARY KEY (company_id, mac)
);

-- Imports that have begun and not ended: see import_run.c.
CREATE TABLE import_run (
	company_id BIGINT NOT NULL,
	import_id TEXT NOT NULL CHECK (length(import_id) > 0),
	rows_done BIGINT NOT NULL,
	before_id BIGINT NOT NULL,
	claimed_id BIGINT NOT NULL,
	updated_us BIGINT NOT NULL,
	PRIMARY KEY (company_id, import_id)
);

-- Rates that several servers share: the time of each key's next call if all came evenly.
CREATE TABLE rate_lease ( -- PostgreSQL only
	company_id BIGINT NOT NULL, -- PostgreSQL only
	key_number BIGINT NOT NULL, -- PostgreSQL only
	tat_ns BIGINT NOT NULL, -- PostgreSQL only
	PRIMARY KEY (company_id, key_number) -- PostgreSQL only
); -- PostgreSQL only
