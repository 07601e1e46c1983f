#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/ip.h"
#include "http/framing.h"

/*
 * Whose call it is when it comes through proxies (contract section 5): the last address of
 * X-Forwarded-For that is not a trusted proxy's. What stands left of it was said by a stranger.
 */
struct proxies {
	const struct cidr *trusted;
	size_t n;
};

bool proxies_trust(const struct proxies *p, const struct ip *ip);

/* The caller behind `peer`, a trusted proxy. An entry that is not an address ends the search, and
 * the proxy that passed it on counts as the caller. */
struct ip proxies_caller(const struct proxies *p, const struct ip *peer, const struct framing *f,
			 const char *bytes);

#endif
