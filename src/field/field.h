#ifndef FIELD_FIELD_H
#define FIELD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"

struct json;

/*
 * A record is described once, by a table of fields, and the table does the rest: it
 * decodes and checks a request (collecting every fault), encodes an answer, and is
 * what the documentation and the command line are written from.
 *
 * The rules for each kind are contract section 3. In a request a name that is missing,
 * null, "" or (for an id) 0 is absent; an absent field that is not required leaves its
 * member zero, or `absent` where the row says so.
 */
enum field_kind {
	FIELD_KIND_END,
	FIELD_KIND_INT,     /* int64_t; min..max */
	FIELD_KIND_STRING,  /* struct str; max characters */
	FIELD_KIND_BOOLEAN, /* int8_t: 0 or 1, or -1 for absent */
	FIELD_KIND_DATE,    /* struct str, YYYY-MM-DD */
	FIELD_KIND_CHOICE,  /* int8_t: 0 for absent, else 1 + index in choices */
	FIELD_KIND_REF,     /* answers only: prefix and six digits of the int64_t at offset */
	FIELD_KIND_OBJECT,  /* a struct inside the struct; `fields` describes it */
	FIELD_KIND_ARRAY,   /* struct list; `fields` describes an item */
	FIELD_KIND_ONE_OF,  /* a rule, not a member: at least one of the fields that `choices` names
			     */
};

enum field_flags {
	FIELD_REQUIRED = 1u << 0,
	FIELD_ANSWER_ONLY = 1u << 1,  /* ignored in a request */
	FIELD_REQUEST_ONLY = 1u << 2, /* never in an answer */
	FIELD_MULTILINE = 1u << 3,    /* tab and newline are allowed */
	FIELD_SECRET = 1u << 4,       /* never shown again, never logged, never in a file */
	FIELD_ID = 1u << 5,           /* an int of which 0 means absent */
	FIELD_PARTIAL = 1u << 6,      /* an ARRAY in whose items nothing is required */
	FIELD_IF_ANY = 1u << 7,       /* a STRING that an answer has only where it is not empty */
};

enum field_fault {
	FIELD_GOOD,
	FIELD_MISSING, /* 301 */
	FIELD_TYPE,    /* 303 */
	FIELD_RANGE,   /* 302 */
};

/* What an ARRAY's member is. */
struct list {
	void *items;
	size_t n;
};

struct field_context {
	struct arena *arena;
	struct str today; /* the company's local day */
	bool partial;     /* only a part of a record is sent: nothing is required */
};

/* A rule of one field beyond its kind. Called only for a present value of the right kind and
 * length, which it may rewrite (in the arena) into the form that is kept. On a fault *reterr_rule
 * is what the value must be, a constant for people: "must not be in the future". */
typedef enum field_fault field_check(void *member, const struct field_context *context,
				     const char **reterr_rule);

struct field {
	const char *name;  /* as in JSON; "" in the first row of an ARRAY's table: plain values */
	size_t name_bytes; /* FIELD_NAME sets both */
	enum field_kind kind;
	unsigned flags;
	size_t offset;
	int64_t min, max;
	int64_t absent;
	const struct field *fields;
	size_t item_bytes;
	const char *const *choices; /* CHOICE, ONE_OF; NULL-terminated */
	field_check *check;
	const char *prefix; /* REF */
	const char *help;   /* one line for the documentation */
};

#define FIELD_NAME(text) .name = "" text, .name_bytes = sizeof(text) - 1

/* Rows. `s` is the struct's type without the word struct, `m` the member, which has the JSON
 * name. What follows are further initialisers, of which .help = "…" is never left out. */
#define FIELD_INT(s, m, lowest, highest, ...)                                                      \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_INT, .offset = offsetof(struct s, m),           \
				.min = (lowest), .max = (highest), __VA_ARGS__                     \
	}
#define FIELD_STRING(s, m, chars_max, ...)                                                         \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_STRING, .offset = offsetof(struct s, m),        \
				.max = (chars_max), __VA_ARGS__                                    \
	}
#define FIELD_BOOLEAN(s, m, ...)                                                                   \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_BOOLEAN, .offset = offsetof(struct s, m),       \
				__VA_ARGS__                                                        \
	}
#define FIELD_DATE(s, m, ...)                                                                      \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_DATE, .offset = offsetof(struct s, m),          \
				__VA_ARGS__                                                        \
	}
#define FIELD_CHOICE(s, m, words, ...)                                                             \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_CHOICE, .offset = offsetof(struct s, m),        \
				.choices = (words), __VA_ARGS__                                    \
	}
