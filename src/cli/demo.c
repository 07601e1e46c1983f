/*
 * demo: a server on made-up data, and a look at what it answers. The server has the main
 * thread; once it answers, a thread of the demo's own calls it over HTTP as anybody would.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/answer.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/curl.h"
#include "cli/key.h"
#include "cli/serve.h"
#include "cli/show.h"
#include "server/demo_data.h"
#include "server/dir.h"

#define CUSTOMERS_DEFAULT 1000
#define TEXT_BYTES_MAX    (1024 * 1024)
#define REASON_BYTES_MAX  4096

struct demo {
	struct cli *cli;
	const char *dir;
	struct text key;
	struct text url; /* set by ready, before the thread starts */
	pthread_t thread;
	bool started;
	enum cli_exit code; /* the thread's, to be read when it has ended */
};

/* ---- the round trip: on its own thread ---------------------------------------------------- */

struct trip {
	struct demo *demo;
	struct text bodies[2], answers[2]; /* GetSessionToken, GetCustomer */
	struct text reason;
};

static const char *const trip_commands[2] = {"GetSessionToken", "GetCustomer"};

static bool post(struct trip *trip, int i, struct answer *ret_answer)
{
	struct cli *cli = trip->demo->cli;
	struct client_request r = {.url = text_c(&trip->demo->url),
				   .command = trip_commands[i],
				   .body = text_str(&trip->bodies[i])};
	long http;

	enum rc rc = client_post(&r, &trip->answers[i], &http, &trip->reason);
	if (rc != RC_OK) {
		(void)cli_fail_rc(cli, rc, &trip->reason); /* the caller knows one way to fail */
		return false;
	}
	if (answer_parse(&cli->arena, text_str(&trip->answers[i]), ret_answer) != RC_OK) {
		cli_say(cli, "%s: the answer cannot be understood", trip_commands[i]);
		return false;
	}
	if (cli_exit_of(ret_answer->code) != CLI_DONE) {
		cli_say(cli, "%s: %.*s", trip_commands[i], STR_ARGS(ret_answer->details));
		return false;
	}
	return true;
}

static bool make_trip(struct trip *trip)
{
	struct text *token = &trip->bodies[0], *customer = &trip->bodies[1];
	struct answer answer;

	text_printf(token, "{\"company_id\":%d,\"key\":", DEMO_COMPANY);
	text_add_json(token, text_str(&trip->demo->key));
	text_add_char(token, '}');
	if (!post(trip, 0, &answer))
		return false;
	text_printf(customer, "{\"company_id\":%d,\"session_token\":", DEMO_COMPANY);
	text_add_json(customer, answer_text(&answer, "session", "session_token"));
	text_printf(customer, ",\"customer_id\":%d}", DEMO_EXAMPLE_ID);
	return post(trip, 1, &answer);
}

static void add_step(struct trip *trip, int i, const char *title, struct text *t)
{
	text_printf(t, "%s\n\n", title);
	/* Key and token are shown because all of this is made up. */
	curl_line(text_c(&trip->demo->url), trip_commands[i], text_str(&trip->bodies[i]), NULL,
		  CURL_THREE_LINES, t);
	text_add_c(t, "\n\n");
	show_json(text_str(&trip->answers[i]), true, t);
	text_add_char(t, '\n');
}

static void add_screen(struct trip *trip, struct text *t)
{
	const struct demo *d = trip->demo;
	struct text dir, program;

	text_init(&dir, REASON_BYTES_MAX);
	text_init(&program, REASON_BYTES_MAX);
	show_shell_word(str_c(d->cli->program), &program);
	show_shell_word(str_c(d->dir), &dir);
	text_printf(t,
		    "Made-up data in %s: company %d with customer %d among others,\n"
		    "and company %d, which must not see them.\n\n",
		    d->dir, DEMO_COMPANY, DEMO_EXAMPLE_ID, DEMO_OTHER);
	add_step(trip, 0,
		 "1. An access key is exchanged for a session token, good for an hour:", t);
	add_step(trip, 1, "2. With the token, a customer:", t);
	if (!cli_flag(d->cli, "once"))
		text_printf(t,
			    "Elsewhere: %s status --dir %s\n"
			    "           %s key list %d --dir %s\n\n"
			    "serving %s; Ctrl-C stops\n",
			    text_c(&program), text_c(&dir), text_c(&program), DEMO_COMPANY,
			    text_c(&dir), text_c(&trip->demo->url));
	text_fini(&program);
	text_fini(&dir);
}

static void add_line(struct demo *d, struct text *t)
{
	char *dir = realpath(d->dir, NULL);

	text_add_c(t, "{\"url\":");
	text_add_json(t, text_str(&d->url));
	text_printf(t, ",\"company_id\":%d,\"key\":", DEMO_COMPANY);
	text_add_json(t, text_str(&d->key));
	text_add_c(t, ",\"dir\":");
	text_add_json(t, str_c(dir ? dir : d->dir));
	text_printf(t, ",\"pid\":%ld}\n", (long)getpid());
	free(dir);
}

