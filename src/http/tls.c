#include "http/tls.h"

#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define READ_BYTES_MIN 4096

/* What tickets of this service are good for: this service. */
static const unsigned char session_context[] = "pdmd";

struct tls_context {
	pthread_mutex_t mutex;
	SSL_CTX *current; /* replaced by a reload; every connection holds on to its own */
	BIO_METHOD *method;
};

/* OpenSSL reads from `in` and writes to `out`, which are there only during a call. */
struct tls {
	SSL *ssl;
	struct str in;
	struct text *out;
};

/* ---- OpenSSL's side of the memory ---------------------------------------------------------- */

static int memory_read(BIO *bio, char *ret_bytes, size_t room, size_t *ret_n)
{
	struct tls *t = BIO_get_data(bio);
	size_t n = t->in.n < room ? t->in.n : room;

	BIO_clear_retry_flags(bio);
	if (n == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	memcpy(ret_bytes, t->in.p, n);
	t->in.p += n;
	t->in.n -= n;
	*ret_n = n;
	return 1;
}

static int memory_write(BIO *bio, const char *bytes, size_t n, size_t *ret_n)
{
	struct tls *t = BIO_get_data(bio);

	assert(t->out);
	text_add(t->out, bytes, n);
	if (t->out->failed)
		return 0;
	*ret_n = n;
	return 1;
}

static long memory_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

static BIO_METHOD *make_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory");

	if (m && BIO_meth_set_read_ex(m, memory_read) && BIO_meth_set_write_ex(m, memory_write) &&
	    BIO_meth_set_ctrl(m, memory_control))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* ---- certificate and key ------------------------------------------------------------------- */

/* Asking on the terminal would hold up the start. */
static int no_passphrase(char *ret_text, int room, int writing, void *owner)
{
	(void)ret_text;
	(void)room;
	(void)writing;
	(void)owner;
	return 0;
}

/* Only HTTP/1.1 is spoken; who insists on something else is told so. */
static int choose_protocol(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_n,
			   const unsigned char *offered, unsigned n_offered, void *owner)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *name;

	(void)ssl;
	(void)owner;
	if (SSL_select_next_proto(&name, ret_n, ours, sizeof(ours) - 1, offered, n_offered) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_name = name;
	return SSL_TLSEXT_ERR_OK;
}

static bool set_rules(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	/* Resumption by tickets alone: nothing is kept here for strangers. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) &&
	       SSL_CTX_set_num_tickets(ctx, 1) &&
	       SSL_CTX_set_session_id_context(ctx, session_context, sizeof(session_context) - 1);
}

static enum rc check_readable(const char *path, struct text *reterr)
{
	if (access(path, R_OK) == 0)
		return RC_OK;
	text_printf(reterr, "cannot read %s: %s", path, strerror(errno));
	return errno == ENOENT ? RC_NOTFOUND : RC_DENIED;
}

static enum rc load_files(SSL_CTX *ctx, const char *cert, const char *key, struct text *reterr)
{
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1) {
		text_printf(reterr, "%s: not a certificate (PEM) that can be used", cert);
		return RC_INVALID;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		text_printf(reterr,
			    "%s: not a private key (PEM, without passphrase) of that certificate",
			    key);
		return RC_INVALID;
	}
	if (SSL_CTX_check_private_key(ctx) != 1) {
		text_printf(reterr, "%s is not the key of %s", key, cert);
		return RC_INVALID;
	}
	return RC_OK;
}

static enum rc make_context(const char *cert, const char *key, SSL_CTX **ret_ctx,
			    struct text *reterr)
{
	enum rc rc = check_readable(cert, reterr);

	if (rc == RC_OK)
		rc = check_readable(key, reterr);
	if (rc != RC_OK)
		return rc;
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx || !set_rules(ctx)) {
		text_add_c(reterr, "OpenSSL cannot be set up");
		rc = RC_NOMEM;
	} else {
		rc = load_files(ctx, cert, key, reterr);
	}
	ERR_clear_error();
	if (rc != RC_OK) {
		SSL_CTX_free(ctx);
		return rc;
	}
	*ret_ctx = ctx;
	return RC_OK;
}

enum rc tls_context_open(const char *cert, const char *key, struct tls_context **ret_context,
			 struct text *reterr)
{
	struct tls_context *context = calloc(1, sizeof(*context));

	if (!context || pthread_mutex_init(&context->mutex, NULL) != 0) {
		free(context);
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	enum rc rc = make_context(cert, key, &context->current, reterr);
	if (rc == RC_OK) {
		context->method = make_method();
		if (!context->method) {
			text_add_c(reterr, "out of memory");
			rc = RC_NOMEM;
		}
	}
	if (rc != RC_OK) {
		(void)tls_context_close(context); /* always NULL */
		return rc;
	}
	*ret_context = context;
	return RC_OK;
}

