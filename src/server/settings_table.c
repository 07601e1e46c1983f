/*
 * Every setting there is. Sections in the order of the example file, names in the order
 * of the alphabet; settings_sound looks after that.
 */
#include "server/settings_inner.h"

static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const off_on[] = {"off", "on", NULL};
static const char *const formats[] = {"auto", "text", "json", NULL};

#define AT(member) .offset = offsetof(struct settings, member)
#define LIST(member)                                                                               \
	.offset = offsetof(struct settings, member),                                               \
	.n_offset = offsetof(struct settings, n_##member)

#define PATH_BYTES_MAX 4000
#define FILE_RULE      "the path of a file, or empty"

const struct setting settings_rows[] = {
	{
		.section = "server",
		.name = "base_path",
		.type = SETTING_TEXT,
		AT(base_path),
		.max = 200,
		.check = setting_check_base_path,
		.rule = "empty, or begin with / and not end with it, of letters, digits and ._~/-",
		.standard = "",
		.help = "What comes before every command: with \"/api/v2\" it is\n"
			"POST /api/v2/GetCustomer.",
	},
	{
		.section = "server",
		.name = "listen",
		.type = SETTING_ADDRESSES,
		LIST(listen),
		.min = 1,
		.max = SETTINGS_LIST_MAX,
		.standard = "127.0.0.1:8080",
		.help = "Where integrators' systems connect. Port 0 is any free one.",
	},
	{
		.section = "server",
		.name = "name",
		.type = SETTING_TEXT,
		AT(name),
		.max = 63,
		.check = setting_check_name,
		.rule = "empty, or letters, digits and . _ -",
		.standard = "",
		.help = "What the audit calls this server where several share a database; empty:\n"
			"the name of its host, which is also what commands without a server note.",
	},
	{
		.section = "server",
		.name = "plain_http",
		.type = SETTING_BOOL,
		AT(plain_http),
		.standard = "false",
		.help = "Serve without TLS on addresses that are not loopback. Access keys and\n"
			"patients' data then cross the network readable: only behind a proxy that\n"
			"does TLS, on a network of its own.",
	},
	{
		.section = "server",
		.name = "rate_leases",
		.type = SETTING_WORD,
		AT(rate_leases),
		.words = off_on,
		.standard = "off",
		.help = "Whether servers that share a database share the rates of access keys through\n"
			"it. Off: each counts for itself, which is right where a load balancer sends\n"
			"each company to one server.",
	},
	{
		.section = "server",
		.name = "servers",
		.type = SETTING_INT,
		AT(servers),
		.min = 1,
		.max = 1000,
		.standard = "2",
		.help = "How many they are, for rate_leases: it tells how much of a rate one takes at\n"
			"a time, and its share while the database cannot be reached.",
	},
	{
		.section = "server",
		.name = "threads",
		.type = SETTING_INT,
		AT(threads),
		.max = 256,
		.standard = "0",
		.help = "Threads that serve connections; 0: as many as the machine has cores.",
	},
	{
		.section = "server",
		.name = "tls_cert",
		.type = SETTING_TEXT,
		AT(tls_cert),
		.max = PATH_BYTES_MAX,
		.rule = FILE_RULE,
		.standard = "",
		.help = "The certificate with those that lead to its root, PEM. With tls_key it\n"
			"turns TLS on. Read again on SIGHUP.",
	},
	{
		.section = "server",
		.name = "tls_key",
		.type = SETTING_TEXT,
		AT(tls_key),
		.max = PATH_BYTES_MAX,
		.rule = FILE_RULE,
		.standard = "",
		.help = "The certificate's private key, PEM.",
	},
	{
		.section = "server",
		.name = "trusted_proxies",
		.type = SETTING_NETWORKS,
		LIST(trusted_proxies),
		.max = SETTINGS_LIST_MAX,
		.standard = "",
		.help = "Proxies in front of this server that are believed: for what comes through\n"
			"them, the caller's address is the last one of X-Forwarded-For that is not\n"
			"a trusted proxy's itself.",
	},
	{
		.section = "database",
		.name = "deadline_ms",
		.type = SETTING_INT,
		AT(deadline_ms),
		.min = 100,
		.max = 60000,
		.standard = "2000",
		.help = "How long a call may wait for PostgreSQL, reconnecting and trying again\n"
			"included; then it is answered with 500.",
	},
	{
		.section = "database",
		.name = "readers",
		.type = SETTING_INT,
		AT(database_readers),
		.min = 1,
		.max = 256,
		.standard = "2",
		.help = "Connections to PostgreSQL that read. Calls that wait for one go together,\n"
			"so that few do more than many.",
	},
	{
		.section = "database",
		.name = "replica_reads",
		.type = SETTING_WORD,
		AT(replica_reads),
		.words = off_on,
		.standard = "off",
		.help = "Whether reads may be answered by a standby of the URL. A caller always sees\n"
			"what it has written itself.",
	},
	{
		.section = "database",
		.name = "replica_staleness_ms",
		.type = SETTING_INT,
		AT(replica_staleness_ms),
		.min = 1,
		.max = 60000,
		.standard = "1000",
		.help = "How far behind the primary a standby may be that answers reads.",
	},
	{
		.section = "database",
		.name = "url",
		.type = SETTING_TEXT,
		AT(database_url),
		.max = 2000,
		.check = setting_check_database_url,
		.rule = "empty, or postgresql://USER@HOST:PORT/DATABASE",
		.secret = true,
		.standard = "",
		.help = "Where the data is; empty: in the SQLite file of the data directory.\n"
			"Several hosts are tried at once, and the one that takes writes is used:\n"
			"postgresql://pdmd@db1:5432,db2:5432/pdmd?sslmode=verify-full&\n"
			"sslrootcert=/etc/pdmd/db-ca.pem&passfile=/etc/pdmd/pgpass in one line.\n"
			"A password belongs in the password file, or in PDMD_DATABASE_URL rather\n"
			"than here. \"pdmd db migrate\" makes and updates the tables.",
	},
	{
		.section = "database",
		.name = "writers",
		.type = SETTING_INT,
		AT(database_writers),
		.min = 1,
		.max = 256,
		.standard = "16",
		.help = "Connections to PostgreSQL that write. All servers' readers and writers\n"
			"together must fit into PostgreSQL's max_connections.",
	},
	{
		.section = "limits",
		.name = "body_bytes_max",
		.type = SETTING_INT,
		AT(body_bytes_max),
		.min = 1024,
		.max = 16 * 1024 * 1024,
		.standard = "65536",
		.help = "The longest request body.",
	},
	{
		.section = "limits",
		.name = "connections_max",
		.type = SETTING_INT,
		AT(connections_max),
		.min = 1,
		.max = 1000000,
		.standard = "10000",
		.help = "Connections at a time. At the limit the one that was idle longest goes.",
	},
	{
		.section = "limits",
		.name = "connections_per_address_max",
		.type = SETTING_INT,
		AT(connections_per_address_max),
		.min = 1,
		.max = 1000000,
		.standard = "5000",
		.help = "Of those, from one address.",
	},
	{
		.section = "limits",
		.name = "drain_ms",
		.type = SETTING_INT,
		AT(drain_ms),
		.max = 600000,
		.standard = "5000",
		.help = "At a stop: how long what is in flight may take to finish.",
	},
	{
		.section = "limits",
		.name = "head_ms",
		.type = SETTING_INT,
		AT(head_ms),
		.min = 100,
		.max = 600000,
		.standard = "5000",
		.help = "How long a request's headers may take, from their first byte.",
	},
	{
		.section = "limits",
		.name = "idle_ms",
		.type = SETTING_INT,
		AT(idle_ms),
		.min = 100,
		.max = 3600000,
		.standard = "60000",
		.help = "How long a connection may stay without a request.",
	},
	{
		.section = "limits",
		.name = "token_failures_per_minute",
		.type = SETTING_INT,
		AT(token_failures_per_minute),
		.max = 100000,
		.standard = "5",
		.help = "How often one address may fail to get a session token before it is told to\n"
			"wait; 0: as often as it likes.",
	},
	{
		.section = "limits",
		.name = "whole_ms",
		.type = SETTING_INT,
		AT(whole_ms),
		.min = 100,
		.max = 600000,
		.standard = "10000",
		.help = "How long a whole request may take, from its first byte.",
	},
	{
		.section = "limits",
		.name = "write_ms",
		.type = SETTING_INT,
		AT(write_ms),
		.min = 100,
		.max = 600000,
		.standard = "10000",
		.help = "How long a caller may take to read its answer.",
	},
	{
		.section = "session",
		.name = "minutes",
		.type = SETTING_INT,
		AT(minutes),
		.min = 1,
		.max = 24 * 60,
		.standard = "60",
		.help = "How long a session token lives.",
	},
	{
		.section = "log",
		.name = "format",
		.type = SETTING_WORD,
		AT(log_format),
		.words = formats,
		.standard = "auto",
		.help = "How lines on standard error look; auto: text on a terminal, else JSON.",
	},
	{
		.section = "log",
		.name = "level",
		.type = SETTING_WORD,
		AT(log_level),
		.words = levels,
		.standard = "info",
		.help = "The least that is logged. Read again on SIGHUP.",
	},
	{.section = NULL},
};