static enum cli_exit tell(struct trip *trip)
{
	struct demo *d = trip->demo;
	struct text t;

	if (!make_trip(trip))
		return CLI_FAILED;
	text_init(&t, TEXT_BYTES_MAX);
	if (cli_flag(d->cli, "json"))
		add_line(d, &t);
	else
		add_screen(trip, &t);
	enum cli_exit code = t.failed ? cli_no_memory(d->cli) : CLI_DONE;
	if (code == CLI_DONE)
		cli_put(d->cli, text_str(&t));
	text_fini(&t);
	return code;
}

static void *look(void *owner)
{
	struct demo *d = owner;
	struct trip trip = {.demo = d};

	for (int i = 0; i < 2; i++) {
		text_init(&trip.bodies[i], TEXT_BYTES_MAX);
		text_init(&trip.answers[i], TEXT_BYTES_MAX);
	}
	text_init(&trip.reason, REASON_BYTES_MAX);
	d->code = tell(&trip);
	if (d->code != CLI_DONE || cli_flag(d->cli, "once"))
		server_stop();
	text_fini(&trip.reason);
	for (int i = 0; i < 2; i++) {
		text_fini(&trip.answers[i]);
		text_fini(&trip.bodies[i]);
	}
	return NULL;
}

/* ---- the server: on the main thread -------------------------------------------------------- */

static void ready(void *owner, const char *url)
{
	struct demo *d = owner;

	text_add_c(&d->url, url);
	(void)text_c(&d->url); /* from here on only read, by the other thread too */
	d->started = pthread_create(&d->thread, NULL, look, d) == 0;
	if (d->started)
		return;
	d->code = cli_fail(d->cli, CLI_FAILED, "cannot start a thread");
	server_stop();
}

static enum cli_exit serve(struct demo *d, const struct serve_setup *setup)
{
	struct server_options options = {.dir = d->dir,
					 .config = setup->config,
					 .flags = setup->flags,
					 .n_flags = setup->n_flags,
					 .settings = &setup->settings,
					 .ready = ready,
					 .owner = d};
	struct text reason;

	text_init(&reason, REASON_BYTES_MAX);
	text_init(&d->url, REASON_BYTES_MAX);
	enum rc rc = serve_run(&options, &reason);
	if (d->started)
		(void)pthread_join(d->thread, NULL); /* cannot fail: it is ours, joined once */
	enum cli_exit code = d->code;
	if (rc == RC_EXISTS)
		text_add_c(
			&reason,
			"; --listen 127.0.0.1:0 (make demo LISTEN=127.0.0.1:0) takes a free port");
	if (rc != RC_OK)
		code = cli_fail_rc(d->cli, rc, &reason);
	text_fini(&d->url);
	text_fini(&reason);
	return code;
}

/* The directory, made now or by an earlier demo. */
static enum rc make_or_keep(struct demo *d, const char *url, int64_t customers, struct text *reterr)
{
	enum rc rc = demo_make(d->dir, url, customers, reterr);

	if (rc != RC_EXISTS)
		return rc;
	text_clear(reterr);
	if (!dir_is_demo(d->dir)) {
		text_printf(reterr,
			    "%s was not made by a demo and is left alone; name another "
			    "directory with --dir",
			    d->dir);
		return RC_EXISTS;
	}
	if (cli_option(d->cli, "customers"))
		cli_say(d->cli, "%s is served as it is; --customers counts only for a new one",
			d->dir);
	return RC_OK;
}

static enum cli_exit prepare(struct demo *d, const char *url, int64_t customers)
{
	struct text reason;
	bool loose;
	enum cli_exit code = CLI_DONE;

	text_init(&reason, REASON_BYTES_MAX);
	enum rc rc = make_or_keep(d, url, customers, &reason);
	if (rc == RC_OK)
		rc = key_read(cli_format(d->cli, "%s/" DEMO_KEY_FILE, d->dir), &d->key, &loose,
			      &reason);
	if (rc != RC_OK)
		code = cli_fail_rc(d->cli, rc, &reason);
	text_fini(&reason);
	return code;
}

enum cli_exit cli_demo(struct cli *cli)
{
	struct demo d = {.cli = cli, .dir = cli_dir(cli, "-demo"), .code = CLI_DONE};
	struct serve_setup setup = {.n_flags = 0};
	int64_t customers;

	if (!d.dir ||
	    !cli_option_int(cli, "customers", 1, DEMO_CUSTOMERS_MAX, CUSTOMERS_DEFAULT, &customers))
		return CLI_USAGE;
	text_init(&d.key, REASON_BYTES_MAX);
	enum cli_exit code = serve_settings(cli, d.dir, &setup);
	if (code == CLI_DONE) {
		/* Until all of the data is there, a signal just ends the program. */
		code = prepare(&d, setup.settings.database_url, customers);
		server_hold_signals();
		if (code == CLI_DONE)
			code = serve(&d, &setup);
		settings_fini(&setup.settings);
	}
	text_fini(&d.key);
	return code;
}
