/*
 * A library that is put before the C library's (LD_PRELOAD) in some rounds of `make bench`: nothing
 * is waited for to reach the disk. For the database this is what SQLite's `synchronous=OFF` is,
 * while pdmd itself has no such setting that somebody could find.
 */
#include <unistd.h>

/* The C library calls the parameter by a name that is reserved for it. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd)
{
	(void)fd;
	return 0;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
