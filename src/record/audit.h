#ifndef RECORD_AUDIT_H
#define RECORD_AUDIT_H

#include <stdint.h>

#include "base/str.h"
#include "field/field.h"

/*
 * One row of the audit: that something was changed, when, by whom and how; never what was there.
 */
struct audit {
	uint8_t op[16];
	int64_t at_us;        /* what `op` begins with */
	int64_t key_number;   /* 0: not by an access key */
	int64_t operator_uid; /* -1: not by an operator */
	struct str command;
	struct str request_id;
	int8_t record; /* enum audit_record */
	int64_t record_id;
	struct str fields; /* names, with commas; empty: all of them */
	int64_t old_version, new_version;
	struct str server;    /* empty where there is only one */
	struct str time, who; /* what is above, for people; the store leaves them empty */
};

extern const struct field audit_fields[];

/* Fills `time` and `who`. RC_NOMEM. */
MUST_CHECK enum rc audit_tell(struct audit *rows, size_t n, struct arena *a);

#endif
