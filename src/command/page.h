#ifndef COMMAND_PAGE_H
#define COMMAND_PAGE_H

#include <stdint.h>

#include "access/access.h"
#include "base/str.h"
#include "command/status.h"

struct call;

/*
 * What the commands that answer with many records have in common: the caller says how many he
 * wants, gets a cursor with them, and brings it back for what comes next.
 */
#define PAGE_LIMIT     50 /* where the caller does not say */
#define PAGE_LIMIT_MAX 200

struct page {
	struct str cursor;
	int64_t limit;
};

/* The rows of `struct s`'s table that ask for a page; its member is `page`. */
#define PAGE_FIELDS(s)                                                                             \
	{                                                                                          \
		FIELD_NAME("cursor"),                                                              \
		.kind = FIELD_KIND_STRING,                                                         \
		.offset = offsetof(struct s, page.cursor),                                         \
		.max = CURSOR_CHARS_MAX,                                                           \
		.help = "The `next_cursor` of the answer before; left out: from the beginning.",   \
	},                                                                                         \
	{                                                                                          \
		FIELD_NAME("limit"),                                                               \
			.kind = FIELD_KIND_INT, .offset = offsetof(struct s, page.limit),          \
			.min = 1, .max = PAGE_LIMIT_MAX, .absent = PAGE_LIMIT,                     \
			.help = "How many customers at most; 50 when it is left out.",             \
	}

/* What a cursor of this call is good for: this command, the customers that this caller sees, and
 * `filter`, which is whatever else he asked for; at most PAGE_FILTER_MAX texts. */
#define PAGE_FILTER_MAX 8
struct cursor_use page_use(const struct call *call, const struct str *filter, size_t n);

/* What the caller's cursor holds, bytes_min or more; *ret_n is 0 without one. Refuses one that is
 * for anything else. */
enum status page_place(struct call *call, const struct cursor_use *use, const struct page *page,
		       size_t bytes_min, uint8_t ret_bytes[CURSOR_BYTES_MAX], size_t *ret_n);

/* 302, and what a cursor must be. */
enum status page_refuse(struct call *call);

/* A cursor that holds these bytes. */
enum status page_cursor(struct call *call, const struct cursor_use *use, const void *bytes,
			size_t n, struct str *ret_cursor);

/* A record's number as a cursor holds it. */
#define PAGE_ID_BYTES 8
void page_put_id(int64_t id, uint8_t ret_bytes[PAGE_ID_BYTES]);
int64_t page_id(const uint8_t bytes[PAGE_ID_BYTES]);

#endif
