#include "record/customer.h"

static const char *const genders[] = {"Male", "Female", NULL};

static const struct field address_fields[] = {
	FIELD_STRING(address, line_1, 50, .flags = FIELD_REQUIRED, .help = "House and street."),
	FIELD_STRING(address, line_2, 50, .help = "Further line of the address."),
	FIELD_STRING(address, line_3, 50, .help = "Further line of the address."),
	FIELD_STRING(address, city, 50, .flags = FIELD_REQUIRED, .help = "Town or city."),
	FIELD_STRING(address, county, 50, .help = "County."),
	FIELD_STRING(address, postal_code, 20, .flags = FIELD_REQUIRED,
		     .help = "Postcode; any text, never refused by a pattern."),
	FIELD_END,
};

#define CUSTOMER_ID_FIELD                                                                          \
	FIELD_INT(customer, customer_id, 1, INT64_MAX, .flags = FIELD_ID,                          \
		  .help = "The customer's number within the company.")

#define CUSTOMER_REF_FIELD                                                                         \
	FIELD_STRING(customer, external_customer_ref, 50,                                          \
		     .help = "The vendor system's own reference; unique within the company.")

/* What is sent of a customer, in the order of contract section 4.2. */
#define CUSTOMER_SENT_FIELDS                                                                       \
	FIELD_STRING(customer, title, 12, .help = "Mr, Mrs, Dr, …"),                               \
		FIELD_STRING(customer, first_name, 50, .flags = FIELD_REQUIRED,                    \
			     .help = "First name."),                                               \
		FIELD_STRING(customer, last_name, 50, .flags = FIELD_REQUIRED,                     \
			     .help = "Last name."),                                                \
		FIELD_CHOICE(customer, gender, genders, .help = "`Male`, `Female` or empty."),     \
		FIELD_DATE(customer, dob, .check = field_check_dob,                                \
			   .help = "Date of birth; not in the future, not before 1850."),          \
		FIELD_OBJECT(customer, address, address_fields, .flags = FIELD_REQUIRED,           \
			     .help = "Where the medicines go."),                                   \
		FIELD_STRING(customer, email_address, 250, .check = field_check_email,             \
			     .help = "One `@` with something on each side, no spaces."),           \
		FIELD_STRING(customer, tel_number_1, 50, .help = "Telephone number; any text."),   \
		FIELD_STRING(customer, tel_number_2, 50,                                           \
			     .help = "Second telephone number; any text."),                        \
		FIELD_BOOLEAN(customer, active, .absent = -1,                                      \
			      .help = "False: found, but gets no deliveries.")

/* What is answered, in the same order. */
#define CUSTOMER_ANSWERED_FIELDS                                                                   \
	CUSTOMER_ID_FIELD,                                                                         \
		FIELD_REF(customer, customer_ref, CUSTOMER_REF_LETTER, customer_id,                \
			  .help = "`C` and customer_id in at least six digits."),                  \
		CUSTOMER_REF_FIELD,                                                                \
		FIELD_DATE(customer, created, .flags = FIELD_ANSWER_ONLY,                          \
			   .help = "The day it was created, in the company's time zone."),         \
		FIELD_DATE(customer, last_modified, .flags = FIELD_ANSWER_ONLY,                    \
			   .help = "The day it was last changed, in the company's time zone."),    \
		CUSTOMER_SENT_FIELDS

const struct field customer_fields[] = {
	CUSTOMER_ANSWERED_FIELDS,
	FIELD_END,
};

const struct field customer_changed_fields[] = {
	CUSTOMER_ANSWERED_FIELDS,
	FIELD_BOOLEAN(customer, erased, .flags = FIELD_ANSWER_ONLY,
		      .help = "True: taken out for good, only the number is left."),
	FIELD_END,
};

const struct field customer_held_fields[] = {
	CUSTOMER_ANSWERED_FIELDS,
	FIELD_INT(customer, branch_id, 1, INT64_MAX, .flags = FIELD_ANSWER_ONLY,
		  .help = "The branch that the customer was entered by."),
	FIELD_INT(customer, version, 1, INT64_MAX, .flags = FIELD_ANSWER_ONLY,
		  .help = "How often it was written; the ETag."),
	FIELD_END,
};

const struct field customer_new_fields[] = {
	CUSTOMER_REF_FIELD,
	CUSTOMER_SENT_FIELDS,
	FIELD_END,
};

const struct field customer_known_fields[] = {
	CUSTOMER_ID_FIELD,
	CUSTOMER_REF_FIELD,
	FIELD_ONE_OF("customer_id", "external_customer_ref"),
	CUSTOMER_SENT_FIELDS,
	FIELD_END,
};
