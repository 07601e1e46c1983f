#ifndef CLI_CURL_H
#define CLI_CURL_H

#include "base/str.h"
#include "base/text.h"

/*
 * The line for a shell that makes a call with the curl program.
 *
 * A CURL_SECRET in the body stands for what the shell is to put there, `secret`: "$(cat key.file)".
 * JSON has no such character of its own, for control characters are escaped.
 */
#define CURL_SECRET      "\001"
#define CURL_ONE_LINE    " "
#define CURL_THREE_LINES " \\\n     "

/* Appends it without a newline; `parting` is one of the two above. */
void curl_line(const char *url, const char *command, struct str body, const char *secret,
	       const char *parting, struct text *t);

#endif
