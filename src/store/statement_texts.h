#ifndef STORE_STATEMENT_TEXTS_H
#define STORE_STATEMENT_TEXTS_H

/*
 * Parts of statements.c: texts that several statements share, or of which SQLite has a variant.
 */

/* In the order that customer.c reads them; an id of several tables' stands in front. */
#define CUSTOMER_COLUMNS "customer_id, " CUSTOMER_COLUMNS_BEHIND
#define CUSTOMER_COLUMNS_BEHIND                                                                    \
	"external_customer_ref, created, last_modified, title, first_name, "                       \
	"last_name, gender, dob, line_1, line_2, line_3, city, county, postal_code, "              \
	"email_address, tel_number_1, tel_number_2, active, branch_id, version"

/* One row for each network of a key, or one without for a key that has none. */
#define ACCESS_KEY_SELECT                                                                          \
	"SELECT k.key_number, k.branch_id, k.label, k.key_hash, k.rate, k.burst, k.branch_only, "  \
	"k.active, k.generation, k.created, k.revoked, b.active, n.cidr "                          \
	"FROM access_key k "                                                                       \
	"JOIN branch b ON b.company_id = k.company_id AND b.branch_id = k.branch_id "              \
	"LEFT JOIN key_network n ON n.company_id = k.company_id AND n.key_number = k.key_number "

/* SQLite's one number for a company and an id of it; the ids come as $1 and the other parameter. */
#define ONE_KEY(id) "($1 << 33 | " id ")"

#define CUSTOMER_ADD(key_column, key)                                                              \
	"INSERT INTO customer (company_id, last_op, " CUSTOMER_COLUMNS key_column ") "             \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "          \
	"$17, $18, $19, $20, $21, $22, 1" key ") ON CONFLICT DO NOTHING"

/* Branch 0: all of them. The comparison that tells $3's type comes first. */
#define CUSTOMER_GET(key)                                                                          \
	"SELECT " CUSTOMER_COLUMNS " FROM customer "                                               \
	"WHERE " key "company_id = $1 AND customer_id = $2 AND (branch_id = $3 OR $3 = 0)"

#define CUSTOMER_EDIT(key)                                                                         \
	"UPDATE customer SET last_op = $4, external_customer_ref = $5, last_modified = $6, "       \
	"title = $7, first_name = $8, last_name = $9, gender = $10, dob = $11, line_1 = $12, "     \
	"line_2 = $13, line_3 = $14, city = $15, county = $16, postal_code = $17, "                \
	"email_address = $18, tel_number_1 = $19, tel_number_2 = $20, active = $21, "              \
	"branch_id = $22, version = version + 1 "                                                  \
	"WHERE " key "company_id = $1 AND customer_id = $2 AND version = $3"

#define CUSTOMER_ERASE(key)                                                                        \
	"DELETE FROM customer "                                                                    \
	"WHERE " key "company_id = $1 AND customer_id = $2 AND version = $3"

/* A key that ends in + keeps SQLite from taking the index of references for the company, and
 * sorting all of it. */
#define CUSTOMER_LIST(key, order)                                                                  \
	"SELECT " CUSTOMER_COLUMNS " FROM customer WHERE " key                                     \
	"company_id = $1 AND customer_id > $2 ORDER BY " order " LIMIT $3"

/* See ahead.c. Whose branch it is is looked at there. One by one, and not = ANY, which goes along
 * all of a company as long as the planner takes it for small. */
#define CUSTOMER_MANY(type, condition)                                                             \
	"SELECT c.customer_id, " CUSTOMER_COLUMNS_BEHIND " FROM unnest(CAST($2 AS " type "[])) "   \
	"AS w (wanted), LATERAL (SELECT " CUSTOMER_COLUMNS " FROM customer "                       \
	"WHERE company_id = $1 AND " condition " = w.wanted LIMIT 1) AS c"

#define CUSTOMER_LAST(key, order)                                                                  \
	"SELECT customer_id FROM customer WHERE " key "company_id = $1 ORDER BY " order            \
	" DESC LIMIT 1"

/* The customer of a row of another table, as what stands behind JOIN. By SQLite's one number; in
 * PostgreSQL so that it is looked up for each row, and by its whole key, whatever the planner
 * believes of the sizes: statements are planned once, when a table may still be empty. */
