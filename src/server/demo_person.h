#ifndef SERVER_DEMO_PERSON_H
#define SERVER_DEMO_PERSON_H

#include <stdint.h>

#include "record/customer.h"

/*
 * One invented customer of the demo data.
 */
struct demo_person {
	struct customer customer; /* its texts point into `room` */
	char room[1024];
	size_t used;
};

/* Always the same for the same company and id, in whatever order they are made. */
void demo_person_make(struct demo_person *p, int64_t company_id, int64_t customer_id);

#endif
