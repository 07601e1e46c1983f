/*
 * The table of addresses has twice as many places as there can be connections, so it is
 * never more than half full, whatever strangers do. Places are found by linear probing; on
 * removal the ones behind move up, so that no marks of removed ones pile up.
 */
#include "http/limits.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

struct place {
	struct ip key;
	uint32_t count; /* 0: free */
};

struct limits {
	pthread_mutex_t mutex;
	size_t connections_max;
	size_t per_address_max;
	_Atomic size_t n;
	uint64_t seed;
	size_t mask;
	struct place places[];
};

struct limits *limits_create(size_t connections_max, size_t per_address_max)
{
	size_t n_places = 64;

	while (n_places < 2 * (connections_max + LIMITS_SPARE_MAX))
		n_places *= 2;
	struct limits *l = calloc(1, sizeof(*l) + n_places * sizeof(struct place));
	if (!l)
		return NULL;
	if (pthread_mutex_init(&l->mutex, NULL) != 0) {
		free(l);
		return NULL;
	}
	l->connections_max = connections_max;
	l->per_address_max = per_address_max;
	l->mask = n_places - 1;
	random_bytes(&l->seed, sizeof(l->seed));
	return l;
}

struct limits *limits_destroy(struct limits *l)
{
	if (!l)
		return NULL;
	(void)pthread_mutex_destroy(&l->mutex); /* fails only when someone holds it */
	free(l);
	return NULL;
}

struct ip limits_key(const struct ip *peer)
{
	static const uint8_t v4[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	struct ip key = *peer;

	if (memcmp(key.bytes, v4, sizeof(v4)) != 0)
		memset(key.bytes + 8, 0, 8);
	return key;
}

/* Seeded, so that nobody can choose addresses that meet in one place. */
static size_t home_of(const struct limits *l, const struct ip *key)
{
	uint64_t half[2], h = l->seed;

	memcpy(half, key->bytes, sizeof(half));
	for (int i = 0; i < 2; i++) {
		h ^= half[i];
		h *= UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 32;
		h *= UINT64_C(0xd6e8feb86659fd93);
		h ^= h >> 29;
	}
	return (size_t)h & l->mask;
}

/* The key's place, or the free one where it would go. */
static struct place *find(struct limits *l, const struct ip *key)
{
	size_t i = home_of(l, key);

	while (l->places[i].count && !ip_equal(&l->places[i].key, key))
		i = (i + 1) & l->mask;
	return &l->places[i];
}

static void remove_place(struct limits *l, struct place *gone)
{
	size_t hole = (size_t)(gone - l->places);

	for (size_t i = (hole + 1) & l->mask; l->places[i].count; i = (i + 1) & l->mask) {
		size_t home = home_of(l, &l->places[i].key);
		/* May move up only when its home is not behind the hole. */
		if (((i - home) & l->mask) < ((i - hole) & l->mask))
			continue;
		l->places[hole] = l->places[i];
		hole = i;
	}
	l->places[hole].count = 0;
}

enum limits_answer limits_take(struct limits *l, const struct ip *key, size_t spare)
{
	enum limits_answer answer = LIMITS_GOOD;

	assert(spare <= LIMITS_SPARE_MAX);
	(void)pthread_mutex_lock(&l->mutex); /* cannot fail for a plain mutex */
	struct place *place = key ? find(l, key) : NULL;
	if (place && place->count >= l->per_address_max) {
		answer = LIMITS_ADDRESS;
	} else if (limits_count(l) >= l->connections_max + spare) {
		answer = LIMITS_FULL;
	} else {
		if (place) {
			place->key = *key;
			place->count++;
		}
		atomic_fetch_add_explicit(&l->n, 1, memory_order_relaxed);
	}
	(void)pthread_mutex_unlock(&l->mutex);
	return answer;
}

void limits_give(struct limits *l, const struct ip *key)
{
	(void)pthread_mutex_lock(&l->mutex);
	if (key) {
		struct place *place = find(l, key);
		assert(place->count > 0);
		if (--place->count == 0)
			remove_place(l, place);
	}
	assert(limits_count(l) > 0);
	atomic_fetch_sub_explicit(&l->n, 1, memory_order_relaxed);
	(void)pthread_mutex_unlock(&l->mutex);
}

size_t limits_count(const struct limits *l)
{
	return atomic_load_explicit(&l->n, memory_order_relaxed);
}
