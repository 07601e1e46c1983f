#include "access/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"

#define FILE_NAME      "secret.key"
#define CREDENTIAL     "pdmd-secret"
#define FILE_BYTES_MAX 2048
#define HEX_CHARS      ((size_t)2 * SECRET_BYTES)
#define NUMBER_MAX     999999

/* ---- reading ------------------------------------------------------------------------ */

/* The line's text up to the next `end`, taken off its front together with the `end`. */
static struct str take_until(struct str *s, char end)
{
	struct str taken = *s;
	const char *at = s->n ? memchr(s->p, end, s->n) : NULL;

	if (!at) {
		*s = (struct str){NULL, 0};
		return taken;
	}
	taken.n = (size_t)(at - s->p);
	s->p += taken.n + 1;
	s->n -= taken.n + 1;
	return taken;
}

static bool parse_number(struct str s, int64_t *ret_number)
{
	int64_t number = 0;

	if (s.n == 0 || s.p[0] == '0')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9' || number > NUMBER_MAX)
			return false;
		number = number * 10 + (s.p[i] - '0');
	}
	if (number > NUMBER_MAX)
		return false;
	*ret_number = number;
	return true;
}

static bool parse_hex(struct str s, uint8_t ret_secret[SECRET_BYTES])
{
	return s.n == HEX_CHARS &&
	       sodium_hex2bin(ret_secret, SECRET_BYTES, s.p, s.n, NULL, NULL, NULL) == 0;
}

static const char *parse_tokens(struct str line, struct secrets *s)
{
	if (s->n_tokens == SECRET_TOKENS_MAX)
		return "more than two secrets for tokens";
	struct token_secret *secret = &s->tokens[s->n_tokens];
	if (!parse_number(take_until(&line, ' '), &secret->number))
		return "a secret for tokens has no number";
	if (!parse_hex(line, secret->bytes))
		return "a secret for tokens is not 64 hexadecimal digits";
	for (size_t i = 0; i < s->n_tokens; i++)
		if (s->tokens[i].number == secret->number)
			return "two secrets for tokens have the same number";
	if (secret->number > s->tokens[s->signer].number)
		s->signer = s->n_tokens;
	s->n_tokens++;
	return NULL;
}

/* NULL, or what is wrong. */
static const char *parse(struct str file, struct secrets *s)
{
	bool has_keys = false;

	while (file.n) {
		struct str line = take_until(&file, '\n');
		const char *wrong = NULL;

		if (line.n == 0 || line.p[0] == '#')
			continue;
		struct str word = take_until(&line, ' ');
		if (str_equal_c(word, "tokens"))
			wrong = parse_tokens(line, s);
		else if (!str_equal_c(word, "keys"))
			wrong = "a line begins with neither keys nor tokens";
		else if (has_keys || !parse_hex(line, s->keys))
			wrong = "there is not one secret for keys, of 64 hexadecimal digits";
		else
			has_keys = true;
		if (wrong)
			return wrong;
	}
	if (!has_keys)
		return "the secret for keys is missing";
	if (s->n_tokens == 0)
		return "the secret for tokens is missing";
	return NULL;
}

