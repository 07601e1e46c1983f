#ifndef TESTS_SUPPORT_ONE_CALL_H
#define TESTS_SUPPORT_ONE_CALL_H

#include "support/house.h"

/*
 * For tests of the gate and of commands, one call after the other: a house, anew for each test on
 * an engine that can be made to fail, and the newest call.
 */
extern struct house house;
extern struct call call;

/* For cmocka. */
int set_up(void **state);
int tear_down(void **state);

/* Makes `call` ready for this command; body, peer and whoever is behind it are the test's. Ends the
 * program where there is no such command. */
void begin_call(enum door door, const char *command);

#endif