#define ONE_CUSTOMER_OF(table, id)                                                                 \
	"customer c ON c.customer_key = (" table ".company_id << 33 | " id ") "                    \
	"AND c.company_id = " table ".company_id AND c.customer_id = " id " "
#define CUSTOMER_OF(id)                                                                            \
	"LATERAL (SELECT " CUSTOMER_COLUMNS ", last_op FROM customer "                             \
	"WHERE company_id = $1 AND customer_id = " id " LIMIT 1) AS c ON true "

#define TERM_WALK(condition, order, customer)                                                      \
	"SELECT t.term, c.customer_id, " CUSTOMER_COLUMNS_BEHIND " FROM customer_term t "          \
	"JOIN " customer "WHERE t.company_id = $1 AND " condition " ORDER BY " order " LIMIT $4"
#define TERM_EXACT "t.term = $2 AND t.customer_id > $3"
#define TERM_NAMES "(t.term, t.customer_id) > ($2, $3) AND t.term < $5"

/* Counts no further than $3; the bounded part is called `few`. */
#define TERM_COUNT(condition)                                                                      \
	"SELECT count(*) FROM (SELECT 1 FROM customer_term "                                       \
	"WHERE company_id = $1 AND " condition " LIMIT $3) AS few"

/* Changes of customers, and what became of each: enum outcome of customer_find.c. 4:
 * AUDIT_CUSTOMER. */
#define CUSTOMER_CHANGES(place, customer, condition, order)                                        \
	"SELECT " place ", a.record_branch_id, CASE WHEN c.last_op = a.op THEN 1 "                 \
	"WHEN a.new_version = 0 AND c.customer_id IS NULL THEN 2 ELSE 0 END, "                     \
	"a.record_id, " CUSTOMER_COLUMNS_BEHIND " FROM audit a LEFT JOIN " customer                \
	"WHERE a.company_id = $1 AND " condition " AND a.record = 4 ORDER BY " order " LIMIT $3"

/* Transactions below the oldest one that is still under way have all ended. What is looked at is
 * the snapshot of the statement itself, so that what counts as ended is also seen. */
#define TX_ENDED "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"

/* The cluster's number, which a physical copy shares and no other has, and the database's in it. */
#define DATABASE_ID                                                                                \
	"SELECT system_identifier # CAST(oid AS BIGINT) FROM pg_control_system(), pg_database "    \
	"WHERE datname = current_database()"

#define AUDIT_COLUMNS                                                                              \
	"op, key_number, operator_uid, command, request_id, record, record_id, fields, "           \
	"old_version, new_version"

#define CUSTOMER_ADD_LEASED                                                                        \
	"INSERT INTO customer (company_id, last_op, " CUSTOMER_COLUMNS ") "                        \
	"SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, "                     \
	"$15, $16, $17, $18, $19, $20, $21, $22, 1 "                                               \
	"WHERE NOT EXISTS (SELECT 1 FROM audit WHERE company_id = $1 "                             \
	"AND record = 4 AND record_id = $3) ON CONFLICT DO NOTHING"

#define CUSTOMER_REF_TAKEN                                                                         \
	"SELECT 1 FROM customer WHERE company_id = $1 AND external_customer_ref = $2"

#define INSTALLATION_PUT                                                                           \
	"INSERT INTO installation (one, secret_check) VALUES (1, $1) ON CONFLICT DO NOTHING"

#define IMPORT_GET                                                                                 \
	"SELECT rows_done, before_id, claimed_id FROM import_run "                                 \
	"WHERE company_id = $1 AND import_id = $2"
#define IMPORT_END                                                                                 \
	"DELETE FROM import_run "                                                                  \
	"WHERE company_id = $1 AND (import_id = $2 OR updated_us < $3)"

/* An id that somebody once had, and who was erased, is none; and none is refused. 4:
 * AUDIT_CUSTOMER. */
#define NEVER_GIVEN                                                                                \
	"CASE WHEN EXISTS (SELECT 1 FROM audit WHERE company_id = $1 AND record = 4 "              \
	"AND record_id = new.customer_id) THEN NULL ELSE new.customer_id END"

