#ifndef TESTS_SUPPORT_HOUSE_H
#define TESTS_SUPPORT_HOUSE_H

#include "access/access.h"
#include "command/command.h"
#include "command/executor.h"

/*
 * Everything a call of the gate needs, over a small real store in a folder of its own:
 * company 9001 (active) and 9002 (inactive), each with branch 1; customer 1408 of 9001; and keys.
 * The clock stands still at `now_us` until a test moves it.
 */
enum house_key {
	HOUSE_OPEN,  /* of 9001, from anywhere */
	HOUSE_NEAR,  /* of 9001, only from 192.0.2.0/24 */
	HOUSE_SLOW,  /* of 9001, one call a second */
	HOUSE_OTHER, /* of 9002 */
	HOUSE_KEYS,
};

struct house {
	struct executor executor; /* services.writer: each call at once, alone */
	char dir[64];
	struct database *db;
	struct store *writer;
	struct services services;
	char keys[HOUSE_KEYS][ACCESS_KEY_CHARS + 1];
};

extern int64_t house_now_us;

/* Ends the program with a word on standard error when something cannot be had. `scheme` is
 * "sqlite" or "faulty:sqlite". Logs go nowhere. */
void house_open(struct house *h, const char *scheme);
void house_close(struct house *h);

/* A token for the key, valid from now on. */
void house_token(const struct house *h, enum house_key key, char ret_token[TOKEN_CHARS_MAX + 1]);

#endif
