#ifndef TESTS_UNIT_SERVER_SETTINGS_CASE_H
#define TESTS_UNIT_SERVER_SETTINGS_CASE_H

#include "server/settings.h"

/*
 * A file of the name pdmd.conf in a folder of its own, which is where the test stands.
 */
int set_up(void **state);
int tear_down(void **state);

void write_file(const void *bytes, size_t n);

/* Loads `file` (NULL: none). On failure the sentence is in `why`. */
enum rc load(const char *file, const struct setting_flag *flags, size_t n_flags, struct settings *s,
	     struct text *why);
/* The same, which must not fail. */
void good(const char *file, struct settings *s);

#endif