/* Many at once: see gather.c, which has the columns in this order. */
#define CUSTOMER_GATHERED(id)                                                                                                   \
	"INSERT INTO customer (company_id, last_op, " CUSTOMER_COLUMNS ") "                                                     \
	"SELECT $1, new.last_op, " id ", new.external_customer_ref, new.created, "                                              \
	"new.last_modified, new.title, new.first_name, new.last_name, new.gender, new.dob, "                                    \
	"new.line_1, new.line_2, new.line_3, new.city, new.county, new.postal_code, "                                           \
	"new.email_address, new.tel_number_1, new.tel_number_2, new.active, new.branch_id, 1 "                                  \
	"FROM unnest(CAST($2 AS BYTEA[]), CAST($3 AS BIGINT[]), " TEXTS("$4") TEXTS("$5") TEXTS(                                \
		"$6") TEXTS("$7") TEXTS("$8") TEXTS("$9") "CAST($10 AS BIGINT[]), " TEXTS("$11")                                \
		TEXTS("$12") TEXTS("$13") TEXTS("$14") TEXTS("$15") TEXTS("$16") TEXTS(                                         \
			"$17") TEXTS("$18") TEXTS("$19")                                                                        \
			TEXTS("$20") "CAST($21 AS BIGINT[]), "                                                                  \
				     "CAST($22 AS BIGINT[])) AS new (last_op, customer_id, external_customer_ref, created, "    \
				     "last_modified, title, first_name, last_name, gender, dob, line_1, line_2, line_3, city, " \
				     "county, postal_code, email_address, tel_number_1, tel_number_2, active, branch_id)"
#define TEXTS(parameter) "CAST(" parameter " AS TEXT[]), "

/* A new customer has no terms yet, so there is nothing for them to run into. */
#define TERM_GATHERED                                                                              \
	"INSERT INTO customer_term (company_id, term, customer_id) "                               \
	"SELECT $1, new.term, new.customer_id "                                                    \
	"FROM unnest(CAST($2 AS TEXT[]), CAST($3 AS BIGINT[])) AS new (term, customer_id)"

/* 4: AUDIT_CUSTOMER. */
#define AUDIT_GATHERED                                                                             \
	"INSERT INTO audit (company_id, record_branch_id, " AUDIT_COLUMNS ", server) "             \
	"SELECT $1, new.branch_id, new.op, $2, $3, $4, new.request_id, 4, new.customer_id, "       \
	"'', 0, 1, $6 FROM unnest(CAST($5 AS TEXT[]), CAST($7 AS BYTEA[]), "                       \
	"CAST($8 AS BIGINT[]), CAST($9 AS BIGINT[])) "                                             \
	"AS new (request_id, op, customer_id, branch_id)"

/*
 * For each $2, with its place in the array, the customers who have that term, the first $5 of them
 * and among these those who also have the $3 and $4 of the same place (empty: none is wanted). The
 * $5-th comes in any case, as a sign that there may be more. Each step is bounded and goes along
 * an index, so whatever the planner believes of the sizes cannot turn it round.
 */
#define CUSTOMER_ALIKE_MANY                                                                        \
	"SELECT w.place, t.n, c.customer_id, " CUSTOMER_COLUMNS_BEHIND " "                         \
	"FROM unnest(CAST($2 AS TEXT[]), CAST($3 AS TEXT[]), CAST($4 AS TEXT[])) "                 \
	"WITH ORDINALITY AS w (first, second, third, place), "                                     \
	"LATERAL (SELECT f.customer_id, row_number() OVER (ORDER BY f.customer_id) AS n FROM "     \
	"(SELECT customer_id FROM customer_term WHERE company_id = $1 AND term = w.first "         \
	"ORDER BY customer_id LIMIT $5) AS f) AS t, "                                              \
	"LATERAL (SELECT customer_id, " CUSTOMER_COLUMNS_BEHIND " FROM customer "                  \
	"WHERE company_id = $1 AND customer_id = t.customer_id LIMIT 1) AS c "                     \
	"WHERE t.n = $5 OR (" ALIKE_TERM("w.second") " AND " ALIKE_TERM(                           \
		"w.third") ") "                                                                    \
			   "ORDER BY w.place, t.n"
#define ALIKE_TERM(term)                                                                           \
	"(" term " = '' OR (SELECT 1 FROM customer_term WHERE company_id = $1 AND term = " term    \
	" AND customer_id = t.customer_id LIMIT 1) = 1)"

#define IMPORT_PUT                                                                                 \
	"INSERT INTO import_run (company_id, import_id, rows_done, before_id, "                    \
	"claimed_id, updated_us) VALUES ($1, $2, $3, $4, $5, $6) "                                 \
	"ON CONFLICT (company_id, import_id) DO UPDATE SET "                                       \
	"rows_done = excluded.rows_done, claimed_id = excluded.claimed_id, "                       \
	"updated_us = excluded.updated_us"

