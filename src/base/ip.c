#include "base/ip.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

/* Where an IPv4 address sits: the last four bytes behind this. */
static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

#define V4_BITS 96 /* of v4_prefix */

static bool is_v4(const struct ip *ip)
{
	return memcmp(ip->bytes, v4_prefix, sizeof(v4_prefix)) == 0;
}

/* Reads a decimal number of at most three digits and no leading zero at *i, and moves *i
 * behind it; -1 when there is none or it is over `max`. */
static int number(struct str s, size_t *i, int max)
{
	size_t from = *i, at = from;
	int value = 0;

	while (at < s.n && at - from < 3 && s.p[at] >= '0' && s.p[at] <= '9')
		value = value * 10 + (s.p[at++] - '0');
	if (at == from || value > max || (s.p[from] == '0' && at - from > 1))
		return -1;
	*i = at;
	return value;
}

static enum rc parse_v4(struct str s, struct ip *ret_ip)
{
	struct ip ip;
	size_t at = 0;

	memcpy(ip.bytes, v4_prefix, sizeof(v4_prefix));
	for (size_t k = 0; k < 4; k++) {
		if (k > 0 && (at >= s.n || s.p[at++] != '.'))
			return RC_INVALID;
		int value = number(s, &at, 255);
		if (value < 0)
			return RC_INVALID;
		ip.bytes[sizeof(v4_prefix) + k] = (uint8_t)value;
	}
	if (at != s.n)
		return RC_INVALID;
	*ret_ip = ip;
	return RC_OK;
}

static enum rc parse_v6(struct str s, struct ip *ret_ip)
{
	char text[IP_CHARS_MAX + 1];
	struct ip ip;

	if (s.n > IP_CHARS_MAX || memchr(s.p, '\0', s.n))
		return RC_INVALID;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	/* As strict as we are: no blanks, no zone, "::" stands for at least one group, and an
	 * embedded IPv4 address has no leading zeros. */
	if (inet_pton(AF_INET6, text, ip.bytes) != 1)
		return RC_INVALID;
	*ret_ip = ip;
	return RC_OK;
}

enum rc ip_parse(struct str s, struct ip *ret_ip)
{
	if (s.n == 0)
		return RC_INVALID;
	return memchr(s.p, ':', s.n) ? parse_v6(s, ret_ip) : parse_v4(s, ret_ip);
}

static char *put_v4(char *p, const uint8_t bytes[4])
{
	for (int k = 0; k < 4; k++) {
		if (k > 0)
			*p++ = '.';
		p = text_put_int(p, bytes[k]);
	}
	return p;
}

static unsigned group(const struct ip *ip, int k)
{
	return (unsigned)ip->bytes[2 * k] << 8 | ip->bytes[2 * k + 1];
}

/* The first longest run of two or more zero groups; its length is 0 when there is none. */
static int zero_run(const struct ip *ip, int *ret_from)
{
	int longest = 0;

	for (int k = 0; k < 8;) {
		int end = k;
		while (end < 8 && group(ip, end) == 0)
			end++;
		if (end - k >= 2 && end - k > longest) {
			longest = end - k;
			*ret_from = k;
		}
		k = end + 1;
	}
	return longest;
}

static char *put_group(char *p, unsigned value)
{
	static const char hex[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && value >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = hex[value >> shift & 15];
	return p;
}

static char *put_v6(char *p, const struct ip *ip)
{
	int from = 8, run = zero_run(ip, &from);

	for (int k = 0; k < 8; k++) {
		if (k == from) {
			*p++ = ':';
			*p++ = ':';
			k += run - 1;
			continue;
		}
		if (k > 0 && k != from + run)
			*p++ = ':';
		p = put_group(p, group(ip, k));
	}
	return p;
}

static char *put_ip(char *p, const struct ip *ip)
{
	return is_v4(ip) ? put_v4(p, ip->bytes + sizeof(v4_prefix)) : put_v6(p, ip);
}

void ip_format(const struct ip *ip, char ret_text[IP_CHARS_MAX + 1])
{
	*put_ip(ret_text, ip) = '\0';
}

bool ip_equal(const struct ip *a, const struct ip *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* Whether the first `bits` bits are the same. */
static bool same_prefix(const struct ip *a, const struct ip *b, unsigned bits)
{
	size_t whole = bits / 8;
	unsigned rest = bits % 8;

	if (memcmp(a->bytes, b->bytes, whole) != 0)
		return false;
	return rest == 0 || (a->bytes[whole] ^ b->bytes[whole]) >> (8 - rest) == 0;
}

static bool zero_behind(const struct ip *ip, unsigned bits)
{
	size_t whole = bits / 8;

	if (bits % 8 != 0 && (ip->bytes[whole++] & 0xff >> bits % 8) != 0)
		return false;
	while (whole < sizeof(ip->bytes)) {
		if (ip->bytes[whole++] != 0)
			return false;
	}
	return true;
}

enum rc cidr_parse(struct str s, struct cidr *ret_cidr, const char **reterr_why)
{
	const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct str address = {s.p, slash ? (size_t)(slash - s.p) : s.n};
	struct cidr c = {.bits = 128};

	if (ip_parse(address, &c.ip) != RC_OK) {
		*reterr_why = "not an IPv4 or IPv6 address";
		return RC_INVALID;
	}
	if (slash) {
		/* By the way it is written: ::ffff:192.0.2.0/120 has IPv6's bits. */
		bool v4 = !memchr(address.p, ':', address.n);
		size_t at = address.n + 1;
		int bits = number(s, &at, v4 ? 32 : 128);
		if (bits < 0 || at != s.n) {
			*reterr_why = v4 ? "the prefix length is not a number from 0 to 32"
					 : "the prefix length is not a number from 0 to 128";
			return RC_INVALID;
		}
		c.bits = (uint8_t)(v4 ? bits + V4_BITS : bits);
	}
	if (!zero_behind(&c.ip, c.bits)) {
		*reterr_why = "the address has bits set behind the prefix";
		return RC_INVALID;
	}
	*ret_cidr = c;
	return RC_OK;
}

void cidr_format(const struct cidr *c, char ret_text[CIDR_CHARS_MAX + 1])
{
	/* A network that begins with v4_prefix has all its bits, or it would have bits behind the
	 * prefix. */
	char *p = put_ip(ret_text, &c->ip);

	*p++ = '/';
	p = text_put_int(p, is_v4(&c->ip) ? c->bits - V4_BITS : c->bits);
	*p = '\0';
}

bool cidr_contains(const struct cidr *c, const struct ip *ip)
{
	return same_prefix(&c->ip, ip, c->bits);
}

bool cidr_equal(const struct cidr *a, const struct cidr *b)
{
	return a->bits == b->bits && ip_equal(&a->ip, &b->ip);
}
