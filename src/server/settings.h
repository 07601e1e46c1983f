#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/ip.h"
#include "base/log.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * One table (settings.c) has every setting: section, name, type, bounds, default as text,
 * help. Default, file, environment (PDMD_SECTION_NAME) and flags all run through the same parser,
 * in that order, and the last wins. A wrong or unknown one stops the start.
 */
#define SETTINGS_LIST_MAX 32

struct settings {
	/* [server] */
	const char *listen[SETTINGS_LIST_MAX]; /* "127.0.0.1:8080", comma-separated in the file */
	size_t n_listen;
	const char *base_path;
	const char *tls_cert, *tls_key; /* "" when not set */
	bool plain_http;                /* allow plain HTTP on an address that is not loopback */
	struct cidr trusted_proxies[SETTINGS_LIST_MAX];
	size_t n_trusted_proxies;
	int64_t threads;      /* 0: as many as cores */
	const char *name;     /* "": the host's */
	unsigned rate_leases; /* 0 or 1 */
	int64_t servers;

	/* [database] */
	const char
		*database_url; /* "": the SQLite file in the data directory; may have a password */
	int64_t database_readers, database_writers; /* sessions of each kind */
	int64_t deadline_ms;
	unsigned replica_reads; /* 0 or 1 */
	int64_t replica_staleness_ms;

	/* [limits] */
	int64_t body_bytes_max;
	int64_t connections_max;
	int64_t connections_per_address_max;
	int64_t head_ms, whole_ms, write_ms, idle_ms, drain_ms;
	int64_t token_failures_per_minute;

	/* [session] */
	int64_t minutes; /* 1 to 1440 */

	/* [log] */
	enum log_level log_level;
	enum log_format log_format;

	struct arena texts; /* what the pointers above point into; settings_fini */
};

struct setting_flag {
	const char *setting; /* "server.listen" */
	const char *value;
	const char *flag; /* "--listen", for messages */
};

/* `file` may be NULL: none. Reads the process's environment. On failure (RC_INVALID, RC_NOTFOUND
 * for the file, RC_DENIED, RC_NOMEM) one sentence is appended to reterr, beginning with where:
 * "pdmd.conf:12: server.lisen is not a setting; did you mean server.listen?". */
MUST_CHECK enum rc settings_load(struct settings *ret_settings, const char *file,
				 const struct setting_flag *flags, size_t n_flags,
				 struct text *reterr);
/* The same for a data directory: without `config` its pdmd.conf counts, where there is one. */
MUST_CHECK enum rc settings_load_dir(struct settings *ret_settings, const char *dir,
				     const char *config, struct text *reterr);
void settings_fini(struct settings *s);

/* Calls `differs` with the name ("server.listen") of each setting that is not the same in both. */
void settings_compare(const struct settings *a, const struct settings *b,
		      void (*differs)(void *owner, const char *setting), void *owner);

/* conf/pdmd.conf.example, all of it, from the table. */
void settings_write_example(struct text *t);

/* Sorted within a section, names unique, defaults parse. False: *reterr_why says. */
bool settings_sound(const char **reterr_why);

#endif
