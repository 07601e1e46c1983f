#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>

/*
 * Unpredictable bytes from the system's generator (libsodium). Any thread.
 */
void random_bytes(void *ret_bytes, size_t n);

/* For tests, before other threads start. NULL gives the real generator back. */
void random_replace(void (*bytes)(void *ret_bytes, size_t n));

#endif
