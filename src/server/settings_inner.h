#ifndef SERVER_SETTINGS_INNER_H
#define SERVER_SETTINGS_INNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "server/settings.h"

/*
 * What the settings*.c files share: the row of a setting, its types, and the file.
 */
enum setting_type {
	SETTING_TEXT,      /* const char *; min..max bytes */
	SETTING_INT,       /* int64_t; min..max */
	SETTING_BOOL,      /* bool */
	SETTING_WORD,      /* an enum; index in `words` */
	SETTING_ADDRESSES, /* const char *[SETTINGS_LIST_MAX]; min..max items */
	SETTING_NETWORKS,  /* struct cidr[SETTINGS_LIST_MAX]; min..max items */
};

struct setting {
	const char *section, *name;
	enum setting_type type;
	size_t offset;   /* of the member of struct settings */
	size_t n_offset; /* of the size_t that counts a list's items */
	int64_t min, max;
	const char *const *words;         /* NULL-terminated */
	bool (*check)(const char *value); /* a text's own rule; NULL: none */
	const char *rule;                 /* a text's rule in words, behind "must be" */
	bool secret;                      /* a value is never shown */
	const char *standard;             /* the default, as one would write it in the file */
	const char *help;                 /* lines for the example file */
};

/* In the order of the example file; ends with a row without a section. */
extern const struct setting settings_rows[];

/* Parses into the row's member. `value` must live as long as the settings, and lists cut it up.
 * False: "must be …, not …" is appended to reterr. */
bool setting_parse(const struct setting *row, char *value, struct settings *s, struct text *reterr);

/* What the row takes, behind "must be". */
void setting_say_allowed(const struct setting *row, struct text *t);

bool setting_same(const struct setting *row, const struct settings *a, const struct settings *b);

/* An address and port as `listen` has them. */
bool setting_parse_listen(struct str s, struct ip *ret_ip);

/* Rules of single texts. */
bool setting_check_base_path(const char *value);
bool setting_check_name(const char *value);
bool setting_check_database_url(const char *value);

/* Where the lines of a file go. False: stop; a sentence was given by whoever says so. */
struct settings_sink {
	bool (*section)(void *owner, const char *section, int line);
	bool (*pair)(void *owner, const char *section, const char *name, const char *value,
		     int line);
	void *owner;
};

/* RC_INVALID also when the sink stopped it. */
MUST_CHECK enum rc settings_file_read(const char *path, const struct settings_sink *sink,
				      struct text *reterr);

#endif
