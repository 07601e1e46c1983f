#include "base/fold.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <utf8proc.h>

#include "base/compiler.h"

#define DECOMPOSED_MAX 32 /* of one character; Unicode's longest has 18 */

/* Letters with a stroke or the like, which Unicode does not take apart. */
static const struct {
	int32_t letter;
	const char *plain;
} plain_letters[] = {
	{0xe6, "ae"}, {0xf0, "d"},  {0xf8, "o"},  {0xfe, "th"},  {0x111, "d"},
	{0x127, "h"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}, {0x167, "t"},
};

static bool is_letter(int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
	       (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

static size_t put(int32_t c, enum fold how, char to[4])
{
	if (how == FOLD_LETTERS) {
		for (size_t i = 0; i < ARRAY_LEN(plain_letters); i++) {
			if (plain_letters[i].letter != c)
				continue;
			size_t n = strlen(plain_letters[i].plain);
			memcpy(to, plain_letters[i].plain, n);
			return n;
		}
		if (!is_letter(c))
			return 0;
	}
	return (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)to);
}

/* One character that is not ASCII; 0 bytes read: what comes of it has no room. */
static size_t fold_char(struct str s, enum fold how, char *to, size_t room, size_t *ret_n)
{
	static const utf8proc_option_t options[] = {
		[FOLD_CASE] = UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE | UTF8PROC_STABLE,
		[FOLD_LETTERS] = UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
				 UTF8PROC_STRIPMARK | UTF8PROC_STABLE,
	};
	utf8proc_int32_t c, parts[DECOMPOSED_MAX];
	int boundary = UTF8PROC_BOUNDCLASS_START;
	utf8proc_ssize_t read =
		utf8proc_iterate((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &c);
	char bytes[4];

	assert(read > 0);
	utf8proc_ssize_t n_parts =
		utf8proc_decompose_char(c, parts, DECOMPOSED_MAX, options[how], &boundary);
	assert(n_parts >= 0 && n_parts <= DECOMPOSED_MAX);
	*ret_n = 0;
	for (utf8proc_ssize_t i = 0; i < n_parts; i++) {
		size_t n = put(parts[i], how, bytes);
		if (n > room - *ret_n)
			return 0;
		memcpy(to + *ret_n, bytes, n);
		*ret_n += n;
	}
	return (size_t)read;
}

size_t fold(struct str s, enum fold how, char *ret_bytes, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < room;) {
		unsigned char c = (unsigned char)s.p[i];
		size_t more, read;

		if (c < 0x80) {
			bool upper = c >= 'A' && c <= 'Z';
			bool letter = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
			if (letter || how == FOLD_CASE)
				ret_bytes[n++] = (char)(upper ? c | 0x20 : c);
			i++;
			continue;
		}
		read = fold_char((struct str){s.p + i, s.n - i}, how, ret_bytes + n, room - n,
				 &more);
		if (read == 0)
			break;
		n += more;
		i += read;
	}
	return n;
}
