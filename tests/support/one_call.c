#include "support/one_call.h"

#include <stdio.h>
#include <stdlib.h>

struct house house;
struct call call;

int set_up(void **state)
{
	(void)state;
	call_init(&call);
	house_open(&house, "faulty:sqlite");
	return 0;
}

int tear_down(void **state)
{
	(void)state;
	call_fini(&call);
	house_close(&house);
	return 0;
}

void begin_call(enum door door, const char *command)
{
	call_reset(&call);
	call.command = registry_find(door, str_c(command));
	if (!call.command) {
		(void)fprintf(stderr, "there is no %s\n", command);
		abort();
	}
	call.services = &house.services;
	call.request_id = STR("test");
	call.operator_uid = -1;
}
