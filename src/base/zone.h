#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"

/*
 * Time zones by their name in the system's database ("Europe/London"). A zone is
 * loaded once, kept for the life of the process and never changes; any thread.
 */
struct zone;

#define ZONE_NAME_BYTES_MAX 64

/* RC_NOTFOUND: no zone of that name on this system (the name may be anything at all). */
MUST_CHECK enum rc zone_find(struct str name, const struct zone **ret_zone);

/* What to add to UTC seconds to get the zone's wall clock at that moment. */
int32_t zone_offset_s(const struct zone *zone, int64_t utc_s);

#endif
