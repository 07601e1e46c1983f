/*
 * Anything as a settings file: it is loaded whole, or refused with one line that begins
 * with the file's name.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/utf8.h"
#include "server/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void differs(void *owner, const char *setting)
{
	(void)owner;
	(void)setting;
	abort();
}

static void check_refusal(const char *path, struct text *why)
{
	assert(why->n > strlen(path));
	assert(strncmp(text_c(why), path, strlen(path)) == 0);
	assert(utf8_valid(text_str(why)));
	/* A name may have a tab in it, and is shown as it is. */
	assert(!utf8_has_control(text_str(why), true));
	assert(!memchr(why->p, '\n', why->n));
}

static void load(const char *path)
{
	struct settings s;
	struct text why;

	text_init(&why, (size_t)1024 * 1024);
	if (settings_load(&s, path, NULL, 0, &why) == RC_OK) {
		assert(why.n == 0);
		assert(s.n_listen > 0);
		settings_compare(&s, &s, differs, NULL);
		settings_fini(&s);
	} else {
		check_refusal(path, &why);
	}
	text_fini(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	int fd = memfd_create("settings", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	load(path);
	(void)close(fd); /* it was only in memory */
	return 0;
}
