#include "cli/csv_write.h"

static bool needs_marks(struct str s, char separator)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == separator || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r')
			return true;
	/* Blanks at the ends would be taken for none of the cell's. */
	return s.n > 0 &&
	       (s.p[0] == ' ' || s.p[0] == '\t' || s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t');
}

void csv_add_cell(struct text *t, struct str cell, char separator)
{
	if (!needs_marks(cell, separator)) {
		text_add_str(t, cell);
		return;
	}
	text_add_char(t, '"');
	for (size_t i = 0; i < cell.n; i++) {
		if (cell.p[i] == '"')
			text_add_char(t, '"');
		text_add_char(t, cell.p[i]);
	}
	text_add_char(t, '"');
}
