#ifndef COMMAND_STATUS_H
#define COMMAND_STATUS_H

#include <stdint.h>

#include "base/rc.h"

/*
 * What an answer says, `status.code`: contract section 2. A row for each has its code,
 * its meaning word for word, and what the page of codes says about it.
 */
enum status {
	ST_OK,
	ST_COMPANY,
	ST_KEY,
	ST_ADDRESS,
	ST_RATE,
	ST_MISSING,
	ST_RANGE,
	ST_TYPE,
	ST_NO_CUSTOMER,
	ST_CUSTOMER_REF_TAKEN,
	ST_DELIVERY_REF_TAKEN,
	ST_DELIVERY_THAT_DAY,
	ST_CHANGED,
	ST_IDEMPOTENCY,
	ST_NO_DELIVERY,
	ST_STATE,
	ST_ERROR,
	/* Only through the admin door. */
	ST_NOT_FOUND,
	ST_EXISTS,
	ST_END,
};

#define ST_BIT(status) (UINT64_C(1) << (status))

/* What the gate itself can answer for every command that needs a session or a key. */
#define ST_GATE                                                                                    \
	(ST_BIT(ST_OK) | ST_BIT(ST_COMPANY) | ST_BIT(ST_KEY) | ST_BIT(ST_ADDRESS) |                \
	 ST_BIT(ST_RATE) | ST_BIT(ST_MISSING) | ST_BIT(ST_RANGE) | ST_BIT(ST_TYPE) |               \
	 ST_BIT(ST_ERROR))

/* The same for the admin door, which asks for no credentials. */
#define ST_ADMIN                                                                                   \
	(ST_BIT(ST_OK) | ST_BIT(ST_MISSING) | ST_BIT(ST_RANGE) | ST_BIT(ST_TYPE) | ST_BIT(ST_ERROR))

struct status_row {
	int code;
	const char *meaning;
	char mark;          /* contract.md: P, A or X */
	const char *cause;  /* for the page of codes */
	const char *remedy; /* what the caller does next */
};

/* Of ST_OK to ST_END - 1. */
const struct status_row *status_row(enum status status);

#endif
