/*
 * The table of subcommands. A new one is a row here; one that runs a command of the admin
 * door needs nothing else, for its options come from the command's fields.
 */
#include "cli/cli.h"

static const struct option demo_options[] = {
	{.name = "listen",
	 .value = "ADDR:PORT",
	 .help = "Where to listen, by default 127.0.0.1:8080; port 0 picks a free one."},
	{.name = "customers",
	 .value = "N",
	 .help = "How many customers company 9001 gets, by default 1000."},
	{.name = "once", .help = "Fetch a token and a customer over HTTP, then stop."},
	{.name = "json",
	 .help = "First print one line: url, company_id, key, dir and pid, once the server answers."},
	{0},
};

#define OPTION_CONFIG                                                                                  \
	{                                                                                              \
		.name = "config", .value = "FILE",                                                     \
		.help = "The settings, by default pdmd.conf in the data directory where there is one." \
	}

static const struct option serve_options[] = {
	OPTION_CONFIG,
	{.name = "listen",
	 .value = "ADDR:PORT",
	 .help = "Where to listen, whatever the settings say."},
	{0},
};

static const struct option config_options[] = {
	OPTION_CONFIG,
	{0},
};

static const struct option call_options[] = {
	{.name = "url", .value = "URL", .help = "The server, by default http://127.0.0.1:8080."},
	{.name = "key-file", .value = "FILE", .help = "Holds the access key; - is standard input."},
	{.name = "expect",
	 .value = "CODE",
	 .help = "Succeed when the answer has this status.code, and only then."},
	{.name = "curl", .help = "Print the curl lines that do the same, and call nothing."},
	{.name = "json", .help = "Print the answer as it came, on a terminal too."},
	{0},
};

static const struct option import_options[] = {
	{.name = "map",
	 .value = "FIELD=COLUMN",
	 .flags = ARG_MANY,
	 .help = "This column of the file is that field, whatever it is called."},
	{.name = "dates",
	 .value = "dmy|mdy|ymd",
	 .help = "How dates are written, where the file leaves it open: 06/11/1968 with the day "
		 "first or the month, or 1968-11-06."},
	{.name = "branch",
	 .value = "N",
	 .help = "The branch that new customers belong to, where the company has several."},
	{.name = "on-existing",
	 .value = "skip|update|fail",
	 .help = "What becomes of a row whose customer is there and different; by default fail, "
		 "which rejects it. An update changes only what the file has a column for."},
	{.name = "allow-duplicates",
	 .help = "Add rows without a reference whose name, date of birth and postcode are "
		 "somebody's who is there."},
	{.name = "dry-run", .help = "Change nothing; tell exactly what a run would do."},
	{.name = "rejects",
	 .value = "FILE",
	 .help = "Write the rejected rows there, with line numbers and reasons, to be mended and "
		 "imported. It must not be there yet."},
	{.name = "json", .help = "Print the sum as JSON."},
	{0},
};

static const struct option export_options[] = {
	{.name = "csv", .help = "As CSV, which is what is done without it, too."},
	{.name = "ndjson", .help = "As JSON, a customer a line."},
	{0},
};

static const struct option copy_options[] = {
	OPTION_CONFIG,
	{.name = "json", .help = "Print what was done as JSON."},
	{0},
};

static const struct option db_status_options[] = {
	OPTION_CONFIG,
	{.name = "json", .help = "Print it as JSON."},
	{0},
};

static const struct option db_copy_options[] = {
	{.name = "to",
	 .value = "URL",
	 .flags = ARG_REQUIRED,
	 .help = "Where to: sqlite:DIR/pdmd.db, which must not be there yet, or "
		 "postgresql://USER@HOST/DATABASE, which must be empty."},
	{.name = "from",
	 .value = "URL",
	 .help = "Where from, by default the database that the settings name."},
	OPTION_CONFIG,
	{.name = "json", .help = "Print tables, rows and checksums as JSON."},
	{0},
};

