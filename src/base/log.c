#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/plain.h"
#include "base/text.h"
#include "base/utf8.h"

/*
 * Every thread formats into a buffer of its own, which goes out in one write. The buffer
 * is as large as what a pipe takes whole, so lines of several processes do not mix either.
 * The log must never hold up the server: when nobody takes the lines they are dropped,
 * and counted, and the count is the first thing to be written when there is room again.
 */
#define KEPT_FILE_BYTES (32 * 1024) /* a file takes any amount at once */
#define KEPT_PIPE_BYTES PIPE_BUF    /* what a pipe takes whole or not at all */
#define LINE_BYTES_MAX  1024        /* longer values are cut */
#define EVENT_MAX       64
#define ERROR_BYTES     256

/* How long a full pipe may hold up one flush; after that nobody waits until it moves again. */
#define WAIT_MS 20

/* A key with all that stands around it, in each of the two forms. */
struct key_name {
	struct str json, text;
};
#define KEY(name)                                                                                  \
	{                                                                                          \
		STR_INIT(",\"" name "\":"), STR_INIT(" " name "=")                                 \
	}
static const struct key_name key_names[LOG_KEYS_END] = {
	[LOG_REQUEST_ID] = KEY("request_id"),
	[LOG_DOOR] = KEY("door"),
	[LOG_COMMAND] = KEY("command"),
	[LOG_COMPANY_ID] = KEY("company_id"),
	[LOG_KEY_NUMBER] = KEY("key_number"),
	[LOG_PEER] = KEY("peer"),
	[LOG_HTTP] = KEY("http"),
	[LOG_CODE] = KEY("code"),
	[LOG_DURATION_US] = KEY("duration_us"),
	[LOG_RC] = KEY("rc"),
	[LOG_CAUSE] = KEY("cause"),
	[LOG_ADDRESS] = KEY("address"),
	[LOG_PATH] = KEY("path"),
	[LOG_SETTING] = KEY("setting"),
	[LOG_PID] = KEY("pid"),
	[LOG_VERSION] = KEY("version"),
	[LOG_SIGNAL] = KEY("signal"),
	[LOG_COUNT] = KEY("count"),
};
#undef KEY

/* Where lines go. But for `lowest`, and for `lock` and what it guards, all is settled before other
 * threads start. */
static struct {
	bool json;
	_Atomic enum log_level lowest; /* may change at any time */
	int fd;
	bool is_own;    /* fd is ours to close */
	bool is_file;   /* takes everything at once */
	bool is_socket; /* e.g. the journal's */

	pthread_mutex_t lock;
	uint64_t n_dropped;
	bool is_cut;   /* the last line went out in part */
	bool is_stuck; /* the last flush had to give up */
} sink = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
	pthread_mutex_t lock;
	bool is_set;
	int64_t at_us;
	size_t n;
	char text[ERROR_BYTES];
} last_error = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct kept {
	size_t n;
	unsigned n_lines;
	int64_t stamp_s;                /* the second that `stamp` shows */
	char stamp[DATETIME_CHARS + 1]; /* empty before the first line */
	char bytes[KEPT_FILE_BYTES];
};
static _Thread_local struct kept kept;

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- where lines go ----------------------------------------------------------------- */

/* The same pipe or terminal, opened once more: O_NONBLOCK set on `fd` itself would also be set for
 * whoever shares it with us, the caller's shell for one. -1 when that cannot be had. */
static int open_again(int fd)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd); /* fits any int */
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static void set_sink(enum log_format format, enum log_level lowest, int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		st.st_mode = S_IFREG; /* closed; writing will tell */
	sink.json = format == LOG_JSON || (format == LOG_AUTO && !isatty(fd));
	atomic_store_explicit(&sink.lowest, lowest, memory_order_relaxed);
	sink.is_file = S_ISREG(st.st_mode);
	sink.is_socket = S_ISSOCK(st.st_mode);
	int again = S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode) ? open_again(fd) : -1;
	sink.is_own = again >= 0;
	sink.fd = again >= 0 ? again : fd;
	sink.n_dropped = 0;
	sink.is_cut = sink.is_stuck = false;
}

