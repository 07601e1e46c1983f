#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

/*
 * Times in nanoseconds, counted in buckets that are at most 1/64 of their value wide: exact
 * enough for a percentile, and of one size however long the run.
 */
#define HISTOGRAM_BUCKETS (64 * 41)

struct histogram {
	uint64_t n;
	uint64_t max;
	uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_add(struct histogram *h, uint64_t ns);

/* The upper end of the bucket that holds this percentile; 0 when nothing was counted. */
uint64_t histogram_percentile(const struct histogram *h, double percent);

#endif
