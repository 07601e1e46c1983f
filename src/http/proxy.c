#include "http/proxy.h"

/* The header lines are one list, in their order; so the last line is looked at first. */
#define LINES_MAX FRAMING_LINES_MAX

bool proxies_trust(const struct proxies *p, const struct ip *ip)
{
	for (size_t i = 0; i < p->n; i++) {
		if (cidr_contains(&p->trusted[i], ip))
			return true;
	}
	return false;
}

/* Cuts the last entry of a list off. */
static struct str cut_last(struct str *list)
{
	const char *comma = memrchr(list->p, ',', list->n);
	struct str last = *list;

	if (comma) {
		last.p = comma + 1;
		last.n = list->n - (size_t)(last.p - list->p);
		list->n = (size_t)(comma - list->p);
	} else {
		list->n = 0;
	}
	while (last.n && (last.p[0] == ' ' || last.p[0] == '\t')) {
		last.p++;
		last.n--;
	}
	while (last.n && (last.p[last.n - 1] == ' ' || last.p[last.n - 1] == '\t'))
		last.n--;
	return last;
}

/* Goes through a line from its end. True: *caller is found. */
static bool search_line(const struct proxies *p, struct str list, struct ip *caller)
{
	while (list.n) {
		struct str entry = cut_last(&list);
		struct ip ip;

		if (entry.n == 0)
			continue;
		if (ip_parse(entry, &ip) != RC_OK)
			return true;
		*caller = ip;
		if (!proxies_trust(p, &ip))
			return true;
	}
	return false;
}

struct ip proxies_caller(const struct proxies *p, const struct ip *peer, const struct framing *f,
			 const char *bytes)
{
	struct str lines[LINES_MAX];
	struct ip caller = *peer;
	size_t n = 0, at = 0;

	while (n < LINES_MAX && framing_header(f, bytes, STR("X-Forwarded-For"), &at, &lines[n]))
		n++;
	while (n > 0) {
		if (search_line(p, lines[--n], &caller))
			break;
	}
	return caller;
}