static void set_default(void)
{
	set_sink(LOG_AUTO, LOG_INFO, STDERR_FILENO);
}

void log_setup(enum log_format format, enum log_level lowest, int fd)
{
	(void)pthread_once(&once, set_default); /* fails only for a bad argument */
	if (sink.is_own)
		(void)close(sink.fd); /* everything was written before */
	set_sink(format, lowest, fd);
}

void log_set_lowest(enum log_level lowest)
{
	(void)pthread_once(&once, set_default); /* fails only for a bad argument */
	atomic_store_explicit(&sink.lowest, lowest, memory_order_relaxed);
}

static bool is_wanted(enum log_level level)
{
	return level >= atomic_load_explicit(&sink.lowest, memory_order_relaxed);
}

/* Waits a little, at most once per flush and not at all while stuck. */
static bool is_writable(bool *may_wait)
{
	struct pollfd p = {.fd = sink.fd, .events = POLLOUT};
	const struct timespec wait = {.tv_nsec = WAIT_MS * 1000000L};

	if (sink.is_file)
		return true;
	int n = poll(&p, 1, 0);
	if (n == 0 && *may_wait) {
		sigset_t all;
		(void)sigfillset(&all);
		*may_wait = false;
		n = ppoll(&p, 1, &wait, &all); /* a signal would look like a pipe that stays full */
	}
	return n > 0;
}

/* How many bytes went out. */
static size_t write_out(const char *p, size_t n)
{
	bool may_wait = !sink.is_stuck;
	size_t done = 0;

	while (done < n && is_writable(&may_wait)) {
		const char *from = p + done;
		ssize_t some = sink.is_socket
				       ? send(sink.fd, from, n - done, MSG_DONTWAIT | MSG_NOSIGNAL)
				       : write(sink.fd, from, n - done);
		if (some < 0 && errno != EINTR)
			break;
		done += some > 0 ? (size_t)some : 0;
	}
	sink.is_stuck = done < n;
	return done;
}

/* ---- what a line looks like --------------------------------------------------------- */

/* Where the next byte goes. Behind `end` there is always room for what closes the line. */
struct line {
	char *p;
	char *end;
};

#define LINE_TAIL 2 /* "}\n" */

static char *put(char *p, struct str s)
{
	return s.n ? mempcpy(p, s.p, s.n) : p; /* s.p may be NULL where s.n is 0 */
}

/* Writes the character at `i` so that it can neither end the value nor steer a terminal, and gives
 * its length in `s`. At most 6 bytes. */
static size_t put_escaped(struct line *l, struct str s, size_t i, bool is_utf8)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char c = (unsigned char)s.p[i];

	if (c >= 0x80 && !is_utf8) {
		l->p = put(l->p, STR("\\ufffd"));
		return 1;
	}
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (utf8_has_control((struct str){s.p + i, n}, false)) {
		c = (unsigned char)s.p[i + n - 1]; /* U+0080 to U+009F end in just that byte */
		l->p = put(l->p, STR("\\u00"));
		*l->p++ = hex[c >> 4];
		*l->p++ = hex[c & 15];
		return n;
	}
	if (c == '"' || c == '\\')
		*l->p++ = '\\';
	l->p = put(l->p, (struct str){s.p + i, n});
	return n;
}

/* A JSON string, cut short when the line is full. */
static void put_string(struct line *l, struct str s)
{
	const char *end = l->end - sizeof("...\"") + 1;

	*l->p++ = '"';
	if (s.n <= (size_t)(end - l->p) && plain(s)) {
		l->p = put(l->p, s);
	} else {
		bool is_utf8 = utf8_valid(s);
		size_t i = 0;
		while (i < s.n && end - l->p >= 6)
			i += put_escaped(l, s, i, is_utf8);
		if (i < s.n)
			l->p = put(l->p, STR("..."));
	}
	*l->p++ = '"';
}

