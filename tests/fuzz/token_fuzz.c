/*
 * Any text as a session token: what is taken for one is written in the one way there is,
 * was not made by us, and is the form of one that we would make for the same key.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void write_token(const struct token *t, char ret_text[TOKEN_CHARS_MAX + 1])
{
	char mac[2 * sizeof(t->mac) + 1];

	for (size_t i = 0; i < sizeof(t->mac); i++)
		(void)snprintf(mac + 2 * i, 3, "%02x", t->mac[i]);
	(void)snprintf(ret_text, TOKEN_CHARS_MAX + 1,
		       "%" PRId64 "|%08" PRIx32 "-%.4s-%.4s-%.4s-%.12s|%04" PRId64, t->company_id,
		       t->expires_s, mac, mac + 4, mac + 8, mac + 12, t->key_number);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct access a = {.secrets = {.tokens = {{1, {1}}, {2, {2}}}, .n_tokens = 2}};
	struct str s = {(const char *)bytes, n};
	char text[TOKEN_CHARS_MAX + 1];
	struct token t;

	if (token_parse(s, &t) != RC_OK)
		return 0;
	write_token(&t, text);
	if (!str_equal_c(s, text) || token_good(&a, &t, 1, 0))
		abort();
	token_make(&a, t.company_id, t.key_number, 1, t.expires_s, text);
	if (token_parse(str_c(text), &t) != RC_OK)
		abort();
	assert(token_good(&a, &t, 1, (int64_t)t.expires_s * 1000000 - 1));
	assert(!token_good(&a, &t, 2, 0));
	return 0;
}