#define FIELD_REF(s, m, letter, id, ...)                                                           \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_REF, .flags = FIELD_ANSWER_ONLY,                \
				.offset = offsetof(struct s, id), .prefix = (letter), __VA_ARGS__  \
	}
#define FIELD_OBJECT(s, m, table, ...)                                                             \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_OBJECT, .offset = offsetof(struct s, m),        \
				.fields = (table), __VA_ARGS__                                     \
	}
#define FIELD_ARRAY(s, m, item, table, items_max, ...)                                             \
	{                                                                                          \
		FIELD_NAME(#m), .kind = FIELD_KIND_ARRAY, .offset = offsetof(struct s, m),         \
				.fields = (table), .item_bytes = sizeof(struct item),              \
				.max = (items_max), __VA_ARGS__                                    \
	}
#define FIELD_ONE_OF(...)                                                                          \
	{                                                                                          \
		FIELD_NAME(""), .kind = FIELD_KIND_ONE_OF, .choices = (const char *const[])        \
		{                                                                                  \
			__VA_ARGS__, NULL                                                          \
		}                                                                                  \
	}
#define FIELD_END                                                                                  \
	{                                                                                          \
		.kind = FIELD_KIND_END                                                             \
	}

/* One offending field. */
struct fault {
	enum field_fault kind;
	struct str path;  /* "delivery.items[2].description"; "a or b" for ONE_OF */
	const char *rule; /* what the value must be; NULL when missing */
	struct fault *next;
};

#define FAULTS_MAX 100

/* Every fault of a request, in the order of the tables. All of it lives in the arena. */
struct faults {
	struct fault *first;
	struct fault *last;
	size_t n; /* may pass FAULTS_MAX; no more than that are kept */
};

/*
 * Decodes `object` into the struct at `ret_struct` (zeroed by the caller). Faults are added to
 * *faults, and then the struct must not be used. Texts live in the arena (they are the JSON
 * value's own). RC_NOMEM is the only failure.
 */
MUST_CHECK enum rc field_decode(const struct field *fields, const struct json *object,
				const struct field_context *context, void *ret_struct,
				struct faults *faults);

/* Appends the struct as one JSON object, in the table's order, with every name. */
void field_encode(const struct field *fields, const void *from, struct text *t);

/* The same without the braces, beginning with a comma where `more`; for envelopes. */
void field_encode_members(const struct field *fields, const void *from, bool more, struct text *t);

/* Appends what a request was understood to say, every field of it, as one JSON object: the same for
 * any two that ask for the same. */
void field_encode_request(const struct field *fields, const void *from, struct text *t);

/* Appends the names of the fields in which two structs of one table differ, with their paths and
 * commas between them ("gender,address.city"). What is only answered does not count. */
void field_diff(const struct field *fields, const void *a, const void *b, struct text *t);
bool field_same(const struct field *fields, const void *a, const void *b);

/* What a REF is answered as: the prefix and at least six digits. */
#define FIELD_REF_CHARS_MAX 24 /* with a prefix of at most four */
void field_ref(const char *prefix, int64_t id, char ret_ref[FIELD_REF_CHARS_MAX + 1]);

/* Can the row's name be sent, and is it answered? A rule is neither. */
static inline bool field_in_request(const struct field *f)
{
	return f->kind != FIELD_KIND_ONE_OF && !(f->flags & FIELD_ANSWER_ONLY);
}

static inline bool field_in_answer(const struct field *f)
{
	return f->kind != FIELD_KIND_ONE_OF && !(f->flags & FIELD_REQUEST_ONLY);
}

/* A member that has a value of its own, wherever it lies in the record. */
#define FIELD_PATH_BYTES 64
struct field_leaf {
	const struct field *field;
	char path[FIELD_PATH_BYTES]; /* "address.city" */
	size_t offset;               /* in the outermost struct */
};

/* All of a table, in its order; n. There are no more than `room` of them. */
size_t field_leaves(const struct field *fields, struct field_leaf *ret_leaves, size_t room);
/* Not for ARRAYs and REFs. */
void field_leaf_copy(const struct field_leaf *leaf, const void *from, void *to);
bool field_leaf_is_empty(const struct field_leaf *leaf, const void *from);

/* Is the table fit for use? False: *reterr_why is a sentence about the row at fault. */
bool field_table_sound(const struct field *fields, const char **reterr_why);

/* "int", "string", "boolean", "date", … as the documentation calls a kind. */
const char *field_kind_name(enum field_kind kind);

/* Checks used by several records; see contract section 3. */
field_check field_check_email;
field_check field_check_dob;

#endif
