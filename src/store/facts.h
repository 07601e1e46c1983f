#ifndef STORE_FACTS_H
#define STORE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "field/field.h"

/*
 * What an operator wants to know of a database. Nothing of it is about a customer.
 */
struct database;

/* What the role that a server works as could do to the record of who did what. */
enum database_rights {
	DATABASE_SUPERUSER = 1u << 0,
	DATABASE_OWNER = 1u << 1, /* of the table of the audit */
	DATABASE_AUDIT_UPDATE = 1u << 2,
	DATABASE_AUDIT_DELETE = 1u << 3,
	DATABASE_AUDIT_TRUNCATE = 1u << 4,
};

#define DATABASE_ROLE_BYTES 64

/* The other side of a connection. */
struct database_peer {
	char role[DATABASE_ROLE_BYTES];
	unsigned rights;        /* that it need not have to serve */
	int64_t clock_ahead_us; /* the database's, of ours; negative: it is behind */
};

/* More than this, and times in records, tokens and logs of several machines do not fit. */
#define DATABASE_CLOCK_US_MAX 5000000

enum database_host_state { DATABASE_UNREACHABLE, DATABASE_PRIMARY, DATABASE_STANDBY };

struct database_host {
	struct str place;
	enum database_host_state state;
	struct str why; /* it cannot be reached; empty: it can */
};

struct database_table {
	struct str name;
	int64_t rows, bytes; /* bytes with its indexes; 0: not known apart */
};

struct database_facts {
	struct str engine, place, version;
	int64_t schema, schema_needed; /* schema 0: there are no tables */
	int64_t bytes;
	bool shared;       /* what follows is known of no other: */
	struct list hosts; /* of struct database_host */
	struct database_peer peer;
	int64_t connections_used, connections_max; /* of all programs, of all databases there */
	bool rows_estimated;
	struct list tables; /* of struct database_table */
};

/* All that can be found out. A failure, with a sentence in reterr, is one of reaching or reading
 * the database: then the engine, the place, the hosts and the schema that is needed are told all
 * the same. */
MUST_CHECK enum rc database_look(const char *url, struct arena *a, struct database_facts *ret_facts,
				 struct text *reterr);

/* Of a database that servers share: asked over a connection of its own. */
MUST_CHECK enum rc database_peer(struct database *db, struct database_peer *ret_peer);

/* "may DELETE from audit", for people. False, and nothing: it can do no more than it must. */
bool database_say_rights(unsigned rights, struct text *t);

#endif
