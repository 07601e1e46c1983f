#include "server.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PLACE "TEST_POSTGRES"

static unsigned n_made;

void server_needed(void)
{
	if (getenv(PLACE))
		return;
	(void)fprintf(stderr,
		      PLACE " must name a database of a PostgreSQL that is there for tests; "
			    "scripts/postgres starts one\n");
	exit(1);
}

void server_run(const char *url, const char *text)
{
	PGconn *conn = PQconnectdb(url);
	PGresult *result = PQexec(conn, text);

	if (PQresultStatus(result) != PGRES_COMMAND_OK) {
		(void)fprintf(stderr, "%s: %s\n", text, PQerrorMessage(conn));
		exit(1);
	}
	PQclear(result);
	PQfinish(conn);
}

static void run(const char *before, const char *name, const char *behind)
{
	char all[256];

	(void)snprintf(all, sizeof(all), "%s %s %s", before, name, behind); /* fits */
	server_run(getenv(PLACE), all);
}

static long long ask(PGconn *conn, const char *text)
{
	PGresult *result = PQexec(conn, text);

	if (PQresultStatus(result) != PGRES_TUPLES_OK) {
		(void)fprintf(stderr, "%s: %s\n", text, PQerrorMessage(conn));
		exit(1);
	}
	long long value = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return value;
}

void server_settle(void)
{
	const struct timespec pause = {.tv_nsec = 5000000};
	PGconn *conn = PQconnectdb(getenv(PLACE));
	long long next = ask(conn, "SELECT pg_snapshot_xmax(pg_current_snapshot())");

	for (int i = 0; i < 2000; i++) {
		if (ask(conn, "SELECT pg_snapshot_xmin(pg_current_snapshot())") >= next)
			break;
		(void)nanosleep(&pause, NULL); /* cut short does no harm */
	}
	PQfinish(conn);
}

/* The URL has the form postgresql://ROLE@/DATABASE?host=…; another database takes the name's place.
 */
void server_make(char *ret_url, size_t room)
{
	const char *url = getenv(PLACE), *end = strchr(url, '?');
	const char *begin = strchr(strstr(url, "//") + 2, '/') + 1;
	char name[64];

	(void)snprintf(name, sizeof(name), "contract_%d_%u", (int)getpid(), ++n_made);
	run("CREATE DATABASE", name, "");
	(void)snprintf(ret_url, room, "%.*s%s%s", (int)(begin - url), url, name, end ? end : "");
}

void server_remove(const char *url)
{
	const char *begin = strchr(strstr(url, "//") + 2, '/') + 1;
	char name[64];

	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(begin, "?"), begin);
	run("DROP DATABASE", name, "WITH (FORCE)");
}
