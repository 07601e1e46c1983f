#ifndef SERVER_DEMO_WORDS_H
#define SERVER_DEMO_WORDS_H

#include <stddef.h>

/*
 * What the people of the demo data are put together from. Each table is plain data; its length
 * stands beside it.
 */
struct demo_town {
	const char *city;
	const char *county;
	const char *area; /* of its postcodes: letters, then a district from first to last */
	unsigned first, last;
	/* All but the last three digits of the numbers that Ofcom keeps free there for drama:
	 * nobody can be reached under them. */
	const char *telephone;
};

extern const struct demo_town demo_towns[];
extern const size_t demo_n_towns;

/* Every one begins with an ASCII letter, which is what e-mail addresses take from it. */
extern const char *const demo_men[], *const demo_women[];
extern const size_t demo_n_men, demo_n_women;

extern const char *const demo_last_names[];
extern const size_t demo_n_last_names;

/* A street is one of the first and one of the second: "Chapel", "Lane". */
extern const char *const demo_streets[], *const demo_ways[];
extern const size_t demo_n_streets, demo_n_ways;

/* Of houses without a number. */
extern const char *const demo_houses[];
extern const size_t demo_n_houses;

#endif
