#include "base/utf8.h"

#include <stdint.h>

#include "base/plain.h"

/* How many bytes from `i` on are ASCII, eight at a time: nearly all text is nothing else. */
static size_t skip_ascii(struct str s, size_t i)
{
	uint64_t eight;

	while (s.n - i >= sizeof(eight)) {
		memcpy(&eight, s.p + i, sizeof(eight));
		if (eight & UINT64_C(0x8080808080808080))
			break;
		i += sizeof(eight);
	}
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

size_t utf8_sequence(struct str s, size_t i)
{
	const unsigned char *p = (const unsigned char *)s.p + i;
	unsigned char lead = p[0], low = 0x80, high = 0xbf; /* bounds of the second byte */
	size_t n;

	if (lead >= 0xc2 && lead <= 0xdf) {
		n = 2;
	} else if (lead >= 0xe0 && lead <= 0xef) {
		n = 3;
		if (lead == 0xe0)
			low = 0xa0; /* below: overlong */
		if (lead == 0xed)
			high = 0x9f; /* above: surrogates */
	} else if (lead >= 0xf0 && lead <= 0xf4) {
		n = 4;
		if (lead == 0xf0)
			low = 0x90; /* below: overlong */
		if (lead == 0xf4)
			high = 0x8f; /* above: beyond U+10FFFF */
	} else {
		return 0;
	}
	if (s.n - i < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t k = 2; k < n; k++) {
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

bool utf8_valid(struct str s)
{
	for (size_t i = skip_ascii(s, 0); i < s.n; i = skip_ascii(s, i)) {
		size_t n = utf8_sequence(s, i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t utf8_chars(struct str s)
{
	size_t chars = 0;

	for (size_t i = 0; i < s.n; i++)
		chars += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return chars;
}

bool utf8_has_control(struct str s, bool multiline)
{
	if (plain(s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (multiline && (c == '\t' || c == '\n'))
			continue;
		if (c < 0x20 || c == 0x7f)
			return true;
		if (c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0)
			return true;
	}
	return false;
}
