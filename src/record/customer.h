#ifndef RECORD_CUSTOMER_H
#define RECORD_CUSTOMER_H

#include <stdint.h>

#include "base/str.h"
#include "field/field.h"

/*
 * A customer: a person who is brought medicines. Contract section 4.2 is the table.
 * Every byte here is a patient's: it goes into answers, never into logs or messages.
 */
struct address {
	struct str line_1, line_2, line_3;
	struct str city, county, postal_code;
};

enum gender { GENDER_UNSET, GENDER_MALE, GENDER_FEMALE };

#define CUSTOMER_REF_LETTER "C"

struct customer {
	int64_t customer_id;
	struct str external_customer_ref;
	struct str created, last_modified; /* the company's local day */
	struct str title, first_name, last_name;
	int8_t gender; /* enum gender */
	struct str dob;
	struct address address;
	struct str email_address, tel_number_1, tel_number_2;
	int8_t active;

	int64_t branch_id; /* the branch that the customer was entered by */
	int64_t version;   /* counts up with every change; the ETag */
	int8_t erased;     /* of the person only the number is left; in lists of changes alone */
};

/* As it is answered (contract section 4.2: exactly these names, in this order), and as it is sent
 * to be created (4.3) and to be modified (4.4). */
extern const struct field customer_fields[];
extern const struct field customer_new_fields[];
extern const struct field customer_known_fields[];
/* And all that is stored of one, for himself to see. */
extern const struct field customer_held_fields[];

/* As ListChanges answers it: whether it was erased comes behind. */
extern const struct field customer_changed_fields[];

/* Of a customer who is brought along with his number: below what is left for numbers to come. */
#define CUSTOMER_ID_BROUGHT_MAX 999999999

#endif
