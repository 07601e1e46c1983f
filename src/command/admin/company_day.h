#ifndef COMMAND_ADMIN_COMPANY_DAY_H
#define COMMAND_ADMIN_COMPANY_DAY_H

#include <stdint.h>

#include "base/str.h"
#include "command/status.h"

struct call;

/* The day that it is at the company. Anything but ST_OK is to be returned: ST_COMPANY where there
 * is no such company. */
enum status company_day(struct call *call, int64_t company_id, struct str *ret_day);

#endif