struct tls_context *tls_context_close(struct tls_context *context)
{
	if (!context)
		return NULL;
	SSL_CTX_free(context->current);
	BIO_meth_free(context->method);
	(void)pthread_mutex_destroy(&context->mutex); /* fails only when someone holds it */
	free(context);
	return NULL;
}

enum rc tls_context_reload(struct tls_context *context, const char *cert, const char *key,
			   struct text *reterr)
{
	SSL_CTX *fresh;
	enum rc rc = make_context(cert, key, &fresh, reterr);

	if (rc != RC_OK)
		return rc;
	(void)pthread_mutex_lock(&context->mutex); /* cannot fail for a plain mutex */
	SSL_CTX *old = context->current;
	context->current = fresh;
	(void)pthread_mutex_unlock(&context->mutex);
	SSL_CTX_free(old);
	return RC_OK;
}

/* ---- one connection ------------------------------------------------------------------------ */

struct tls *tls_open(struct tls_context *context)
{
	struct tls *t = calloc(1, sizeof(*t));
	BIO *bio = BIO_new(context->method);

	if (t) {
		(void)pthread_mutex_lock(&context->mutex); /* cannot fail for a plain mutex */
		t->ssl = SSL_new(context->current);
		(void)pthread_mutex_unlock(&context->mutex);
	}
	if (!t || !bio || !t->ssl) {
		BIO_free(bio);
		return tls_close(t);
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	SSL_set_accept_state(t->ssl);
	return t;
}

struct tls *tls_close(struct tls *t)
{
	if (t)
		SSL_free(t->ssl);
	free(t);
	return NULL;
}

static enum tls_result read_on(struct tls *t, struct buffer *plain)
{
	for (;;) {
		size_t n;

		if (!buffer_reserve(plain, READ_BYTES_MIN))
			return TLS_BROKEN;
		ERR_clear_error();
		int r = SSL_read_ex(t->ssl, plain->p + plain->n, plain->room - plain->n, &n);
		if (r == 1) {
			plain->n += n;
			continue;
		}
		switch (SSL_get_error(t->ssl, r)) {
		case SSL_ERROR_WANT_READ:
			return t->out->failed ? TLS_BROKEN : TLS_GOOD;
		case SSL_ERROR_ZERO_RETURN:
			return TLS_END;
		default:
			return TLS_BROKEN;
		}
	}
}

enum tls_result tls_read(struct tls *t, struct str bytes, struct buffer *plain, struct text *out)
{
	t->in = bytes;
	t->out = out;
	enum tls_result result = read_on(t, plain);
	t->in = (struct str){NULL, 0};
	t->out = NULL;
	return result;
}

bool tls_established(const struct tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

bool tls_write(struct tls *t, struct str plain, struct text *out)
{
	size_t n;

	t->out = out;
	ERR_clear_error();
	bool good =
		plain.n == 0 || (SSL_write_ex(t->ssl, plain.p, plain.n, &n) == 1 && n == plain.n);
	t->out = NULL;
	return good && !out->failed;
}

void tls_end(struct tls *t, struct text *out)
{
	if (!tls_established(t))
		return;
	t->out = out;
	ERR_clear_error();
	(void)SSL_shutdown(t->ssl); /* 0 is usual: the peer need not answer */
	t->out = NULL;
}
