#ifndef RECORD_COMPANY_H
#define RECORD_COMPANY_H

#include <stdint.h>

#include "base/str.h"
#include "field/field.h"

/* A pharmacy company, and its branches; contract section 5. */
struct company {
	int64_t company_id;
	struct str name;
	struct str timezone; /* a name that zone_find knows */
	int8_t active;
	struct str created; /* company's local day */
};

struct branch {
	int64_t company_id;
	int64_t branch_id; /* counts per company: 1, 2, … */
	struct str name;
	int8_t active;
};

#define COMPANY_ID_MAX       999999999
#define COMPANY_NAME_CHARS   200
#define COMPANY_ZONE_DEFAULT "Europe/London"

extern const struct field company_fields[];
extern const struct field branch_fields[];

/* The zone exists on this system. */
field_check company_check_timezone;

#endif
