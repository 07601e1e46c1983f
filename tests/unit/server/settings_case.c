#include "settings_case.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int set_up(void **state)
{
	static char dir[64];

	(void)snprintf(dir, sizeof(dir), "/tmp/pdmd-settings-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	*state = dir;
	return 0;
}

int tear_down(void **state)
{
	(void)unlink("pdmd.conf"); /* not every test makes it */
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(*state), 0);
	return 0;
}

void write_file(const void *bytes, size_t n)
{
	FILE *f = fopen("pdmd.conf", "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

enum rc load(const char *file, const struct setting_flag *flags, size_t n_flags, struct settings *s,
	     struct text *why)
{
	text_clear(why);
	if (file)
		write_file(file, strlen(file));
	enum rc rc = settings_load(s, file ? "pdmd.conf" : NULL, flags, n_flags, why);
	assert_int_equal(rc == RC_OK, why->n == 0);
	return rc;
}

void good(const char *file, struct settings *s)
{
	CLEANUP(text_fini) struct text why;

	text_init(&why, PATH_MAX);
	if (load(file, NULL, 0, s, &why) != RC_OK)
		fail_msg("%s", text_c(&why));
}
