#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/*
 * A piece of text with its length in bytes. It owns nothing; whoever made it says
 * how long `p` is good. The empty string is n == 0, and then `p` may be NULL: look
 * at `n` first. Absent and empty are one and the same (contract section 3).
 */
struct str {
	const char *p;
	size_t n;
};

/* A string literal as a struct str: an initialiser, and an expression. */
#define STR_INIT(literal)                                                                          \
	{                                                                                          \
		"" literal, sizeof(literal) - 1                                                    \
	}
#define STR(literal) ((struct str)STR_INIT(literal))

/* For printf's "%.*s". */
#define STR_ARGS(s) (int)(s).n, ((s).n ? (s).p : "")

static inline struct str str_c(const char *text)
{
	return (struct str){text, text ? strlen(text) : 0};
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_equal_c(struct str a, const char *b)
{
	return str_equal(a, str_c(b));
}

/* ASCII letters of either case count as the same; for header names and the like. */
static inline bool str_equal_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		unsigned x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
		if (x - 'A' < 26u)
			x |= 0x20u;
		if (y - 'A' < 26u)
			y |= 0x20u;
		if (x != y)
			return false;
	}
	return true;
}

#endif
