#ifndef BASE_PLAIN_H
#define BASE_PLAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Plain text: printable ASCII without quotation mark and backslash, so that it may stand in JSON,
 * in a log's line and in a header as it is. Nearly all text is nothing else, and every byte that
 * comes in or goes out is asked for it, so it is looked at eight bytes at a time. What is not plain
 * may still be allowed where it stands; who asks then looks closer.
 */
#define PLAIN_ALL(byte) (UINT64_C(0x0101010101010101) * (byte))
#define PLAIN_TOPS      PLAIN_ALL(0x80)

static inline bool plain_char(char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/*
 * Whether eight bytes are plain, all of them. Taking a number from each byte of a word sets the top
 * bit of those that were below it; a borrow from a neighbour may set it wrongly, but only where
 * that neighbour was below, too.
 */
static inline bool plain_word(uint64_t w)
{
	uint64_t control = w - PLAIN_ALL(' ');
	uint64_t quote = (w ^ PLAIN_ALL('"')) - PLAIN_ALL(1);
	uint64_t slash = (w ^ PLAIN_ALL('\\')) - PLAIN_ALL(1);
	uint64_t del = (w ^ PLAIN_ALL(0x7f)) - PLAIN_ALL(1);

	return ((w | control | quote | slash | del) & PLAIN_TOPS) == 0;
}

static inline uint64_t plain_load(const char *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* One to seven bytes as a word: each of them at least once, and nothing else but what is plain. */
static inline uint64_t plain_load_few(const char *p, size_t n)
{
	uint32_t first, last;
	uint16_t one, other;

	if (n >= sizeof(first)) {
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + n - sizeof(last), sizeof(last));
		return (uint64_t)last << 32 | first;
	}
	if (n == 1)
		return PLAIN_ALL((unsigned char)*p);
	memcpy(&one, p, sizeof(one));
	memcpy(&other, p + n - sizeof(other), sizeof(other));
	return PLAIN_ALL((uint64_t)'a') << 32 | (uint64_t)other << 16 | one;
}

static inline bool plain(struct str s)
{
	size_t i = 0;

	if (s.n < sizeof(uint64_t))
		return s.n == 0 || plain_word(plain_load_few(s.p, s.n));
	for (; s.n - i > sizeof(uint64_t); i += sizeof(uint64_t)) {
		if (!plain_word(plain_load(s.p + i)))
			return false;
	}
	return plain_word(plain_load(s.p + s.n - sizeof(uint64_t))); /* over some once more */
}

/* How many bytes at the start of it are plain. */
static inline size_t plain_run(struct str s)
{
	size_t i = 0;

	while (s.n - i >= sizeof(uint64_t) && plain_word(plain_load(s.p + i)))
		i += sizeof(uint64_t);
	while (i < s.n && plain_char(s.p[i]))
		i++;
	return i;
}

#endif
