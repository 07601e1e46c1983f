#ifndef JSON_READER_H
#define JSON_READER_H

#include "json/json.h"

/*
 * What the files of this folder share: how a value is kept, and the state of reading one body.
 */

/* A value. The members of an object, as the items of an array, lie side by side in memory. */
struct json {
	enum json_kind kind;
	uint32_t name_at; /* of a member: where its name begins in the body */
	struct str name;  /* of a member */
	union {
		int64_t integer;
		bool boolean;
		struct str text;
		struct {
			const struct json *all;
			size_t n;
		} children;
	};
};

struct reader {
	struct arena *arena;
	struct str body;
	const char *at, *end;
	int depth, depth_max;
	uint32_t hash_key; /* 0: not drawn yet */
	const char *what;  /* is wrong with the text at `at`; NULL after a failure: no memory */

	/* The children read so far of every bracket that is still open, the innermost's last. */
	struct json *pending;
	size_t n_pending, pending_room;
};

/* The byte at `at`, or READER_END. */
#define READER_END (-1)
static inline int reader_peek(const struct reader *r)
{
	return r->at < r->end ? (unsigned char)*r->at : READER_END;
}

/* All functions below give false when reading must stop; then `what` is set as said above. */

/* Always false: `what` is wrong at `at`, a text without values. */
bool reader_fail(struct reader *r, const char *what);

/* Always false: what is at `at` has no place there. */
bool reader_unexpected(struct reader *r);

/* Reads a string from its quotation mark to behind the closing one. */
bool reader_text(struct reader *r, struct str *ret_text);

/* Fails at the second of two members that have the same name. */
bool reader_names_differ(struct reader *r, const struct json *members, size_t n);

#endif
