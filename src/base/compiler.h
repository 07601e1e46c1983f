#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

/*
 * What we tell the compiler, so that it can hold us to it.
 */

/* The result says whether the call worked; dropping it needs a (void) and a reason. */
#define MUST_CHECK __attribute__((warn_unused_result))

#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

/* Calls `fn(&variable)` when the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
