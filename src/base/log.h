#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/str.h"

/*
 * One line per event on standard error: text for a person at a terminal, JSON for a
 * machine. A line is made of an event's name and fields from the list below, and of
 * nothing else: there is no way to put free text about a person into the log, because
 * there is no field for it. Never log a key, a token or the value of a record's field.
 *
 * Any thread. Lines are written whole. The log never waits long for its reader: lines that cannot
 * be written are dropped, and how many is told as soon as there is room ("log_dropped"). SIGPIPE
 * must be ignored, or a reader that goes away ends the process.
 */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_TEXT, LOG_JSON }; /* AUTO: text when standard error is a terminal */

/* The allow-list. log.c has the name of each. */
enum log_key {
	LOG_REQUEST_ID,
	LOG_DOOR,
	LOG_COMMAND,
	LOG_COMPANY_ID,
	LOG_KEY_NUMBER,
	LOG_PEER, /* the calling system's address */
	LOG_HTTP, /* HTTP status */
	LOG_CODE, /* status.code */
	LOG_DURATION_US,
	LOG_RC,
	LOG_CAUSE, /* text of our own, of the system or of the database engine; no values of records
		    */
	LOG_ADDRESS, /* one of ours, that we listen on */
	LOG_PATH,
	LOG_SETTING,
	LOG_PID,
	LOG_VERSION,
	LOG_SIGNAL,
	LOG_COUNT,
	LOG_KEYS_END,
};

struct log_field {
	enum log_key key;
	bool is_int;
	int64_t i;
	struct str s;
};

#define LOG_I(log_key, value)                                                                      \
	(struct log_field)                                                                         \
	{                                                                                          \
		.key = (log_key), .is_int = true, .i = (value)                                     \
	}
#define LOG_S(log_key, value)                                                                      \
	(struct log_field)                                                                         \
	{                                                                                          \
		.key = (log_key), .s = (value)                                                     \
	}

/* Before other threads start. Default: LOG_AUTO, LOG_INFO, file descriptor 2. */
void log_setup(enum log_format format, enum log_level lowest, int fd);

/* From now on; any thread, at any time. */
void log_set_lowest(enum log_level lowest);

/* Writes the line now, behind what log_request_line has kept back on this thread. */
void log_line(enum log_level level, const char *event, const struct log_field *fields, size_t n);

/* log_line(level, event, {fields…}) without counting by hand. */
#define log_event(level, event, ...)                                                               \
	log_line((level), (event), (const struct log_field[]){__VA_ARGS__},                        \
		 ARRAY_LEN(((const struct log_field[]){__VA_ARGS__})))

/* The line of one request, level INFO, that came at `at_us` (as clock_now_us). Kept in this
 * thread's buffer, written when the buffer is full or at log_flush: one system call for many
 * requests. Whoever calls this calls log_flush regularly and before the thread ends. */
void log_request_line(int64_t at_us, const struct log_field *fields, size_t n);
void log_flush(void);

/* The newest LOG_ERROR of this process, for `pdmd status`: its time and "event: cause". False and
 * untouched results when there was none. */
bool log_last_error(int64_t *ret_at_us, char *ret_text, size_t bytes);

#endif
