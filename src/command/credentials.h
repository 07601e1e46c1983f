#ifndef COMMAND_CREDENTIALS_H
#define COMMAND_CREDENTIALS_H

#include <stdint.h>

#include "base/str.h"

/* What a caller proves himself with: the fields of command_credentials(). */
struct credentials {
	int64_t company_id;
	struct str key;           /* CMD_KEY */
	struct str session_token; /* CMD_SESSION */
};

#endif
