#include "histogram.h"

/* The first 64 buckets are one wide; then 64 for each power of two, cut into equal parts. */
#define STEPS      64u
#define STEPS_BITS 6

static unsigned bucket_of(uint64_t ns)
{
	unsigned shift;

	if (ns < STEPS)
		return (unsigned)ns;
	shift = 63u - (unsigned)__builtin_clzll(ns) - STEPS_BITS;
	if ((shift + 2) * STEPS > HISTOGRAM_BUCKETS)
		return HISTOGRAM_BUCKETS - 1;
	return (shift + 1) * STEPS + (unsigned)((ns >> shift) - STEPS);
}

static uint64_t end_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < STEPS)
		return bucket;
	shift = bucket / STEPS - 1;
	return ((uint64_t)(STEPS + bucket % STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t ns)
{
	h->n++;
	if (ns > h->max)
		h->max = ns;
	h->buckets[bucket_of(ns)]++;
}

uint64_t histogram_percentile(const struct histogram *h, double percent)
{
	double wanted = (double)h->n * percent / 100.0;
	uint64_t seen = 0, end;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen == 0 || (double)seen < wanted)
			continue;
		end = end_of(i);
		return end < h->max ? end : h->max;
	}
	return h->max;
}
