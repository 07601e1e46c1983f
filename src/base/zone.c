#include "base/zone.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct zone {
	struct zone *next;
	GTimeZone *tz; /* never changes, so any thread may ask it */
	char name[ZONE_NAME_BYTES_MAX + 1];
};

/* All zones found so far, for the life of the process. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *first;

/* Letters, digits, '_', '+' and '-' in parts joined by one '/'. Names of the database begin with a
 * capital; what does not is a helper file beside them ("right/…" counts leap seconds). No dot, so
 * no way out of the folder. */
static bool is_name(struct str name)
{
	if (name.n == 0 || name.n > ZONE_NAME_BYTES_MAX || !g_ascii_isupper(name.p[0]))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (!name.p[i] || (!g_ascii_isalnum(name.p[i]) && !strchr("_+-/", name.p[i])))
			return false;
		if (name.p[i] == '/' && name.p[i - 1] == '/')
			return false;
	}
	return true;
}

/* GLib makes a zone of much that is no name ("EST+3"), so look whether there is a file of that
 * name and of the right kind, where GLib looks. */
static enum rc check_file(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[4096], magic[4];

	int n = snprintf(path, sizeof(path), "%s/%s", dir ? dir : "/usr/share/zoneinfo", name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return RC_NOTFOUND;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE ? RC_IO : RC_NOTFOUND;
	ssize_t got = read(fd, magic, sizeof(magic));
	(void)close(fd); /* only read */
	return got == sizeof(magic) && memcmp(magic, "TZif", 4) == 0 ? RC_OK : RC_NOTFOUND;
}

static enum rc load(const char *name, struct zone **ret_zone)
{
	enum rc rc = check_file(name);

	if (rc != RC_OK)
		return rc;
	struct zone *z = calloc(1, sizeof(*z));
	if (!z)
		return RC_NOMEM;
	memcpy(z->name, name, strlen(name));
	z->tz = g_time_zone_new_identifier(name);
	if (!z->tz) {
		free(z);
		return RC_IO;
	}
	*ret_zone = z;
	return RC_OK;
}

static enum rc find_or_load(const char *name, const struct zone **ret_zone)
{
	struct zone *z = first;

	while (z && strcmp(z->name, name) != 0)
		z = z->next;
	if (!z) {
		enum rc rc = load(name, &z);
		if (rc != RC_OK)
			return rc;
		z->next = first;
		first = z;
	}
	*ret_zone = z;
	return RC_OK;
}

enum rc zone_find(struct str name, const struct zone **ret_zone)
{
	char text[ZONE_NAME_BYTES_MAX + 1] = "";

	if (!is_name(name))
		return RC_NOTFOUND;
	memcpy(text, name.p, name.n);
	(void)pthread_mutex_lock(&lock); /* fails only for misuse */
	enum rc rc = find_or_load(text, ret_zone);
	(void)pthread_mutex_unlock(&lock);
	return rc;
}

/* One flaw of GLib 2.74 is known: after 2037 it takes winter in Europe/Dublin, whose law calls
 * summer the standard, for two hours ahead. */
int32_t zone_offset_s(const struct zone *zone, int64_t utc_s)
{
	gint interval = g_time_zone_find_interval(zone->tz, G_TIME_TYPE_UNIVERSAL, utc_s);

	return g_time_zone_get_offset(zone->tz, interval);
}
