/*
 * document: what is written from the tables, written into a source tree or compared with
 * what is there, so that pages and program cannot drift apart.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/pages.h"
#include "command/command.h"
#include "server/settings.h"

#define PAGE_BYTES_MAX (1024 * 1024)

static enum cli_exit cannot(struct cli *cli, const char *path)
{
	return cli_fail(cli, CLI_FAILED, "%s: %s", path, strerror(errno));
}

static bool write_all(int fd, struct str s)
{
	while (s.n > 0) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			s = (struct str){s.p + n, s.n - (size_t)n};
	}
	return true;
}

static enum cli_exit write_page(struct cli *cli, const char *path, struct str page)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return cannot(cli, path);
	bool good = write_all(fd, page);
	good = close(fd) == 0 && good;
	return good ? CLI_DONE : cannot(cli, path);
}

/* Reads at most one byte more than the page has: then it differs. */
static enum cli_exit compare_page(struct cli *cli, const char *path, struct str page)
{
	char *there = arena_alloc_raw(&cli->arena, page.n + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	size_t total = 0;

	if (!there || fd < 0) {
		enum cli_exit code = there ? cannot(cli, path) : cli_no_memory(cli);
		if (fd >= 0)
			(void)close(fd); /* only read from */
		return code;
	}
	do {
		total += (size_t)n;
		n = read(fd, there + total, page.n + 1 - total);
	} while (n > 0);
	(void)close(fd); /* only read from */
	if (n < 0)
		return cannot(cli, path);
	if (!str_equal(page, (struct str){there, total}))
		return cli_fail(cli, CLI_FAILED,
				"%s differs from the program; pdmd document %s writes it", path,
				cli_word(cli, "TREE"));
	return CLI_DONE;
}

static enum cli_exit settle(struct cli *cli, const char *name, struct text *page)
{
	const char *path = cli_format(cli, "%s/%s", cli_word(cli, "TREE"), name);

	if (page->failed)
		return cli_no_memory(cli);
	if (cli_flag(cli, "check"))
		return compare_page(cli, path, text_str(page));
	return write_page(cli, path, text_str(page));
}

static enum cli_exit settle_commands(struct cli *cli, struct text *t)
{
	enum cli_exit code = CLI_DONE;
	size_t n;
	const struct command *const *commands = registry(DOOR_PUBLIC, &n);

	for (size_t i = 0; i < n && code == CLI_DONE; i++) {
		text_clear(t);
		page_command(commands[i], t);
		code = settle(cli, cli_format(cli, "docs/api/%s.md", commands[i]->name), t);
	}
	return code;
}

static enum cli_exit settle_cli_page(struct cli *cli, struct text *t)
{
	struct cli other;

	/* The page chooses one subcommand after the other; ours stays the chosen one. */
	cli_init(&other, cli->out, cli->err);
	enum rc rc = page_cli(&other, t);
	cli_fini(&other);
	return rc == RC_OK ? settle(cli, "docs/cli.md", t) : cli_no_memory(cli);
}

static enum cli_exit settle_others(struct cli *cli, struct text *t)
{
	static const struct {
		const char *name;
		void (*write)(struct text *t);
	} pages[] = {
		{"docs/api/README.md", page_index},
		{"docs/api/codes.md", page_codes},
		{"conf/pdmd.conf.example", settings_write_example},
	};
	enum cli_exit code = CLI_DONE;

	for (size_t i = 0; i < ARRAY_LEN(pages) && code == CLI_DONE; i++) {
		text_clear(t);
		pages[i].write(t);
		code = settle(cli, pages[i].name, t);
	}
	return code;
}

static enum cli_exit make_folders(struct cli *cli)
{
	static const char *const folders[] = {"docs", "docs/api", "conf"};

	for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
		const char *path = cli_format(cli, "%s/%s", cli_word(cli, "TREE"), folders[i]);
		if (mkdir(path, 0755) != 0 && errno != EEXIST)
			return cannot(cli, path);
	}
	return CLI_DONE;
}

enum cli_exit cli_document(struct cli *cli)
{
	enum cli_exit code = cli_flag(cli, "check") ? CLI_DONE : make_folders(cli);
	struct text t;

	text_init(&t, PAGE_BYTES_MAX);
	if (code == CLI_DONE)
		code = settle_commands(cli, &t);
	if (code == CLI_DONE)
		code = settle_others(cli, &t);
	if (code == CLI_DONE) {
		text_clear(&t);
		code = settle_cli_page(cli, &t);
	}
	text_fini(&t);
	return code;
}
