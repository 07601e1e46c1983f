#ifndef COMMAND_CUSTOMER_REF_H
#define COMMAND_CUSTOMER_REF_H

#include <stdint.h>

#include "base/str.h"
#include "command/status.h"

struct call;

/* Is the reference free, or `customer_id`'s own already? Else refuses with 402, naming the customer
 * that has it (contract section 4.3), unless the caller may not see that one. An empty one is
 * free. */
enum status customer_ref_free(struct call *call, struct str ref, int64_t customer_id);

#endif
