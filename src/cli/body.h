#ifndef CLI_BODY_H
#define CLI_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "field/field.h"

/*
 * A request's JSON from what a person typed: each value is written in the form that its
 * field's kind asks for, in the order of the field tables.
 */
struct assignment {
	struct str name; /* "customer.address.city", "items[0].quantity"; an array of plain values
			    is named once for each */
	struct str value;
	bool raw;          /* JSON as it is, whatever the field's kind */
	const char *shown; /* how the person named it: "--rate", "COMPANY" */
	bool used;         /* for body_object itself */
};

/* Splits "name=value" or "name:=JSON"; all of it lives where `arg` does. False: it is neither. */
bool body_assignment(const char *arg, struct assignment *ret_assignment);

/*
 * Appends one object with the members of all tables for which there is a value. RC_INVALID: a
 * value does not fit its kind, or a name is not in the tables (raw ones need only be beside
 * names that are); a sentence in reterr. RC_NOMEM.
 */
MUST_CHECK enum rc body_object(const struct field *const *tables, size_t n_tables,
			       struct assignment *assignments, size_t n, struct text *t,
			       struct text *reterr);

#endif
