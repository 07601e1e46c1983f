#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Files that must be there after a power cut. All give false with errno set.
 */

/* Makes a file that only its owner may use, with these bytes in it. It and its name are on the disk
 * when this comes back; on failure (EEXIST: there is one already) nothing is left behind. */
bool file_create(const char *dir, const char *name, const void *bytes, size_t n);

/* Writes all of it, however many calls that takes; it is not on the disk yet. */
bool file_write(int fd, const char *bytes, size_t n);

/* Puts the names of the files in `dir` on the disk. */
bool file_sync_dir(const char *dir);

#endif
