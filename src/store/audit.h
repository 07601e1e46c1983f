#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "field/field.h"
#include "store/store.h"

/*
 * What the functions that change a record do for the audit: ask for an op first, since the record
 * keeps it, and add the row when the record is written.
 */
MUST_CHECK enum rc audit_op(struct store *s, int64_t company_id, const struct change *change,
			    uint8_t ret_op[OP_BYTES]);

struct audit_row {
	const uint8_t *op;
	enum audit_record record;
	int64_t record_id;
	int64_t record_branch_id; /* of a customer */
	int64_t old_version,
		new_version; /* 0: records of this kind have none, or it was not there */
};

/* `fields` and the two structs say what is different; NULL: all of it is new, or gone. */
MUST_CHECK enum rc audit_add(struct store *s, int64_t company_id, const struct change *change,
			     const struct audit_row *row, const struct field *fields,
			     const void *before, const void *after);

/* Both, for records that do not keep their op. An edit that has changed nothing is not noted. */
MUST_CHECK enum rc audit_note(struct store *s, int64_t company_id, const struct change *change,
			      enum audit_record record, int64_t record_id,
			      const struct field *fields, const void *before, const void *after);

#endif
