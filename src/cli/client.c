#include "cli/client.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#include "base/ip.h"

#define CONNECT_MS    5000L
#define WHOLE_MS      60000L
#define URL_BYTES_MAX 4096

static size_t take(char *p, size_t one, size_t n, void *t)
{
	text_add(t, p, one * n);
	return ((struct text *)t)->failed ? 0 : n;
}

struct client {
	CURL *curl;
	char error[CURL_ERROR_SIZE];
};

/* What one request owns. */
struct request {
	CURL *curl;
	char *error; /* CURL_ERROR_SIZE bytes of the client's */
	struct curl_slist *headers;
	struct text url;
};

static void add_url(const struct client_request *r, struct text *t)
{
	struct str base = str_c(r->socket ? "http://localhost" : r->url);

	while (base.n > 0 && base.p[base.n - 1] == '/')
		base.n--;
	text_printf(t, "%.*s/%s", STR_ARGS(base), r->command);
}

static CURLcode set_transport(CURL *c, const struct client_request *r)
{
	CURLcode rc = curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");

	if (rc == CURLE_OK && r->socket)
		rc = curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, r->socket);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_PROXY, "");
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, WHOLE_MS);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	return rc;
}

static CURLcode set_message(struct request *q, const struct client_request *r, struct text *t)
{
	CURL *c = q->curl;
	CURLcode rc = curl_easy_setopt(c, CURLOPT_URL, text_c(&q->url));

	q->headers = curl_slist_append(NULL, "Content-Type: application/json");
	/* A large body is not announced first: our servers take what they can take. */
	if (!q->headers || !curl_slist_append(q->headers, "Expect:") || q->url.failed)
		return CURLE_OUT_OF_MEMORY;
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_HTTPHEADER, q->headers);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.n);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_POSTFIELDS, r->body.n > 0 ? r->body.p : "");
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_WRITEDATA, t);
	if (rc == CURLE_OK)
		rc = curl_easy_setopt(c, CURLOPT_ERRORBUFFER, q->error);
	return rc;
}

/* Nobody listens, or the system does not let us. */
static enum rc failure_to_connect(const struct request *q, const struct client_request *r,
				  struct text *reterr)
{
	long error = 0;

	if (curl_easy_getinfo(q->curl, CURLINFO_OS_ERRNO, &error) != CURLE_OK)
		return RC_IO;
	if (error != EACCES && error != EPERM)
		return RC_NOTFOUND;
	/* What libcurl says of a Unix socket is about "localhost port 80". */
	text_printf(reterr, "%s: %s; only its owner may use it", r->socket ? r->socket : r->url,
		    strerror((int)error));
	return RC_DENIED;
}

static enum rc failure(const struct request *q, CURLcode code, const struct client_request *r,
		       struct text *reterr)
{
	const char *what = "no answer from";
	enum rc rc = RC_IO;

	if (code == CURLE_OUT_OF_MEMORY) {
		rc = RC_NOMEM;
	} else if (code == CURLE_COULDNT_CONNECT) {
		rc = failure_to_connect(q, r, reterr);
		what = "no server answers at";
	} else if (code == CURLE_COULDNT_RESOLVE_HOST) {
		rc = RC_NOTFOUND;
		what = "no server answers at";
	} else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
		rc = RC_INVALID;
		what = "cannot call";
	}
	if (rc != RC_DENIED)
		text_printf(reterr, "%s %s: %s", what, r->socket ? r->socket : r->url,
			    q->error[0] ? q->error : curl_easy_strerror(code));
	return rc;
}

static void start(void)
{
	/* What fails here fails again, and is noticed, in curl_easy_init. */
	(void)curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct client *client_open(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct client *c = calloc(1, sizeof(*c));

	(void)pthread_once(&once, start); /* cannot fail with these arguments */
	if (c)
		c->curl = curl_easy_init();
	return c && c->curl ? c : client_close(c);
}

struct client *client_close(struct client *c)
{
	if (c)
		curl_easy_cleanup(c->curl);
	free(c);
	return NULL;
}

enum rc client_ask(struct client *c, const struct client_request *r, struct text *t, long *ret_http,
		   struct text *reterr)
{
	struct request q = {.curl = c->curl, .error = c->error};
	long http;

	c->error[0] = '\0';
	text_init(&q.url, URL_BYTES_MAX);
	add_url(r, &q.url);
	CURLcode code = set_transport(q.curl, r);
	if (code == CURLE_OK)
		code = set_message(&q, r, t);
	if (code == CURLE_OK)
		code = curl_easy_perform(q.curl);
	if (code == CURLE_OK)
		code = curl_easy_getinfo(q.curl, CURLINFO_RESPONSE_CODE, &http);
	enum rc rc = RC_OK;
	if (code == CURLE_OK)
		*ret_http = http;
	else
		rc = failure(&q, code, r, reterr);
	/* What the client keeps must not point to what goes away here. */
	curl_easy_reset(q.curl);
	curl_slist_free_all(q.headers);
	text_fini(&q.url);
	return rc;
}

enum rc client_post(const struct client_request *r, struct text *t, long *ret_http,
		    struct text *reterr)
{
	struct client *c = client_open();

	if (!c) {
		text_add_c(reterr, "out of memory");
		return RC_NOMEM;
	}
	enum rc rc = client_ask(c, r, t, ret_http, reterr);
	(void)client_close(c); /* gives NULL; nothing to assign it to */
	return rc;
}

/* ---- where a URL leads --------------------------------------------------------------------- */

/* IPv4 comes in its usual form from libcurl, however it was written; IPv6 in brackets. */
static bool is_this_machine(const char *host)
{
	static const char *const networks[] = {"127.0.0.0/8", "::1"};
	struct str s = str_c(host);
	struct cidr here;
	struct ip ip;
	const char *why;

	if (strcasecmp(host, "localhost") == 0)
		return true;
	if (s.n > 2 && s.p[0] == '[')
		s = (struct str){s.p + 1, s.n - 2};
	if (ip_parse(s, &ip) != RC_OK)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(networks); i++)
		if (cidr_parse(str_c(networks[i]), &here, &why) == RC_OK &&
		    cidr_contains(&here, &ip))
			return true;
	return false;
}

bool client_in_clear(const char *url)
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL;
	/* What cannot be read as a URL is not called. */
	bool clear = u && curl_url_set(u, CURLUPART_URL, url, CURLU_GUESS_SCHEME) == CURLUE_OK &&
		     curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		     curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		     strcasecmp(scheme, "https") != 0 && !is_this_machine(host);

	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(u);
	return clear;
}
