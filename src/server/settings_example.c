/*
 * The example file, written from the table, so that it cannot say anything else.
 */
#include "server/settings_inner.h"

static void say_help(const char *help, struct text *t)
{
	text_add_c(t, "\n# ");
	for (const char *c = help; *c; c++) {
		text_add_char(t, *c);
		if (*c == '\n')
			text_add_c(t, "# ");
	}
	text_add_char(t, '\n');
}

static void say_row(const struct setting *row, struct text *t)
{
	bool bare = row->type == SETTING_INT || row->type == SETTING_BOOL;

	say_help(row->help, t);
	text_add_c(t, "# Must be ");
	setting_say_allowed(row, t);
	text_printf(t, bare ? ".\n#%s = %s\n" : ".\n#%s = \"%s\"\n", row->name, row->standard);
}

void settings_write_example(struct text *t)
{
	const char *section = "";

	text_add_c(t,
		   "# Settings of pdmd, each with its default. To change one, take away the #\n"
		   "# in front of its name.\n"
		   "#\n"
		   "# The variable PDMD_SERVER_LISTEN stands for listen of [server], and so on;\n"
		   "# the environment wins over this file, and the command line over both. A\n"
		   "# setting that is wrong or unknown stops the start: try \"pdmd check\".\n");
	for (const struct setting *row = settings_rows; row->section; row++) {
		if (strcmp(section, row->section) != 0)
			text_printf(t, "\n[%s]\n", row->section);
		section = row->section;
		say_row(row, t);
	}
}
