#include "rate_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct access_options options = {.failures_per_minute = 5};

int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	place_make(&f->place);
	f->access = place_open(&f->place, &options);
	*state = f;
	return 0;
}

int tear_down(void **state)
{
	struct fixture *f = *state;

	f->access = access_close(f->access);
	place_remove(&f->place);
	free(f);
	return 0;
}
