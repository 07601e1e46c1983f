#include "base/metrics.h"

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_LINE 64

/* Buckets are four to each power of two, so a bucket's ends are within 25 % of each other. The
 * first four hold 0 to 3 µs exactly; the last holds everything that is longer. */
#define PER_OCTAVE      4u
#define PER_OCTAVE_BITS 2

/* Only the owner writes, so a plain load and store is enough to add, and atomic only for those who
 * read meanwhile. Aligned, so that two threads' sets never share a cache line. */
struct metrics {
	alignas(CACHE_LINE) struct metrics *next; /* settled before it is in the list */
	_Atomic uint64_t requests[METRICS_ROWS];
	_Atomic uint64_t refused[METRICS_ROWS];
	_Atomic uint64_t failed[METRICS_ROWS];
	_Atomic uint64_t buckets[METRICS_BUCKETS];
};

/* Sets are added in front and never taken out. */
static _Atomic(struct metrics *) first;

static _Thread_local struct metrics *own;

static struct metrics *add_set(void)
{
	struct metrics *m = aligned_alloc(CACHE_LINE, sizeof(*m));

	if (!m)
		return NULL;
	memset(m, 0, sizeof(*m));
	m->next = atomic_load_explicit(&first, memory_order_relaxed);
	while (!atomic_compare_exchange_weak_explicit(&first, &m->next, m, memory_order_release,
						      memory_order_relaxed))
		;
	return m;
}

static void add_one(_Atomic uint64_t *counter)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static size_t bucket_of(int64_t duration_us)
{
	uint64_t us = duration_us > 0 ? (uint64_t)duration_us : 0;

	if (us < PER_OCTAVE)
		return (size_t)us;
	unsigned top = 63u - (unsigned)__builtin_clzll(us); /* us is not 0 */
	unsigned below = (unsigned)(us >> (top - PER_OCTAVE_BITS)) % PER_OCTAVE;
	size_t bucket = (top - PER_OCTAVE_BITS + 1) * PER_OCTAVE + below;
	return bucket < METRICS_BUCKETS ? bucket : METRICS_BUCKETS - 1;
}

/* The longest duration that belongs into the bucket. */
static int64_t bucket_end_us(size_t bucket)
{
	if (bucket < PER_OCTAVE)
		return (int64_t)bucket;
	unsigned shift = (unsigned)(bucket / PER_OCTAVE - 1);
	return (int64_t)(((PER_OCTAVE + bucket % PER_OCTAVE + 1) << shift) - 1);
}

void metrics_count_untimed(unsigned row, enum metrics_outcome outcome)
{
	assert(row < METRICS_ROWS);
	if (!own)
		own = add_set();
	if (!own)
		return;
	add_one(&own->requests[row]);
	if (outcome == METRICS_REFUSED)
		add_one(&own->refused[row]);
	if (outcome == METRICS_FAILED)
		add_one(&own->failed[row]);
}

void metrics_count(unsigned row, enum metrics_outcome outcome, int64_t duration_us)
{
	metrics_count_untimed(row, outcome);
	if (own)
		add_one(&own->buckets[bucket_of(duration_us)]);
}

static void add_all(uint64_t *sums, const _Atomic uint64_t *counters, size_t n)
{
	for (size_t i = 0; i < n; i++)
		sums[i] += atomic_load_explicit(&counters[i], memory_order_relaxed);
}

void metrics_sum(struct metrics_sum *ret_sum)
{
	struct metrics_sum sum = {.total = 0};
	const struct metrics *m = atomic_load_explicit(&first, memory_order_acquire);

	for (; m; m = m->next) {
		add_all(sum.requests, m->requests, METRICS_ROWS);
		add_all(sum.refused, m->refused, METRICS_ROWS);
		add_all(sum.failed, m->failed, METRICS_ROWS);
		add_all(sum.buckets, m->buckets, METRICS_BUCKETS);
	}
	/* From the buckets, so that a percentile always finds its bucket. */
	for (size_t i = 0; i < METRICS_BUCKETS; i++)
		sum.total += sum.buckets[i];
	*ret_sum = sum;
}

int64_t metrics_percentile_us(const struct metrics_sum *sum, double percent)
{
	uint64_t seen = 0;

	if (sum->total == 0)
		return 0;
	/* How many must have been no longer. */
	double wanted = percent / 100 * (double)sum->total;
	for (size_t i = 0; i < METRICS_BUCKETS; i++) {
		seen += sum->buckets[i];
		if (seen > 0 && (double)seen >= wanted)
			return bucket_end_us(i);
	}
	return bucket_end_us(METRICS_BUCKETS - 1);
}
