/*
 * SQLite's own way to the disk, with two things more.
 *
 * What has no meaning in a page does not get into the database's file. secure_delete overwrites
 * what is deleted, but it knows only of deletions. When the rows of neighbouring pages are
 * distributed anew, SQLite may build a page over its old content, and rows that went elsewhere stay
 * legible in the gap between the page's list of cells and its cells, until chance writes over them.
 * So the gap is cleared on the page's way into the file. In the write-ahead log pages are as SQLite
 * left them; its checksums say so. store_customer_erase has the log emptied.
 *
 * And what goes into the write-ahead log is gathered. SQLite writes each page of a commit with two
 * system calls; measured, these were a fifth of what a new customer costs. Nothing is read from the
 * log by others before SQLite has published it, which with synchronous=FULL it does only behind a
 * sync; so it is enough that a sync, and whatever else asks for the file, writes what was gathered.
 */
#include <assert.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "store/sqlite.h"

#define HEAD_BYTES   100         /* of the file, on its first page */
#define GATHER_BYTES (64 * 1024) /* SQLite 3.40 cannot write 128 KiB at once */

#define ALIGN alignof(struct gather)

/* Behind SQLite's own struct of a file, at gather_at. */
struct gather {
	unsigned char *bytes; /* NULL: none were written */
	int n;
	sqlite3_int64 at; /* where the first of them goes */
};

/* The functions for files of a kind: SQLite's own, which are the same for all files, and ours. */
struct way {
	const sqlite3_io_methods *usual;
	sqlite3_io_methods own;
};

static sqlite3_vfs vfs, *usual;
static size_t gather_at;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* guards the ways while they are made */
static struct way database_way, log_way;

/* ---- the database ------------------------------------------------------------------- */

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
		return database_way.usual->xWrite(file, bytes, n, at);
	memcpy(page, bytes, sizeof(page));
	memset(page + from, 0, to - from);
	return database_way.usual->xWrite(file, page, n, at);
}

/* ---- the write-ahead log ------------------------------------------------------------ */

static struct gather *gather_of(sqlite3_file *file)
{
	return (struct gather *)((unsigned char *)file + gather_at);
}

/* What was gathered is gone when this fails: SQLite takes the whole transaction back then. */
static int flush(sqlite3_file *file)
{
	struct gather *g = gather_of(file);
	int n = g->n;

	g->n = 0;
	return n ? log_way.usual->xWrite(file, g->bytes, n, g->at) : SQLITE_OK;
}

static int log_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 at)
{
	struct gather *g = gather_of(file);
	bool follows = at == g->at + g->n && n <= GATHER_BYTES - g->n;
	int code = follows ? SQLITE_OK : flush(file);

	if (code != SQLITE_OK)
		return code;
	if (!g->bytes)
		g->bytes = malloc(GATHER_BYTES);
	if (!g->bytes || n > GATHER_BYTES)
		return log_way.usual->xWrite(file, bytes, n, at);
	if (g->n == 0)
		g->at = at;
	memcpy(g->bytes + g->n, bytes, (size_t)n);
	g->n += n;
	return SQLITE_OK;
}

static int log_read(sqlite3_file *file, void *bytes, int n, sqlite3_int64 at)
{
	int code = flush(file);

	return code == SQLITE_OK ? log_way.usual->xRead(file, bytes, n, at) : code;
}

static int log_sync(sqlite3_file *file, int flags)
{
	int code = flush(file);

	return code == SQLITE_OK ? log_way.usual->xSync(file, flags) : code;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 n)
{
	int code = flush(file);

	return code == SQLITE_OK ? log_way.usual->xTruncate(file, n) : code;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *ret_n)
{
	int code = flush(file);

	return code == SQLITE_OK ? log_way.usual->xFileSize(file, ret_n) : code;
}

static int log_close(sqlite3_file *file)
{
	struct gather *g = gather_of(file);

	g->n = 0; /* of a transaction that was never committed */
	free(g->bytes);
	g->bytes = NULL;
	return log_way.usual->xClose(file);
}

/* ---- opening ----------------------------------------------------------------------- */

static void make_way(struct way *way, const sqlite3_io_methods *methods)
{
	way->usual = methods;
	way->own = *methods;
	if (way == &database_way) {
		way->own.xWrite = write_page;
		return;
	}
	way->own.xWrite = log_write;
	way->own.xRead = log_read;
	way->own.xSync = log_sync;
	way->own.xTruncate = log_truncate;
	way->own.xFileSize = log_size;
	way->own.xClose = log_close;
}

static int open_file(sqlite3_vfs *v, const char *name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	struct way *way = flags & SQLITE_OPEN_MAIN_DB ? &database_way
			  : flags & SQLITE_OPEN_WAL   ? &log_way
						      : NULL;
	int code = usual->xOpen(usual, name, file, flags, ret_flags);

	(void)v;
	if (code != SQLITE_OK || !way)
		return code;
	*gather_of(file) = (struct gather){0};
	(void)pthread_mutex_lock(&mutex); /* a plain mutex of our own cannot fail */
	if (!way->usual)
		make_way(way, file->pMethods);
	bool known = file->pMethods == way->usual;
	(void)pthread_mutex_unlock(&mutex); /* as above */
	if (known) {
		file->pMethods = &way->own;
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
	gather_at = ((size_t)usual->szOsFile + ALIGN - 1) & ~(ALIGN - 1);
	vfs.szOsFile = (int)(gather_at + sizeof(struct gather));
	(void)sqlite3_vfs_register(&vfs, 0); /* cannot fail when one was found */
}
