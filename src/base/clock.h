#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

/*
 * The only places that ask the system for the time. Any thread. Tests put their own
 * clock in; code that needs a time takes it as a parameter wherever it can.
 */

/* Microseconds since 1970, UTC. */
int64_t clock_now_us(void);

/* Microseconds of a clock that never steps; for durations and deadlines. */
int64_t clock_mono_us(void);

/* At least so long, unless a signal comes. */
void clock_sleep_us(int64_t us);

/* For tests, before other threads start. NULL gives the system's clock back. */
void clock_replace(int64_t (*now_us)(void), int64_t (*mono_us)(void));

#endif
