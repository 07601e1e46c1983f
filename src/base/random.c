#include "base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void)
{
	if (sodium_init() >= 0)
		return;
	/* Keys and tokens must never be made of anything that could be guessed. */
	(void)fputs("pdmd: the system's random generator cannot be used\n", stderr);
	abort();
}

static void system_bytes(void *ret_bytes, size_t n)
{
	(void)pthread_once(&once, start); /* fails only for a bad argument */
	randombytes_buf(ret_bytes, n);
}

static void (*bytes_fn)(void *ret_bytes, size_t n) = system_bytes;

void random_bytes(void *ret_bytes, size_t n)
{
	bytes_fn(ret_bytes, n);
}

void random_replace(void (*bytes)(void *ret_bytes, size_t n))
{
	bytes_fn = bytes ? bytes : system_bytes;
}
