#ifndef TESTS_UNIT_ACCESS_RATE_CASE_H
#define TESTS_UNIT_ACCESS_RATE_CASE_H

#include "access/rate.h"
#include "place.h"

/*
 * What is counted of calls and of failures, where five failures a minute are forgiven.
 */
#define S      INT64_C(1000000)
#define T0     (INT64_C(1767225600) * S)
#define MINUTE (60 * S)

struct fixture {
	struct place place;
	struct access *access;
};

int set_up(void **state);
int tear_down(void **state);

#endif