/* Reads at most `bytes`, until the end. Negative: errno has why. */
static ssize_t read_all(int fd, char *ret_bytes, size_t bytes)
{
	size_t n = 0;

	while (n < bytes) {
		ssize_t got = read(fd, ret_bytes + n, bytes - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

/* Where a secret is, or is to be. */
struct source {
	const char *dir, *name;
	bool handed; /* it is a credential */
};

static enum rc failed(const struct source *at, const char *doing, struct text *reterr)
{
	enum rc rc = rc_errno(errno);

	text_printf(reterr, "%s/%s: cannot be %s: %s", at->dir, at->name, doing, strerror(errno));
	return rc;
}

/* May others use it? Where systemd lends a credential to a service's user by an access list, the
 * file stays root's, and what the list allows is shown as its group's. */
static bool is_open(const struct source *from, const struct stat *st)
{
	mode_t others = S_IRWXG | S_IRWXO;

	if (from->handed && st->st_uid == 0 && st->st_gid == 0)
		others &= ~(mode_t)S_IRGRP;
	return st->st_mode & others;
}

static enum rc read_open_file(int fd, const struct source *from, struct secrets *s,
			      struct text *reterr)
{
	char file[FILE_BYTES_MAX + 1];
	struct stat st;

	if (fstat(fd, &st) != 0)
		return failed(from, "read", reterr);
	if (is_open(from, &st)) {
		text_printf(reterr, "%s/%s: others may use it too; chmod 600 it", from->dir,
			    from->name);
		return RC_DENIED;
	}
	ssize_t n = read_all(fd, file, sizeof(file));
	if (n < 0)
		return failed(from, "read", reterr);
	const char *wrong = (size_t)n < sizeof(file) ? parse((struct str){file, (size_t)n}, s)
						     : "it is too long to be a secret of ours";
	sodium_memzero(file, sizeof(file));
	if (!wrong)
		return RC_OK;
	text_printf(reterr, "%s/%s: damaged: %s", from->dir, from->name, wrong);
	return RC_INVALID;
}

/* Gives an open file, or -1. */
static int open_file(const struct source *from)
{
	if (!from->dir) {
		errno = ENOENT; /* nothing was handed over */
		return -1;
	}
	int dir_fd = open(from->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir_fd < 0)
		return -1;
	int fd = openat(dir_fd, from->name, O_RDONLY | O_CLOEXEC);
	int error = errno;
	(void)close(dir_fd); /* nothing was written through it */
	errno = error;
	return fd;
}

static enum rc read_source(const struct source *from, struct secrets *ret_secrets,
			   struct text *reterr)
{
	struct secrets s = {0};
	int fd = open_file(from);

	if (fd < 0)
		return failed(from, "read", reterr);
	enum rc rc = read_open_file(fd, from, &s, reterr);
	(void)close(fd); /* it was only read */
	if (rc == RC_OK)
		*ret_secrets = s;
	sodium_memzero(&s, sizeof(s));
	return rc;
}

/* ---- the two places ------------------------------------------------------------------- */

static const char *credentials_dir(void)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");

	return dir && *dir ? dir : NULL;
}

bool secrets_handed_over(void)
{
	CLEANUP(text_fini) struct text path;
	const char *dir = credentials_dir();
	struct stat st;

	text_init(&path, PATH_MAX);
	if (!dir)
		return false;
	text_printf(&path, "%s/" CREDENTIAL, dir);
	/* In doubt there is one: reading it says what is wrong. */
	return lstat(text_c(&path), &st) == 0 || errno != ENOENT;
}

/* Their lines may stand in another order. */
static bool same(const struct secrets *a, const struct secrets *b)
{
	bool same =
		a->n_tokens == b->n_tokens && sodium_memcmp(a->keys, b->keys, SECRET_BYTES) == 0;

	for (size_t i = 0; i < a->n_tokens; i++) {
		const struct token_secret *one = &a->tokens[i], *other = &b->tokens[0];
		if (other->number != one->number)
			other = &b->tokens[1];
		same = same && other->number == one->number &&
		       sodium_memcmp(other->bytes, one->bytes, SECRET_BYTES) == 0;
	}
	return same;
}

/* A file beside the credential may stay there as long as it says the same: which of two is the one
 * that the stored keys were hashed under is nothing to guess. */
static enum rc compare(const struct secrets *handed, const char *dir, struct text *reterr)
{
	const struct source file = {.dir = dir, .name = FILE_NAME};
	CLEANUP(text_fini) struct text why;
	struct secrets s = {0};

	text_init(&why, PATH_MAX);
	enum rc rc = read_source(&file, &s, &why);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK) {
		text_add_str(reterr, text_str(&why));
		return rc;
	}
	bool agree = same(handed, &s);
	sodium_memzero(&s, sizeof(s));
	if (agree)
		return RC_OK;
	text_printf(reterr,
		    "%s/" CREDENTIAL " and %s/" FILE_NAME " are not the same secret, and keys made "
		    "under one are void under the other: take away the one that is wrong",
		    credentials_dir(), dir);
	return RC_INVALID;
}

static enum rc read_handed(const char *dir, struct secrets *ret_secrets, struct text *reterr)
{
	const struct source credential = {credentials_dir(), CREDENTIAL, .handed = true};
	struct secrets s = {0};
	enum rc rc = read_source(&credential, &s, reterr);

	if (rc == RC_OK)
		rc = compare(&s, dir, reterr);
	if (rc == RC_OK)
		*ret_secrets = s;
	sodium_memzero(&s, sizeof(s));
	return rc;
}

enum rc secrets_read(const char *dir, struct secrets *ret_secrets, struct text *reterr)
{
	const struct source file = {.dir = dir, .name = FILE_NAME};

	if (secrets_handed_over())
		return read_handed(dir, ret_secrets, reterr);
	enum rc rc = read_source(&file, ret_secrets, reterr);
	if (rc == RC_NOTFOUND)
		text_add_c(reterr, "; nor was it handed over as the credential " CREDENTIAL);
	return rc;
}

/* ---- making ------------------------------------------------------------------------- */

/* `word` and a new secret, as a line of the file. */
static size_t write_line(const char *word, char *ret_line)
{
	uint8_t secret[SECRET_BYTES];
	size_t n = strlen(word);

	random_bytes(secret, sizeof(secret));
	memcpy(ret_line, word, n);
	(void)sodium_bin2hex(ret_line + n, HEX_CHARS + 1, secret, sizeof(secret)); /* always fits */
	ret_line[n + HEX_CHARS] = '\n';
	sodium_memzero(secret, sizeof(secret));
	return n + HEX_CHARS + 1;
}

enum rc secrets_create(const char *dir, struct text *reterr)
{
	const struct source at = {.dir = dir, .name = FILE_NAME};
	char file[FILE_BYTES_MAX];
	size_t n = write_line("keys ", file);

	n += write_line("tokens 1 ", file + n);
	bool made = file_create(dir, FILE_NAME, file, n);
	enum rc rc = made ? RC_OK : failed(&at, "made", reterr);
	sodium_memzero(file, sizeof(file));
	return rc;
}
