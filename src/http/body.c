/*
 * The body of a request: so many bytes, or chunks, which are put together in place
 * right behind the head.
 */
#include <assert.h>

#include "http/framing_inner.h"

#define CHUNK_DIGITS_MAX 8

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static enum framing_result known_length(struct framing *f, size_t n)
{
	size_t taken = least(f->left, n - f->at);

	f->at += taken;
	f->body_n += taken;
	f->left -= taken;
	if (f->left)
		return FRAMING_MORE;
	f->phase = PHASE_READY;
	return FRAMING_READY;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static enum framing_result chunk_size(struct framing *f, const char *bytes, size_t n)
{
	static const char why[] = "chunk: its size is not 1 to 8 hexadecimal digits and CR LF";
	size_t seen = least(n - f->at, CHUNK_DIGITS_MAX + 2);
	const char *line = bytes + f->at;
	const char *lf = seen ? memchr(line, '\n', seen) : NULL;
	size_t size = 0;

	if (!lf)
		return seen < CHUNK_DIGITS_MAX + 2 ? FRAMING_MORE : framing_refuse(f, 400, why);
	size_t digits = (size_t)(lf - line);
	if (digits < 2 || lf[-1] != '\r')
		return framing_refuse(f, 400, why);
	digits--;
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(line[i]);
		if (digit < 0)
			return framing_refuse(f, 400, why);
		size = size << 4 | (size_t)digit;
	}
	if (size > f->body_bytes_max - f->body_n)
		return framing_refuse(f, 413, "body: larger than this server takes");
	f->at += digits + 2;
	f->left = size;
	f->phase = size ? PHASE_CHUNK_DATA : PHASE_TRAILERS;
	return FRAMING_READY;
}

static enum framing_result chunk_data(struct framing *f, char *bytes, size_t n)
{
	size_t taken = least(f->left, n - f->at);

	memmove(bytes + f->body_at + f->body_n, bytes + f->at, taken);
	f->at += taken;
	f->body_n += taken;
	f->left -= taken;
	if (f->left)
		return FRAMING_MORE;
	f->phase = PHASE_CHUNK_END;
	return FRAMING_READY;
}

static enum framing_result chunk_end(struct framing *f, const char *bytes, size_t n)
{
	if (n - f->at < 2)
		return FRAMING_MORE;
	if (memcmp(bytes + f->at, "\r\n", 2) != 0)
		return framing_refuse(f, 400, "chunk: not as long as it says");
	f->at += 2;
	f->phase = PHASE_CHUNK_SIZE;
	return FRAMING_READY;
}

/* Trailers are checked like headers, and dropped. */
static enum framing_result trailers(struct framing *f, const char *bytes, size_t n)
{
	for (;;) {
		struct str line, name, value;
		enum framing_result r = framing_line(f, bytes, n, &line);

		if (r != FRAMING_READY)
			return r;
		if (line.n == 0) {
			f->phase = PHASE_READY;
			return FRAMING_READY;
		}
		r = framing_split_header(f, line, &name, &value);
		if (r != FRAMING_READY)
			return r;
	}
}

/* One step of a chunked body; FRAMING_READY: there is a next one, or the body is complete. */
static enum framing_result step(struct framing *f, char *bytes, size_t n)
{
	switch (f->phase) {
	case PHASE_CHUNK_SIZE:
		return chunk_size(f, bytes, n);
	case PHASE_CHUNK_DATA:
		return chunk_data(f, bytes, n);
	case PHASE_CHUNK_END:
		return chunk_end(f, bytes, n);
	default:
		return trailers(f, bytes, n);
	}
}

/* Moves what is not understood yet down to the end of the body, so that the framing of many small
 * chunks takes no room. Little is ever left: at most a line. */
static void close_gap(struct framing *f, char *bytes, size_t *n)
{
	size_t end = f->body_at + f->body_n;
	size_t gap = f->at - end;

	if (gap == 0)
		return;
	memmove(bytes + end, bytes + f->at, *n - f->at);
	*n -= gap;
	f->at = end;
	f->scanned = f->scanned > end + gap ? f->scanned - gap : end;
}

enum framing_result framing_body(struct framing *f, char *bytes, size_t *n)
{
	enum framing_result r;

	if (f->phase == PHASE_BODY)
		return known_length(f, *n);
	do {
		r = step(f, bytes, *n);
	} while (r == FRAMING_READY && f->phase != PHASE_READY);
	if (r == FRAMING_MORE)
		close_gap(f, bytes, n);
	return r;
}
