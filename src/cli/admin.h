#ifndef CLI_ADMIN_H
#define CLI_ADMIN_H

#include "base/compiler.h"
#include "base/rc.h"
#include "base/str.h"
#include "base/text.h"
#include "cli/cli.h"

struct command;

/*
 * Commands of the admin door: sent to the server that runs on a data directory, or run in this
 * process when none does.
 */

/* The server's answer is appended to `t`. RC_NOTFOUND: no server runs there. RC_DENIED, RC_IO and
 * so on as client_post. */
MUST_CHECK enum rc admin_ask_server(const char *dir, const struct command *command, struct str body,
				    struct text *t, struct text *reterr);

/* The same, or without a server in this process; where the data is, is told by the settings: those
 * of `config`, as settings_load_dir. RC_NOTFOUND: no such directory. RC_BUSY: some other program
 * keeps it. */
MUST_CHECK enum rc admin_ask(const char *dir, const char *config, const struct command *command,
			     struct str body, struct text *t, struct text *reterr);

/*
 * Several commands in a row: over one connection, or with the directory kept locked from the first
 * one until the end. One thread at a time.
 */
struct admin_session;
struct direct;

/* Asks nothing yet. `direct`: run all of them there, on no account in a server; it is closed with
 * the session. NULL: out of memory, and `direct` is the caller's. */
struct admin_session *admin_session_open(const char *dir, const char *config,
					 struct direct *direct);
struct admin_session *admin_session_close(struct admin_session *s); /* takes NULL; gives NULL */
/* As admin_ask. A server that has too much to do just now is asked again. */
MUST_CHECK enum rc admin_session_ask(struct admin_session *s, const struct command *command,
				     struct str body, struct text *t, struct text *reterr);

/* Shows an answer as the chosen subcommand is to show it: by its command's out_fields, or as JSON;
 * what was refused, as a message. Gives the exit status. Where a list goes on, its cursor is put
 * into *ret_cursor, and nothing where it does not; NULL: it is not a list in pages. */
enum cli_exit admin_show(struct cli *cli, struct str answer, struct text *ret_cursor);

/* JSON to `out`, indented on a terminal. */
void admin_show_json(struct cli *cli, struct str answer);

#endif