static const struct option document_options[] = {
	{.name = "check", .help = "Write nothing; fail at the first file that differs."},
	{0},
};

static const struct subcommand table[] = {
	{
		.group = GROUP_BEGIN,
		.noun = "demo",
		.summary = "Serve made-up data on this machine, to try things out",
		.more = "Makes company 9001, with an access key and customers, and company 9002 beside "
			"it;\nserves them, and shows one GetSessionToken and one GetCustomer with the "
			"curl lines\nthat do the same. A directory that it made before is served again, "
			"with the same\ndata and keys. It is pdmd-demo beside the usual "
			"one unless --dir names another. Where\ndatabase.url is set, the data goes "
			"there, into a database that has no tables of pdmd yet.",
		.options = demo_options,
		.run = cli_demo,
	},
	{
		.group = GROUP_BEGIN,
		.noun = "setup",
		.summary = "Make a data directory, with an empty database and a new secret",
		.more = "Overwrites nothing: where there is something already, it stays as it is. "
			"Where the data is\nin PostgreSQL (database.url), it makes the secret, and the tables "
			"in a database that has none\nif the role may; else pdmd db migrate does.",
		.options = config_options,
		.next = "pdmd company add ID NAME{dir}",
		.run = cli_setup,
	},
	{
		.group = GROUP_BEGIN,
		.noun = "serve",
		.summary = "Serve a data directory until SIGTERM or Ctrl-C",
		.more = "SIGHUP reads again what can be read again. Settings come from their defaults, "
			"the\nfile, the environment (PDMD_SECTION_NAME) and these options; the last "
			"wins.",
		.options = serve_options,
		.run = cli_serve,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "company",
		.verb = "add",
		.summary = "Add a company",
		.next = "pdmd branch add {ID} NAME{dir}",
		.words = {{.name = "ID", .field = "company_id"}, {.name = "NAME", .field = "name"}},
		.command = "AddCompany",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "company",
		.verb = "list",
		.summary = "List the companies",
		.command = "ListCompanies",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "company",
		.verb = "show",
		.summary = "Show a company",
		.words = {{.name = "ID", .field = "company_id"}},
		.command = "ShowCompany",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "company",
		.verb = "edit",
		.summary = "Change a company; what is not given stays as it is",
		.words = {{.name = "ID", .field = "company_id"}},
		.command = "EditCompany",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "branch",
		.verb = "add",
		.summary = "Add a branch to a company",
		.next = "pdmd key add {COMPANY} BRANCH --label TEXT{dir}, with the branch's number",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "NAME", .field = "name"}},
		.command = "AddBranch",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "branch",
		.verb = "list",
		.summary = "List the branches of a company",
		.words = {{.name = "COMPANY", .field = "company_id"}},
		.command = "ListBranches",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "branch",
		.verb = "edit",
		.summary = "Change a branch; what is not given stays as it is",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "BRANCH", .field = "branch_id"}},
		.command = "EditBranch",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "key",
		.verb = "add",
		.summary = "Make an access key for a branch; this is the only time it is shown",
		.more = "The key alone goes to standard output, everything else to standard error, so "
			"that\nit can be put where only its owner reads it:\n\n"
			"    (umask 077; pdmd key add 9001 1 --label \"Till system\" > till.key)",
		.next = "the key is shown this once: put it into a file that only its owner can read, "
			"then\n  pdmd call GetSessionToken company_id={COMPANY} --key-file FILE",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "BRANCH", .field = "branch_id"}},
		.command = "AddAccessKey",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "key",
		.verb = "list",
		.summary = "List the access keys of a company",
		.words = {{.name = "COMPANY", .field = "company_id"}},
		.command = "ListAccessKeys",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "key",
		.verb = "show",
		.summary = "Show what is known of an access key",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "N", .field = "key_number"}},
		.command = "ShowAccessKey",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "key",
		.verb = "edit",
		.summary = "Change an access key; what is not given stays as it is",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "N", .field = "key_number"}},
		.command = "EditAccessKey",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "key",
		.verb = "revoke",
		.summary = "End an access key and its sessions, at once and for good",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "N", .field = "key_number"}},
		.command = "RevokeAccessKey",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "customer",
		.verb = "show",
		.summary = "Show a customer, by id or by external reference",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "ID", .field = "customer_id", .flags = ARG_OPTIONAL}},
		.command = "ShowCustomer",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "customer",
		.verb = "import",
		.summary = "Add or update customers from a CSV file",
		.more = "The file begins with a header; its columns are matched to the API's fields by "
			"name and by\nwhat they are usually called, and the match is shown first. A "
			"customer is known by\nexternal_customer_ref (or by customer_id, in a file that "
			"was exported). What cannot be taken\nis rejected, row by row. An import that "
			"was interrupted can be run again: nothing doubles.\nSee docs/import.md.\n\n"
			"Exit status: 5 when rows were rejected.",
		.words = {{.name = "COMPANY", .help = "The company's number."},
			  {.name = "FILE", .help = "The CSV file."}},
		.options = import_options,
		.calls = "ImportCustomers",
		.run = cli_import,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "customer",
		.verb = "export",
		.summary = "Print all customers of a company, for an import or another program",
		.more = "Importing an export changes nothing. Cells are written as they are stored: one "
			"that begins\nwith = is a formula to a spreadsheet program.",
		.words = {{.name = "COMPANY", .help = "The company's number."}},
		.options = export_options,
		.calls = "ExportCustomers",
		.run = cli_export,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "customer",
		.verb = "dossier",
		.summary = "Show everything that is held about a customer, as JSON",
		.more = "For a person who asks what is held about him: the record, every change of "
			"it, and\nthe answers about it that are kept for a day.",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "ID", .field = "customer_id", .flags = ARG_OPTIONAL}},
		.command = "ShowDossier",
		.always_json = true,
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "customer",
		.verb = "erase",
		.summary = "Erase a customer, for good",
		.more = "It is done when this comes back: nothing of the customer is left in the "
			"database or\nits write-ahead log. Where bytes_left is not 0, another program "
			"was reading the database\nand kept that much of the log; the server empties it "
			"when that program lets go.\nBackups are not touched. The audit keeps that it "
			"was done, and by whom.",
		.words = {{.name = "COMPANY", .field = "company_id"},
			  {.name = "ID", .field = "customer_id", .flags = ARG_OPTIONAL}},
		.command = "EraseCustomer",
		.run = cli_admin,
	},
	{
		.group = GROUP_ADMIN,
		.noun = "audit",
		.verb = "list",
		.summary = "List who changed what of a company, oldest first",
		.more = "All of it, however long, in pages of a thousand rows; with --json each page "
			"is a\nJSON document on a line of its own. A time without a day's time is its "
			"midnight.",
		.words = {{.name = "COMPANY", .field = "company_id"}},
		.command = "ListAudit",
		.run = cli_admin,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "call",
		.summary = "Call a command of the API, as an integrator's system would",
		.more = "Values are given by the API's names: company_id=9001, "
			"customer.address.city=Leeds,\nitems[0].quantity=2. NAME:=JSON sends JSON as it "
			"is, to try bad input. With --key-file\na command that needs a session gets its "
			"token first. Keys are never taken as arguments.\n\n"
			"Exit status: 0 for 101; 2 for 301, 302, 303; 3 for 201, 401, 407, 601; 4 for "
			"202, 204;\notherwise 1.",
		.words = {{.name = "COMMAND", .help = "GetCustomer, for example."},
			  {.name = "NAME=VALUE",
			   .flags = ARG_OPTIONAL | ARG_MANY,
			   .help = "A field of the request."}},
		.options = call_options,
		.run = cli_call,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "check",
		.summary = "Load everything as serve would, binding and changing nothing",
		.options = config_options,
		.run = cli_check,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "status",
		.summary = "Tell how the running server is doing",
		.command = "GetStatus",
		.run = cli_status,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "db",
		.verb = "migrate",
		.summary = "Make the database's tables, or bring them up to date",
		.more = "Does nothing where there is nothing to do, and may be run on several machines "
			"at once.\nIn PostgreSQL only this and db copy make or change tables: run it as a "
			"role that\nmay (PDMD_DATABASE_URL), before the servers of a new version "
			"start. A SQLite file is\nbrought up to date by every start as well.",
		.options = config_options,
		.run = cli_db_migrate,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "db",
		.verb = "status",
		.summary = "Tell where the data is, whether it can be reached, and what is in it",
		.more = "Asks every host of the URL, changes nothing, and fails where a server would "
			"not start.\nRows are counted in a SQLite file, and PostgreSQL's own estimate "
			"there.",
		.options = db_status_options,
		.run = cli_db_status,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "db",
		.verb = "copy",
		.summary = "Copy the database into a new one, from SQLite to PostgreSQL or back",
		.more = "Nobody may write to the source meanwhile: a server of a file must be stopped; "
			"PostgreSQL\nkeeps writers off and goes on answering reads. Every table is read "
			"again and compared\nbefore all of it is committed at once: whatever breaks it "
			"off, the target is as empty as\nit was, and the copy can be run again. The "
			"directory's secret.key stays where it is, and\nbelongs to the copy too. A "
			"password does not go into a URL here, but into the file that\nPGPASSFILE "
			"names, or ~/.pgpass. See docs/moving.md.",
		.next = "name the copy in database.url, or put its file into its place, then pdmd "
			"check{dir}",
		.options = db_copy_options,
		.run = cli_db_copy,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "backup",
		.summary = "Copy the database into a new file, while a server runs or not",
		.more = "The file holds the database as it was at one moment, needs nothing beside it, "
			"and has\nbeen checked. It is FILE.new until it is whole; a file that is there is "
			"never\noverwritten. secret.key is not in it: keep that as well, in another "
			"place.",
		.words = {{.name = "FILE", .help = "The new file; only its owner may read it."}},
		.options = copy_options,
		.run = cli_backup,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "restore",
		.summary = "Put a backup into the place of the database, while no server runs",
		.more = "The file is checked first and only read. What was there is kept beside it, as "
			"\npdmd.db.before-YYYYMMDD-HHMMSS (UTC). On a new machine: make the directory, "
			"put\nthe secret.key that belongs to the backup into it, and restore.",
		.next = "pdmd check{dir}, then start the server",
		.words = {{.name = "FILE", .help = "What pdmd backup has made."}},
		.options = copy_options,
		.run = cli_restore,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "document",
		.summary = "Write the reference pages and the example settings into a source tree",
		.words = {{.name = "TREE", .help = "The top of the source tree."}},
		.options = document_options,
		.run = cli_document,
		.hidden = true,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "version",
		.summary = "Print the version",
		.run = cli_version,
	},
	{
		.group = GROUP_TOOLS,
		.noun = "help",
		.summary = "Print help on everything, or on one subcommand",
		.words = {{.name = "SUBCOMMAND",
			   .flags = ARG_OPTIONAL | ARG_MANY,
			   .help = "A noun, or a noun and a verb: key, key add."}},
		.run = cli_help,
	},
};

const struct subcommand *cli_table(size_t *ret_n)
{
	*ret_n = ARRAY_LEN(table);
	return table;
}

const struct subcommand *cli_find(const char *noun, const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct subcommand *s = &table[i];
		if (strcmp(s->noun, noun) != 0 || !s->verb != !verb)
			continue;
		if (!verb || strcmp(s->verb, verb) == 0)
			return s;
	}
	return NULL;
}

const struct subcommand *cli_find_noun(const char *noun)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(table[i].noun, noun) == 0)
			return &table[i];
	return NULL;
}
