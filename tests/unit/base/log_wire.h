#ifndef TESTS_LOG_WIRE_H
#define TESTS_LOG_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/log.h"

/*
 * What the log's tests share: something for the log to write into, whose other end
 * the test holds, and a clock that stands still.
 */
struct wire {
	int ends[2]; /* [0] is the reader's, [1] is the log's; -1 when there is none */
	char got[1 << 18];
	size_t n;
	int64_t now_us;
};
extern struct wire wire;

/* The time that the clock shows, and a line's beginning at that time. */
#define WIRE_NOW_US 1513242487000042
#define WIRE_TIME   "2017-12-14T09:08:07.000042Z"
#define HEAD_JSON   "{\"time\":\"" WIRE_TIME "\",\"level\":\"info\",\"event\":\"e\""
#define HEAD_TEXT   WIRE_TIME " INFO  e"

int wire_set_up(void **state);
int wire_tear_down(void **state);

void wire_open_pipe(enum log_format format);
void wire_open_socket(enum log_format format, int send_bytes);
/* Skips the test where there are no terminals. */
void wire_open_terminal(enum log_format format);

/* All that is there now, as one string; good until the next call. */
const char *wire_take(void);

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, wire_set_up, wire_tear_down)

#endif
