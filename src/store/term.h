#ifndef STORE_TERM_H
#define STORE_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "store/store.h"

/*
 * What customers are found by: table customer_term has a row for each term of each customer. A term
 * is a letter for its kind and a text made alike (base/fold.h): case, accents, blanks and marks do
 * not matter, and +44 or 0044 before a telephone number is 0.
 *
 *	d1968-11-06   ejoe@blogs.com   lbloggs   ptt111tt   t07700900123
 */
#define TERM_BYTES_MAX CUSTOMER_TERM_BYTES_MAX /* what is longer is cut */
#define TERM_END_BYTES 4                       /* room for what term_end writes behind it */
#define TERMS_MAX      6                       /* of one customer: two telephone numbers */

struct term {
	size_t n;
	char bytes[TERM_BYTES_MAX + TERM_END_BYTES];
};

struct terms {
	size_t n;
	struct term items[TERMS_MAX];
};

static inline struct str term_str(const struct term *t)
{
	return (struct str){t->bytes, t->n};
}

/* Each once; none for what is empty, or has nothing left when it is made alike. */
void terms_of(const struct customer *c, struct terms *ret_terms);

/* Those of a search, the one that fewest customers are likely to have first. False: there is none,
 * or one of its texts has nothing left. */
bool terms_sought(const struct customer_search *search, struct terms *ret_terms);

bool terms_have(const struct terms *terms, const struct term *t);

/* Is a customer who has `t` one whom `sought` finds? The same term, or a last name that begins so.
 */
bool term_covers(const struct term *sought, const struct term *t);

/* Does the customer match all of them? A last name is only the beginning of one. */
bool terms_match(const struct terms *sought, const struct customer *c);

/* Behind every term that begins with `t`. */
struct term term_end(const struct term *t);

/* Is the term a last name, that is, the beginning of one? */
bool term_is_name(const struct term *t);

#endif
