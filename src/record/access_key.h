#ifndef RECORD_ACCESS_KEY_H
#define RECORD_ACCESS_KEY_H

#include <stdint.h>

#include "base/str.h"
#include "field/field.h"

/*
 * What a vendor's system proves itself with; contract section 5. The key itself is
 * not here: it is shown once and only its hash is stored.
 */
struct network {
	struct str cidr; /* as cidr_format writes it */
};

struct access_key {
	int64_t company_id;
	int64_t key_number; /* counts per company: 1, 2, …; the last part of a token */
	int64_t branch_id;
	struct str label;
	struct list allow; /* of struct network; empty: any address */
	int64_t rate;      /* calls per second, sustained */
	int64_t burst;
	int8_t branch_only; /* sees only its own branch's customers */
	int8_t active;
	struct str created, revoked; /* the company's local day, or "" */

	int64_t generation; /* part of what a token signs */
	uint8_t key_hash[32];
	int8_t branch_active;
};

#define KEY_NUMBER_MAX    999999
#define KEY_LABEL_CHARS   100
#define KEY_NETWORKS_MAX  256
#define KEY_RATE_DEFAULT  20
#define KEY_BURST_DEFAULT 40
#define KEY_RATE_MAX      1000000

extern const struct field access_key_fields[];
extern const struct field network_fields[]; /* an item of `allow`: a plain value */

/* A well-formed CIDR network; rewritten as cidr_format writes it. */
field_check access_key_check_network;

#endif
