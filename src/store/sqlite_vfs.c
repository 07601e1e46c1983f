/*
 * SQLite's own way to the disk, with one thing more: what has no meaning in a page does not get
 * into the database's file.
 *
 * secure_delete overwrites what is deleted, but it knows only of deletions. When the rows of
 * neighbouring pages are distributed anew, SQLite may build a page over its old content, and rows
 * that went elsewhere stay legible in the gap between the page's list of cells and its cells, until
 * chance writes over them. So the gap is cleared on the page's way into the file. In the
 * write-ahead log pages are as SQLite left them; its checksums say so. store_customer_erase has the
 * log emptied.
 */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "store/sqlite.h"

#define HEAD_BYTES 100 /* of the file, on its first page */

static sqlite3_vfs vfs, *usual;

/* One table of functions for all files, guarded while it is made: SQLite's own is the same for all
 * of them. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const sqlite3_io_methods *inner;
static sqlite3_io_methods methods;

static size_t two_bytes(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* The gap of a page of a tree (section 1.6 of SQLite's file format); false: it is none, or not one
 * that we understand. The other pages begin with a page's number, whose first byte is less than 2
 * in a file of at most SQLITE_PAGES_MAX. */
static bool find_gap(const unsigned char *page, size_t head, size_t *ret_from, size_t *ret_to)
{
	enum { INDEX_INNER = 2, TABLE_INNER = 5, INDEX_LEAF = 10, TABLE_LEAF = 13 };
	const unsigned char *p = page + head;
	bool leaf = p[0] == INDEX_LEAF || p[0] == TABLE_LEAF;

	if (!leaf && p[0] != INDEX_INNER && p[0] != TABLE_INNER)
		return false;
	*ret_from = head + (leaf ? 8 : 12) + 2 * two_bytes(p + 3);
	*ret_to = two_bytes(p + 5);
	return *ret_from < *ret_to && *ret_to <= SQLITE_PAGE_BYTES;
}

static int write_page(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	unsigned char page[SQLITE_PAGE_BYTES];
	size_t from, to;

	if (n != SQLITE_PAGE_BYTES || at % SQLITE_PAGE_BYTES != 0 ||
	    !find_gap(bytes, at == 0 ? HEAD_BYTES : 0, &from, &to))
		return inner->xWrite(file, bytes, n, at);
	memcpy(page, bytes, sizeof(page));
	memset(page + from, 0, to - from);
	return inner->xWrite(file, page, n, at);
}

static int open_file(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	int code = usual->xOpen(usual, name, file, flags, ret_flags);

	(void)v;
	if (code != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB))
		return code;
	(void)pthread_mutex_lock(&mutex); /* a plain mutex of our own cannot fail */
	if (!inner) {
		methods = *file->pMethods;
		methods.xWrite = write_page;
		inner = file->pMethods;
	}
	bool known = file->pMethods == inner;
	(void)pthread_mutex_unlock(&mutex); /* as above */
	if (known) {
		file->pMethods = &methods;
		return SQLITE_OK;
	}
	(void)file->pMethods->xClose(file); /* nothing was written to it */
	file->pMethods = NULL;
	return SQLITE_CANTOPEN;
}

/*
 * A connection has one thread, so it needs no lock. And SQLite would count every allocation under
 * one lock for all threads, where Debian's makes some twenty for a customer; nobody reads the
 * counts. Both only fail when SQLite is in use already.
 */
void sqlite_configure(void)
{
	int code = sqlite3_config(SQLITE_CONFIG_MULTITHREAD);

	assert(code == SQLITE_OK);
	code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	assert(code == SQLITE_OK);
	usual = sqlite3_vfs_find(NULL); /* NULL: SQLite itself has no memory */
	if (!usual)
		return;
	vfs = *usual;
	vfs.zName = SQLITE_VFS_NAME;
	vfs.xOpen = open_file;
	(void)sqlite3_vfs_register(&vfs, 0); /* cannot fail when one was found */
}