/* A word that a person reads more easily without quotation marks. */
static bool is_bare(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == ' ' || s.p[i] == '=')
			return false;
	}
	return s.n > 0 && plain(s);
}

static void put_field(struct line *l, const struct log_field *f)
{
	const struct key_name *names = &key_names[f->key];
	struct str name = sink.json ? names->json : names->text;

	/* The name, and a number or a cut string. */
	if ((size_t)(l->end - l->p) < name.n + 28)
		return;
	l->p = put(l->p, name);
	if (f->is_int)
		l->p = text_put_int(l->p, f->i);
	else if (!sink.json && is_bare(f->s) && f->s.n <= (size_t)(l->end - l->p))
		l->p = put(l->p, f->s);
	else
		put_string(l, f->s);
}

/* 2026-08-31T12:00:00.000000Z; the part up to the second is made once a second. */
static char *put_time(char *p, int64_t now_us)
{
	int64_t in_second = now_us % 1000000;
	if (in_second < 0)
		in_second += 1000000;
	int64_t second = (now_us - in_second) / 1000000;

	if (kept.stamp[0] == '\0' || second != kept.stamp_s) {
		datetime_format(second, kept.stamp);
		kept.stamp[DATE_CHARS] = 'T';
		kept.stamp_s = second;
	}
	p = put(p, (struct str){kept.stamp, DATETIME_CHARS});
	*p = '.';
	/* From the last digit on: a division by ten is no division for the machine. */
	for (int i = 6; i > 0; i--, in_second /= 10)
		p[i] = (char)('0' + in_second % 10);
	p[7] = 'Z';
	return p + 8;
}

static char *put_head(char *p, int64_t now_us, enum log_level level, struct str event)
{
	static const struct str json_names[] = {STR_INIT("debug"), STR_INIT("info"),
						STR_INIT("warn"), STR_INIT("error")};
	static const struct str text_names[] = {STR_INIT(" DEBUG "), STR_INIT(" INFO  "),
						STR_INIT(" WARN  "), STR_INIT(" ERROR ")};

	if (!sink.json) {
		p = put_time(p, now_us);
		p = put(p, text_names[level]);
		return put(p, event);
	}
	p = put(p, STR("{\"time\":\""));
	p = put_time(p, now_us);
	p = put(p, STR("\",\"level\":\""));
	p = put(p, json_names[level]);
	p = put(p, STR("\",\"event\":\""));
	p = put(p, event);
	*p++ = '"';
	return p;
}

/* One line of at most LINE_BYTES_MAX; gives its end. */
static char *put_line(char *p, int64_t now_us, enum log_level level, struct str event,
		      const struct log_field *fields, size_t n)
{
	assert(event.n <= EVENT_MAX);
	struct line l = {.end = p + LINE_BYTES_MAX - LINE_TAIL};

	l.p = put_head(p, now_us, level, event);
	for (size_t i = 0; i < n; i++)
		put_field(&l, &fields[i]);
	if (sink.json)
		*l.p++ = '}';
	*l.p++ = '\n';
	return l.p;
}

/* ---- keeping and flushing ----------------------------------------------------------- */

static unsigned count_lines(const char *p, size_t n)
{
	unsigned lines = 0;

	for (size_t i = 0; i < n; i++)
		lines += p[i] == '\n';
	return lines;
}

/* Ends a line that was cut off and says how many were lost. False: still no room. */
static bool write_gap(void)
{
	char line[1 + LINE_BYTES_MAX], *p = line;
	const struct log_field count = LOG_I(LOG_COUNT, (int64_t)sink.n_dropped);

	if (sink.is_cut)
		*p++ = '\n';
	p = put_line(p, clock_now_us(), LOG_WARN, STR("log_dropped"), &count, 1);
	size_t n = (size_t)(p - line), done = write_out(line, n);
	if (done < n) {
		sink.is_cut = sink.is_cut || done > 0;
		return false;
	}
	sink.n_dropped = 0;
	sink.is_cut = false;
	return true;
}

