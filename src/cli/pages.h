#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

struct cli;
struct command;

/*
 * The reference pages, Markdown, written from the tables that the program itself works by.
 */
void page_command(const struct command *command, struct text *t);
void page_index(struct text *t);
void page_codes(struct text *t);
MUST_CHECK enum rc page_cli(struct cli *cli, struct text *t);

#endif
