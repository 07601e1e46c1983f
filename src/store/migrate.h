#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct engine;

/*
 * The steps that make the schema, oldest first: number 1, 2, … . The array is written by
 * cmake/embed_migrations.cmake from the files in migrations/. What has been released is never
 * changed.
 */
struct migration {
	int64_t number;
	const char *name;
	const char *text; /* PostgreSQL's */
	const char *text_sqlite;
};

extern const struct migration migrations[];
extern const size_t n_migrations;

/* The number of the newest one: what this program needs. */
int64_t migrate_newest(void);

/* Runs the migrations behind number `from`, each in a transaction of its own. After a failure the
 * engine is only good for closing, which rolls back. */
MUST_CHECK enum rc migrate_up(struct engine *e, int64_t from, struct text *reterr);
/* Runs all of them, in a new database, in the open transaction. */
MUST_CHECK enum rc migrate_within(struct engine *e, struct text *reterr);

#endif
