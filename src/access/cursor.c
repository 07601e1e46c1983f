/*
 * Cursors: base64url of a random nonce and of what XChaCha20-Poly1305 makes of the bytes, under a
 * key that comes from a secret for tokens. What a cursor is for is not in it, but authenticated
 * with it: it opens for nothing else.
 */
#include <assert.h>
#include <sodium.h>

#include "access/internal.h"
#include "base/hash.h"
#include "base/random.h"

#define PURPOSE       "pdmdcurs" /* of the key, so that what is signed as a token is of no use here */
#define PURPOSE_BYTES (sizeof(PURPOSE) - 1)
#define KEY_BYTES     crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define NONCE_BYTES   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES     crypto_aead_xchacha20poly1305_ietf_ABYTES
#define SEALED_MAX    (NONCE_BYTES + CURSOR_BYTES_MAX + TAG_BYTES)
#define BASE64        sodium_base64_VARIANT_URLSAFE_NO_PADDING

_Static_assert(CURSOR_CHARS_MAX == (SEALED_MAX * 4 + 2) / 3, "what the longest one takes");

/* ---- what it is for ----------------------------------------------------------------- */

/* All of a use, in a fixed number of bytes. */
static void bind_to(const struct cursor_use *use, uint8_t ret_bound[HASH_BYTES])
{
	char company[TEXT_INT_CHARS_MAX];
	size_t n = (size_t)(text_put_int(company, use->company_id) - company);
	const struct str parts[] = {
		{company, n},
		use->command,
		{(const char *)use->filter, sizeof(use->filter)},
	};

	hash_texts(parts, ARRAY_LEN(parts), ret_bound);
}

static void make_key(const struct token_secret *secret, uint8_t ret_key[KEY_BYTES])
{
	/* As above. */
	(void)crypto_generichash(ret_key, KEY_BYTES, (const unsigned char *)PURPOSE, PURPOSE_BYTES,
				 secret->bytes, SECRET_BYTES);
}

/* ---- sealing and opening ------------------------------------------------------------ */

enum rc cursor_seal(const struct access *a, const struct cursor_use *use, const void *bytes,
		    size_t n, struct arena *arena, struct str *ret_cursor)
{
	uint8_t key[KEY_BYTES], bound[HASH_BYTES], sealed[SEALED_MAX];

	assert(n <= CURSOR_BYTES_MAX);
	size_t n_sealed = NONCE_BYTES + n + TAG_BYTES;
	size_t room = sodium_base64_encoded_len(n_sealed, BASE64); /* with its NUL */
	char *text = arena_alloc_raw(arena, room);
	if (!text)
		return RC_NOMEM;
	bind_to(use, bound);
	make_key(&a->secrets.tokens[a->secrets.signer], key);
	random_bytes(sealed, NONCE_BYTES);
	/* Never fails. */
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, NULL, bytes, n,
							 bound, sizeof(bound), NULL, sealed, key);
	sodium_memzero(key, sizeof(key));
	(void)sodium_bin2base64(text, room, sealed, n_sealed, BASE64); /* always fits */
	*ret_cursor = (struct str){text, room - 1};
	return RC_OK;
}

/* `sealed` is at least nonce and tag. */
static bool unseal(const struct token_secret *secret, const uint8_t bound[HASH_BYTES],
		   const uint8_t *sealed, size_t n, uint8_t bytes[CURSOR_BYTES_MAX])
{
	uint8_t key[KEY_BYTES];

	make_key(secret, key);
	bool ours = crypto_aead_xchacha20poly1305_ietf_decrypt(
			    bytes, NULL, NULL, sealed + NONCE_BYTES, n - NONCE_BYTES, bound,
			    HASH_BYTES, sealed, key) == 0;
	sodium_memzero(key, sizeof(key));
	return ours;
}

/* Only the one way of writing it: the library also takes bytes above 0x7f, for letters. */
static bool decode(struct str cursor, uint8_t sealed[SEALED_MAX], size_t *n)
{
	char again[CURSOR_CHARS_MAX + 1];

	if (sodium_base642bin(sealed, SEALED_MAX, cursor.p, cursor.n, NULL, n, NULL, BASE64) != 0)
		return false;
	return str_equal_c(cursor, sodium_bin2base64(again, sizeof(again), sealed, *n, BASE64));
}

enum rc cursor_open(const struct access *a, const struct cursor_use *use, struct str cursor,
		    uint8_t ret_bytes[CURSOR_BYTES_MAX], size_t *ret_n)
{
	uint8_t bound[HASH_BYTES], sealed[SEALED_MAX], bytes[CURSOR_BYTES_MAX];
	bool ours = false;
	size_t n;

	if (!decode(cursor, sealed, &n) || n < NONCE_BYTES + TAG_BYTES)
		return RC_INVALID;
	bind_to(use, bound);
	for (size_t i = 0; i < a->secrets.n_tokens && !ours; i++)
		ours = unseal(&a->secrets.tokens[i], bound, sealed, n, bytes);
	if (!ours)
		return RC_INVALID;
	*ret_n = n - NONCE_BYTES - TAG_BYTES;
	memcpy(ret_bytes, bytes, *ret_n);
	return RC_OK;
}