void log_flush(void)
{
	if (kept.n == 0)
		return;
	(void)pthread_mutex_lock(&sink.lock); /* fails only for misuse */
	if (sink.n_dropped > 0 && !write_gap()) {
		sink.n_dropped += kept.n_lines;
	} else {
		size_t done = write_out(kept.bytes, kept.n);
		if (done < kept.n)
			sink.n_dropped += kept.n_lines - count_lines(kept.bytes, done);
		sink.is_cut = done > 0 && kept.bytes[done - 1] != '\n';
	}
	(void)pthread_mutex_unlock(&sink.lock);
	kept.n = kept.n_lines = 0;
}

static void keep(int64_t now_us, enum log_level level, struct str event,
		 const struct log_field *fields, size_t n)
{
	size_t room = sink.is_file ? KEPT_FILE_BYTES : KEPT_PIPE_BYTES;

	if (kept.n + LINE_BYTES_MAX > room)
		log_flush();
	char *end = put_line(kept.bytes + kept.n, now_us, level, event, fields, n);
	kept.n = (size_t)(end - kept.bytes);
	kept.n_lines++;
}

/* Kept ready for a terminal and for JSON: escaped as in a line. */
static void remember_error(int64_t now_us, struct str event, const struct log_field *fields,
			   size_t n)
{
	char text[ERROR_BYTES];
	struct line l = {.p = put(text, event), .end = text + sizeof(text)};

	for (size_t i = 0; i < n; i++) {
		if (fields[i].key != LOG_CAUSE || fields[i].is_int)
			continue;
		struct str cause = fields[i].s;
		bool is_utf8 = utf8_valid(cause);
		l.p = put(l.p, STR(": "));
		for (size_t k = 0; k < cause.n && l.end - l.p >= 6;)
			k += put_escaped(&l, cause, k, is_utf8);
		break;
	}
	(void)pthread_mutex_lock(&last_error.lock); /* fails only for misuse */
	last_error.is_set = true;
	last_error.at_us = now_us;
	last_error.n = (size_t)(l.p - text);
	memcpy(last_error.text, text, last_error.n);
	(void)pthread_mutex_unlock(&last_error.lock);
}

void log_line(enum log_level level, const char *event, const struct log_field *fields, size_t n)
{
	struct str name = str_c(event);
	int64_t now_us = clock_now_us();

	(void)pthread_once(&once, set_default); /* fails only for a bad argument */
	if (level == LOG_ERROR)
		remember_error(now_us, name, fields, n);
	if (!is_wanted(level))
		return;
	keep(now_us, level, name, fields, n);
	log_flush();
}

void log_request_line(int64_t at_us, const struct log_field *fields, size_t n)
{
	(void)pthread_once(&once, set_default); /* fails only for a bad argument */
	if (!is_wanted(LOG_INFO))
		return;
	keep(at_us, LOG_INFO, STR("request"), fields, n);
}

bool log_last_error(int64_t *ret_at_us, char *ret_text, size_t bytes)
{
	assert(bytes > 0);
	(void)pthread_mutex_lock(&last_error.lock); /* fails only for misuse */
	bool is_set = last_error.is_set;
	if (is_set) {
		size_t n = last_error.n < bytes ? last_error.n : bytes - 1;
		/* Cut between characters. */
		while (n < last_error.n && n > 0 &&
		       ((unsigned char)last_error.text[n] & 0xc0) == 0x80)
			n--;
		memcpy(ret_text, last_error.text, n);
		ret_text[n] = '\0';
		*ret_at_us = last_error.at_us;
	}
	(void)pthread_mutex_unlock(&last_error.lock);
	return is_set;
}
