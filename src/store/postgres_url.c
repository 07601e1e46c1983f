/*
 * What a URL of PostgreSQL says, and how it is shown.
 */
#include "store/postgres.h"

#include <string.h>

const char *postgres_value_of(const PQconninfoOption *options, const char *key)
{
	for (; options->keyword; options++)
		if (strcmp(options->keyword, key) == 0)
			return options->val;
	return NULL;
}

void postgres_pick(const char *list, unsigned i, char *to, size_t room)
{
	const char *end;

	to[0] = '\0';
	if (!list)
		return;
	if (!strchr(list, ','))
		i = 0;
	for (; i > 0; i--) {
		list = strchr(list, ',');
		if (!list)
			return;
		list++;
	}
	end = strchrnul(list, ',');
	if ((size_t)(end - list) < room) {
		memcpy(to, list, (size_t)(end - list));
		to[end - list] = '\0';
	}
}

static unsigned count(const char *list)
{
	unsigned n = 1;

	for (; list && (list = strchr(list, ',')); list++)
		n++;
	return n;
}

unsigned postgres_hosts(const PQconninfoOption *options)
{
	unsigned n = count(postgres_value_of(options, "host"));
	unsigned n_addresses = count(postgres_value_of(options, "hostaddr"));

	if (n_addresses > n)
		n = n_addresses;
	return n < POSTGRES_HOSTS_MAX ? n : POSTGRES_HOSTS_MAX;
}

void postgres_show_host(const PQconninfoOption *options, unsigned i, struct text *t)
{
	char host[POSTGRES_HOST_BYTES], port[POSTGRES_PORT_BYTES];

	postgres_pick(postgres_value_of(options, "host"), i, host, sizeof(host));
	if (!host[0])
		postgres_pick(postgres_value_of(options, "hostaddr"), i, host, sizeof(host));
	postgres_pick(postgres_value_of(options, "port"), i, port, sizeof(port));
	text_add_c(t, host);
	if (port[0])
		text_printf(t, ":%s", port);
}

void postgres_show(const char *url, struct text *t)
{
	PQconninfoOption *options = PQconninfoParse(url, NULL);

	text_add_c(t, "postgresql://");
	if (!options)
		return; /* whatever is in it may be a password */
	const char *user = postgres_value_of(options, "user");
	const char *name = postgres_value_of(options, "dbname");

	if (user)
		text_printf(t, "%s@", user);
	for (unsigned i = 0; i < postgres_hosts(options); i++) {
		text_add_c(t, i ? "," : "");
		postgres_show_host(options, i, t);
	}
	if (name)
		text_printf(t, "/%s", name);
	PQconninfoFree(options);
}
