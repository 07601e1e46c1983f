#include "base/near.h"

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same(char a, char b)
{
	return lower(a) == lower(b);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t longer(struct str a, struct str b)
{
	return a.n > b.n ? a.n : b.n;
}

size_t near_distance(struct str a, struct str b)
{
	size_t rows[3][NEAR_CHARS_MAX + 1] = {0};
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	if (longer(a, b) > NEAR_CHARS_MAX)
		return longer(a, b);
	for (size_t j = 0; j <= b.n; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			now[j] = least(last[j], now[j - 1]) + 1;
			now[j] = least(now[j], last[j - 1] + !same(a.p[i - 1], b.p[j - 1]));
			if (i > 1 && j > 1 && same(a.p[i - 1], b.p[j - 2]) &&
			    same(a.p[i - 2], b.p[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		size_t *oldest = before;
		before = last;
		last = now;
		now = oldest;
	}
	return last[b.n];
}

bool near_enough(struct str wrong, struct str known)
{
	return near_distance(wrong, known) * 3 <= longer(wrong, known);
}

const char *near_word(struct str wrong, const char *const *names, size_t n)
{
	const char *nearest = NULL;
	size_t nearest_distance = 0;

	for (size_t i = 0; i < n; i++) {
		struct str known = str_c(names[i]);
		size_t distance = near_distance(wrong, known);

		if (near_enough(wrong, known) && (!nearest || distance < nearest_distance)) {
			nearest = names[i];
			nearest_distance = distance;
		}
	}
	return nearest;
}
