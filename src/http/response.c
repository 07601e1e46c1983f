#include "http/response.h"

#include <assert.h>

#include "base/date.h"

#define EOL "\r\n"

/* The longest head there can be, so that room is asked for once. */
#define HEAD_BYTES_MAX 768

const struct str response_continue = STR_INIT("HTTP/1.1 100 Continue" EOL EOL);

static struct str reason(int http_status)
{
	switch (http_status) {
	case 200:
		return STR("200 OK");
	case 400:
		return STR("400 Bad Request");
	case 404:
		return STR("404 Not Found");
	case 405:
		return STR("405 Method Not Allowed");
	case 408:
		return STR("408 Request Timeout");
	case 413:
		return STR("413 Content Too Large");
	case 415:
		return STR("415 Unsupported Media Type");
	case 417:
		return STR("417 Expectation Failed");
	case 431:
		return STR("431 Request Header Fields Too Large");
	case 501:
		return STR("501 Not Implemented");
	case 503:
		return STR("503 Service Unavailable");
	case 505:
		return STR("505 HTTP Version Not Supported");
	default:
		return STR("500 Internal Server Error");
	}
}

void response_date(int64_t utc_s, char ret_text[RESPONSE_DATE_CHARS + 1])
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970 began on a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char iso[DATETIME_CHARS + 1];

	datetime_format(utc_s, iso);
	int month = (iso[5] - '0') * 10 + (iso[6] - '0');
	memcpy(ret_text, "Ddd, dd Mmm yyyy hh:mm:ss GMT", RESPONSE_DATE_CHARS + 1);
	memcpy(ret_text, days + utc_s / 86400 % 7 * 3, 3);
	memcpy(ret_text + 5, iso + 8, 2);
	memcpy(ret_text + 8, months + (month - 1) * 3, 3);
	memcpy(ret_text + 12, iso, 4);
	memcpy(ret_text + 17, iso + 11, 8);
}

static void add_number(struct text *out, struct str name, int64_t value)
{
	text_add_str(out, name);
	text_add_int(out, value);
	text_add_str(out, STR(EOL));
}

static void add_rare(struct text *out, const struct response *r)
{
	if (r->etag) {
		text_add_str(out, STR("ETag: \""));
		text_add_int(out, r->etag);
		text_add_str(out, STR("\"" EOL));
	}
	if (r->retry_after_s)
		add_number(out, STR("Retry-After: "), r->retry_after_s);
	if (r->has_rate) {
		add_number(out, STR("RateLimit-Limit: "), r->rate_limit);
		add_number(out, STR("RateLimit-Remaining: "), r->rate_remaining);
		add_number(out, STR("RateLimit-Reset: "), r->rate_reset_s);
	}
	if (r->allow.n) {
		text_add_str(out, STR("Allow: "));
		text_add_str(out, r->allow);
		text_add_str(out, STR(EOL));
	}
	if (r->closing)
		text_add_str(out, STR("Connection: close" EOL));
	else if (r->keep_alive)
		text_add_str(out, STR("Connection: keep-alive" EOL));
}

void response_write(struct text *out, const struct response *r)
{
	assert(r->date.n == RESPONSE_DATE_CHARS);
	if (!text_reserve(out, HEAD_BYTES_MAX + r->body.n))
		return;
	text_add_str(out, STR("HTTP/1.1 "));
	text_add_str(out, reason(r->http_status));
	text_add_str(out, STR(EOL "Date: "));
	text_add_str(out, r->date);
	text_add_str(out, STR(EOL "Content-Type: application/json; charset=utf-8" EOL
				  "Cache-Control: no-store" EOL "Content-Length: "));
	text_add_int(out, (int64_t)r->body.n);
	text_add_str(out, STR(EOL "X-Request-Id: "));
	text_add_str(out, r->request_id);
	text_add_str(out, STR(EOL));
	add_rare(out, r);
	text_add_str(out, STR(EOL));
	if (!r->head_only)
		text_add_str(out, r->body);
}
