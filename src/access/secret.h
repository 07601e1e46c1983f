#ifndef ACCESS_SECRET_H
#define ACCESS_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/rc.h"
#include "base/text.h"

/*
 * The file `secret.key` of a data directory:
 *
 *   keys <64 hexadecimal digits>
 *   tokens 1 <64 hexadecimal digits>
 *   tokens 2 <64 hexadecimal digits>
 *
 * `keys` is what access keys are hashed under. It stays for good: under another one every stored
 * hash is void. `tokens` sign sessions and can be changed without anybody noticing: a second
 * one, with a higher number, is added on every server, and signs from then on; the old one goes on
 * verifying until its line is taken out. Empty lines and lines that begin with # are skipped.
 *
 * systemd may hand the same file over as the credential `pdmd-secret`; then the directory needs
 * none, and one that is there must say the same.
 */
#define SECRET_BYTES      32
#define SECRET_TOKENS_MAX 2

struct token_secret {
	int64_t number;
	uint8_t bytes[SECRET_BYTES];
};

struct secrets {
	uint8_t keys[SECRET_BYTES];
	struct token_secret tokens[SECRET_TOKENS_MAX];
	size_t n_tokens; /* 1 to SECRET_TOKENS_MAX; all of them verify */
	size_t signer;   /* which of them signs: the one with the highest number */
};

/* As access_open says. */
MUST_CHECK enum rc secrets_read(const char *dir, struct secrets *ret_secrets, struct text *reterr);

/* As access_secret_handed_over says. */
bool secrets_handed_over(void);

/* As access_create_secret says. */
MUST_CHECK enum rc secrets_create(const char *dir, struct text *reterr);

#endif