#define OWED_PUT                                                                                   \
	"INSERT INTO term_owed (company_id, from_id, to_id) VALUES ($1, $2, $3) "                  \
	"ON CONFLICT (company_id) DO UPDATE SET from_id = excluded.from_id, "                      \
	"to_id = excluded.to_id"

#define ANSWER_SWEEP                                                                               \
	"DELETE FROM idempotency WHERE company_id = $1 "                                           \
	"AND (key_number, idempotency_key) IN (SELECT key_number, idempotency_key "                \
	"FROM idempotency WHERE company_id = $1 AND expires_us <= $2 "                             \
	"ORDER BY expires_us LIMIT $3)"

#define ACCESS_KEY_ADD                                                                             \
	"INSERT INTO access_key (company_id, key_number, branch_id, label, "                       \
	"key_hash, rate, burst, branch_only, active, generation, created, revoked) "               \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "                              \
	"ON CONFLICT DO NOTHING"

#define ACCESS_KEY_EDIT                                                                            \
	"UPDATE access_key SET label = $3, rate = $4, burst = $5, "                                \
	"branch_only = $6, active = $7, generation = $8, revoked = $9 "                            \
	"WHERE company_id = $1 AND key_number = $2"

#define COMPANY_ADD                                                                                \
	"INSERT INTO company (company_id, name, timezone, active, created) "                       \
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"

#define COMPANY_SELECT "SELECT company_id, name, timezone, active, created FROM company "
#define BRANCH_SELECT  "SELECT branch_id, name, active FROM branch WHERE company_id = $1 "

#define COMPANY_COUNT                                                                              \
	"SELECT (SELECT count(*) FROM company), "                                                  \
	"(SELECT count(*) FROM access_key WHERE active = 1)"

#define ANSWER_LIST                                                                                \
	"SELECT key_number, idempotency_key, expires_us, answer "                                  \
	"FROM idempotency WHERE company_id = $1 AND customer_id = $2 "                             \
	"ORDER BY key_number, idempotency_key"

#define KILL_SWEEP                                                                                 \
	"DELETE FROM session_kill WHERE company_id = $1 AND mac IN "                               \
	"(SELECT mac FROM session_kill WHERE company_id = $1 AND expires_us <= $2 "                \
	"LIMIT $3)"

#define ANSWER_GET                                                                                 \
	"SELECT request_hash, expires_us, etag, customer_id, answer "                              \
	"FROM idempotency WHERE company_id = $1 AND key_number = $2 "                              \
	"AND idempotency_key = $3 AND expires_us > $4"

#define COUNTER_NEXT                                                                               \
	"INSERT INTO id_counter (company_id, kind, next_id) VALUES ($1, $2, 2) "                   \
	"ON CONFLICT (company_id, kind) "                                                          \
	"DO UPDATE SET next_id = id_counter.next_id + 1 RETURNING next_id - 1"

/* Gives next_id, and nobody else counts until the transaction ends. */
#define COUNTER_TAKE                                                                               \
	"INSERT INTO id_counter (company_id, kind, next_id) VALUES ($1, $2, 1) "                   \
	"ON CONFLICT (company_id, kind) DO UPDATE SET next_id = id_counter.next_id "               \
	"RETURNING next_id"

#define COUNTER_PASS                                                                               \
	"INSERT INTO id_counter (company_id, kind, next_id) "                                      \
	"VALUES ($1, $2, CAST($3 AS BIGINT) + 1) "                                                 \
	"ON CONFLICT (company_id, kind) DO UPDATE SET next_id = excluded.next_id "                 \
	"WHERE id_counter.next_id < excluded.next_id"

/* Of the parameters, $3 is now and $6 how far ahead a TAT can be that is not a wrong clock's. */
#define RATE_FROM                                                                                  \
	"CASE WHEN r.tat_ns > CAST($3 AS BIGINT) AND r.tat_ns <= CAST($3 AS BIGINT) + $6 "         \
	"THEN r.tat_ns ELSE CAST($3 AS BIGINT) END + CAST($4 AS BIGINT)"
