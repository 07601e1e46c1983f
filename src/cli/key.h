#ifndef CLI_KEY_H
#define CLI_KEY_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * Reads an access key from a file, or from standard input for "-": its one line, without what
 * ends it. *ret_loose: others than the owner may read the file. RC_NOTFOUND, RC_DENIED, RC_IO.
 * RC_INVALID: that is not one line of text. A sentence in reterr, which never has the key.
 */
MUST_CHECK enum rc key_read(const char *file, struct text *key, bool *ret_loose,
			    struct text *reterr);

#endif
