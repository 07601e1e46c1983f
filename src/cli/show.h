#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "field/field.h"

/*
 * Answers for people and for pipes. A record is lines of name and value, a list is a
 * table, both in the order of the field table. On a terminal columns are aligned and tables have a
 * header; elsewhere columns are parted by tabs and there are only values.
 */
struct json;

/* Appends the members of an answer that `fields` describes: a secret alone to `out` and then the
 * rest to `beside`, else all of it to `out`. RC_NOMEM. */
MUST_CHECK enum rc show_answer(const struct field *fields, const struct json *answer, bool terminal,
			       struct arena *arena, struct text *out, struct text *beside);

/* Appends JSON and a newline; on a terminal one member a line, indented by two blanks. Text that
 * is not JSON comes out somehow. */
void show_json(struct str json, bool terminal, struct text *t);

/* Appends `s` with blanks for control characters; for a message or a cell. */
void show_plain(struct str s, struct text *t);

/* Appends `s` as one word of the shell, in quotation marks where it needs them. */
void show_shell_word(struct str s, struct text *t);

#endif
