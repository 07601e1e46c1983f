#include "base/backoff.h"

#include "base/random.h"

int64_t backoff_next(struct backoff *b, int64_t min_us, int64_t max_us)
{
	uint32_t random;

	b->us = b->us ? b->us * 2 : min_us;
	if (b->us > max_us)
		b->us = max_us;
	random_bytes(&random, sizeof(random));
	return 1 + (int64_t)random % b->us;
}
