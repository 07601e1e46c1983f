#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"

/*
 * Addresses and networks. Both kinds are kept as IPv6; IPv4 is ::ffff:a.b.c.d, so
 * that a.b.c.d and ::ffff:a.b.c.d are the same address (contract section 5).
 */
struct ip {
	uint8_t bytes[16];
};

struct cidr {
	struct ip ip;
	uint8_t bits; /* 0 to 128; an IPv4 /8 is 104 here */
};

#define IP_CHARS_MAX   45
#define CIDR_CHARS_MAX 49

/* "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1". RC_INVALID for anything else:
 * no blanks, no zone, no leading zeros in IPv4. */
MUST_CHECK enum rc ip_parse(struct str s, struct ip *ret_ip);

/* IPv4 in its own form, IPv6 as RFC 5952 writes it. Writes a NUL behind it. */
void ip_format(const struct ip *ip, char ret_text[IP_CHARS_MAX + 1]);

bool ip_equal(const struct ip *a, const struct ip *b);

/* "192.0.2.0/24", "2001:db8::/32"; an address alone is a network of one. RC_INVALID also when
 * bits behind the prefix are set; then *reterr_why is a sentence, otherwise too. */
MUST_CHECK enum rc cidr_parse(struct str s, struct cidr *ret_cidr, const char **reterr_why);
void cidr_format(const struct cidr *c, char ret_text[CIDR_CHARS_MAX + 1]);
bool cidr_contains(const struct cidr *c, const struct ip *ip);
bool cidr_equal(const struct cidr *a, const struct cidr *b);

#endif
