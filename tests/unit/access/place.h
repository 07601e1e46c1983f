#ifndef TESTS_UNIT_ACCESS_PLACE_H
#define TESTS_UNIT_ACCESS_PLACE_H

#include "access/access.h"

/*
 * A folder of its own for one test, with a secret in it that never changes, so that what
 * is made under it can be written down in the test.
 */
#define PLACE_KEYS    "keys 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
#define PLACE_TOKENS  "tokens 1 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n"
#define PLACE_TOKENS2 "tokens 2 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\n"

struct place {
	char dir[64];
};

/* Each ends the test when something cannot be had. */
void place_make(struct place *p);
void place_write_secret(const struct place *p, const char *file);
struct access *place_open(const struct place *p, const struct access_options *options);
void place_remove(struct place *p); /* with every file in it */

#endif
