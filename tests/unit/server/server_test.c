/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/dir.h"
#include "server/server.h"
#include "server/settings.h"
#include "store/store.h"

/*
 * A whole server in this process, on a free port. What a case does while it serves runs on a thread
 * of its own, which `ready` starts; afterwards the server is stopped. What the server logs goes
 * into a file. store_commit passes through here (--wrap), so that one can fail.
 */
enum rc __real_store_commit(struct store *s);
enum rc __wrap_store_commit(struct store *s);

static atomic_bool commits_fail;

enum rc __wrap_store_commit(struct store *s)
{
	if (!commits_fail)
		return __real_store_commit(s);
	store_rollback(s);
	return RC_IO;
}

struct fixture {
	char parent[64];
	char dir[80], config[80], log[80], socket[96];
	struct server_options options;
	struct settings settings;
	struct text why;
	int stderr_fd; /* the real one */

	void (*scenario)(struct fixture *f);
	pthread_t thread;
	char url[64];
	char answer[1024];
	enum rc rc; /* the scenario's, for its case to look at */
};

static void put_file(const char *path, const char *content)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_true(fputs(content, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static bool is_in_log(struct fixture *f, const char *part)
{
	static char content[65536];
	FILE *in = fopen(f->log, "r");

	assert_non_null(in);
	size_t n = fread(content, 1, sizeof(content) - 1, in);
	assert_int_equal(fclose(in), 0);
	content[n] = '\0';
	return strstr(content, part);
}

#define CONFIG "[server]\nlisten = 127.0.0.1:0\nthreads = 2\n[log]\nformat = json\n"

static void set_up(struct fixture *f)
{
	*f = (struct fixture){.parent = "/tmp/pdmd-server-XXXXXX"};
	commits_fail = false;
	text_init(&f->why, PATH_MAX);
	assert_non_null(mkdtemp(f->parent));
	(void)snprintf(f->dir, sizeof(f->dir), "%s/data", f->parent);
	(void)snprintf(f->config, sizeof(f->config), "%s/pdmd.conf", f->parent);
	(void)snprintf(f->log, sizeof(f->log), "%s/log", f->parent);
	(void)snprintf(f->socket, sizeof(f->socket), "%s/admin.sock", f->dir);
	put_file(f->config, CONFIG);
	assert_int_equal(settings_load(&f->settings, f->config, NULL, 0, &f->why), RC_OK);
	assert_int_equal(dir_setup(f->dir, &f->why), RC_OK);
	int log = open(f->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	f->stderr_fd = dup(STDERR_FILENO);
	assert_true(log >= 0 && f->stderr_fd >= 0);
	assert_int_equal(dup2(log, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(log), 0);
}

static void tear_down(struct fixture *f)
{
	static const char *const names[] = {
		"data/pdmd.db",     "data/pdmd.db-wal",
		"data/pdmd.db-shm", "data/secret.key",
		"data/pdmd.lock",   "data",
		"pdmd.conf",        "log",
	};
	char path[PATH_MAX];

	assert_int_equal(dup2(f->stderr_fd, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(close(f->stderr_fd), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", f->parent, names[i]);
		(void)remove(path); /* not all are always there */
	}
	assert_int_equal(rmdir(f->parent), 0);
	settings_fini(&f->settings);
	text_fini(&f->why);
}

static void *run_scenario(void *f_)
{
	struct fixture *f = f_;

	f->scenario(f);
	server_stop();
	return NULL;
}

static void ready(void *owner, const char *url)
{
	struct fixture *f = owner;

	(void)snprintf(f->url, sizeof(f->url), "%s", url);
	if (pthread_create(&f->thread, NULL, run_scenario, f) != 0)
		abort();
}

static enum rc serve(struct fixture *f, void (*scenario)(struct fixture *f))
{
	f->scenario = scenario;
	f->options = (struct server_options){
		.dir = f->dir,
		.settings = &f->settings,
		.config = f->config,
		.ready = ready,
		.owner = f,
	};
	enum rc rc = server_run(&f->options, &f->why);
	if (f->url[0])
		assert_int_equal(pthread_join(f->thread, NULL), 0);
	return rc;
}

/* One request to the admin door; the answer is in f->answer. */
static void ask(struct fixture *f, const char *command, const char *body)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	char request[1024];
	size_t n = 0;
	ssize_t some;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", f->socket);
	int length = snprintf(request, sizeof(request),
			      "POST /%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
			      "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
			      command, strlen(body), body);
	if (fd < 0 || connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    write(fd, request, (size_t)length) != length)
		abort();
	while (n < sizeof(f->answer) - 1 &&
	       (some = read(fd, f->answer + n, sizeof(f->answer) - 1 - n)) > 0)
		n += (size_t)some;
	f->answer[n] = '\0';
	(void)close(fd); /* it was read to its end */
}

static void wait_for_log(struct fixture *f, const char *part)
{
	for (int i = 0; i < 5000 && !is_in_log(f, part); i++)
		(void)usleep(1000); /* cut short does no harm */
}

/* ---- cases ------------------------------------------------------------------------------- */

#define ADD_COMPANY "{\"company_id\":7,\"name\":\"Seven\"}"

static void add_company(struct fixture *f)
{
	struct stat st;

	if (stat(f->socket, &st) != 0 || (st.st_mode & 0777) != 0600)
		abort();
	ask(f, "AddCompany", ADD_COMPANY);
}

static void test_server__serves_and_leaves_nothing_open_behind(void **state)
{
	struct direct *direct;
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(serve(&f, add_company), RC_OK);
	assert_memory_equal(f.url, "http://127.0.0.1:", 17);
	assert_non_null(strstr(f.answer, "\"code\":101,"));
	assert_int_equal(access(f.socket, F_OK), -1);
	assert_true(is_in_log(&f, "\"event\":\"ready\""));
	assert_true(is_in_log(&f, "\"event\":\"stopped\""));
	/* The lock is free again. */
	assert_int_equal(direct_open(f.dir, "", &direct, &f.why), RC_OK);
	direct = direct_close(direct);
	tear_down(&f);
}

static void test_server__starts_over_a_socket_that_a_killed_one_left(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct fixture f;

	(void)state;
	set_up(&f);
	(void)snprintf(at.sun_path, sizeof(at.sun_path), "%s", f.socket);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(serve(&f, add_company), RC_OK);
	assert_non_null(strstr(f.answer, "\"code\":101,"));
	tear_down(&f);
}

static void open_beside(struct fixture *f)
{
	struct direct *direct;

	f->rc = direct_open(f->dir, "", &direct, &f->why);
	/* The server is none the worse. */
	ask(f, "AddCompany", ADD_COMPANY);
}

static void test_server__has_the_directory_for_itself(void **state)
{
	struct fixture f;
	char pid[32];

	(void)state;
	set_up(&f);
	assert_int_equal(serve(&f, open_beside), RC_OK);
	assert_int_equal(f.rc, RC_BUSY);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	assert_non_null(strstr(text_c(&f.why), pid));
	assert_non_null(strstr(f.answer, "\"code\":101,"));
	tear_down(&f);
}

static void fail_commit(struct fixture *f)
{
	commits_fail = true;
	ask(f, "AddCompany", ADD_COMPANY);
	wait_for_log(f, "\"event\":\"stopping\"");
}

static void test_server__ends_when_a_commit_fails(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(serve(&f, fail_commit), RC_IO);
	assert_true(f.why.n > 0);
	assert_non_null(strstr(f.answer, "\"code\":500,"));
	assert_non_null(strstr(f.answer, "committing")); /* the operator may know why */
	assert_true(is_in_log(&f, "\"event\":\"commit_failed\""));
	assert_true(is_in_log(&f, "\"event\":\"failed\""));
	assert_false(is_in_log(&f, "\"event\":\"stopped\""));
	tear_down(&f);
}

static void change_settings(struct fixture *f)
{
	put_file(f->config, CONFIG "level = debug\n[session]\nminutes = 5\n");
	(void)kill(getpid(), SIGHUP); /* ourselves: cannot fail */
	wait_for_log(f, "\"event\":\"reloaded\"");
	put_file(f->config, CONFIG "level = loud\n");
	(void)kill(getpid(), SIGHUP);
	wait_for_log(f, "\"event\":\"reload_failed\"");
	put_file(f->config, CONFIG "level = error\n");
	(void)kill(getpid(), SIGHUP);
	(void)usleep(200000); /* nothing is written that one could wait for */
}

static void test_server__takes_over_what_can_change_and_names_the_rest(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(serve(&f, change_settings), RC_OK);
	assert_true(is_in_log(&f, "\"event\":\"reloaded\""));
	assert_true(is_in_log(&f, "\"event\":\"restart_needed\",\"setting\":\"session.minutes\""));
	assert_false(is_in_log(&f, "\"setting\":\"log.level\""));
	assert_false(is_in_log(&f, "\"setting\":\"server.listen\""));
	assert_true(is_in_log(&f, "\"event\":\"reload_failed\",\"rc\":\"RC_INVALID\""));
	/* By then only errors were wanted. */
	assert_false(is_in_log(&f, "\"event\":\"stopped\""));
	tear_down(&f);
}

static void wait_for_end(struct fixture *f)
{
	wait_for_log(f, "\"event\":\"stopping\"");
}

static void wait_for_reload(struct fixture *f)
{
	wait_for_log(f, "\"event\":\"reloaded\"");
}

static void test_server__acts_on_signals_that_came_before_it_could(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	server_hold_signals();
	(void)kill(getpid(), SIGHUP); /* ourselves: cannot fail */
	assert_int_equal(serve(&f, wait_for_reload), RC_OK);
	assert_true(is_in_log(&f, "\"event\":\"reloaded\""));
	tear_down(&f);

	set_up(&f);
	server_hold_signals();
	(void)kill(getpid(), SIGTERM);
	assert_int_equal(serve(&f, wait_for_end), RC_OK);
	assert_true(is_in_log(&f, "\"event\":\"stopping\",\"signal\":15"));
	tear_down(&f);
}

static void check_beside(struct fixture *f)
{
	f->rc = server_check(f->dir, &f->settings, &f->why);
}

static void test_server__can_be_checked_before_and_while_it_runs(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(server_check(f.dir, &f.settings, &f.why), RC_OK);
	f.rc = RC_NOMEM;
	assert_int_equal(serve(&f, check_beside), RC_OK);
	assert_int_equal(f.rc, RC_OK);
	assert_int_equal(f.why.n, 0);
	tear_down(&f);
}

static void test_server__check_says_what_would_not_load(void **state)
{
	static const struct {
		const char *part; /* of the directory, that is taken away */
		const char *tls_cert;
		const char *word; /* of the sentence */
	} cases[] = {
		{"pdmd.db", "", "pdmd.db"},
		{"secret.key", "", "secret.key"},
		{NULL, "/nowhere/cert.pem", "/nowhere/cert.pem"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char path[PATH_MAX];
		struct fixture f;

		set_up(&f);
		if (cases[i].part) {
			(void)snprintf(path, sizeof(path), "%s/%s", f.dir, cases[i].part);
			assert_int_equal(unlink(path), 0);
		}
		f.settings.tls_cert = f.settings.tls_key = cases[i].tls_cert;
		assert_int_not_equal(server_check(f.dir, &f.settings, &f.why), RC_OK);
		assert_non_null(strstr(text_c(&f.why), cases[i].word));
		tear_down(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server__serves_and_leaves_nothing_open_behind),
		cmocka_unit_test(test_server__starts_over_a_socket_that_a_killed_one_left),
		cmocka_unit_test(test_server__has_the_directory_for_itself),
		cmocka_unit_test(test_server__ends_when_a_commit_fails),
		cmocka_unit_test(test_server__takes_over_what_can_change_and_names_the_rest),
		cmocka_unit_test(test_server__acts_on_signals_that_came_before_it_could),
		cmocka_unit_test(test_server__can_be_checked_before_and_while_it_runs),
		cmocka_unit_test(test_server__check_says_what_would_not_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
