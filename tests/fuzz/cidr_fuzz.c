/*
 * Any text as a network and as an address: what is taken for one comes back equal from
 * how it is written out, and a network contains its own address.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void try_address(struct str s)
{
	char text[IP_CHARS_MAX + 1];
	struct ip ip, again;

	if (ip_parse(s, &ip) != RC_OK)
		return;
	ip_format(&ip, text);
	if (ip_parse(str_c(text), &again) != RC_OK)
		abort();
	assert(ip_equal(&ip, &again));
}

static void try_network(struct str s)
{
	char text[CIDR_CHARS_MAX + 1];
	const char *why = NULL;
	struct cidr c, again;

	if (cidr_parse(s, &c, &why) != RC_OK) {
		assert(why && *why);
		return;
	}
	assert(c.bits <= 128);
	assert(cidr_contains(&c, &c.ip));
	cidr_format(&c, text);
	if (cidr_parse(str_c(text), &again, &why) != RC_OK)
		abort();
	assert(cidr_equal(&c, &again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct str s = {(const char *)bytes, n};

	try_address(s);
	try_network(s);
	return 0;
}
