#include "http/route.h"

static struct route none(const char *why, const struct command *meant)
{
	return (struct route){.why = why, .meant = meant ? meant->name : NULL};
}

static struct route unknown_name(enum door door, struct str name)
{
	if (name.n == 0)
		return none("path: no command in it", NULL);
	if (memchr(name.p, '?', name.n))
		return none("path: a query is not taken; fields go into the body", NULL);
	if (name.p[name.n - 1] == '/') {
		struct str bare = {name.p, name.n - 1};
		return none("path: a trailing slash is not part of it", registry_find(door, bare));
	}
	if (memchr(name.p, '/', name.n))
		return none("path: not the base path and one command", NULL);
	return none("path: no such command", registry_nearest(door, name));
}

struct route route_find(enum door door, struct str base, struct str target)
{
	const struct probe *probe = door == DOOR_PUBLIC ? probe_find(target) : NULL;

	if (probe)
		return (struct route){.probe = probe};
	if (target.n <= base.n || target.p[base.n] != '/' ||
	    !str_equal((struct str){target.p, base.n}, base))
		return none("path: does not begin with the base path", NULL);
	struct str name = {target.p + base.n + 1, target.n - base.n - 1};
	const struct command *command = registry_find(door, name);

	return command ? (struct route){.command = command} : unknown_name(door, name);
}
