#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdint.h>

/*
 * Counters that cost next to nothing: each thread writes only its own set, and readers add
 * the sets up. What the rows of `requests` stand for is the caller's business.
 */
#define METRICS_ROWS    64
#define METRICS_BUCKETS 128

struct metrics_sum {
	uint64_t requests[METRICS_ROWS];
	uint64_t refused[METRICS_ROWS]; /* answered, but not as wished */
	uint64_t failed[METRICS_ROWS];  /* our own fault */
	uint64_t buckets[METRICS_BUCKETS];
	uint64_t total;
};

enum metrics_outcome { METRICS_GOOD, METRICS_REFUSED, METRICS_FAILED };

/* `row` below METRICS_ROWS. Any thread: it counts in a set of its own, made at its first count and
 * kept when it ends. Nothing is counted where there is no memory for one. */
void metrics_count(unsigned row, enum metrics_outcome outcome, int64_t duration_us);
/* The same, where how long it took says nothing about the others: it is no part of the percentiles.
 */
void metrics_count_untimed(unsigned row, enum metrics_outcome outcome);

/* All sets added up, as of about now. Any thread. */
void metrics_sum(struct metrics_sum *ret_sum);

/* A duration that `percent` of the counted ones did not pass, within 25 %; 0 when none. */
int64_t metrics_percentile_us(const struct metrics_sum *sum, double percent);

#endif
