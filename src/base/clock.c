#include "base/clock.h"

#include <stddef.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t); /* cannot fail for the two clocks below */
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_now_us(void)
{
	return read_us(CLOCK_REALTIME);
}

static int64_t system_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

static int64_t (*now_us_fn)(void) = system_now_us;
static int64_t (*mono_us_fn)(void) = system_mono_us;

int64_t clock_now_us(void)
{
	return now_us_fn();
}

int64_t clock_mono_us(void)
{
	return mono_us_fn();
}

void clock_sleep_us(int64_t us)
{
	const struct timespec pause = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};

	(void)nanosleep(&pause, NULL); /* cut short does no harm */
}

void clock_replace(int64_t (*now_us)(void), int64_t (*mono_us)(void))
{
	now_us_fn = now_us ? now_us : system_now_us;
	mono_us_fn = mono_us ? mono_us : system_mono_us;
}
