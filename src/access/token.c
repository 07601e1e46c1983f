/*
 * Session tokens: `company|8-4-4-4-12|key number`. The 128 bits in the middle are the
 * second it expires in (32) and a keyed hash of everything that matters (96), so that a token is
 * checked without asking anybody, and ends when its key's generation moves on.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "access/internal.h"

#define UUID_CHARS     36
#define KEY_DIGITS_MIN 4
#define MAC_BYTES      sizeof(((struct token *)NULL)->mac)
#define PURPOSE        "pdmdsess" /* what else may be signed one day must not pass for a token */
#define PURPOSE_BYTES  (sizeof(PURPOSE) - 1)
#define SIGNED_BYTES   (PURPOSE_BYTES + 3 * sizeof(uint64_t) + sizeof(uint32_t))
#define FULL_BYTES     crypto_generichash_BYTES_MIN

_Static_assert(MAC_BYTES <= FULL_BYTES, "the hash is cut to what a token has room for");

/* ---- what is signed ----------------------------------------------------------------- */

static uint8_t *put(uint8_t *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		to[i] = (uint8_t)(value >> (8 * i));
	return to + bytes;
}

/* Every part at its place and of fixed size, the same on every machine. */
static void layout(const struct token *t, int64_t generation, uint8_t ret_bytes[SIGNED_BYTES])
{
	uint8_t *to = ret_bytes;

	memcpy(to, PURPOSE, PURPOSE_BYTES);
	to += PURPOSE_BYTES;
	to = put(to, (uint64_t)t->company_id, sizeof(uint64_t));
	to = put(to, (uint64_t)t->key_number, sizeof(uint64_t));
	to = put(to, (uint64_t)generation, sizeof(uint64_t));
	(void)put(to, t->expires_s, sizeof(uint32_t)); /* nothing behind it */
}

static void sign(const struct token_secret *secret, const uint8_t bytes[SIGNED_BYTES],
		 uint8_t ret_full[FULL_BYTES])
{
	/* Fails only for lengths that it does not know; these are constants. */
	(void)crypto_generichash(ret_full, FULL_BYTES, bytes, SIGNED_BYTES, secret->bytes,
				 SECRET_BYTES);
}

/* ---- making ------------------------------------------------------------------------- */

void token_make(const struct access *a, int64_t company_id, int64_t key_number, int64_t generation,
		uint32_t expires_s, char ret_token[TOKEN_CHARS_MAX + 1])
{
	const struct token t = {
		.company_id = company_id, .key_number = key_number, .expires_s = expires_s};
	uint8_t bytes[SIGNED_BYTES], full[FULL_BYTES];
	char hex[2 * MAC_BYTES + 1];

	layout(&t, generation, bytes);
	sign(&a->secrets.tokens[a->secrets.signer], bytes, full);
	(void)sodium_bin2hex(hex, sizeof(hex), full, MAC_BYTES); /* always fits */
	(void)snprintf(ret_token, TOKEN_CHARS_MAX + 1,
		       "%" PRId64 "|%08" PRIx32 "-%.4s-%.4s-%.4s-%.12s|%04" PRId64, company_id,
		       expires_s, hex, hex + 4, hex + 8, hex + 12, key_number);
}

/* ---- reading ------------------------------------------------------------------------ */

/* A positive number with `digits_min` digits or more, and no more zeros in front than that takes;
 * taken off the front of *s. */
static bool take_number(struct str *s, size_t digits_min, int64_t *ret_number)
{
	int64_t number = 0;
	size_t n = 0;

	for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++)
		if (__builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, s->p[n] - '0', &number))
			return false;
	if (n < digits_min || number == 0 || (n > digits_min && s->p[0] == '0'))
		return false;
	s->p += n;
	s->n -= n;
	*ret_number = number;
	return true;
}

static bool take_bar(struct str *s)
{
	if (s->n == 0 || s->p[0] != '|')
		return false;
	s->p++;
	s->n--;
	return true;
}

/* One more than what a lower-case hexadecimal digit is worth; 0: it is none. A table, since which
 * kind of digit comes next cannot be foreseen, by the machine neither. */
static const uint8_t digits[UINT8_MAX + 1] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
	['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
	['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
};

/* So many pairs of digits. */
static bool take_bytes(const char **p, uint8_t **to, size_t n)
{
	for (; n; n--, *p += 2) {
		unsigned high = digits[(unsigned char)(*p)[0]],
			 low = digits[(unsigned char)(*p)[1]];

		if (!high || !low)
			return false;
		*(*to)++ = (uint8_t)((high - 1) << 4 | (low - 1));
	}
	return true;
}

static bool take_uuid(struct str *s, struct token *t)
{
	static const size_t parts[] = {4, 2, 2, 2, 6};
	uint8_t bytes[sizeof(t->expires_s) + MAC_BYTES], *to = bytes;
	const char *p = s->p;

	if (s->n < UUID_CHARS)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (i > 0 && *p++ != '-')
			return false;
		if (!take_bytes(&p, &to, parts[i]))
			return false;
	}
	t->expires_s = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
		       (uint32_t)bytes[2] << 8 | bytes[3];
	memcpy(t->mac, bytes + sizeof(t->expires_s), MAC_BYTES);
	s->p += UUID_CHARS;
	s->n -= UUID_CHARS;
	return true;
}

enum rc token_parse(struct str s, struct token *ret_token)
{
	struct token t;

	if (s.n > TOKEN_CHARS_MAX || !take_number(&s, 1, &t.company_id) || !take_bar(&s) ||
	    !take_uuid(&s, &t) || !take_bar(&s) || !take_number(&s, KEY_DIGITS_MIN, &t.key_number))
		return RC_INVALID;
	if (s.n)
		return RC_INVALID;
	*ret_token = t;
	return RC_OK;
}

/* What this thread has proven lately. A client sends the same token with every call, and a hash is
 * a twentieth of a call. A token's place comes from its hash, so strangers without one displace
 * nobody: only what is ours is put here. */
#define PROVEN 256

static _Thread_local struct proven {
	uint64_t access; /* its number; 0: empty */
	int64_t generation;
	struct token token;
} proven[PROVEN];

static bool same(const struct token *a, const struct token *b)
{
	return a->company_id == b->company_id && a->key_number == b->key_number &&
	       a->expires_s == b->expires_s && sodium_memcmp(a->mac, b->mac, MAC_BYTES) == 0;
}

static bool is_ours(const struct access *a, const struct token *t, int64_t generation)
{
	uint8_t bytes[SIGNED_BYTES], full[FULL_BYTES];
	bool ours = false;

	layout(t, generation, bytes);
	for (size_t i = 0; i < a->secrets.n_tokens; i++) {
		sign(&a->secrets.tokens[i], bytes, full);
		ours |= sodium_memcmp(full, t->mac, MAC_BYTES) == 0;
	}
	return ours;
}

bool token_good(const struct access *a, const struct token *t, int64_t generation, int64_t now_us)
{
	struct proven *p = &proven[t->mac[0] % PROVEN];
	bool known = p->access == a->number && p->generation == generation && same(&p->token, t);

	if (!known && is_ours(a, t, generation)) {
		*p = (struct proven){a->number, generation, *t};
		known = true;
	}
	return known && now_us < (int64_t)t->expires_s * 1000000;
}