#define RATE_LEASE                                                                                 \
	"INSERT INTO rate_lease AS r (company_id, key_number, tat_ns) "                            \
	"VALUES ($1, $2, CAST($3 AS BIGINT) + CAST($4 AS BIGINT)) "                                \
	"ON CONFLICT (company_id, key_number) DO UPDATE SET tat_ns = " RATE_FROM                   \
	" WHERE " RATE_FROM " <= CAST($3 AS BIGINT) + $5 RETURNING tat_ns"

/* Waits for whoever has claimed it and has not committed. An expired one is nobody's. */
#define ANSWER_CLAIM                                                                               \
	"INSERT INTO idempotency (company_id, key_number, idempotency_key, "                       \
	"request_hash, expires_us, etag, customer_id, answer) "                                    \
	"VALUES ($1, $2, $3, $4, $5, 0, 0, '') "                                                   \
	"ON CONFLICT (company_id, key_number, idempotency_key) DO UPDATE SET "                     \
	"request_hash = excluded.request_hash, "                                                   \
	"expires_us = excluded.expires_us, etag = 0, customer_id = 0, answer = '' "                \
	"WHERE idempotency.expires_us <= $6"

#define ANSWER_PUT                                                                                 \
	"INSERT INTO idempotency (company_id, key_number, idempotency_key, request_hash, "         \
	"expires_us, etag, customer_id, answer) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "          \
	"ON CONFLICT (company_id, key_number, idempotency_key) DO UPDATE SET "                     \
	"request_hash = excluded.request_hash, expires_us = excluded.expires_us, "                 \
	"etag = excluded.etag, customer_id = excluded.customer_id, answer = excluded.answer"

#define TERM_ADD_MANY                                                                              \
	"INSERT INTO customer_term (company_id, term, customer_id) "                               \
	"VALUES ($1, $2, $3), ($1, $4, $5), ($1, $6, $7), ($1, $8, $9), "                          \
	"($1, $10, $11), ($1, $12, $13), ($1, $14, $15), ($1, $16, $17) ON CONFLICT DO NOTHING"

#define TERM_REMOVE                                                                                \
	"DELETE FROM customer_term "                                                               \
	"WHERE company_id = $1 AND term = $2 AND customer_id = $3"

#define COUNTER_HOLD                                                                               \
	"UPDATE id_counter SET next_id = next_id "                                                 \
	"WHERE company_id = $1 AND kind = $2 AND next_id = $3"
#define COUNTER_LEASE                                                                              \
	"INSERT INTO id_counter (company_id, kind, next_id) "                                      \
	"VALUES ($1, $2, CAST($3 AS BIGINT) + 1) ON CONFLICT (company_id, kind) DO UPDATE "        \
	"SET next_id = id_counter.next_id + CAST($3 AS BIGINT) "                                   \
	"RETURNING next_id - CAST($3 AS BIGINT)"
#define COUNTER_GIVE_BACK                                                                          \
	"UPDATE id_counter SET next_id = $3 "                                                      \
	"WHERE company_id = $1 AND kind = $2 AND next_id = $4 "                                    \
	"AND NOT EXISTS (SELECT 1 FROM audit WHERE company_id = $1 "                               \
	"AND record = 4 AND record_id >= $3 AND record_id < $4)"

/* 4: AUDIT_CUSTOMER. */
#define AUDIT_ERASED                                                                               \
	"SELECT 1 FROM audit WHERE company_id = $1 AND record = 4 "                                \
	"AND record_id = $2 AND new_version = 0 LIMIT 1"

/* Where several servers write, a row says which. */
#define AUDIT_ADD(column, parameter)                                                               \
	"INSERT INTO audit (company_id, record_branch_id, " AUDIT_COLUMNS column ") "              \
	"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12" parameter ")"
#define AUDIT_LIST(columns)                                                                        \
	"SELECT " columns " FROM audit WHERE company_id = $1 AND op > $2 "                         \
	"AND (record = $4 OR $4 = 0) ORDER BY op LIMIT $3"
#define AUDIT_ERASED_MANY                                                                          \
	"SELECT w.wanted FROM unnest(CAST($2 AS BIGINT[])) AS w (wanted), LATERAL "                \
	"(SELECT 1 FROM audit WHERE company_id = $1 AND record = 4 "                               \
	"AND record_id = w.wanted AND new_version = 0 LIMIT 1) AS e"
#define AUDIT_OF_RECORD(columns)                                                                   \
	"SELECT " columns " FROM audit WHERE company_id = $1 "                                     \
	"AND record = $4 AND record_id = $5 AND op > $2 ORDER BY op LIMIT $3"

#endif
