/*
 * No name twice in an object: in a small one, such as nearly all are, by looking at every pair. In
 * a large one that would cost a hostile caller little and us much, so there we keep a table.
 */
#include "base/random.h"
#include "json/reader.h"

#define FEW 16

/*
 * The text as a polynomial at a point that the caller does not know, modulo a prime: whatever two
 * names of n bytes he chooses, about n in 2^32 of the points have them meet.
 */
static uint32_t hash_of(struct str name, uint32_t point)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < name.n; i++)
		sum = (sum * point + (unsigned char)name.p[i]) % UINT64_C(4294967291);
	return (uint32_t)sum;
}

/* Drawn once per body. */
static uint32_t key_of(struct reader *r)
{
	if (r->hash_key == 0) {
		random_bytes(&r->hash_key, sizeof(r->hash_key));
		r->hash_key |= 256; /* a small point would leave names apart by little */
	}
	return r->hash_key;
}

static const struct json *repeated_of_few(const struct json *members, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			if (str_equal(members[k].name, members[i].name))
				return &members[i];
	}
	return NULL;
}

/* `places`: a power of two and at least twice as many as members; what is there is the number of a
 * member, counted from 1, or 0. */
static const struct json *repeated_of_many(const struct json *members, size_t n, uint32_t key,
					   uint32_t *places, size_t n_places)
{
	for (size_t i = 0; i < n; i++) {
		size_t at = hash_of(members[i].name, key) & (n_places - 1);
		for (; places[at]; at = (at + 1) & (n_places - 1))
			if (str_equal(members[places[at] - 1].name, members[i].name))
				return &members[i];
		places[at] = (uint32_t)i + 1;
	}
	return NULL;
}

bool reader_names_differ(struct reader *r, const struct json *members, size_t n)
{
	const struct json *repeated;

	if (n <= FEW) {
		repeated = repeated_of_few(members, n);
	} else {
		size_t n_places = (size_t)4 * FEW;
		while (n_places < 2 * n)
			n_places *= 2;
		uint32_t *places = arena_alloc(r->arena, n_places * sizeof(*places));
		if (!places)
			return false;
		repeated = repeated_of_many(members, n, key_of(r), places, n_places);
	}
	if (!repeated)
		return true;
	r->at = r->body.p + repeated->name_at;
	return reader_fail(r, "the same name twice");
}
