#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

/*
 * A buffer that text is appended to. Failure sticks: the first append that finds no
 * memory, or passes the limit, sets `failed`, and all later ones do nothing; append
 * freely and look once at the end. The text is not NUL-terminated; see text_c.
 */
struct text {
	char *p;
	size_t n;
	size_t room;
	size_t fits; /* how long it can get as it is: the lesser of room and limit */
	size_t bytes_max;
	bool failed;
};

/* Takes no memory until the first append. */
void text_init(struct text *t, size_t bytes_max);
void text_fini(struct text *t);

/* Empty again and not failed; the memory is kept. */
void text_clear(struct text *t);

/* Cuts it to its first `n` bytes (no more than there are), not failed; the memory is kept. */
void text_cut(struct text *t, size_t n);

/* text_reserve where it does not fit as it is. */
bool text_grow(struct text *t, size_t bytes);

/* Makes sure that `bytes` more fit, so that writing at p + n is allowed. False: failed. Answers are
 * made of many small pieces, so this and what stands on it is written in place. */
static inline bool text_reserve(struct text *t, size_t bytes)
{
	return (bytes <= t->fits - t->n && !t->failed) || text_grow(t, bytes);
}

static inline void text_add(struct text *t, const void *bytes, size_t n)
{
	if (n == 0 || !text_reserve(t, n))
		return;
	memcpy(t->p + t->n, bytes, n);
	t->n += n;
}

static inline void text_add_char(struct text *t, char c)
{
	if (text_reserve(t, 1))
		t->p[t->n++] = c;
}

static inline void text_add_c(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

void text_add_int(struct text *t, int64_t value);
void text_printf(struct text *t, const char *format, ...) PRINTF_LIKE(2, 3);
void text_vprintf(struct text *t, const char *format, va_list args) PRINTF_LIKE(2, 0);

/* A JSON string with its quotation marks. `s` must be UTF-8. */
void text_add_json(struct text *t, struct str s);

static inline void text_add_str(struct text *t, struct str s)
{
	text_add(t, s.p, s.n);
}

/* Writes a number to `p`, without a NUL, and gives the place behind it. */
#define TEXT_INT_CHARS_MAX 20
char *text_put_int(char *p, int64_t value);

/* What is there so far; good until the next append. */
static inline struct str text_str(const struct text *t)
{
	return (struct str){t->p, t->n};
}

/* The same as a C string; "" when failed. Good until the next append. */
const char *text_c(struct text *t);

#endif
